package io.croft.pg.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.Orgs;
import io.croft.ShardedJobQueue;
import io.croft.TenantContext;
import io.croft.job.JobHandler;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobQueue;
import io.croft.pg.ShardDatabases;
import io.croft.spi.contract.Await;
import io.croft.spi.contract.JobQueueContract;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;

/** The queue over several databases is one as any other: the organisations of a test are in whichever they come to. */
class PgShardJobQueueTest extends JobQueueContract {

    private static ShardDatabases databases;

    @BeforeAll
    static void prepare() {
        databases = ShardDatabases.create();
    }

    @Override
    protected Host open(Map<JobKind, JobHandler> handlers) {
        ShardedJobQueue.Builder builder = ShardedJobQueue.builder().shards(databases.open());
        handlers.forEach(builder::handler);
        return new Working(builder.start());
    }

    private record Working(ShardedJobQueue jobs) implements Host {

        @Override
        public JobQueue queue() {
            return jobs;
        }

        @Override
        public Orgs orgs() {
            return jobs.orgs();
        }

        @Override
        public void run(TenantContext context, JobId job) throws InterruptedException {
            assertThat(jobs.await(context, job, Await.LIMIT)).isPresent();
        }

        @Override
        public void close() {
            jobs.close();
        }
    }
}
