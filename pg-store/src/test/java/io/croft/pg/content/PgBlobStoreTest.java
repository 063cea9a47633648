package io.croft.pg.content;

import io.croft.Org;
import io.croft.pg.TestDatabase;
import io.croft.spi.Store;
import io.croft.spi.contract.BlobStoreContract;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;

class PgBlobStoreTest extends BlobStoreContract {

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
    protected void age(Org org, String key, Duration by) {
        database.execute(
                "UPDATE croft.blob SET used_at = used_at - interval '" + by.toSeconds() + " s' WHERE org_id = '"
                        + org.id() + "' AND key = decode('" + key + "', 'hex')");
    }
}
