package io.croft.job;

import io.croft.InvalidInputException;
import io.croft.input.Ids;
import java.time.Instant;
import java.util.Optional;

/**
 * Which dead letters are meant. Immutable; each {@code with…} method returns a changed copy, and what is empty lets
 * pass all. What no dead letter can have is refused with {@link io.croft.InvalidInputException}.
 *
 * @param queue      those of the queue of this name
 * @param kind       those of the kind of this name
 * @param tag        those with this tag
 * @param errorClass those whose last error is of exactly this class, by its full name, up to
 *                   {@value JobError#MAX_TYPE_CHARS} characters
 * @param from       those that died at this time or later, by the database's clock
 * @param before     those that died earlier than this
 */
public record DeadLetterFilter(Optional<String> queue, Optional<String> kind, Optional<String> tag,
        Optional<String> errorClass, Optional<Instant> from, Optional<Instant> before) {

    /** All dead letters of the organisation. */
    public static final DeadLetterFilter ALL = new DeadLetterFilter(Optional.empty(), Optional.empty(),
            Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    public DeadLetterFilter {
        queue.ifPresent(name -> Ids.checkWord("queue", name));
        kind.ifPresent(name -> Ids.checkWord("job kind", name));
        tag.ifPresent(JobRequest::checkTag);
        errorClass.filter(name -> name.isBlank() || name.length() > JobError.MAX_TYPE_CHARS).ifPresent(name -> {
            throw new InvalidInputException("the name of an error's class has " + name.length()
                    + " characters and must have 1 to " + JobError.MAX_TYPE_CHARS);
        });
        if (from.isPresent() && before.isPresent() && !from.get().isBefore(before.get())) {
            throw new InvalidInputException("dead letters from " + from.get() + " and before " + before.get()
                    + " are none: the first time must be the earlier one");
        }
    }

    /** Those of one queue. */
    public DeadLetterFilter withQueue(String queue) {
        return new DeadLetterFilter(Optional.of(queue), kind, tag, errorClass, from, before);
    }

    /** Those of one kind. */
    public DeadLetterFilter withKind(String kind) {
        return new DeadLetterFilter(queue, Optional.of(kind), tag, errorClass, from, before);
    }

    /** Those with this tag. */
    public DeadLetterFilter withTag(String tag) {
        return new DeadLetterFilter(queue, kind, Optional.of(tag), errorClass, from, before);
    }

    /** Those whose last error is of this class, by its full name. */
    public DeadLetterFilter withErrorClass(String errorClass) {
        return new DeadLetterFilter(queue, kind, tag, Optional.of(errorClass), from, before);
    }

    /** Those that died at this time or later. */
    public DeadLetterFilter withFrom(Instant from) {
        return new DeadLetterFilter(queue, kind, tag, errorClass, Optional.of(from), before);
    }

    /** Those that died earlier than this. */
    public DeadLetterFilter withBefore(Instant before) {
        return new DeadLetterFilter(queue, kind, tag, errorClass, from, Optional.of(before));
    }

    /** What it asks for, without the tag. */
    @Override
    public String toString() {
        return "DeadLetterFilter[queue=" + queue + ", kind=" + kind + ", " + (tag.isPresent() ? "with" : "without")
                + " tag, errorClass=" + errorClass + ", from=" + from + ", before=" + before + "]";
    }
}
