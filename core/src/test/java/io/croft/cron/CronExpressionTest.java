package io.croft.cron;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.spi.contract.Seed;
import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CronExpressionTest {

    private static final LocalDateTime START = LocalDateTime.parse("2026-01-01T00:00:00"); // a Thursday

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "0 3 * * *          | 2026-01-01T03:00 2026-01-02T03:00 2026-01-03T03:00",
            "*/20 9-10 * * *    | 2026-01-01T09:00 2026-01-01T09:20 2026-01-01T09:40 2026-01-01T10:00",
            "5,10-12 0 1 * *    | 2026-01-01T00:05 2026-01-01T00:10 2026-01-01T00:11 2026-01-01T00:12 2026-02-01T00:05",
            "10/25 0 * * *      | 2026-01-01T00:10 2026-01-01T00:35 2026-01-02T00:10",
            "0 0 * * 0          | 2026-01-04T00:00 2026-01-11T00:00",
            "0 0 * * 7          | 2026-01-04T00:00 2026-01-11T00:00",
            "0 0 * * sat-sun    | 2026-01-03T00:00 2026-01-04T00:00 2026-01-10T00:00",
            "0 0 * * 5-7        | 2026-01-02T00:00 2026-01-03T00:00 2026-01-04T00:00 2026-01-09T00:00",
            "0 0 * feb,Dec ?    | 2026-02-01T00:00 2026-02-02T00:00",
            "0 0 13 * FRI       | 2026-01-02T00:00 2026-01-09T00:00 2026-01-13T00:00 2026-01-16T00:00",
            "0 0 */10 * MON     | 2026-05-11T00:00 2026-06-01T00:00 2026-08-31T00:00",
            "0 0 29 2 *         | 2028-02-29T00:00 2032-02-29T00:00",
            "0 0 L * *          | 2026-01-31T00:00 2026-02-28T00:00 2026-03-31T00:00",
            "0 0 L-3 * *        | 2026-01-28T00:00 2026-02-25T00:00",
            "0 0 LW * *         | 2026-01-30T00:00 2026-02-27T00:00 2026-03-31T00:00",
            "0 0 15W * *        | 2026-01-15T00:00 2026-02-16T00:00 2026-03-16T00:00 2026-04-15T00:00",
            "0 0 1W * *         | 2026-01-01T00:00 2026-02-02T00:00 2026-03-02T00:00",
            "0 0 31W * *        | 2026-01-30T00:00 2026-03-31T00:00 2026-05-29T00:00",
            "0 9 * * MON#2      | 2026-01-12T09:00 2026-02-09T09:00",
            "0 9 * * 5#5        | 2026-01-30T09:00 2026-05-29T09:00",
            "0 9 * * 5L         | 2026-01-30T09:00 2026-02-27T09:00",
            "0 9 * * 0L         | 2026-01-25T09:00 2026-02-22T09:00",
            "*/30 59 23 * * *   | 2026-01-01T23:59:00 2026-01-01T23:59:30 2026-01-02T23:59:00",
            "@yearly            | 2026-01-01T00:00 2027-01-01T00:00",
            "@Monthly           | 2026-01-01T00:00 2026-02-01T00:00",
            "@weekly            | 2026-01-04T00:00 2026-01-11T00:00",
            "@daily             | 2026-01-01T00:00 2026-01-02T00:00",
            "@midnight          | 2026-01-01T00:00 2026-01-02T00:00",
            "@hourly            | 2026-01-01T00:00 2026-01-01T01:00",
            "0   0 * *   *      | 2026-01-01T00:00 2026-01-02T00:00"})
    void next_isWhatCronMeans(String expression, String times) {
        CronExpression cron = CronExpression.parse(expression.strip());
        List<LocalDateTime> expected =
                List.of(times.strip().split(" ", -1)).stream().map(LocalDateTime::parse).toList();

        List<LocalDateTime> found = new ArrayList<>();
        LocalDateTime from = START;
        while (found.size() < expected.size()) {
            LocalDateTime next = cron.next(from).orElseThrow();
            found.add(next);
            from = next.plusNanos(1);
        }

        assertThat(found).isEqualTo(expected);
    }

    /** Second by second, for some days. */
    @Test
    void next_isTheFirstOfThoseThatFit() {
        Random random = Seed.random("CronExpressionTest");
        for (int i = 0; i < 300; i++) {
            int every = 1 + random.nextInt(59);
            int from = random.nextInt(24);
            int to = from + random.nextInt(24 - from);
            int second = random.nextInt(60);
            CronExpression cron = CronExpression.parse(second + " */" + every + " " + from + "-" + to + " * * *");
            LocalDateTime time = START.plusSeconds(random.nextInt(30 * 86_400)).plusNanos(random.nextInt(2));

            LocalDateTime expected = time.plusNanos(999_999_999).truncatedTo(ChronoUnit.SECONDS);
            while (expected.getSecond() != second || expected.getMinute() % every != 0 || expected.getHour() < from
                    || expected.getHour() > to) {
                expected = expected.plusSeconds(1);
            }
            assertThat(cron.next(time)).as(second + " */" + every + " " + from + "-" + to + " after " + time)
                    .contains(expected);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "0 3 * *            | has 4 fields             | five",
            "0 0 3 * * * *      | has 7 fields             | five",
            "nonsense           | has 1 fields             | five",
            "60 3 * * *         | character 1: \"60\"      | 0 to 59",
            "0 24 * * *         | character 3: \"24\"      | 0 to 23",
            "0 3 0 * *          | character 5: \"0\"       | 1 to 31",
            "0 3 * 13 *         | character 7: \"13\"      | JAN FEB",
            "0 3 * * 8          | character 9: \"8\"       | SUN MON",
            "0 3 * * MOO        | character 9: \"MOO\"     | SUN MON",
            "0 3,x * * *        | character 5: \"x\"       | 0 to 23",
            "0 3, * * *         | character 5: \"\"        | 0 to 23",
            "0 5-3 * * *        | character 3: \"5-3\"     | 5-23,0-3",
            "0 3 * * FRI-MON    | character 9: \"FRI-MON\" | FRI-7,0-MON",
            "*/0 * * * *        | character 3: \"0\"       | 1 to 59",
            "*/90 * * * *       | character 3: \"90\"      | 1 to 59",
            "*/-5 * * * *       | character 3: \"-5\"      | 1 to 59",
            "0 3 L-31 * *       | character 5: \"L-31\"    | L-1 to L-30",
            "0 3 * * 1#6        | character 9: \"1#6\"     | #1 to #5",
            "0 3 * * L          | character 9: \"L\"       | SUN MON",
            "? 3 * * *          | character 1: \"?\"       | 0 to 59",
            "0 3 99999999999 * * | character 5            | 1 to 31",
            "0 3 30 2 *         | never occurs             | change the day or the month",
            "0 3 31 2,4,6 *     | never occurs             | change the day or the month",
            "@reboot            | is not known             | @daily"})
    void parse_namesThePlaceAndTheRemedy(String expression, String place, String remedy) {
        assertThatThrownBy(() -> CronExpression.parse(expression.strip())).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("\"" + expression.strip() + "\"").hasMessageContaining(place.strip())
                .hasMessageContaining(remedy.strip());
    }

    @Test
    void parse_hasALimit() {
        assertThatThrownBy(() -> CronExpression.parse(" ")).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> CronExpression.parse("0 3 * * *" + " ".repeat(300)))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("309");
        assertThatThrownBy(() -> CronExpression.parse("0 3\t* * *")).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("U+0009");
    }
}
