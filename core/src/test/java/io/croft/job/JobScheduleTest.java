package io.croft.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.job.JobSchedule.Missed;
import io.croft.job.JobSchedule.Overlap;
import io.croft.job.JobSchedule.Timing;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;

class JobScheduleTest {

    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

    @Test
    void schedule_hasTheDefaultsThatItSays() {
        JobSchedule schedule = JobSchedule.every(Duration.ofMinutes(5));

        assertThat(schedule.timing()).isEqualTo(new Timing.Every(Duration.ofMinutes(5)));
        assertThat(schedule.missed()).isEqualTo(new Missed.Once());
        assertThat(schedule.overlap()).isEqualTo(Overlap.SKIP);
        assertThat(schedule.jitter()).isZero();
        assertThat(schedule.timeField()).isEmpty();
    }

    @Test
    void schedule_isNotChangedByItsMethods() {
        JobSchedule schedule = JobSchedule.cron("0 3 * * *", BERLIN);

        JobSchedule changed = schedule.withJitter(Duration.ofSeconds(3)).withMissed(new Missed.Skip())
                .withOverlap(Overlap.ALLOW).withTimeField("at");

        assertThat(schedule).isEqualTo(JobSchedule.cron("0 3 * * *", BERLIN)).isNotEqualTo(changed);
        assertThat(changed.timing()).isEqualTo(new Timing.Cron("0 3 * * *", "Europe/Berlin"));
        assertThat(changed.jitter()).isEqualTo(Duration.ofSeconds(3));
        assertThat(changed.missed()).isEqualTo(new Missed.Skip());
        assertThat(changed.overlap()).isEqualTo(Overlap.ALLOW);
        assertThat(changed.timeField()).contains("at");
    }

    @Test
    void nextAfter_countsAnIntervalAndReadsAClock() {
        Instant night = Instant.parse("2026-03-28T20:00:00Z");

        assertThat(JobSchedule.every(Duration.ofMinutes(5)).nextAfter(night)).contains(night.plusSeconds(300));
        assertThat(JobSchedule.cron("30 2 * * *", BERLIN).nextAfter(night))
                .contains(Instant.parse("2026-03-29T01:00:00Z"));
    }

    @Test
    void values_haveLimits() {
        JobSchedule schedule = JobSchedule.every(Duration.ofSeconds(1));
        assertThatThrownBy(() -> JobSchedule.every(Duration.ofMillis(999))).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("PT0.999S");
        assertThatThrownBy(() -> JobSchedule.every(Duration.ofDays(366).plusMillis(1)))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> schedule.withJitter(Duration.ofMillis(-1))).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> schedule.withJitter(Duration.ofHours(1).plusMillis(1)))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> new Missed.Each(0)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> new Missed.Each(101)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> schedule.withTimeField(" ")).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> JobSchedule.cron("0 25 * * *", BERLIN)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("\"0 25 * * *\" at character 3").hasMessageContaining("0 to 23");
    }

    /** As one may be that a newer process has put. */
    @Test
    void of_takesWhatIsNotKnownHereAndSaysSoWhenAsked() {
        JobSchedule newer = JobSchedule.of(new Timing.Cron("0 3 * * *", "Mars/Olympus_Mons"));

        assertThatThrownBy(() -> newer.nextAfter(Instant.EPOCH)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("Mars/Olympus_Mons");
    }
}
