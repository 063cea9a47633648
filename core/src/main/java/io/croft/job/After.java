package io.croft.job;

import io.croft.InvalidInputException;
import io.croft.input.Ids;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * What a job waits for: that another job has ended. The other one comes with it in the same {@link JobFlow}, or was
 * enqueued before, in the same organisation; then it may also have ended already.
 */
public sealed interface After {

    /** The longest name of a job in a flow, in bytes of UTF-8. */
    int MAX_NAME_BYTES = 64;

    /** How the other job has to end. */
    Need need();

    /** After the job of this name in the same flow has completed. */
    static After success(String name) {
        return new Member(name, Need.SUCCESS);
    }

    /** After this job has completed. */
    static After success(JobId id) {
        return new Existing(id, Need.SUCCESS);
    }

    /** After the job of this name in the same flow has ended, however it did. */
    static After end(String name) {
        return new Member(name, Need.END);
    }

    /** After this job has ended, however it did. */
    static After end(JobId id) {
        return new Existing(id, Need.END);
    }

    /** How another job has to end. */
    enum Need {
        /**
         * It completes. While it is a dead letter, the job goes on waiting, since it may be redriven; if it is
         * cancelled or discarded, the job is cancelled.
         */
        SUCCESS,
        /** It completes, is cancelled, or becomes a dead letter, also if that is redriven later. */
        END
    }

    /**
     * A job of the same flow.
     *
     * @param name its name, 1 to {@value #MAX_NAME_BYTES} bytes of UTF-8 on one line
     * @param need how it has to end
     */
    record Member(String name, Need need) implements After {

        public Member {
            checkName(name);
            Objects.requireNonNull(need, "need");
        }
    }

    /**
     * A job that is there.
     *
     * @param id   its id
     * @param need how it has to end
     */
    record Existing(JobId id, Need need) implements After {

        public Existing {
            Objects.requireNonNull(id, "id");
            Objects.requireNonNull(need, "need");
        }
    }

    /**
     * Refuses what is no name of a job in a flow.
     *
     * @throws InvalidInputException if it is none; the message does not show it
     */
    static void checkName(String name) {
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (name.isBlank() || bytes > MAX_NAME_BYTES) {
            throw new InvalidInputException("the name of a job in a flow has " + bytes + " bytes and must have 1 to "
                    + MAX_NAME_BYTES + ", not all blank");
        }
        Ids.checkLine("name of a job in a flow", name);
    }
}
