package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.Actor;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.OrgSuspendedException;
import io.croft.Role;
import io.croft.TenantContext;
import io.croft.UnknownOrgException;
import io.croft.job.JobId;
import io.croft.job.JobSchedule;
import io.croft.job.LaneLimits;
import io.croft.search.Source;
import io.croft.spi.Checkpoint;
import io.croft.spi.ContentStore.Stored;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Pausable;
import io.croft.spi.ScheduleStore.ScheduleId;
import io.croft.spi.ScheduleStore.Times;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Organisations out of service. */
interface OrgSuspensionCases extends JobFixture {

    private Org suspend(OrgId org) {
        return store().orgs().suspend(context(org));
    }

    private Org resume(OrgId org) {
        return store().orgs().resume(context(org));
    }

    private void refused(OrgId org, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(OrgSuspendedException.class,
                refusal -> assertThat(refusal.org()).isEqualTo(org)).hasMessageContaining(org.toString());
    }

    @Test
    default void suspend_andResumeSetTheStateOnce() {
        OrgId org = newOrg();
        Org before = store().orgs().find(org).orElseThrow();

        Org suspended = suspend(org);

        assertThat(suspended.state()).isEqualTo(Org.State.SUSPENDED);
        assertThat(suspend(org)).isEqualTo(suspended);
        assertThat(store().orgs().find(org)).contains(suspended);
        assertThat(store().orgs().create(context(org))).isEqualTo(suspended);
        assertThat(resume(org)).isEqualTo(before);
        assertThat(resume(org)).isEqualTo(before);
        assertThat(store().orgs().find(org)).contains(before);
    }

    @Test
    default void suspend_refusesAnUnknownOrg() {
        assertThatThrownBy(() -> suspend(unknownOrg())).isInstanceOf(UnknownOrgException.class);
        assertThatThrownBy(() -> resume(unknownOrg())).isInstanceOf(UnknownOrgException.class);
    }

    @Test
    default void suspend_refusesReadsAndWritesAndKeepsWhatIsThere() {
        ContentSteps steps = new ContentSteps(this);
        OrgId org = steps.newOrg();
        Stored stored = steps.ready(org, "a", "text");
        OrgId other = steps.newOrg();
        steps.ready(other, "a", "text");

        suspend(org);

        refused(org, () -> steps.put(org, "b", "text"));
        refused(org, () -> steps.put(org, Source.MARKETPLACE, ContentSteps.content("b", "text")));
        refused(org, () -> steps.store().delete(org, Source.PRIVATE, "a"));
        refused(org, () -> steps.store().find(org, Source.PRIVATE, "a"));
        refused(org, () -> steps.store().status(org, Source.PRIVATE, "a"));
        refused(org, () -> enqueue(org));
        refused(org, () -> jobs().setLimits(org, queue(), LaneLimits.DEFAULT));
        refused(org, () -> jobs().pause(new Pausable.Org(org)));
        assertThat(steps.store().find(other, Source.PRIVATE, "a")).isPresent();
        resume(org);
        assertThat(steps.store().find(org, Source.PRIVATE, "a").orElseThrow().text()).isEqualTo("text");
        assertThat(steps.texts(scope(org), org, "a")).containsExactly("text");
        assertThat(steps.put(org, "a", "again").revision()).isEqualTo(stored.revision() + 1);
    }

    /** Else it would come back, created anew, by its own doing; also where whoever calls does not know of it yet. */
    @Test
    default void erase_ofASuspendedOrgIsForSuperAdmins() {
        OrgId org = newOrg();
        suspend(org);

        for (Actor actor : List.of(Actor.user("u", Role.ADMIN), Actor.service("s"))) {
            refused(org, () -> store().orgs().erase(TenantContext.of(org, actor)));
        }

        assertThat(store().orgs().find(org).orElseThrow().state()).isEqualTo(Org.State.SUSPENDED);
        store().orgs().erase(context(org));
        assertThat(store().orgs().find(org)).isEmpty();
    }

    @Test
    default void suspend_keepsItsIndexFollowed() {
        ContentSteps steps = new ContentSteps(this);
        OrgId org = steps.newOrg();
        steps.ready(org, "a", "text");

        suspend(org);

        assertThat(ChangeFollower.rest(store().changes().reader(scope(org), Checkpoint.BEGINNING), 10)).isNotEmpty();
        assertThat(steps.texts(scope(org), org, "a")).containsExactly("text");
        assertThat(steps.scan(scope(org), 10)).hasSize(1);
        assertThat(store().orgs().gone(List.of(scope(org)))).isEmpty();
    }

    @Test
    default void suspend_letsNoJobBeClaimed() {
        OrgId org = newOrg();
        OrgId fresh = newOrg();
        JobId first = enqueue(org);
        settle();
        JobId drainedLater = enqueue(org);
        JobId ofNewLane = enqueue(fresh);

        suspend(org);
        suspend(fresh);

        assertNothingToClaim();
        assertThat(job(org, first).attempts()).isZero();
        resume(org);
        assertThat(ids(claimAll())).containsExactly(first, drainedLater);
        resume(fresh);
        assertThat(ids(claimAll())).containsExactly(ofNewLane);
    }

    @Test
    default void suspend_letsRunningJobsEnd() {
        OrgId org = newOrg();
        enqueue(org, 3);
        List<ClaimedJob> running = claimAll();

        suspend(org);

        assertThat(jobs().heartbeat(List.of(running.getFirst().lease()), LONG_LEASE).leases()).hasSize(1);
        assertThat(finish(running.getFirst(), COMPLETED)).isTrue();
        assertThat(finish(running.get(1), FAILED)).isTrue();
        jobs().release(List.of(running.getLast().lease()));
        assertNothingToClaim();
        resume(org);
        assertThat(claimAll()).as("what failed and what was given back").hasSize(2);
    }

    @Test
    default void resume_keepsThePauseOfItsHost() {
        OrgId org = newOrg();
        JobId job = enqueue(org);
        jobs().pause(new Pausable.Org(org));

        suspend(org);
        resume(org);

        assertNothingToClaim();
        jobs().resume(new Pausable.Org(org));
        assertThat(ids(claimAll())).containsExactly(job);
    }

    @Test
    default void suspend_keepsItsSchedulesFromFiring() {
        OrgId org = newOrg();
        ScheduleId id = ScheduleId.of(org, "hourly");
        jobs().schedules().put(id, JobSchedule.every(Duration.ofHours(1)), request(), (schedule, now) -> new Times(now,
                now));

        suspend(org);

        assertThat(isDue(id)).isFalse();
        resume(org);
        assertThat(isDue(id)).isTrue();
    }

    private boolean isDue(ScheduleId id) {
        return jobs().schedules().due(100).schedules().stream().anyMatch(due -> due.key().equals(id));
    }

    @Test
    default void erase_takesASuspendedOrg() {
        ContentSteps steps = new ContentSteps(this);
        OrgId org = steps.newOrg();
        steps.ready(org, "a", "text");
        enqueue(org);
        suspend(org);

        assertThat(store().orgs().erase(context(org)).documents()).isEqualTo(1);

        assertThat(store().orgs().find(org)).isEmpty();
        assertThat(store().orgs().create(context(org)).state()).isEqualTo(Org.State.ACTIVE);
        JobId job = enqueue(org);
        assertThat(ids(claimAll())).containsExactly(job);
    }
}
