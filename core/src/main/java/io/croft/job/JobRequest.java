package io.croft.job;

import io.croft.InvalidInputException;
import io.croft.input.Ids;
import io.croft.input.Shown;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * A job to be enqueued. Immutable; each {@code with…} method returns a changed copy.
 *
 * <p>Defaults: at once, of normal priority, after no other job, without a deadline, tags and key, with as many attempts
 * as the kind's {@link RetryPolicy} says.
 */
public final class JobRequest {

    /** The longest payload, in bytes of UTF-8. */
    public static final int MAX_PAYLOAD_BYTES = 256 * 1024;
    /** The most tags of a job. */
    public static final int MAX_TAGS = 16;
    /** The longest tag, in bytes of UTF-8. */
    public static final int MAX_TAG_BYTES = 64;
    /** The most jobs that one comes after. */
    public static final int MAX_AFTER = 1000;
    /** How far ahead run-at, delay and deadline may lie: five years. */
    public static final Duration MAX_AHEAD = Duration.ofDays(5 * 366);

    /** Never changed. */
    private final Draft draft;

    private static final class Draft {
        private final JobKind kind;
        private final String payload;
        private JobPriority priority = JobPriority.NORMAL;
        private Optional<Instant> runAt = Optional.empty();
        private Duration delay = Duration.ZERO;
        private Optional<Instant> deadline = Optional.empty();
        private OptionalInt maxAttempts = OptionalInt.empty();
        private Set<String> tags = Set.of();
        private Optional<JobKey> key = Optional.empty();
        private List<After> after = List.of();

        Draft(JobKind kind, String payload) {
            this.kind = kind;
            this.payload = payload;
        }

        Draft(Draft other) {
            this(other.kind, other.payload);
            priority = other.priority;
            runAt = other.runAt;
            delay = other.delay;
            deadline = other.deadline;
            maxAttempts = other.maxAttempts;
            tags = other.tags;
            key = other.key;
            after = other.after;
        }
    }

    private JobRequest(Draft draft) {
        draft.deadline.ifPresent(deadline -> {
            if (draft.runAt.isPresent() && deadline.isBefore(draft.runAt.get())) {
                throw new InvalidInputException("deadline " + deadline + " is before run-at " + draft.runAt.get()
                        + ": the job could never run");
            }
        });
        if (draft.key.isPresent() && draft.key.get().repeat() instanceof JobKey.Repeat.Debounce
                && (draft.runAt.isPresent() || draft.delay.isPositive())) {
            throw new InvalidInputException("a job with a debouncing key runs when it has become quiet: leave run-at "
                    + "and delay out");
        }
        if (!draft.after.isEmpty() && draft.key.isPresent()
                && !(draft.key.get().repeat() instanceof JobKey.Repeat.Keep)) {
            throw new InvalidInputException("a job that comes after others cannot take the place of one that need not: "
                    + "give it a key that keeps the first job");
        }
        this.draft = draft;
    }

    private JobRequest with(Consumer<Draft> change) {
        Draft changed = new Draft(draft);
        change.accept(changed);
        return new JobRequest(changed);
    }

