package io.croft.cron;

import io.croft.cron.CronField.Kind;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A cron expression, and the local times at which it occurs: five fields for minute, hour, day of month, month and day
 * of week, or six with seconds before them, or a name such as {@code @daily}. Immutable.
 *
 * <p>A field holds {@code *}, numbers, names ({@code JAN}, {@code MON}), ranges and steps, with commas between them.
 * Day of month knows {@code L} (the last), {@code L-3}, {@code 15W} (the weekday nearest to the 15th) and {@code LW};
 * day of week {@code 5#3} (the third Friday) and {@code 5L} (the last Friday). Of several ways that cron's relatives
 * have, it is cron's own: Sunday is 0 or 7, and where both fields for days restrict them, either is enough.
 */
public final class CronExpression {

    /** The 29th of February falls on one weekday every 28 years, or every 40 over a year such as 2100. */
    private static final int YEARS_AHEAD = 48;
    private static final long ALL_HOURS = (1L << 24) - 1;
    private static final CronField ON_THE_MINUTE = new CronField(1, false);
    private static final Map<String, String> NAMES = Map.of("@YEARLY", "0 0 1 1 *", "@ANNUALLY", "0 0 1 1 *",
            "@MONTHLY", "0 0 1 * *", "@WEEKLY", "0 0 * * 0", "@DAILY", "0 0 * * *", "@MIDNIGHT", "0 0 * * *",
            "@HOURLY", "0 * * * *");

    private final CronField seconds;
    private final CronField minutes;
    private final CronField hours;
    private final CronField months;
    private final CronDays days;

    private CronExpression(CronSyntax syntax, CronField seconds, List<CronSyntax.Part> fields) {
        this.seconds = seconds;
        this.minutes = CronField.parse(syntax, fields.get(0), Kind.MINUTE);
        this.hours = CronField.parse(syntax, fields.get(1), Kind.HOUR);
        this.months = CronField.parse(syntax, fields.get(3), Kind.MONTH);
        this.days = new CronDays(syntax, fields.get(2), fields.get(4));
    }

    /**
     * Reads an expression.
     *
     * @throws io.croft.InvalidInputException if it is none, or never occurs; the message names it, the place that is
     *                                        wrong and what to write instead
     */
    public static CronExpression parse(String text) {
        CronSyntax given = new CronSyntax(text);
        String name = text.strip().toUpperCase(Locale.ROOT);
        if (name.startsWith("@") && !NAMES.containsKey(name)) {
            throw given.refused("is not known",
                    "use @yearly, @monthly, @weekly, @daily, @hourly, or five fields such as 0 3 * * *");
        }
        CronSyntax syntax = name.startsWith("@") ? new CronSyntax(NAMES.getOrDefault(name, name)) : given;
        List<CronSyntax.Part> fields = syntax.fields();
        if (fields.size() != 5 && fields.size() != 6) {
            throw syntax.refused("has " + fields.size() + " fields",
                    "give five: minute, hour, day of month, month, day of week; or six, with the second first");
        }
        CronExpression cron = fields.size() == 5
                ? new CronExpression(syntax, ON_THE_MINUTE, fields)
                : new CronExpression(syntax, CronField.parse(syntax, fields.getFirst(), Kind.SECOND),
                        fields.subList(1, 6));
        if (cron.next(LocalDateTime.of(2000, 1, 1, 0, 0)).isEmpty()) {
            throw syntax.refused("never occurs", "no month that it names has such a day: change the day or the month");
        }
        return cron;
    }

    /** Whether it occurs in every hour, so that it means a rhythm and not a time of day. */
    boolean isOfEveryHour() {
        return hours.bits() == ALL_HOURS;
    }

    /** The first time that is not before this one; empty if there is none within 48 years. */
    Optional<LocalDateTime> next(LocalDateTime from) {
        LocalDateTime start = from.plusNanos(999_999_999).truncatedTo(ChronoUnit.SECONDS);
        Optional<LocalTime> today = hasDay(start.toLocalDate()) ? next(start.toLocalTime()) : Optional.empty();
        if (today.isPresent()) {
            return Optional.of(start.toLocalDate().atTime(today.get()));
        }
        Optional<LocalTime> first = next(LocalTime.MIDNIGHT);
        LocalDate day = start.toLocalDate().plusDays(1);
        LocalDate end = day.plusYears(YEARS_AHEAD);
        while (day.isBefore(end)) {
            if (!months.has(day.getMonthValue())) {
                day = day.withDayOfMonth(1).plusMonths(1);
            } else if (days.has(day)) {
                return first.map(day::atTime);
            } else {
                day = day.plusDays(1);
            }
        }
        return Optional.empty();
    }

    private boolean hasDay(LocalDate day) {
        return months.has(day.getMonthValue()) && days.has(day);
    }

    /** The first time of a day that is not before this one. */
    private Optional<LocalTime> next(LocalTime from) {
        for (int hour = hours.next(from.getHour()); hour >= 0; hour = hours.next(hour + 1)) {
            boolean same = hour == from.getHour();
            int minute = minutes.next(same ? from.getMinute() : 0);
            while (minute >= 0) {
                int second = seconds.next(same && minute == from.getMinute() ? from.getSecond() : 0);
                if (second >= 0) {
                    return Optional.of(LocalTime.of(hour, minute, second));
                }
                minute = minutes.next(minute + 1);
            }
        }
        return Optional.empty();
    }
}
