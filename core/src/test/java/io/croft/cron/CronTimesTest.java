package io.croft.cron;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.spi.contract.Seed;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where clocks are put forward or back. */
class CronTimesTest {

    private static final String BERLIN = "Europe/Berlin"; // 2026-03-29 2:00 → 3:00, 2026-10-25 3:00 → 2:00
    private static final String NEW_YORK = "America/New_York"; // 2026-03-08 2:00 → 3:00, 2026-11-01 2:00 → 1:00
    private static final String LORD_HOWE = "Australia/Lord_Howe"; // 2026-10-04 2:00 → 2:30, 2026-04-05 2:00 → 1:30

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", value = {
            // a time in the gap: once, right after it
            BERLIN + "    | 30 2 * * *     | 2026-03-28T12:00+01:00 | 2026-03-29T03:00+02:00 2026-03-30T02:30+02:00",
            NEW_YORK + "  | 30 2 * * *     | 2026-03-07T12:00-05:00 | 2026-03-08T03:00-04:00 2026-03-09T02:30-04:00",
            LORD_HOWE + " | 15 2 * * *     | 2026-10-03T12:00+10:30 | 2026-10-04T02:30+11:00 2026-10-05T02:15+11:00",
            // all times in it are one, also with one that comes at its end
            BERLIN + "    | */15 2 * * *   | 2026-03-28T12:00+01:00 | 2026-03-29T03:00+02:00 2026-03-30T02:00+02:00",
            BERLIN + "    | 0,30 2,3 * * * | 2026-03-29T00:00+01:00 | 2026-03-29T03:00+02:00 2026-03-29T03:30+02:00",
            LORD_HOWE + " | */10 2 * * *   | 2026-10-03T12:00+10:30 | 2026-10-04T02:30+11:00 2026-10-04T02:40+11:00",
            // a doubled time: the first of both
            BERLIN + "    | 30 2 * * *     | 2026-10-24T12:00+02:00 | 2026-10-25T02:30+02:00 2026-10-26T02:30+01:00",
            NEW_YORK + "  | 30 1 * * *     | 2026-10-31T12:00-04:00 | 2026-11-01T01:30-04:00 2026-11-02T01:30-05:00",
            LORD_HOWE + " | 45 1 * * *     | 2026-04-04T12:00+11:00 | 2026-04-05T01:45+11:00 2026-04-06T01:45+10:30",
            BERLIN + "    | */30 2-3 * * * | 2026-10-25T00:00+02:00 | 2026-10-25T02:00+02:00 2026-10-25T02:30+02:00 2026-10-25T03:00+01:00",
            // asked in the middle of the second time: nothing of it is left
            BERLIN + "    | 30 2 * * *     | 2026-10-25T02:10+01:00 | 2026-10-26T02:30+01:00",
            BERLIN + "    | * * 2 * * *    | 2026-10-25T02:10+01:00 | 2026-10-26T02:00+01:00",
            // the rhythm of every hour goes on through all of it
            BERLIN + "    | 0 * * * *      | 2026-03-29T00:30+01:00 | 2026-03-29T01:00+01:00 2026-03-29T03:00+02:00 2026-03-29T04:00+02:00",
            BERLIN + "    | 0 * * * *      | 2026-10-25T01:30+02:00 | 2026-10-25T02:00+02:00 2026-10-25T02:00+01:00 2026-10-25T03:00+01:00",
            BERLIN + "    | */30 * * * *   | 2026-10-25T02:10+02:00 | 2026-10-25T02:30+02:00 2026-10-25T02:00+01:00 2026-10-25T02:30+01:00 2026-10-25T03:00+01:00",
            LORD_HOWE
                    + " | */15 * * * *   | 2026-04-05T01:40+11:00 | 2026-04-05T01:45+11:00 2026-04-05T01:30+10:30 2026-04-05T01:45+10:30 2026-04-05T02:00+10:30",
            NEW_YORK + "  | */30 * * * *   | 2026-11-01T01:10-05:00 | 2026-11-01T01:30-05:00 2026-11-01T02:00-05:00",
            // a whole day that does not exist
            "Pacific/Apia  | 0 12 * * *    | 2011-12-29T11:00-10:00 | 2011-12-29T12:00-10:00 2011-12-31T00:00+14:00 2011-12-31T12:00+14:00",
            "Pacific/Apia  | 0 0 30 12 *   | 2011-12-29T11:00-10:00 | 2011-12-31T00:00+14:00 2012-12-30T00:00+14:00",
            // no change of clocks
            "UTC           | 30 2 * * *    | 2026-03-29T00:00Z      | 2026-03-29T02:30Z 2026-03-30T02:30Z",
            "+05:30        | 0 0 * * *     | 2026-03-29T00:00+05:30 | 2026-03-30T00:00+05:30"})
    void after_isWhatUsersOfCronExpect(String zone, String expression, String from, String times) {
        CronTimes cron = new CronTimes(CronExpression.parse(expression.strip()), ZoneId.of(zone.strip()));
        List<Instant> expected = List.of(times.strip().split(" ", -1)).stream().map(OffsetDateTime::parse)
                .map(OffsetDateTime::toInstant).toList();

        assertThat(some(cron, OffsetDateTime.parse(from.strip()).toInstant(), expected.size())).isEqualTo(expected);
    }

    private static List<Instant> some(CronTimes cron, Instant from, int count) {
        List<Instant> found = new ArrayList<>();
        Instant time = from;
        while (found.size() < count) {
            time = cron.after(time).orElseThrow();
            found.add(time);
        }
        return found;
    }

    @Test
    void after_isLaterAlways() {
        Random random = Seed.random("CronTimesTest");
        List<String> zones = List.of(BERLIN, NEW_YORK, LORD_HOWE, "Pacific/Apia", "America/Santiago",
                "Africa/Casablanca", "Europe/Dublin", "Antarctica/Troll");
        List<String> expressions = List.of("* * * * * *", "*/7 * * * *", "30 2 * * *", "*/20 1-3 * * *", "0 0 * * *",
                "59 59 23 L * *", "0 */2 * * 0", "15,45 0,1,2 * 3,10 *");
        for (int i = 0; i < 3_000; i++) {
            ZoneId zone = ZoneId.of(zones.get(random.nextInt(zones.size())));
            String expression = expressions.get(random.nextInt(expressions.size()));
            CronTimes cron = new CronTimes(CronExpression.parse(expression), zone);
            Instant change = Objects.requireNonNull(zone.getRules().nextTransition(
                    Instant.parse("2000-01-01T00:00:00Z").plus(Duration.ofDays(random.nextInt(7_000))))).getInstant();
            Instant from = change.plusSeconds(random.nextInt(8 * 3600) - 4 * 3600).plusNanos(random.nextInt(2));

            Instant next = cron.after(from).orElseThrow();

            assertThat(next).as(expression + " in " + zone + " after " + from).isAfter(from);
            assertThat(cron.after(next.minusNanos(1))).as(expression + " in " + zone + " just before " + next)
                    .contains(next);
        }
    }

    /** Every hour is once an hour, whatever clocks show, where they are moved by whole hours. */
    @Test
    void after_ofEveryHourIsOnceAnHour() {
        for (String zone : List.of(BERLIN, NEW_YORK, "America/Santiago", "Africa/Casablanca")) {
            CronTimes cron = new CronTimes(CronExpression.parse("0 * * * *"), ZoneId.of(zone));
            Instant time = Instant.parse("2026-01-01T00:00:00Z");
            for (int i = 0; i < 365 * 24; i++) {
                Instant next = cron.after(time).orElseThrow();
                assertThat(next).as(zone).isEqualTo(time.plus(Duration.ofHours(1)));
                time = next;
            }
        }
    }
}
