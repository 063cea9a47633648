package io.croft.engine.job;

import io.croft.CallRefusedException;
import io.croft.OrgSuspendedException;
import io.croft.StaleLeaseException;
import io.croft.engine.job.Attempt.Phase;
import io.croft.job.BatchedHandler;
import io.croft.job.Job;
import io.croft.job.JobHandler;
import io.croft.job.JobId;
import io.croft.job.JobResult;
import io.croft.job.JobTimeoutException;
import io.croft.spi.BoundedText;
import io.croft.spi.JobStore.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Calls a handler on the current thread and hands the outcomes of its attempts to the finisher. Thread-safe. */
final class Runner {

    static final String NOT_COMMITTED = "completeIn was called, but its transaction did not commit";

    /** How long a job waits whose organisation was suspended while it ran; it begins when that is resumed, if later. */
    private static final Duration IF_SUSPENDED = Duration.ofSeconds(1);

    private static final int MAX_CAUSES = 6;
    private static final Logger LOG = LoggerFactory.getLogger(Runner.class);

    private final Attempts attempts;
    private final Finisher finisher;
    private final Finisher slowFinisher;
    private final Timeouts timeouts;

    /**
     * @param slowFinisher takes the outcomes of attempts that called {@link io.croft.job.JobContext#completeIn}: the
     *                     store may have to wait for a transaction that its handler left open, and must not keep others
     *                     waiting
     */
    Runner(Attempts attempts, Finisher finisher, Finisher slowFinisher, Timeouts timeouts) {
        this.attempts = attempts;
        this.finisher = finisher;
        this.slowFinisher = slowFinisher;
        this.timeouts = timeouts;
    }

    void run(Call call, JobHandler handler) {
        List<Attempt> held = call.attempts();
        Thread.currentThread().setName("croft-job-" + held.getFirst().id());
        List<Outcome> outcomes = List.of();
        try {
            timeouts.began(call);
            try {
                outcomes = outcomes(held, handler);
            } finally {
                timeouts.ended(call);
            }
        } finally {
            for (int i = outcomes.size(); i < held.size(); i++) {
                attempts.remove(held.get(i)); // no more heartbeats: the lease ends, and another attempt follows
            }
        }
        for (int i = 0; i < held.size(); i++) {
            conclude(held.get(i), outcomes.get(i));
        }
    }

