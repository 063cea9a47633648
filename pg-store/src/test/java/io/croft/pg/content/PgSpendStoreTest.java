package io.croft.pg.content;

import io.croft.pg.TestDatabase;
import io.croft.spi.Store;
import io.croft.spi.contract.SpendStoreContract;
import org.junit.jupiter.api.BeforeAll;

class PgSpendStoreTest extends SpendStoreContract {

    private static TestDatabase database;

    @BeforeAll
    static void prepare() {
        database = TestDatabase.prepared();
    }

    @Override
    protected Store openStore() {
        return database.open();
    }
}
