package io.croft.examples.quickstart;

import io.croft.Croft;
import io.croft.TenantContext;
import io.croft.job.Job;
import io.croft.job.JobHandler;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.job.JobResult;
import io.croft.job.JobState;
import io.croft.job.RetryPolicy;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Two jobs of the host's own: one that succeeds at the third attempt, and one that becomes a dead letter and is
 * redriven.
 */
final class JobStory {

    /** Sends a newsletter through a mail server that is down at first. */
    static final JobKind NEWSLETTER = JobKind.of("newsletter", "mail")
            .withRetry(RetryPolicy.exponential(Duration.ofMillis(300), Duration.ofSeconds(5)).withMaxAttempts(3));
    /** Prints a label on a printer that has no paper until somebody brings some. */
    static final JobKind LABEL = JobKind.of("label", "print")
            .withRetry(RetryPolicy.exponential(Duration.ofMillis(200), Duration.ofSeconds(5)).withMaxAttempts(2));

    private static final int POLL_MILLIS = 20;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final AtomicBoolean paper = new AtomicBoolean();
    private final PrintStream out;

    JobStory(PrintStream out) {
        this.out = out;
    }

    JobHandler newsletterHandler() {
        return job -> {
            if (job.attempt() < 3) {
                throw new IllegalStateException("the mail server does not answer");
            }
            return JobResult.completed("{\"sent\": 42}");
        };
    }

    JobHandler labelHandler() {
        return job -> {
            if (!paper.get()) {
                throw new IllegalStateException("the label printer is out of paper");
            }
            return JobResult.completed("{\"printed\": 1}");
        };
    }

    void tell(Croft croft, TenantContext who) throws InterruptedException {
        Table table = new Table("job", "what happens", "state", "attempts", "result", "last error");
        JobId newsletter =
                croft.jobs().enqueue(who, JobRequest.of(NEWSLETTER, "{\"issue\": \"spring\"}").withKey("spring"))
                        .id();
        row(table, "newsletter", "fails twice, then succeeds", await(croft, who, newsletter, JobState.COMPLETED));
        boolean known = croft.jobs()
                .enqueue(who, JobRequest.of(NEWSLETTER, "{\"issue\": \"spring\"}").withKey("spring")).duplicate();
        row(table, "newsletter", known ? "enqueued again: same key, same job" : "enqueued again",
                await(croft, who, newsletter, JobState.COMPLETED));

        JobId label = croft.jobs().enqueue(who, JobRequest.of(LABEL, "{\"parcel\": 7}")).id();
        row(table, "label", "fails until its attempts are used up", await(croft, who, label, JobState.DEAD));
        List<Job> dead = croft.jobs().admin().deadLetters(who, Optional.empty(), 10);
        paper.set(true);
        croft.jobs().admin().redrive(who, dead.stream().map(Job::id).toList());
        row(table, "label", "somebody brings paper and redrives it", await(croft, who, label, JobState.COMPLETED));
        out.println();
        out.println("Jobs of the riding school, as the queue keeps them");
        table.print(out);
    }

    private static void row(Table table, String name, String what, Job job) {
        table.row(name, what, job.state().toString().toLowerCase(Locale.ROOT), Integer.toString(job.attempts()),
                job.result().orElse(""), job.state() == JobState.COMPLETED
                        ? ""
                        : job.error().map(error -> error.type() + ": " + error.message()).orElse(""));
    }

    private static Job await(Croft croft, TenantContext who, JobId id, JobState state) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            Job job = croft.jobs().find(who, id).orElseThrow();
            if (job.state() == state) {
                return job;
            }
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("job " + id + " is still " + job.state() + " instead of " + state);
            }
            Thread.sleep(POLL_MILLIS);
        }
    }
}
