package io.croft.testing;

import io.croft.Orgs;
import io.croft.TenantContext;
import io.croft.job.JobHandler;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobQueue;
import io.croft.spi.contract.JobQueueContract;
import java.util.Map;

/** Drained by the test's own thread, the queue in memory keeps the contract that the one on Postgres keeps. */
class InMemoryJobsContractTest extends JobQueueContract {

    @Override
    protected Host open(Map<JobKind, JobHandler> handlers) {
        InMemoryJobs.Builder builder = InMemoryJobs.builder();
        handlers.forEach(builder::handler);
        return new DrainedHost(builder.build());
    }

    private record DrainedHost(InMemoryJobs jobs) implements Host {

        @Override
        public JobQueue queue() {
            return jobs.queue();
        }

        @Override
        public Orgs orgs() {
            return jobs.orgs();
        }

        @Override
        public void run(TenantContext context, JobId job) {
            jobs.drain();
        }

        @Override
        public void close() {
            jobs.close();
        }
    }
}
