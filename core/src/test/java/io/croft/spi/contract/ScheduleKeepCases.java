package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.UnknownOrgException;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.job.JobSchedule;
import io.croft.job.JobSchedule.Missed;
import io.croft.job.JobSchedule.Overlap;
import io.croft.job.JobSchedules;
import io.croft.job.ScheduleStatus;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.ScheduleStore.DueSchedule;
import io.croft.spi.ScheduleStore.Fired;
import io.croft.spi.ScheduleStore.Firing;
import io.croft.spi.ScheduleStore.ScheduleId;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Schedules are put, changed, paused, triggered and removed. */
interface ScheduleKeepCases extends ScheduleFixture {

    @Test
    default void put_makesItKnown() {
        OrgId org = newOrg();
        JobSchedule cron = JobSchedule.cron("0 3 * * MON#1", ZoneId.of("Europe/Berlin"))
                .withMissed(new Missed.Each(9)).withOverlap(Overlap.ALLOW).withJitter(Duration.ofSeconds(90))
                .withTimeField("at");
        JobSchedule every = JobSchedule.every(Duration.ofMillis(1500)).withMissed(new Missed.Skip());

        schedules().put(ScheduleId.of(org, "b"), cron, request("{\"a\":1}").withTags("x"), LATER);
        schedules().put(ScheduleId.of(org, "a"), every, request(), LATER);

        ScheduleStatus status = status(ScheduleId.of(org, "b"));
        assertThat(status.org()).contains(org);
        assertThat(status.schedule()).contains(cron);
        assertThat(status.kind()).isEqualTo("test.work");
        assertThat(status.queue()).isEqualTo(queue());
        assertThat(status.payload().replace(" ", "")).isEqualTo("{\"a\":1}");
        assertThat(status.tags()).containsExactly("x");
        assertThat(status.maxAttempts()).isEqualTo(3);
        assertThat(status.paused()).isFalse();
        assertThat(status.nextAt().orElseThrow()).isAfter(now());
        assertThat(status.lastTime()).isEmpty();
        assertThat(status.lastFiredAt()).isEmpty();
        assertThat(status.lastJob()).isEmpty();
        assertThat(status.fired()).isZero();
        assertThat(status.problem()).isEmpty();
        assertThat(status(ScheduleId.of(org, "a")).schedule()).contains(every);
        assertThat(schedules().find(ScheduleId.of(newOrg(), "a"))).isEmpty();
        assertThat(schedules().find(ScheduleId.global("a"))).isEmpty();
    }

    @Test
    default void list_givesPagesByName() {
        OrgId org = newOrg();
        for (String name : List.of("ä", "b", "B", "a-2", "a")) {
            schedules().put(ScheduleId.of(org, name), HOURLY, request(), LATER);
        }

        assertThat(names(org, Optional.empty(), 3)).containsExactly("B", "a", "a-2");
        assertThat(names(org, Optional.of("a-2"), 3)).containsExactly("b", "ä");
        assertThat(names(newOrg(), Optional.empty(), 3)).isEmpty();
    }

    private List<String> names(OrgId org, Optional<String> after, int limit) {
        return schedules().list(Optional.of(org), after, limit).stream().map(ScheduleStatus::name).toList();
    }

    @Test
    default void put_ofTheSameKeepsTheNextTime() {
        ScheduleId key = ScheduleId.of(newOrg(), "nightly");
        JobSchedule schedule = HOURLY.withTimeField("at").withJitter(Duration.ofSeconds(1));
        JobRequest job = request("{\"b\":1,\"a\":[2,null]}").withTags("x");
        schedules().put(key, schedule, job, LATER);
        ScheduleStatus before = status(key);

        schedules().put(key, schedule, job, NOW);

        assertThat(status(key)).isEqualTo(before);
        assertThat(due(key)).isEmpty();
    }

    @Test
    default void put_ofAnotherJobKeepsTheNextTime() {
        ScheduleId key = ScheduleId.of(newOrg(), "nightly");
        schedules().put(key, HOURLY, request(), LATER);
        Instant next = status(key).nextAt().orElseThrow();

        schedules().put(key, HOURLY.withOverlap(Overlap.SKIP), request("{\"b\":2}"), NOW);

        assertThat(status(key).nextAt()).contains(next);
        assertThat(status(key).payload()).contains("2");
        assertThat(status(key).schedule().orElseThrow().overlap()).isEqualTo(Overlap.SKIP);
    }

