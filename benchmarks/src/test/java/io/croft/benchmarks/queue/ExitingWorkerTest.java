package io.croft.benchmarks.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.Actor;
import io.croft.Croft;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.benchmarks.machine.ChildJvm;
import io.croft.benchmarks.run.Database;
import io.croft.job.Job;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.job.JobResult;
import io.croft.job.JobState;
import io.croft.job.RetryPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A handler that ends its process: an attempt counts from its claim on, so the job does not do so for ever. */
class ExitingWorkerTest {

    private static final JobKind EXITING = JobKind.of("test.exit", "exit").withLease(Duration.ofSeconds(1))
            .withRetry(RetryPolicy.attempts(2));
    private static final int STATUS = 42;

    /** The process. */
    static final class Worker {

        public static void main(String[] args) {
            try (Database database = Database.at(List.of(args));
                    Croft croft = Croft.builder().store(database.store()).handler(EXITING, job -> {
                        System.out.println("EXITING " + job.attempt());
                        System.exit(STATUS);
                        return JobResult.completed();
                    }).start()) {
                croft.jobs().admin().workers();
                ChildJvm.untilParentEnds();
            }
        }
    }

    @Test
    void handlerThatExits_usesUpTheAttemptsOfItsJob(@TempDir Path folder) throws Exception {
        TenantContext context = TenantContext.of(OrgId.named("stable"), Actor.service("test"));
        try (Database database = Database.start();
                Croft croft = Croft.builder().store(database.store()).start()) {
            croft.orgs().create(context);
            JobId id = croft.jobs().enqueue(context, JobRequest.of(EXITING, "{}")).id();

            for (int attempt = 1; attempt <= 2; attempt++) {
                try (ChildJvm worker =
                        ChildJvm.start(Worker.class, "exiting-" + attempt, folder, database.address())) {
                    worker.awaitLine("EXITING " + attempt);
                    assertThat(worker.stop()).isEqualTo(STATUS);
                }
            }

            Job dead = croft.jobs().await(context, id, Duration.ofMinutes(1)).orElseThrow();
            assertThat(dead.state()).isEqualTo(JobState.DEAD);
            assertThat(dead.attempts()).isEqualTo(2);
            assertThat(dead.error().orElseThrow().message()).contains("lease expired at worker");
        }
    }
}
