package io.croft.engine.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.job.JobSchedule;
import io.croft.job.JobSchedule.Missed;
import io.croft.job.JobSchedule.Timing;
import io.croft.spi.ScheduleStore.DueSchedule;
import io.croft.spi.ScheduleStore.Firing;
import io.croft.spi.ScheduleStore.ScheduleId;
import io.croft.spi.ScheduleStore.Times;
import io.croft.spi.contract.Seed;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ScheduleTimesTest {

    private static final Instant T = Instant.parse("2026-05-01T00:00:00Z");
    private static final JobSchedule EVERY = JobSchedule.every(Duration.ofMinutes(10));
    private static final JobSchedule CRON = JobSchedule.cron("*/10 * * * *", ZoneId.of("UTC"));

    private final ScheduleTimes times = new ScheduleTimes(new Random(7));

    private Firing firing(JobSchedule schedule, Instant now) {
        return times.firing(new DueSchedule(1, 1, ScheduleId.global("x"), () -> schedule, "q", T), now);
    }

    private static Instant minute(int minutes) {
        return T.plus(Duration.ofMinutes(minutes));
    }

    @Test
    void firing_inTimeIsOneJob() {
        for (JobSchedule schedule : List.of(EVERY, CRON)) {
            for (Missed missed : List.of(new Missed.Skip(), new Missed.Once(), new Missed.Each(100))) {
                Firing firing = firing(schedule.withMissed(missed), T.plusMillis(300));

                assertThat(firing.times()).as(schedule + " " + missed).containsExactly(T);
                assertThat(firing.missed()).isZero();
                assertThat(firing.next()).isEqualTo(new Times(minute(10), minute(10)));
            }
        }
    }

    @Test
    void firing_lateDoesWithMissedTimesAsItSays() {
        for (JobSchedule schedule : List.of(EVERY, CRON)) {
            Instant late = minute(35); // at 0, 10, 20 and 30; the last is five minutes ago

            Firing skip = firing(schedule.withMissed(new Missed.Skip()), late);
            assertThat(skip.times()).as("skip").isEmpty();
            assertThat(skip.missed()).isEqualTo(4);
            Firing once = firing(schedule.withMissed(new Missed.Once()), late);
            assertThat(once.times()).as("once").containsExactly(minute(30));
            assertThat(once.missed()).isEqualTo(3);
            Firing each = firing(schedule.withMissed(new Missed.Each(100)), late);
            assertThat(each.times()).as("each").containsExactly(T, minute(10), minute(20), minute(30));
            assertThat(each.missed()).isZero();
            Firing bounded = firing(schedule.withMissed(new Missed.Each(2)), late);
            assertThat(bounded.times()).as("the last two").containsExactly(minute(20), minute(30));
            assertThat(bounded.missed()).isEqualTo(2);
            for (Firing firing : List.of(skip, once, each, bounded)) {
                assertThat(firing.next()).isEqualTo(new Times(minute(40), minute(40)));
            }
        }
    }

    @Test
    void firing_withinTheGraceIsNotMissed() {
        JobSchedule skip = EVERY.withMissed(new Missed.Skip());

        assertThat(firing(skip, T.plusSeconds(60)).times()).containsExactly(T);
        assertThat(firing(skip, T.plusSeconds(61)).times()).isEmpty();
        assertThat(firing(skip, minute(30).plusSeconds(60)).times()).containsExactly(minute(30));
        assertThat(firing(skip.withJitter(Duration.ofMinutes(5)), T.plusSeconds(360)).times()).containsExactly(T);
    }

    @Test
    void firing_atTheMomentOfATimeHasIt() {
        for (JobSchedule schedule : List.of(EVERY, CRON)) {
            assertThat(firing(schedule, minute(10)).times()).containsExactly(minute(10));
            assertThat(firing(schedule, minute(10)).next().planned()).isEqualTo(minute(20));
        }
    }

    /** After a year of being away, without counting thirty million times one by one. */
    @Test
    void firing_afterVeryLongLooksBackNoFurtherThanItMust() {
        Instant now = T.plus(Duration.ofDays(365)).plusMillis(1);
        JobSchedule seconds = JobSchedule.cron("* * * * * *", ZoneId.of("UTC")).withMissed(new Missed.Each(100));
        JobSchedule interval = JobSchedule.every(Duration.ofSeconds(1)).withMissed(new Missed.Each(100));
        List<Instant> last = IntStream.rangeClosed(1, 100)
                .mapToObj(i -> T.plus(Duration.ofDays(365)).minusSeconds(100 - i)).toList();

        assertThat(firing(seconds, now).times()).isEqualTo(last);
        assertThat(firing(seconds, now).missed()).isEqualTo(ScheduleTimes.MAX_COUNTED - 100);
        assertThat(firing(seconds, now).next().planned()).isEqualTo(T.plus(Duration.ofDays(365)).plusSeconds(1));
        assertThat(firing(interval, now).times()).isEqualTo(last);
        assertThat(firing(interval, now).missed()).isEqualTo(365L * 86_400 + 1 - 100);
    }

    /** Ten thousand and more, and then a long time without any. */
    @Test
    void firing_afterABurstLongAgoFindsItsEnd() {
        JobSchedule burst = JobSchedule.cron("* * 0-3 1 5 *", ZoneId.of("UTC")).withMissed(new Missed.Each(2));

        assertThat(firing(burst, T.plus(Duration.ofDays(200))).times())
                .containsExactly(T.plusSeconds(4 * 3600 - 2), T.plusSeconds(4 * 3600 - 1));
    }

    /** Counted one by one from where it was, and looked for from where it is: the same. */
    @Test
    void firing_findsTheLastTimesFromBothEnds() {
        Random random = Seed.random("ScheduleTimesTest");
        for (int i = 0; i < 20; i++) {
            int most = 1 + random.nextInt(100);
            int count = 9_950 + random.nextInt(100); // around what is counted
            JobSchedule cron = JobSchedule.cron("*/2 * * * * *", ZoneId.of("UTC")).withMissed(new Missed.Each(most));
            Instant now = T.plusSeconds(2L * (count - 1)).plusMillis(random.nextInt(2_000));

            assertThat(firing(cron, now).times()).as(most + " of " + count)
                    .isEqualTo(IntStream.range(count - most, count)
                            .mapToObj(n -> T.plusSeconds(2L * n)).toList());
        }
    }

    @Test
    void jitter_putsOffButNotPastTheNextTime() {
        for (int i = 0; i < 200; i++) {
            Times first = times.first(EVERY.withJitter(Duration.ofMinutes(3)), T);
            assertThat(first.planned()).isEqualTo(minute(10));
            assertThat(first.fireAt()).isBetween(minute(10), minute(13).minusNanos(1));
            assertThat(times.first(CRON.withJitter(Duration.ofHours(1)), T).fireAt())
                    .isBetween(minute(10), minute(20).minusNanos(1));
        }
        assertThat(
                IntStream.range(0, 20).mapToObj(i -> times.first(EVERY.withJitter(Duration.ofMinutes(3)), T).fireAt())
                        .distinct().count())
                .isGreaterThan(10);
    }

    @Test
    void firing_ofWhatIsNotKnownHereIsRefused() {
        assertThatThrownBy(() -> firing(JobSchedule.of(new Timing.Cron("0 3 * * *", "Mars/Olympus_Mons")), T))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> firing(JobSchedule.of(new Timing.Cron("0 3 * * Xday", "UTC")), T))
                .isInstanceOf(InvalidInputException.class);
    }
}