    /**
     * A job to run at once.
     *
     * @param payload a JSON object for the handler, at most {@value #MAX_PAYLOAD_BYTES} bytes of UTF-8; that it is one
     *                is checked when it is enqueued
     * @throws InvalidInputException if the payload is too long
     */
    public static JobRequest of(JobKind kind, String payload) {
        Objects.requireNonNull(kind, "kind");
        int bytes = payload.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_PAYLOAD_BYTES) {
            throw new InvalidInputException("payload of a " + kind.name() + " job has " + bytes + " bytes; the most is "
                    + MAX_PAYLOAD_BYTES + ": store the data elsewhere and put its id into the payload");
        }
        return new JobRequest(new Draft(kind, payload));
    }

    /** The same with this priority among the waiting jobs of its lane. */
    public JobRequest withPriority(JobPriority priority) {
        Objects.requireNonNull(priority, "priority");
        return with(changed -> changed.priority = priority);
    }

    /**
     * The same, not before this time by the database's clock; a time in the past is at once. With a delay as well, the
     * later of both counts.
     *
     * @param runAt at most five years ahead
     * @throws InvalidInputException if it is later, or after the deadline
     */
    public JobRequest withRunAt(Instant runAt) {
        checkAhead("run-at", runAt);
        return with(changed -> changed.runAt = Optional.of(runAt));
    }

    /**
     * The same, not before so long has gone by on the database's clock since it was enqueued. With a run-at as well,
     * the later of both counts.
     *
     * @param delay 0 to five years
     * @throws InvalidInputException if it is outside that
     */
    public JobRequest withDelay(Duration delay) {
        if (delay.isNegative() || delay.compareTo(MAX_AHEAD) > 0) {
            throw new InvalidInputException("delay " + delay + " is outside 0 to five years");
        }
        return with(changed -> changed.delay = delay);
    }

    /**
     * The same, of which no attempt begins after this time by the database's clock. A job whose turn comes later is
     * cancelled without having run; one that failed and would be repeated later becomes a dead letter. An attempt that
     * began in time goes on.
     *
     * @param deadline at most five years ahead, not before the run-at
     * @throws InvalidInputException if it is outside that; a delay that goes past it is refused when the job is
     *                               enqueued
     */
    public JobRequest withDeadline(Instant deadline) {
        checkAhead("deadline", deadline);
        return with(changed -> changed.deadline = Optional.of(deadline));
    }

    /**
     * The same with so many attempts in all, whatever its kind's {@link RetryPolicy} says.
     *
     * @param maxAttempts 1 to {@value RetryPolicy#MAX_ATTEMPTS}
     * @throws InvalidInputException if it is outside that
     */
    public JobRequest withMaxAttempts(int maxAttempts) {
        RetryPolicy.checkMaxAttempts(maxAttempts);
        return with(changed -> changed.maxAttempts = OptionalInt.of(maxAttempts));
    }

    /** The same with these tags: see {@link #withTags(Collection)}. */
    public JobRequest withTags(String... tags) {
        return withTags(List.of(tags));
    }

    /**
     * The same with these tags in place of others, by which jobs can be found.
     *
     * @param tags up to {@value #MAX_TAGS}, each of 1 to {@value #MAX_TAG_BYTES} bytes of UTF-8 on one line, not all
     *             blank; the same one twice counts once
     * @throws InvalidInputException if one is none, or there are too many; the message does not show them
     */
    public JobRequest withTags(Collection<String> tags) {
        Set<String> distinct = new TreeSet<>(tags);
        if (distinct.size() > MAX_TAGS) {
            throw new InvalidInputException(distinct.size() + " tags of a job: the most is " + MAX_TAGS);
        }
        distinct.forEach(JobRequest::checkTag);
        return with(changed -> changed.tags = Collections.unmodifiableSet(distinct));
    }

    /** The same with this idempotency key, see {@link JobKey#of}. */
    public JobRequest withKey(String key) {
        return withKey(JobKey.of(key));
    }

    /**
     * The same with this idempotency key.
     *
     * @throws InvalidInputException if it debounces and the job has a run-at or a delay, or it replaces or debounces
     *                               and the job comes after others
     */
    public JobRequest withKey(JobKey key) {
        Objects.requireNonNull(key, "key");
        return with(changed -> changed.key = Optional.of(key));
    }

    /** The same after these jobs in place of others: see {@link #withAfter(Collection)}. */
    public JobRequest withAfter(After... after) {
        return withAfter(List.of(after));
    }

    /**
     * The same after these jobs in place of others: it is {@link JobState#WAITING} until all of them have ended as it
     * needs, and its delay begins then. Where it has a run-at, it is not before that either. Its deadline goes on
     * meanwhile.
     *
     * @param after up to {@value #MAX_AFTER}; the same one twice counts once, and if once its success is needed, it is.
     *              Names are those of the {@link JobFlow} that the request is part of
     * @throws InvalidInputException if there are too many, or the job has a key that replaces or debounces
     */
    public JobRequest withAfter(Collection<? extends After> after) {
        List<After> distinct = List.copyOf(new LinkedHashSet<After>(after));
        if (distinct.size() > MAX_AFTER) {
            throw new InvalidInputException(
                    "a job comes after " + distinct.size() + " others: the most is " + MAX_AFTER);
        }
        return with(changed -> changed.after = distinct);
    }

    /** What it is. */
    public JobKind kind() {
        return draft.kind;
    }

    /** What the handler gets. */
    public String payload() {
        return draft.payload;
    }

    /** Its place among its lane's waiting jobs. */
    public JobPriority priority() {
        return draft.priority;
    }

    /** The earliest time it may run. */
    public Optional<Instant> runAt() {
        return draft.runAt;
    }

    /** How long it waits at least; 0 for none. */
    public Duration delay() {
        return draft.delay;
    }

    /** When no attempt begins any more. */
    public Optional<Instant> deadline() {
        return draft.deadline;
    }

    /** The most attempts: its own number, else its kind's. */
    public int maxAttempts() {
        return draft.maxAttempts.orElse(draft.kind.retry().maxAttempts());
    }

    /** Its tags, in their order as strings. */
    public Set<String> tags() {
        return draft.tags;
    }

    /** What makes it one. */
    public Optional<JobKey> key() {
        return draft.key;
    }

    /** What it waits for. */
    public List<After> after() {
        return draft.after;
    }

    /** What it is and when it runs, without payload, tags and key. */
    @Override
    public String toString() {
        return "JobRequest[kind=" + kind().name() + ", payload of " + Shown.length(payload()) + ", priority="
                + priority()
                + runAt().map(at -> ", runAt=" + at).orElse("") + (delay().isPositive() ? ", delay=" + delay() : "")
                + deadline().map(at -> ", deadline=" + at).orElse("") + ", "
                + (key().isPresent() ? "with" : "without") + " key]";
    }

    static void checkTag(String tag) {
        int bytes = tag.getBytes(StandardCharsets.UTF_8).length;
        if (tag.isBlank() || bytes > MAX_TAG_BYTES) {
            throw new InvalidInputException("a tag has " + bytes + " bytes and must have 1 to " + MAX_TAG_BYTES
                    + ", not all blank");
        }
        Ids.checkLine("tag", tag);
    }

    private static void checkAhead(String what, Instant at) {
        if (at.isAfter(Instant.now().plus(MAX_AHEAD))) {
            throw new InvalidInputException(what + " " + at + " is more than five years ahead");
        }
    }
}
