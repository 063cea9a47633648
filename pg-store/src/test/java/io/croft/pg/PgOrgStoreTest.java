package io.croft.pg;

import io.croft.spi.Store;
import io.croft.spi.contract.OrgStoreContract;
import org.junit.jupiter.api.BeforeAll;

class PgOrgStoreTest extends OrgStoreContract {

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
