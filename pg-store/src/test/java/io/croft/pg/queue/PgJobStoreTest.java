package io.croft.pg.queue;

import io.croft.pg.TestDatabase;
import io.croft.spi.Store;
import io.croft.spi.contract.JobStoreContract;
import org.junit.jupiter.api.BeforeAll;

final class PgJobStoreTest extends JobStoreContract {

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

    /** As the partitions of their days do. */
    @Override
    protected void forgetEndedJobs() {
        database.execute("DELETE FROM croft.job_history");
        database.execute("DELETE FROM croft.job_result");
    }
}
