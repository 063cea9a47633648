package io.croft.job;

import io.croft.InvalidInputException;
import io.croft.input.Ids;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * A sort of job: what it is called, which queue it waits in, how it is retried and how long it may run. Limits and
 * fairness belong to the queue, so a kind that needs its own limit gets its own queue. Names and times that are out of
 * their ranges are refused with {@link io.croft.InvalidInputException}.
 *
 * @param name    1 to 64 of {@code a-z A-Z 0-9 . _ -}, starting with a letter; those that begin with
 *                {@value #OWN_PREFIX} are the library's own, and refused where hosts enqueue and schedule jobs
 * @param queue   the name of its queue, by the same rule
 * @param retry   when a failed attempt is repeated, and how often
 * @param lease   how long a claim lasts without a heartbeat, 1 second to 1 hour; running handlers are kept alive by
 *                heartbeats
 * @param timeout how long an attempt may run, 1 millisecond to 24 hours; empty, the default, for no limit. One that
 *                runs longer is told through {@link JobContext#isCancelled}, its thread is interrupted, and it fails
 *                with a {@link JobTimeoutException}, whatever it returns then; only what it has completed through
 *                {@link JobContext#completeIn} counts. If its handler has not ended after {@link
 *                WorkerSettings#timeoutGrace} more, the job goes on without it. All calls of a batch handler have this
 *                much time, whatever their size
 */
public record JobKind(String name, String queue, RetryPolicy retry, Duration lease, Optional<Duration> timeout) {

    /** The beginning of the names of the library's own kinds. */
    public static final String OWN_PREFIX = "croft.";

    /** How long a claim lasts by default. */
    public static final Duration DEFAULT_LEASE = Duration.ofSeconds(60);

    /** The longest timeout. */
    public static final Duration MAX_TIMEOUT = Duration.ofHours(24);

    public JobKind {
        Ids.checkWord("job kind", name);
        Ids.checkWord("queue", queue);
        Objects.requireNonNull(retry, "retry");
        if (lease.compareTo(Duration.ofSeconds(1)) < 0 || lease.compareTo(Duration.ofHours(1)) > 0) {
            throw new InvalidInputException(
                    "lease " + lease + " of job kind " + name + " is outside 1 second to 1 hour");
        }
        timeout.ifPresent(time -> {
            if (time.compareTo(Duration.ofMillis(1)) < 0 || time.compareTo(MAX_TIMEOUT) > 0) {
                throw new InvalidInputException(
                        "timeout " + time + " of job kind " + name + " is outside 1 millisecond to 24 hours");
            }
        });
    }

    /** A kind with three attempts, a lease of 60 seconds and no timeout. */
    public static JobKind of(String name, String queue) {
        return new JobKind(name, queue, RetryPolicy.DEFAULT, DEFAULT_LEASE, Optional.empty());
    }

    /** The same with this retry policy. */
    public JobKind withRetry(RetryPolicy retry) {
        return new JobKind(name, queue, retry, lease, timeout);
    }

    /** The same with this lease. */
    public JobKind withLease(Duration lease) {
        return new JobKind(name, queue, retry, lease, timeout);
    }

    /** The same with this timeout. */
    public JobKind withTimeout(Duration timeout) {
        return new JobKind(name, queue, retry, lease, Optional.of(timeout));
    }
}
