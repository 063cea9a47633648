package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.job.JobId;
import io.croft.job.JobSchedule;
import io.croft.job.JobSchedule.Overlap;
import io.croft.job.ScheduleStatus;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.ScheduleStore.Fired;
import io.croft.spi.ScheduleStore.ScheduleId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Schedules of all organisations, those of other tests too: in rounds. */
interface ScheduleRoundCases extends ScheduleFixture {

    /** Puts one that is due now; whoever does removes it in the end, since it concerns every test's organisations. */
    default ScheduleId putGlobal(JobSchedule schedule) {
        ScheduleId key = ScheduleId.global("all-" + UUID.randomUUID());
        schedules().put(key, schedule, request(), NOW);
        return key;
    }

    /** Goes on with all rounds until there are none. */
    default void finishRounds(int orgs) {
        int steps = 0;
        while (schedules().advance(orgs).queue().isPresent()) {
            assertThat(++steps).as("steps of rounds").isLessThan(100_000);
        }
    }

    /** How many jobs each of these has got in this test's queue. */
    default List<Long> counts(List<OrgId> orgs) {
        List<JobLease> leases = work().stream().map(ClaimedJob::lease).toList();
        return orgs.stream().map(org -> leases.stream().filter(lease -> lease.org().equals(org)).count()).toList();
    }

    default List<OrgId> newOrgs(int count) {
        List<OrgId> orgs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            orgs.add(newOrg());
        }
        return orgs;
    }

    @Test
    default void round_givesEachActiveOrgOneJob() {
        List<OrgId> orgs = newOrgs(7);
        ScheduleId key = putGlobal(HOURLY.withTimeField("at"));

        assertThat(fire(firing(key))).isEqualTo(Fired.DONE);
        assertThat(claimAll()).as("before the round goes on").isEmpty();
        finishRounds(3);

        assertThat(counts(orgs)).containsOnly(1L);
        ScheduleStatus status = status(key);
        assertThat(status.org()).isEmpty();
        assertThat(status.fired()).isEqualTo(1);
        assertThat(status.lastTime()).isPresent();
        assertThat(status.lastJob()).isEmpty();
        assertThat(schedules().advance(10).queue()).as("after it").isEmpty();
        schedules().remove(key);
    }

    @Test
    default void round_ofManyAtOnceGivesEachOneJob() {
        List<OrgId> orgs = newOrgs(40);
        ScheduleId key = putGlobal(HOURLY);
        fire(firing(key));

        Race.of(4, number -> {
            int idle = 0;
            while (idle < 20) { // whoever finds the round held sees none
                idle = schedules().advance(5).queue().isPresent() ? 0 : idle + 1;
            }
            return number;
        });
        finishRounds(5);

        assertThat(counts(orgs)).containsOnly(1L);
        schedules().remove(key);
    }

    @Test
    default void round_leavesOutOrgsThatAreErased() {
        List<OrgId> orgs = newOrgs(4);
        ScheduleId key = putGlobal(HOURLY.withOverlap(Overlap.SKIP));
        fire(firing(key, again()));
        finishRounds(100);
        assertThat(counts(orgs)).containsOnly(1L);

        store().orgs().erase(context(orgs.get(1)));
        fire(firing(key));
        finishRounds(1);

        assertThat(counts(orgs)).containsExactly(1L, 0L, 1L, 1L);
        schedules().remove(key);
    }

    @Test
    default void round_passesOverOrgsWhoseJobIsLive() {
        List<OrgId> orgs = newOrgs(2);
        ScheduleId key = putGlobal(HOURLY.withOverlap(Overlap.SKIP));
        fire(firing(key, again()));
        assertThat(fire(firing(key, again()))).as("while a round is under way").isEqualTo(Fired.OVERLAPPED);
        finishRounds(100);
        List<ClaimedJob> running = claimAll().stream().filter(job -> orgs.contains(job.lease().org())).toList();
        assertThat(running).hasSize(2);
        complete(running.subList(0, 1));

        assertThat(fire(firing(key))).isEqualTo(Fired.DONE);
        finishRounds(100);

        Set<OrgId> second = work().stream().map(job -> job.lease().org()).filter(orgs::contains)
                .collect(Collectors.toSet());
        assertThat(second).containsExactly(running.getFirst().lease().org());
        assertThat(status(key).overlapped()).isEqualTo(1);
        complete(running.subList(1, 2));
        schedules().remove(key);
    }

    @Test
    default void round_restsWithItsScheduleAndEndsWithIt() {
        List<OrgId> orgs = newOrgs(2);
        ScheduleId key = putGlobal(HOURLY);
        fire(firing(key));
        schedules().pause(key);

        assertThat(schedules().advance(1).queue()).isEmpty();
        schedules().resume(key, LATER);
        assertThat(schedules().advance(1).queue()).contains(queue());
        schedules().remove(key);
        assertThat(schedules().advance(1).queue()).isEmpty();

        assertThat(counts(orgs).stream().mapToLong(count -> count).sum()).isLessThanOrEqualTo(1);
    }

    @Test
    default void trigger_ofAllBeginsARound() {
        List<OrgId> orgs = newOrgs(2);
        ScheduleId key = ScheduleId.global("all-" + UUID.randomUUID());
        schedules().put(key, HOURLY, request(), LATER);

        assertThat(schedules().triggerGlobal(key.name())).isTrue();
        finishRounds(100);

        assertThat(counts(orgs)).containsOnly(1L);
        assertThat(status(key).fired()).isZero();
        schedules().remove(key);
    }

    @Test
    default void list_ofAllHasNoneOfAnOrg() {
        OrgId org = newOrg();
        ScheduleId key = putGlobal(HOURLY);
        ScheduleId own = putDue(org, HOURLY);

        List<String> names = schedules().list(Optional.empty(), Optional.empty(), 1000).stream()
                .map(ScheduleStatus::name).toList();
        assertThat(names).contains(key.name()).doesNotContain(own.name());
        assertThat(schedules().list(Optional.of(org), Optional.empty(), 1000)).hasSize(1);
        assertThat(schedules().trigger(org, key.name())).isEqualTo(Optional.<JobId>empty());
        schedules().remove(key);
    }
}
