package io.croft.job;

import io.croft.InvalidInputException;
import io.croft.input.Ids;
import io.croft.input.Shown;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * A job to be enqueued. Immutable; each {@code with…} method returns a changed copy.
 *
 * @param kind     what it is
 * @param payload  a JSON object for the handler, at most 256 KiB of UTF-8; it is checked when it is enqueued
 * @param priority its place among its lane's waiting jobs
 * @param runAt    the earliest time it may run; empty for at once; at most five years ahead
 * @param key      makes it unique within its organisation for the length of {@code keyLife}: enqueued again, the same
 *                 job is returned and, once done, its result; 1 to 255 bytes of UTF-8 without control characters
 * @param keyLife  how long the key is remembered from now on, 1 second to 10 years; it outlives the job's own record
 */
public record JobRequest(JobKind kind, String payload, JobPriority priority, Optional<Instant> runAt,
        Optional<String> key, Duration keyLife) {

    /** The longest payload, in bytes of UTF-8. */
    public static final int MAX_PAYLOAD_BYTES = 256 * 1024;
    /** The longest key, in bytes of UTF-8. */
    public static final int MAX_KEY_BYTES = 255;
    /** How long a key is remembered by default. */
    public static final Duration DEFAULT_KEY_LIFE = Duration.ofDays(30);

    private static final Duration MAX_AHEAD = Duration.ofDays(5 * 366);

    public JobRequest {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(priority, "priority");
        int bytes = payload.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_PAYLOAD_BYTES) {
            throw new InvalidInputException("payload of a " + kind.name() + " job has " + bytes + " bytes; the most is "
                    + MAX_PAYLOAD_BYTES + ": store the data elsewhere and put its id into the payload");
        }
        key.ifPresent(k -> {
            int keyBytes = k.getBytes(StandardCharsets.UTF_8).length;
            if (k.isBlank() || keyBytes > MAX_KEY_BYTES) {
                throw new InvalidInputException("idempotency key has " + keyBytes + " bytes and must have 1 to "
                        + MAX_KEY_BYTES + ", not all blank");
            }
            Ids.checkLine("idempotency key", k);
        });
        runAt.ifPresent(at -> {
            if (at.isAfter(Instant.now().plus(MAX_AHEAD))) {
                throw new InvalidInputException("run-at " + at + " is more than five years ahead");
            }
        });
        if (keyLife.compareTo(Duration.ofSeconds(1)) < 0 || keyLife.compareTo(Duration.ofDays(3660)) > 0) {
            throw new InvalidInputException("key life " + keyLife + " is outside 1 second to 10 years");
        }
    }

    /** A job to run at once, of normal priority, without a key. */
    public static JobRequest of(JobKind kind, String payload) {
        return new JobRequest(kind, payload, JobPriority.NORMAL, Optional.empty(), Optional.empty(), DEFAULT_KEY_LIFE);
    }

    /** The same with this priority. */
    public JobRequest withPriority(JobPriority priority) {
        return new JobRequest(kind, payload, priority, runAt, key, keyLife);
    }

    /** The same, not before this time by the database's clock. */
    public JobRequest withRunAt(Instant runAt) {
        return new JobRequest(kind, payload, priority, Optional.of(runAt), key, keyLife);
    }

    /** The same with this idempotency key, remembered for {@link #DEFAULT_KEY_LIFE}. */
    public JobRequest withKey(String key) {
        return new JobRequest(kind, payload, priority, runAt, Optional.of(key), keyLife);
    }

    /** The same with another life of the key. */
    public JobRequest withKeyLife(Duration keyLife) {
        return new JobRequest(kind, payload, priority, runAt, key, keyLife);
    }

    /** What it is and when it runs, without payload and key. */
    @Override
    public String toString() {
        return "JobRequest[kind=" + kind.name() + ", payload of " + Shown.length(payload) + ", priority=" + priority
                + ", runAt=" + runAt + ", " + (key.isPresent() ? "with" : "without") + " key]";
    }
}