    @Test
    default void put_ofOtherTimesCountsFromNow() {
        ScheduleId key = ScheduleId.of(newOrg(), "nightly");
        List<JobSchedule> changes = List.of(JobSchedule.every(Duration.ofHours(2)),
                JobSchedule.every(Duration.ofHours(2)).withJitter(Duration.ofSeconds(1)),
                JobSchedule.cron("0 3 * * *", ZoneId.of("UTC")),
                JobSchedule.cron("0 3 * * *", ZoneId.of("Europe/Paris")),
                JobSchedule.cron("1 3 * * *", ZoneId.of("Europe/Paris")));
        schedules().put(key, HOURLY, request(), LATER);
        for (JobSchedule change : changes) {
            schedules().put(key, change, request(), NOW);

            assertThat(due(key)).as("after a change to " + change).isPresent();
            fire(firing(key));
            work();
            assertThat(due(key)).isEmpty();
        }
        assertThat(status(key).fired()).isEqualTo(changes.size());
    }

    @Test
    default void put_refusesWhatCannotBeKept() {
        OrgId org = newOrg();
        ScheduleId key = ScheduleId.of(org, "bad");

        assertThatThrownBy(() -> schedules().put(key, HOURLY,
                JobRequest.of(JobKind.of("test.work", "unknown-" + queue()), "{}"), LATER))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("unknown-");
        assertThatThrownBy(() -> schedules().put(key, HOURLY, request("[]"), LATER))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> schedules().put(key,
                HOURLY.withMissed(new Missed.Each(2)).withOverlap(Overlap.SKIP), request(), LATER))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> schedules().put(ScheduleId.of(unknownOrg(), "bad"), HOURLY, request(), LATER))
                .isInstanceOf(UnknownOrgException.class);
        assertThatThrownBy(() -> schedules().put(key, HOURLY, request(), (schedule, now) -> {
            throw new InvalidInputException("no such time");
        })).isInstanceOf(InvalidInputException.class).hasMessage("no such time");
        assertThat(schedules().find(key)).isEmpty();
    }

    @Test
    default void put_hasALimit() {
        OrgId org = newOrg();
        for (int i = 0; i < JobSchedules.MAX_SCHEDULES; i++) {
            schedules().put(ScheduleId.of(org, "n" + i), HOURLY, request(), LATER);
        }

        assertThatThrownBy(() -> schedules().put(ScheduleId.of(org, "more"), HOURLY, request(), LATER))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("more");
        schedules().put(ScheduleId.of(org, "n7"), HOURLY, request("{\"a\":1}"), LATER);
        schedules().put(ScheduleId.of(newOrg(), "more"), HOURLY, request(), LATER);
        schedules().remove(ScheduleId.of(org, "n7"));
        schedules().put(ScheduleId.of(org, "more"), HOURLY, request(), LATER);
        assertThat(schedules().list(Optional.of(org), Optional.empty(), 1001)).hasSize(JobSchedules.MAX_SCHEDULES);
    }

    @Test
    default void pause_letsItRestUntilItIsResumed() {
        ScheduleId key = putDue(newOrg(), HOURLY);

        assertThat(schedules().pause(key)).isTrue();
        assertThat(schedules().pause(key)).isTrue();
        assertThat(due(key)).isEmpty();
        assertThat(status(key).paused()).isTrue();
        assertThat(status(key).nextAt()).isEmpty();
        schedules().put(key, HOURLY, request("{\"a\":1}"), NOW);
        assertThat(status(key).paused()).as("after a put").isTrue();

        assertThat(schedules().resume(key, LATER)).isTrue();
        assertThat(due(key)).as("what passed is not missed").isEmpty();
        assertThat(status(key).nextAt().orElseThrow()).isAfter(now());
        Instant next = status(key).nextAt().orElseThrow();
        assertThat(schedules().resume(key, NOW)).isTrue();
        assertThat(status(key).nextAt()).as("resumed twice").contains(next);
    }

    @Test
    default void calls_ofWhatIsNotKnownSaySo() {
        ScheduleId key = ScheduleId.of(newOrg(), "nothing");

        assertThat(schedules().pause(key)).isFalse();
        assertThat(schedules().resume(key, NOW)).isFalse();
        assertThat(schedules().remove(key)).isFalse();
        assertThat(schedules().trigger(key.org().orElseThrow(), "nothing")).isEmpty();
        assertThat(schedules().triggerGlobal("nothing")).isFalse();
        assertThat(schedules().find(key)).isEmpty();
    }

    @Test
    default void remove_forgetsItAndKeepsItsJobs() {
        OrgId org = newOrg();
        ScheduleId key = putDue(org, HOURLY);
        fire(firing(key, again()));

        assertThat(schedules().remove(key)).isTrue();

        assertThat(due(key)).isEmpty();
        assertThat(schedules().find(key)).isEmpty();
        assertThat(work()).hasSize(1);
        putDue(org, HOURLY);
        assertThat(status(key).fired()).isZero();
    }

    @Test
    default void trigger_enqueuesNowWhateverElse() {
        OrgId org = newOrg();
        ScheduleId key = ScheduleId.of(org, "nightly");
        schedules().put(key, HOURLY.withOverlap(Overlap.SKIP).withTimeField("at"), request(), LATER);
        Instant next = status(key).nextAt().orElseThrow();

        JobId first = schedules().trigger(org, "nightly").orElseThrow();
        JobId second = schedules().trigger(org, "nightly").orElseThrow();
        assertThat(status(key).nextAt()).contains(next);
        assertThat(status(key).lastJob()).contains(second);
        assertThat(status(key).fired()).isZero();
        schedules().pause(key);
        JobId third = schedules().trigger(org, "nightly").orElseThrow();

        assertThat(job(org, first).payload()).contains("\"at\"");
        assertThat(ids(work())).containsExactly(first, second, third);
    }

    @Test
    default void trigger_hidesNoJobThatIsLive() {
        OrgId org = newOrg();
        ScheduleId key = putDue(org, HOURLY.withOverlap(Overlap.SKIP));
        fire(firing(key, again()));
        ClaimedJob first = claimOne();
        schedules().trigger(org, key.name());
        schedules().trigger(org, key.name());
        work();

        assertThat(fire(firing(key, again()))).as("while the first one runs").isEqualTo(Fired.OVERLAPPED);
        finish(first, COMPLETED);
        assertThat(fire(firing(key))).isEqualTo(Fired.DONE);
        assertThat(work()).hasSize(1);
    }

    @Test
    default void fail_letsItRestUntilItIsPutAgain() {
        ScheduleId key = putDue(newOrg(), HOURLY);
        DueSchedule due = due(key).orElseThrow();

        assertThat(schedules().fail(due, "no such zone")).isTrue();

        assertThat(due(key)).isEmpty();
        assertThat(status(key).problem()).contains("no such zone");
        assertThat(status(key).nextAt()).isEmpty();
        schedules().put(key, HOURLY, request(), NOW);
        assertThat(status(key).problem()).isEmpty();
        assertThat(due(key)).isPresent();
        assertThat(schedules().fail(due, "said too late")).isFalse();
        assertThat(due(key)).isPresent();
        fire(firing(key));
        work();
    }

    @Test
    default void erase_removesTheSchedulesOfAnOrg() {
        OrgId org = newOrg();
        OrgId other = newOrg();
        ScheduleId key = putDue(org, HOURLY);
        ScheduleId theirs = putDue(other, HOURLY);
        Firing firing = firing(key);

        assertThat(store().orgs().erase(context(org)).jobs()).isPositive();

        assertThat(fire(firing)).isEqualTo(Fired.NOT_HERE);
        assertThat(due(key)).isEmpty();
        store().orgs().create(context(org));
        assertThat(schedules().find(key)).isEmpty();
        assertThat(fire(firing(theirs))).isEqualTo(Fired.DONE);
        work();
    }
}
