package io.croft.job;

import io.croft.InvalidInputException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * How long is kept what has ended. Immutable; each {@code with…} method returns a changed copy. Whole days go at once:
 * something is kept for at least as long as said here, and up to a day longer. Processes of one database should all say
 * the same; where they do not, the shortest counts.
 *
 * <p>Idempotency keys have a life of their own, {@link JobKey#window}, and with it their copy of their job's result.
 * What is out of these ranges is refused with {@link io.croft.InvalidInputException}.
 *
 * @param completed   the records of completed jobs, 1 to 3,650 days
 * @param cancelled   the records of cancelled jobs, 1 to 3,650 days
 * @param deadLetters dead letters, from when they died, 1 to 3,650 days; then they become {@link JobState#CANCELLED}.
 *                    Empty: until somebody redrives or discards them
 * @param results     the results of completed jobs, 1 to 3,650 days; they go with their jobs' records at the latest
 */
public record JobRetention(Duration completed, Duration cancelled, Optional<Duration> deadLetters, Duration results) {

    /** The longest time that can be said. */
    public static final Duration MAX = Duration.ofDays(3650);

    /** A week for records and results; dead letters for ever. */
    public static final JobRetention DEFAULT = new JobRetention(Duration.ofDays(7), Duration.ofDays(7),
            Optional.empty(), Duration.ofDays(7));

    public JobRetention {
        check("completed jobs", completed);
        check("cancelled jobs", cancelled);
        Objects.requireNonNull(deadLetters, "deadLetters");
        deadLetters.ifPresent(time -> check("dead letters", time));
        check("results", results);
    }

    private static void check(String what, Duration time) {
        if (time.compareTo(Duration.ofDays(1)) < 0 || time.compareTo(MAX) > 0) {
            throw new InvalidInputException("a retention of " + what + " of " + time + " is outside 1 to "
                    + MAX.toDays() + " days");
        }
    }

    /** The same with this retention of completed jobs. */
    public JobRetention withCompleted(Duration time) {
        return new JobRetention(time, cancelled, deadLetters, results);
    }

    /** The same with this retention of cancelled jobs. */
    public JobRetention withCancelled(Duration time) {
        return new JobRetention(completed, time, deadLetters, results);
    }

    /** The same with this retention of dead letters. */
    public JobRetention withDeadLetters(Duration time) {
        return new JobRetention(completed, cancelled, Optional.of(time), results);
    }

    /** The same with this retention of results. */
    public JobRetention withResults(Duration time) {
        return new JobRetention(completed, cancelled, deadLetters, time);
    }
}
