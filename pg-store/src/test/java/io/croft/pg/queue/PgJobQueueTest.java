package io.croft.pg.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.Croft;
import io.croft.Orgs;
import io.croft.TenantContext;
import io.croft.job.JobHandler;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobQueue;
import io.croft.pg.TestDatabase;
import io.croft.spi.contract.Await;
import io.croft.spi.contract.JobQueueContract;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;

/** The queue as a host opens it, with workers. */
class PgJobQueueTest extends JobQueueContract {

    private static TestDatabase database;

    @BeforeAll
    static void prepare() {
        database = TestDatabase.prepared();
        database.open().close();
    }

    @Override
    protected Host open(Map<JobKind, JobHandler> handlers) {
        Croft.Builder builder = Croft.builder().store(database.builder().withoutMigrations().open());
        handlers.forEach(builder::handler);
        return new Working(builder.start());
    }

    private record Working(Croft croft) implements Host {

        @Override
        public JobQueue queue() {
            return croft.jobs();
        }

        @Override
        public Orgs orgs() {
            return croft.orgs();
        }

        @Override
        public void run(TenantContext context, JobId job) throws InterruptedException {
            assertThat(croft.jobs().await(context, job, Await.LIMIT)).isPresent();
        }

        @Override
        public void close() {
            croft.close();
        }
    }
}
