package io.croft.pg;

import io.croft.spi.Store;
import io.croft.spi.contract.SecretStoreContract;
import org.junit.jupiter.api.BeforeAll;

class PgSecretStoreTest extends SecretStoreContract {

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
