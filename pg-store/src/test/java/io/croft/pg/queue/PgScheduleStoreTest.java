package io.croft.pg.queue;

import io.croft.pg.TestDatabase;
import io.croft.spi.Store;
import io.croft.spi.contract.ScheduleStoreContract;
import org.junit.jupiter.api.BeforeAll;

final class PgScheduleStoreTest extends ScheduleStoreContract {

    private static TestDatabase database;

    @BeforeAll
    static void prepare() {
        database = TestDatabase.prepared();
        database.open().close();
    }

    @Override
    protected Store openStore() {
        return database.builder().withoutMigrations().open();
    }
}
