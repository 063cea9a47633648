package io.croft.pg.shard;

import io.croft.pg.ShardDatabases;
import io.croft.spi.Store;
import io.croft.spi.contract.JobStoreContract;
import org.junit.jupiter.api.BeforeAll;

/** One of several databases is a store as any other. */
final class PgShardJobStoreTest extends JobStoreContract {

    private static ShardDatabases databases;

    @BeforeAll
    static void prepare() {
        databases = ShardDatabases.create();
    }

    @Override
    protected Store openStore() {
        return databases.openOne("two");
    }

    /** As the partitions of their days do. */
    @Override
    protected void forgetEndedJobs() {
        databases.database("two").execute("DELETE FROM croft.job_history");
        databases.database("two").execute("DELETE FROM croft.job_result");
    }
}
