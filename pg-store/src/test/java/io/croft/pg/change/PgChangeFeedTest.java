package io.croft.pg.change;

import io.croft.pg.TestDatabase;
import io.croft.spi.Store;
import io.croft.spi.contract.ChangeFeedContract;
import org.junit.jupiter.api.BeforeAll;

class PgChangeFeedTest extends ChangeFeedContract {

    private static TestDatabase database;

    @BeforeAll
    static void prepare() {
        database = TestDatabase.prepared();
    }

    @Override
    protected Store openStore() {
        return database.open();
    }

    @Override
    public Store openOtherStore() {
        return TestDatabase.prepared().open();
    }
}
