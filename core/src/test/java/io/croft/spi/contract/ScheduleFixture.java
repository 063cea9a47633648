package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.job.JobSchedule;
import io.croft.job.JobSchedule.Overlap;
import io.croft.job.ScheduleStatus;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.ScheduleStore;
import io.croft.spi.ScheduleStore.DueSchedule;
import io.croft.spi.ScheduleStore.Fired;
import io.croft.spi.ScheduleStore.Firing;
import io.croft.spi.ScheduleStore.Planner;
import io.croft.spi.ScheduleStore.ScheduleId;
import io.croft.spi.ScheduleStore.Times;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/** Short words for tests of schedules. */
interface ScheduleFixture extends JobFixture {

    JobSchedule HOURLY = JobSchedule.every(Duration.ofHours(1)).withOverlap(Overlap.ALLOW);
    /** A first time that has come. */
    Planner NOW = (schedule, now) -> new Times(now.minusSeconds(1), now.minusSeconds(1));
    /** One that has not. */
    Planner LATER = (schedule, now) -> new Times(now.plusSeconds(3000), now.plusSeconds(3600));

    default ScheduleStore schedules() {
        return jobs().schedules();
    }

    /** Puts a schedule of this test's kind that is due now. */
    default ScheduleId putDue(OrgId org, JobSchedule schedule) {
        ScheduleId key = ScheduleId.of(org, "nightly");
        schedules().put(key, schedule, request(), NOW);
        return key;
    }

    /** The schedule, if it is due. */
    default Optional<DueSchedule> due(ScheduleId key) {
        return schedules().due(ScheduleStore.MAX_BATCH).schedules().stream().filter(due -> due.key().equals(key))
                .findFirst();
    }

    /** What is to be done with a schedule that must be due: a job for its time, and the next one later. */
    default Firing firing(ScheduleId key) {
        return firing(key, LATER.first(HOURLY, now()));
    }

    default Firing firing(ScheduleId key, Times next) {
        DueSchedule due = due(key).orElseThrow();
        return new Firing(due, List.of(due.planned()), 0, next);
    }

    /** A next time that has come already, for tests that fire several times. */
    default Times again() {
        return NOW.first(HOURLY, now());
    }

    default Fired fire(Firing firing) {
        List<Fired> fired = schedules().fire(List.of(firing));
        assertThat(fired).hasSize(1);
        return fired.getFirst();
    }

    default ScheduleStatus status(ScheduleId key) {
        return schedules().find(key).orElseThrow();
    }

    /** Ends all that wait in this test's queue. */
    default List<ClaimedJob> work() {
        List<ClaimedJob> claimed = claimAll();
        complete(claimed);
        return claimed;
    }

    /** As stores keep times. */
    default Instant kept(Instant time) {
        return time.truncatedTo(ChronoUnit.MICROS);
    }
}
