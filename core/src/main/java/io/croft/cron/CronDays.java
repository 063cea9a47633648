package io.croft.cron;

import io.croft.cron.CronField.Kind;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.temporal.TemporalAdjusters;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/**
 * The days of the two fields for days. If both restrict the days, a day of either is one, as cron has it since Unix
 * version 7; a field that begins with {@code *} or {@code ?} does not restrict them.
 */
final class CronDays {

    private final List<Predicate<LocalDate>> ofMonth;
    private final List<Predicate<LocalDate>> ofWeek;
    private final boolean either;

    CronDays(CronSyntax syntax, CronSyntax.Part month, CronSyntax.Part week) {
        this.ofMonth = rules(month, part -> dayOfMonth(syntax, part));
        this.ofWeek = rules(week, part -> dayOfWeek(syntax, part));
        this.either = !CronField.isOpen(month) && !CronField.isOpen(week);
    }

    boolean has(LocalDate day) {
        boolean month = ofMonth.stream().anyMatch(rule -> rule.test(day));
        boolean week = ofWeek.stream().anyMatch(rule -> rule.test(day));
        return either ? month || week : month && week;
    }

    private interface Reading {

        Predicate<LocalDate> read(CronSyntax.Part part);
    }

    private static List<Predicate<LocalDate>> rules(CronSyntax.Part field, Reading reading) {
        List<Predicate<LocalDate>> rules = new ArrayList<>();
        field.split(',').forEach(part -> rules.add(reading.read(part)));
        return List.copyOf(rules);
    }

    private static Predicate<LocalDate> dayOfMonth(CronSyntax syntax, CronSyntax.Part part) {
        String text = part.text().toUpperCase(Locale.ROOT);
        if (text.equals("L")) {
            return day -> day.getDayOfMonth() == day.lengthOfMonth();
        } else if (text.equals("LW")) {
            return day -> day.equals(weekdayNear(day.with(TemporalAdjusters.lastDayOfMonth())));
        } else if (text.startsWith("L-")) {
            int before = CronField.number(text.substring(2));
            if (before < 1 || before > 30) {
                throw syntax.refused(part, "no day before the last one", "use L-1 to L-30");
            }
            return day -> day.getDayOfMonth() == day.lengthOfMonth() - before;
        } else if (text.endsWith("W")) {
            int near = CronField.value(syntax, part.sub(0, text.length() - 1), Kind.DAY_OF_MONTH);
            return day -> near <= day.lengthOfMonth() && day.equals(weekdayNear(day.withDayOfMonth(near)));
        }
        CronField days = CronField.parse(syntax, part, Kind.DAY_OF_MONTH);
        return day -> days.has(day.getDayOfMonth());
    }

    /** The day itself, or the nearest from Monday to Friday in the same month. */
    private static LocalDate weekdayNear(LocalDate day) {
        return switch (day.getDayOfWeek()) {
            case SATURDAY -> day.getDayOfMonth() == 1 ? day.plusDays(2) : day.minusDays(1);
            case SUNDAY -> day.getDayOfMonth() == day.lengthOfMonth() ? day.minusDays(2) : day.plusDays(1);
            case MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY -> day;
        };
    }

    private static Predicate<LocalDate> dayOfWeek(CronSyntax syntax, CronSyntax.Part part) {
        String text = part.text().toUpperCase(Locale.ROOT);
        int hash = text.indexOf('#');
        if (hash > 0) {
            DayOfWeek wanted = weekday(syntax, part.sub(0, hash));
            int nth = CronField.number(text.substring(hash + 1));
            if (nth < 1 || nth > 5) {
                throw syntax.refused(part, "no weekday of a month", "use such as 1#2 for the second Monday, #1 to #5");
            }
            return day -> day.getDayOfWeek() == wanted && (day.getDayOfMonth() + 6) / 7 == nth;
        } else if (text.length() > 1 && text.endsWith("L")) {
            DayOfWeek wanted = weekday(syntax, part.sub(0, text.length() - 1));
            return day -> day.getDayOfWeek() == wanted && day.getDayOfMonth() + 7 > day.lengthOfMonth();
        }
        CronField days = CronField.parse(syntax, part, Kind.DAY_OF_WEEK);
        return day -> days.has(day.getDayOfWeek().getValue() % 7);
    }

    private static DayOfWeek weekday(CronSyntax syntax, CronSyntax.Part part) {
        int number = CronField.value(syntax, part, Kind.DAY_OF_WEEK);
        return DayOfWeek.of(number == 0 ? 7 : number);
    }
}
