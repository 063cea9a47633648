package io.croft.job;

import io.croft.InvalidInputException;
import io.croft.input.Shown;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/** How an attempt ended, said by its handler as a value. A handler that throws is retried. */
public sealed interface JobResult {

    /** The longest result, in bytes of UTF-8. */
    int MAX_RESULT_BYTES = 256 * 1024;

    /** Done, with nothing to keep. */
    static JobResult completed() {
        return new Completed(Optional.empty());
    }

    /**
     * Done, with a result to keep.
     *
     * @param json any JSON value, at most 256 KiB of UTF-8
     * @throws io.croft.InvalidInputException if it has more; whether it is JSON is looked at when it is stored
     */
    static JobResult completed(String json) {
        return new Completed(Optional.of(json));
    }

    /**
     * Not yet: run again after this wait. The attempt is not counted.
     *
     * @param delay 0 to 366 days
     * @throws io.croft.InvalidInputException if it is less or more
     */
    static JobResult snooze(Duration delay) {
        return new Snooze(delay, "");
    }

    /**
     * The same, and says why.
     *
     * @param reason for people to read: {@link Job#note} until the next attempt has ended
     */
    static JobResult snooze(Duration delay, String reason) {
        return new Snooze(delay, reason);
    }

    /** Never: the job ends as {@link JobState#CANCELLED}, without a retry. */
    static JobResult cancel(String reason) {
        return new Cancel(reason);
    }

    /**
     * Done.
     *
     * @param result JSON to keep, if any
     */
    record Completed(Optional<String> result) implements JobResult {

        public Completed {
            result.ifPresent(json -> {
                int bytes = json.getBytes(StandardCharsets.UTF_8).length;
                if (bytes > MAX_RESULT_BYTES) {
                    throw new InvalidInputException("a job's result has " + bytes + " bytes; the most is "
                            + MAX_RESULT_BYTES + ": store the data elsewhere and return its id");
                }
            });
        }

        /** How long the result is. */
        @Override
        public String toString() {
            return "Completed[" + result.map(json -> "result of " + Shown.length(json)).orElse("no result") + "]";
        }
    }

    /**
     * Not yet.
     *
     * @param delay  how long to wait, 0 to 366 days
     * @param reason kept with the job, cut to {@value Job#MAX_NOTE_CHARS} characters; empty for none
     */
    record Snooze(Duration delay, String reason) implements JobResult {

        public Snooze {
            Objects.requireNonNull(reason, "reason");
            if (delay.isNegative() || delay.compareTo(Duration.ofDays(366)) > 0) {
                throw new InvalidInputException("a snooze of " + delay + " is outside 0 to 366 days");
            }
        }

        /** How long it is, and the reason. */
        @Override
        public String toString() {
            return "Snooze[" + delay + ", reason of " + Shown.length(reason) + "]";
        }
    }

    /**
     * Never.
     *
     * @param reason kept with the job, cut to {@value Job#MAX_NOTE_CHARS} characters
     */
    record Cancel(String reason) implements JobResult {

        public Cancel {
            Objects.requireNonNull(reason, "reason");
        }

        /** How long the reason is. */
        @Override
        public String toString() {
            return "Cancel[reason of " + Shown.length(reason) + "]";
        }
    }
}