    private void conclude(Attempt attempt, Outcome outcome) {
        boolean handedOver = false;
        try {
            Phase phase = attempt.end();
            if (phase == Phase.COMPLETING && outcome instanceof Outcome.Completed) {
                attempt.committed();
            }
            if (phase == Phase.STOPPED) {
                LOG.debug("{}: its result is dropped, because the process stops and has given the job back", attempt);
            } else if (phase == Phase.GIVEN_UP) {
                handedOver = true; // by whoever gave it up
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

    /** Whatever the handler throws, also an Error, is how its attempts ended and nothing more. */
    static List<Outcome> outcomes(List<Attempt> held, JobHandler handler) {
        try {
            if (handler instanceof BatchedHandler batched) {
                Map<JobId, JobResult> results = batched.handler().handle(List.copyOf(held));
                if (results == null) {
                    throw new IllegalStateException(
                            "the batch handler returned null: it must return a JobResult for each job, or throw");
                }
                return held.stream().map(attempt -> outcome(attempt, results.get(attempt.id()),
                        "the batch handler gave no result for job " + attempt.id() + ": it must return a JobResult for "
                                + "each job, or throw"))
                        .toList();
            }
            Attempt attempt = held.getFirst();
            return List.of(outcome(attempt, handler.handle(attempt),
                    "the handler returned null: it must return a JobResult, or throw"));
        } catch (Throwable thrown) {
            return held.stream().map(attempt -> failed(attempt, thrown)).toList();
        }
    }

    private static Outcome outcome(Attempt attempt, @Nullable JobResult result, String ifNull) {
        if (result == null) {
            return failed(attempt, new IllegalStateException(ifNull));
        } else if (attempt.isTimedOut()) {
            return failed(attempt, new JobTimeoutException(attempt.timeoutMessage()));
        }
        return switch (result) {
            case JobResult.Completed completed -> new Outcome.Completed(completed.result());
            case JobResult.Snooze snooze -> new Outcome.Snoozed(snooze.delay(),
                    BoundedText.chars(snooze.reason(), Job.MAX_NOTE_CHARS));
            case JobResult.Cancel cancel -> new Outcome.Cancelled(
                    BoundedText.chars(cancel.reason(), Job.MAX_NOTE_CHARS));
        };
    }

    private static Outcome failed(Attempt attempt, Throwable thrown) {
        if (isBySuspension(attempt, thrown)) {
            LOG.info("{}: ended because its organisation was suspended; it is not counted", attempt);
            return new Outcome.Snoozed(IF_SUSPENDED, "its organisation was suspended while it ran");
        }
        if (thrown instanceof CallRefusedException refused && isForLoad(refused.reason()) && !attempt.isTimedOut()) {
            LOG.info("{}: ended because a call of it was refused for load; it is not counted", attempt);
            return new Outcome.Snoozed(refused.retryAfter(), "a call of it was refused for load");
        }
        Throwable why = attempt.isTimedOut() && !(thrown instanceof JobTimeoutException)
                ? new JobTimeoutException(attempt.timeoutMessage(), thrown)
                : thrown;
        Outcome.Failed failed = attempt.failedBy(why);
        if (attempt.isCancelled() && !attempt.isTimedOut()) {
            LOG.debug("{}: ended after it was cancelled, with {}", attempt, Failure.forLog(thrown));
        } else if (failed.retryAfter().isEmpty()) {
            LOG.warn("{}: failed with {}, after which its kind is not retried", attempt, Failure.forLog(why));
        } else if (attempt.attempt() < attempt.maxAttempts()) {
            LOG.info("{}: failed with {}; repeated after {}", attempt, Failure.forLog(why), failed.retryAfter().get());
        } else {
            LOG.warn("{}: failed with {}; this was its last attempt", attempt, Failure.forLog(why));
        }
        return failed;
    }

    /** Also if a handler, or what it works with, has thrown it on as the cause of something else. */
    private static boolean isBySuspension(Attempt attempt, Throwable thrown) {
        Throwable one = thrown;
        for (int i = 0; i < MAX_CAUSES && one != null; i++) {
            if (one instanceof OrgSuspendedException suspended && suspended.org().equals(attempt.lease().org())) {
                return true;
            }
            one = Failure.cause(one);
        }
        return false;
    }

    /** That passes by itself; a rate that an attempt exceeds by itself it exceeds each time. */
    private static boolean isForLoad(CallRefusedException.Reason reason) {
        return switch (reason) {
            case ORG_SHARE, OVERLOAD -> true;
            case ACTOR_RATE, ORG_RATE -> false;
        };
    }

    /**
     * What to store, seeing how the attempt stood. The store changes nothing if this very attempt was completed before,
     * so a failure can be sent to find out: it is recorded only if the handler's own transaction did not commit, or a
     * lost lease was not lost.
     */
    static Outcome settled(Attempt attempt, Outcome outcome, Phase phase) {
        return switch (phase) {
            case COMPLETING -> outcome instanceof Outcome.Completed
                    ? foundOut(attempt, new IllegalStateException(NOT_COMMITTED))
                    : outcome;
            case LOST -> foundOut(attempt, new StaleLeaseException("the lease was lost while the handler ran"));
            case RUNNING, STOPPED, GIVEN_UP, ENDED -> outcome;
        };
    }

    /** Found out here, so that a stack trace would say nothing. */
    private static Outcome foundOut(Attempt attempt, RuntimeException why) {
        return new Outcome.Failed(attempt.retryAfter(why), why.getClass().getName(), String.valueOf(why.getMessage()),
                "");
    }
}
