package io.croft.engine.job;

import io.croft.StaleLeaseException;
import io.croft.engine.job.Attempt.Phase;
import io.croft.job.JobHandler;
import io.croft.job.JobResult;
import io.croft.spi.JobStore.Outcome;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs one attempt on the current thread and hands its outcome to the finisher. Thread-safe. */
final class Runner {

    static final String NOT_COMMITTED = "completeIn was called, but its transaction did not commit";

    private static final Logger LOG = LoggerFactory.getLogger(Runner.class);

    private final Attempts attempts;
    private final Finisher finisher;
    private final Finisher slowFinisher;

    /**
     * @param slowFinisher takes the outcomes of attempts that called {@link io.croft.job.JobContext#completeIn}: the
     *                     store may have to wait for a transaction that its handler left open, and must not keep others
     *                     waiting
     */
    Runner(Attempts attempts, Finisher finisher, Finisher slowFinisher) {
        this.attempts = attempts;
        this.finisher = finisher;
        this.slowFinisher = slowFinisher;
    }

    void run(Attempt attempt, JobHandler handler) {
        Thread.currentThread().setName("croft-job-" + attempt.id());
        boolean handedOver = false;
        try {
            long start = System.nanoTime();
            Outcome outcome = outcome(attempt, handler);
            Phase phase = attempt.end();
            attempt.handled(Duration.ofNanos(System.nanoTime() - start),
                    phase == Phase.COMPLETING && outcome instanceof Outcome.Completed);
            if (phase == Phase.STOPPED) {
                LOG.debug("{}: its result is dropped, because the process stops and has given the job back", attempt);
            } else {
                // A flag left over from the handler is about the handler's work, which has ended.
                Thread.interrupted();
                handedOver = (phase == Phase.COMPLETING ? slowFinisher : finisher)
                        .submit(attempt, settled(attempt, outcome, phase));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            LOG.warn("{}: its completion is not stored, because the process stops; it runs again when its lease ends",
                    attempt);
        } finally {
            if (!handedOver) {
                attempts.remove(attempt); // no more heartbeats: the lease ends, and another attempt follows
            }
        }
    }

    /** Whatever the handler throws, also an Error, is how its attempt ended and nothing more. */
    private static Outcome outcome(Attempt attempt, JobHandler handler) {
        try {
            JobResult result = handler.handle(attempt);
            if (result == null) {
                throw new IllegalStateException("the handler returned null: it must return a JobResult, or throw");
            }
            return switch (result) {
                case JobResult.Completed completed -> new Outcome.Completed(completed.result());
                case JobResult.Snooze snooze -> new Outcome.Snoozed(snooze.delay(), "");
                case JobResult.Cancel cancel -> new Outcome.Cancelled(Failure.bounded(cancel.reason(), 1024));
            };
        } catch (Throwable thrown) {
            Outcome.Failed failed = Failure.of(thrown, attempt.retryAfter(thrown));
            if (attempt.isCancelled()) {
                LOG.debug("{}: ended after it was cancelled, with {}", attempt, Failure.forLog(thrown));
            } else if (failed.retryAfter().isEmpty()) {
                LOG.warn("{}: failed with {}, after which its kind is not retried", attempt, Failure.forLog(thrown));
            } else if (attempt.attempt() < attempt.maxAttempts()) {
                LOG.info("{}: failed with {}; repeated after {}", attempt, Failure.forLog(thrown),
                        failed.retryAfter().get());
            } else {
                LOG.warn("{}: failed with {}; this was its last attempt", attempt, Failure.forLog(thrown));
            }
            return failed;
        }
    }

    /**
     * What to store, seeing how the attempt stood. The store changes nothing if this very attempt was completed before,
     * so a failure can be sent to find out: it is recorded only if the handler's own transaction did not commit, or a
     * lost lease was not lost.
     */
    private static Outcome settled(Attempt attempt, Outcome outcome, Phase phase) {
        return switch (phase) {
            case COMPLETING -> outcome instanceof Outcome.Completed
                    ? failed(attempt, new IllegalStateException(NOT_COMMITTED))
                    : outcome;
            case LOST -> failed(attempt, new StaleLeaseException("the lease was lost while the handler ran"));
            case RUNNING, STOPPED, ENDED -> outcome;
        };
    }

    /** Found out here, so that a stack trace would say nothing. */
    private static Outcome failed(Attempt attempt, RuntimeException why) {
        return new Outcome.Failed(attempt.retryAfter(why), why.getClass().getName(), String.valueOf(why.getMessage()),
                "");
    }
}
