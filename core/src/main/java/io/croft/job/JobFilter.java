package io.croft.job;

import io.croft.InvalidInputException;
import io.croft.input.Ids;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * Which jobs are meant. Immutable; each {@code with…} method returns a changed copy, and what is empty lets pass all.
 * Times are by the database's clock. What no job can have is refused with
 * {@link io.croft.InvalidInputException}.
 *
 * @param states         those in one of these states; never empty
 * @param queue          those of the queue of this name
 * @param kind           those of the kind of this name
 * @param tag            those with this tag
 * @param key            those that were enqueued with this idempotency key, also in earlier windows of it
 * @param createdFrom    those enqueued at this time or later
 * @param createdBefore  those enqueued earlier than this
 * @param finishedFrom   those that ended, or died, at this time or later
 * @param finishedBefore those that ended, or died, earlier than this
 */
public record JobFilter(Set<JobState> states, Optional<String> queue, Optional<String> kind, Optional<String> tag,
        Optional<String> key, Optional<Instant> createdFrom, Optional<Instant> createdBefore,
        Optional<Instant> finishedFrom, Optional<Instant> finishedBefore) {

    /** All jobs of the organisation that there is a record of. */
    public static final JobFilter ALL = new JobFilter(EnumSet.allOf(JobState.class), Optional.empty(),
            Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(),
            Optional.empty());

    public JobFilter {
        states = Set.copyOf(states);
        if (states.isEmpty()) {
            throw new InvalidInputException("a filter of no state lets no job pass: name at least one");
        }
        queue.ifPresent(name -> Ids.checkWord("queue", name));
        kind.ifPresent(name -> Ids.checkWord("job kind", name));
        tag.ifPresent(JobRequest::checkTag);
        key.ifPresent(JobKey::of); // checks it
        checkTimes("enqueued", createdFrom, createdBefore);
        checkTimes("ended", finishedFrom, finishedBefore);
    }

    private static void checkTimes(String what, Optional<Instant> from, Optional<Instant> before) {
        if (from.isPresent() && before.isPresent() && !from.get().isBefore(before.get())) {
            throw new InvalidInputException("jobs " + what + " from " + from.get() + " and before " + before.get()
                    + " are none: the first time must be the earlier one");
        }
    }

    /** Those in one of these states. */
    public JobFilter withStates(JobState first, JobState... others) {
        return new JobFilter(EnumSet.of(first, others), queue, kind, tag, key, createdFrom, createdBefore, finishedFrom,
                finishedBefore);
    }

    /** Those of one queue. */
    public JobFilter withQueue(String queue) {
        return new JobFilter(states, Optional.of(queue), kind, tag, key, createdFrom, createdBefore, finishedFrom,
                finishedBefore);
    }

    /** Those of one kind. */
    public JobFilter withKind(String kind) {
        return new JobFilter(states, queue, Optional.of(kind), tag, key, createdFrom, createdBefore, finishedFrom,
                finishedBefore);
    }

    /** Those with this tag. */
    public JobFilter withTag(String tag) {
        return new JobFilter(states, queue, kind, Optional.of(tag), key, createdFrom, createdBefore, finishedFrom,
                finishedBefore);
    }

    /** Those that were enqueued with this key. */
    public JobFilter withKey(String key) {
        return new JobFilter(states, queue, kind, tag, Optional.of(key), createdFrom, createdBefore, finishedFrom,
                finishedBefore);
    }

    /** Those enqueued at this time or later. */
    public JobFilter withCreatedFrom(Instant from) {
        return new JobFilter(states, queue, kind, tag, key, Optional.of(from), createdBefore, finishedFrom,
                finishedBefore);
    }

    /** Those enqueued earlier than this. */
    public JobFilter withCreatedBefore(Instant before) {
        return new JobFilter(states, queue, kind, tag, key, createdFrom, Optional.of(before), finishedFrom,
                finishedBefore);
    }

    /** Those that ended, or died, at this time or later. */
    public JobFilter withFinishedFrom(Instant from) {
        return new JobFilter(states, queue, kind, tag, key, createdFrom, createdBefore, Optional.of(from),
                finishedBefore);
    }

    /** Those that ended, or died, earlier than this. */
    public JobFilter withFinishedBefore(Instant before) {
        return new JobFilter(states, queue, kind, tag, key, createdFrom, createdBefore, finishedFrom,
                Optional.of(before));
    }

    /** What it asks for, without tag and key. */
    @Override
    public String toString() {
        return "JobFilter[states=" + states + ", queue=" + queue + ", kind=" + kind + ", "
                + (tag.isPresent() ? "with" : "without") + " tag, " + (key.isPresent() ? "with" : "without")
                + " key, createdFrom=" + createdFrom + ", createdBefore=" + createdBefore + ", finishedFrom="
                + finishedFrom + ", finishedBefore=" + finishedBefore + "]";
    }
}
