package io.croft.job;

import io.croft.InvalidInputException;
import io.croft.cron.CronExpression;
import io.croft.cron.CronTimes;
import io.croft.input.Ids;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * When jobs of a schedule are enqueued, and what becomes of a time that comes while nobody could, or while the job
 * before is not done. Immutable and thread-safe; each {@code with…} method returns a changed copy.
 *
 * <pre>{@code
 * JobSchedule.cron("0 3 * * *", ZoneId.of("Europe/Berlin"))         // at three in the night
 * JobSchedule.cron("0 9 * * MON#1", zone).withJitter(Duration.ofMinutes(10))
 * JobSchedule.every(Duration.ofMinutes(5)).withOverlap(JobSchedule.Overlap.ALLOW)
 * }</pre>
 *
 * <p>Defaults: of times that were missed the last one is made up for ({@link Missed.Once}); a time is passed over while
 * the job of the one before is live ({@link Overlap#SKIP}); no jitter; payloads as they are given.
 */
public final class JobSchedule {

    /** The shortest interval, also between two times of a cron expression. */
    public static final Duration MIN_INTERVAL = Duration.ofSeconds(1);
    /** The longest interval. */
    public static final Duration MAX_INTERVAL = Duration.ofDays(366);
    /** The longest jitter. */
    public static final Duration MAX_JITTER = Duration.ofHours(1);
    /** The most missed times that are made up for. */
    public static final int MAX_MISSED = 100;
    /** How late a time counts as missed, if the next one has not come by then. */
    public static final Duration GRACE = Duration.ofMinutes(1);

    /** Never changed. */
    private final Draft draft;

    private static final class Draft {
        private final Timing timing;
        private Missed missed = new Missed.Once();
        private Overlap overlap = Overlap.SKIP;
        private Duration jitter = Duration.ZERO;
        private Optional<String> timeField = Optional.empty();

        Draft(Timing timing) {
            this.timing = timing;
        }

        Draft(Draft other) {
            this(other.timing);
            missed = other.missed;
            overlap = other.overlap;
            jitter = other.jitter;
            timeField = other.timeField;
        }
    }

    private JobSchedule(Draft draft) {
        this.draft = draft;
    }

    private JobSchedule with(Consumer<Draft> change) {
        Draft changed = new Draft(draft);
        change.accept(changed);
        return new JobSchedule(changed);
    }

    /** What its times follow. */
    public sealed interface Timing {

        /**
         * A cron expression in a time zone, as it was written.
         *
         * @param expression the expression
         * @param zone       the id of the zone
         */
        record Cron(String expression, String zone) implements Timing {

            public Cron {
                Objects.requireNonNull(expression, "expression");
                Objects.requireNonNull(zone, "zone");
            }
        }

        /**
         * A fixed interval, whatever clocks show.
         *
         * @param interval 1 second to 366 days
         */
        record Every(Duration interval) implements Timing {

            public Every {
                if (interval.compareTo(MIN_INTERVAL) < 0 || interval.compareTo(MAX_INTERVAL) > 0) {
                    throw new InvalidInputException("an interval of " + interval + " is outside 1 second to 366 days");
                }
            }
        }
    }

    /**
     * What becomes of times at which no process ran, or none reached the database. A time is missed once the next one
     * has come, or once it is {@link #GRACE} ago.
     */
    public sealed interface Missed {

        /** They are passed over. */
        record Skip() implements Missed {
        }

        /** The last of them gets its job, late. */
        record Once() implements Missed {
        }

        /**
         * Each gets its job, all at once.
         *
         * @param most the most of them, 1 to 100: the last ones
         */
        record Each(int most) implements Missed {

            public Each {
                if (most < 1 || most > MAX_MISSED) {
                    throw new InvalidInputException(most + " missed times to make up for are outside 1 to "
                            + MAX_MISSED);
                }
            }
        }
    }

    /** What becomes of a time at which the job of the one before is live, that is, waits or runs. */
    public enum Overlap {
        /** It gets its job all the same. */
        ALLOW,
        /** It is passed over. A dead letter is not live: it waits for a person. */
        SKIP
    }

    /**
     * The times of a cron expression in a zone's local time. Five fields: minute, hour, day of month, month, day of
     * week; or six, with the second first; or {@code @yearly}, {@code @monthly}, {@code @weekly}, {@code @daily},
     * {@code @hourly}. A field holds {@code *}, numbers, names ({@code JAN}, {@code MON}), ranges {@code 1-5} and steps
     * {@code 0-30/10}, with commas between them. Sunday is 0 or 7. If both fields for days restrict them, a day of
     * either is one. Also: {@code L}, {@code L-3}, {@code 15W}, {@code LW} as days of a month, {@code 1#2} (the second
     * Monday) and {@code 5L} (the last Friday) as days of a week.
     *
     * <p>A time that does not exist because clocks are put forward comes at the moment of that. One that exists twice
     * because they are put back comes at the first of both, unless the expression is for every hour: then at both.
     *
     * @param expression up to 255 characters
     * @throws InvalidInputException if it is none or never occurs; the message names the place and the remedy
     */
    public static JobSchedule cron(String expression, ZoneId zone) {
        CronExpression.parse(expression);
        return new JobSchedule(new Draft(new Timing.Cron(expression, zone.getId())));
    }

    /**
     * Times at a fixed distance, the first so long from when the schedule becomes known.
     *
     * @param interval 1 second to 366 days
     * @throws InvalidInputException if it is outside that
     */
    public static JobSchedule every(Duration interval) {
        return new JobSchedule(new Draft(new Timing.Every(interval.truncatedTo(ChronoUnit.MILLIS))));
    }

    /**
     * A schedule that was kept. Whether this process knows its expression and its zone, which may come from a newer
     * one, shows when its times are asked for.
     */
    public static JobSchedule of(Timing timing) {
        return new JobSchedule(new Draft(Objects.requireNonNull(timing, "timing")));
    }

    /** The same with this rule for missed times. */
    public JobSchedule withMissed(Missed missed) {
        Objects.requireNonNull(missed, "missed");
        return with(changed -> changed.missed = missed);
    }

    /** The same with this rule for overlapping jobs. */
    public JobSchedule withOverlap(Overlap overlap) {
        Objects.requireNonNull(overlap, "overlap");
        return with(changed -> changed.overlap = overlap);
    }

    /**
     * The same, each time put off by chance, so that not all of many schedules come at the same moment. A time is never
     * put off past the next one.
     *
     * @param jitter the most, 0 to 1 hour
     * @throws InvalidInputException if it is outside that
     */
    public JobSchedule withJitter(Duration jitter) {
        if (jitter.isNegative() || jitter.compareTo(MAX_JITTER) > 0) {
            throw new InvalidInputException("a jitter of " + jitter + " is outside 0 to 1 hour");
        }
        return with(changed -> changed.jitter = jitter.truncatedTo(ChronoUnit.MILLIS));
    }

    /**
     * The same; the payload of each job gets this field with the time that it is for, as
     * {@code 2026-03-29T01:00:00.000000Z}, without jitter and however late it is. With it the payload must keep to its
     * limit.
     *
     * @param field up to 64 characters; one that the payload has already is replaced
     * @throws InvalidInputException if it is no name of a field
     */
    public JobSchedule withTimeField(String field) {
        Ids.checkFieldName("time field", field);
        return with(changed -> changed.timeField = Optional.of(field));
    }

    /** What its times follow. */
    public Timing timing() {
        return draft.timing;
    }

    /** What becomes of missed times. */
    public Missed missed() {
        return draft.missed;
    }

    /** What becomes of a time while the job before is live. */
    public Overlap overlap() {
        return draft.overlap;
    }

    /** The most that a time is put off; 0 for none. */
    public Duration jitter() {
        return draft.jitter;
    }

    /** The field of the payload that gets the time. */
    public Optional<String> timeField() {
        return draft.timeField;
    }

    /**
     * The next time after one of its times, or after any moment for the first; jitter is not in it.
     *
     * @return empty if there is none within 48 years
     * @throws InvalidInputException if this process does not know its expression or its zone
     */
    public Optional<Instant> nextAfter(Instant time) {
        return switch (draft.timing) {
            case Timing.Every(Duration interval) -> Optional.of(time.plus(interval));
            case Timing.Cron(String expression, String zone) -> new CronTimes(CronExpression.parse(expression),
                    zone(zone)).after(time);
        };
    }

    private static ZoneId zone(String id) {
        try {
            return ZoneId.of(id);
        } catch (DateTimeException e) {
            throw new InvalidInputException("time zone \"" + id + "\" is not known to this Java: use one of "
                    + "ZoneId.getAvailableZoneIds(), or update its time zone data", e);
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof JobSchedule schedule && schedule.draft.timing.equals(draft.timing)
                && schedule.draft.missed.equals(draft.missed) && schedule.draft.overlap == draft.overlap
                && schedule.draft.jitter.equals(draft.jitter) && schedule.draft.timeField.equals(draft.timeField);
    }

    @Override
    public int hashCode() {
        return Objects.hash(draft.timing, draft.missed, draft.overlap, draft.jitter, draft.timeField);
    }

    @Override
    public String toString() {
        return "JobSchedule[" + draft.timing + ", missed=" + draft.missed + ", overlap=" + draft.overlap
                + (draft.jitter.isZero() ? "" : ", jitter=" + draft.jitter)
                + draft.timeField.map(field -> ", timeField=" + field).orElse("") + "]";
    }
}
