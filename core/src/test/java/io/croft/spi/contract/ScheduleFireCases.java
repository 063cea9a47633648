package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.job.After;
import io.croft.job.Job;
import io.croft.job.JobCounts;
import io.croft.job.JobFilter;
import io.croft.job.JobId;
import io.croft.job.JobPriority;
import io.croft.job.JobRequest;
import io.croft.job.JobSchedule;
import io.croft.job.JobSchedule.Overlap;
import io.croft.job.JobSummary;
import io.croft.job.ScheduleStatus;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.ScheduleStore;
import io.croft.spi.ScheduleStore.DueSchedule;
import io.croft.spi.ScheduleStore.Fired;
import io.croft.spi.ScheduleStore.Firing;
import io.croft.spi.ScheduleStore.ScheduleId;
import io.croft.spi.ScheduleStore.Times;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is due is fired once, whoever comes first. */
interface ScheduleFireCases extends ScheduleFixture {

    @Test
    default void fire_enqueuesTheJobAndMovesTheScheduleOn() {
        OrgId org = newOrg();
        ScheduleId key = ScheduleId.of(org, "report");
        JobRequest job = JobRequest.of(kind(7), "{\"for\":\"all\"}").withPriority(JobPriority.HIGH)
                .withTags("night", "report");
        schedules().put(key, HOURLY.withTimeField("at"), job, NOW);
        Instant before = now();
        Firing firing = firing(key);

        assertThat(fire(firing)).isEqualTo(Fired.DONE);

        ScheduleStatus status = status(key);
        JobId id = status.lastJob().orElseThrow();
        Job made = job(org, id);
        assertThat(made.kind()).isEqualTo("test.work");
        assertThat(made.priority()).isEqualTo(JobPriority.HIGH);
        assertThat(made.tags()).containsExactlyInAnyOrder("night", "report");
        assertThat(made.maxAttempts()).isEqualTo(7);
        assertThat(made.payload().replace(" ", "")).contains("\"for\":\"all\"")
                .matches(".*\"at\":\"\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z\".*");
        assertThat(Instant.parse(made.payload().replaceAll(".*\"at\": ?\"([^\"]*)\".*", "$1")))
                .isEqualTo(kept(firing.times().getFirst()));
        assertThat(status.nextAt()).contains(kept(firing.next().fireAt()));
        assertThat(status.lastTime()).contains(kept(firing.times().getFirst()));
        assertThat(status.lastFiredAt().orElseThrow()).isBetween(before, now());
        assertThat(status.fired()).isEqualTo(1);
        assertThat(due(key)).isEmpty();
        assertThat(ids(work())).containsExactly(id);
    }

    /** A job that a schedule made is one like any other. */
    @Test
    default void fire_makesAJobThatIsListedCountedAndWaitedFor() {
        OrgId org = newOrg();
        ScheduleId key = ScheduleId.of(org, "report");
        schedules().put(key, HOURLY, request().withTags("night"), NOW);
        assertThat(fire(firing(key))).isEqualTo(Fired.DONE);
        JobId id = status(key).lastJob().orElseThrow();
        JobId next = enqueue(org, request().withAfter(After.success(id))).id();

        assertThat(came()).as("left to whoever fired it to tell").isZero();
        assertThat(jobs().list(org, JobFilter.ALL.withTag("night"), Optional.empty(), 10).jobs())
                .extracting(JobSummary::id).containsExactly(id);
        JobCounts counts = jobs().counts(org).getOrDefault(queue(), JobCounts.NONE);
        assertThat(counts).isEqualTo(new JobCounts(1, 0, 1, 0, 0, counts.oldestReady()));
        assertThat(ids(work())).containsExactly(id);
        assertThat(ids(work())).containsExactly(next);
    }

    @Test
    default void trigger_leavesItToUpkeepToTell() {
        OrgId org = newOrg();
        ScheduleId key = putDue(org, HOURLY);

        assertThat(schedules().trigger(org, key.name())).isPresent();

        assertThat(came()).isEqualTo(1);
    }

    @Test
    default void fire_ofWhatWasFiredDoesNothing() {
        ScheduleId key = putDue(newOrg(), HOURLY);
        Firing firing = firing(key, again());

        assertThat(fire(firing)).isEqualTo(Fired.DONE);
        assertThat(fire(firing)).isEqualTo(Fired.NOT_HERE);

        assertThat(work()).hasSize(1);
        assertThat(due(key)).isPresent();
    }

    /** As many processes do that read the same. */
    @Test
    default void fire_ofManyAtOnceCountsOnce() {
        ScheduleId key = putDue(newOrg(), HOURLY);
        Firing firing = firing(key, again());

        List<Fired> fired = Race.of(8, number -> fire(firing));

        assertThat(Collections.frequency(fired, Fired.DONE)).isEqualTo(1);
        assertThat(Collections.frequency(fired, Fired.NOT_HERE)).isEqualTo(7);
        assertThat(work()).hasSize(1);
    }

    @Test
    default void fire_afterAChangeDoesNothing() {
        OrgId org = newOrg();
        ScheduleId key = putDue(org, HOURLY);
        Firing firing = firing(key);

        schedules().put(key, HOURLY, request("{\"new\":1}"), LATER);
        assertThat(fire(firing)).isEqualTo(Fired.NOT_HERE);
        Firing next = firing(key);
        schedules().pause(key);
        assertThat(fire(next)).isEqualTo(Fired.NOT_HERE);
        schedules().remove(key);
        assertThat(fire(next)).isEqualTo(Fired.NOT_HERE);
        putDue(org, HOURLY);
        assertThat(fire(next)).isEqualTo(Fired.NOT_HERE);

        assertNothingToClaim();
    }

    @Test
    default void fire_ofWhatIsNotDueDoesNothing() {
        ScheduleId key = putDue(newOrg(), HOURLY);
        Firing firing = firing(key);
        schedules().put(key, JobSchedule.every(Duration.ofHours(2)), request(), LATER);
        assertThat(due(key)).isEmpty();
        long revision = firing.due().revision() + 1;
        Firing early = new Firing(new DueSchedule(firing.due().id(), revision, key, () -> HOURLY, queue(),
                firing.due().planned()), firing.times(), 0, firing.next());

        assertThat(fire(early)).isEqualTo(Fired.NOT_HERE);
        assertNothingToClaim();
    }

    @Test
    default void fire_ofSeveralTellsEachFromTheOthers() {
        ScheduleId first = putDue(newOrg(), HOURLY);
        ScheduleId second = putDue(newOrg(), HOURLY);
        Firing one = firing(first);
        Firing two = firing(second);
        fire(one);

        assertThat(schedules().fire(List.of(one, two))).containsExactly(Fired.NOT_HERE, Fired.DONE);
        assertThat(schedules().fire(List.of())).isEmpty();
        assertThat(work()).hasSize(2);
    }

    @Test
    default void fire_givesEachOfSeveralTimesItsJobInOrder() {
        OrgId org = newOrg();
        unlimited(org);
        ScheduleId key = ScheduleId.of(org, "each");
        schedules().put(key, HOURLY.withMissed(new JobSchedule.Missed.Each(3)).withTimeField("at"), request(), NOW);
        Instant planned = due(key).orElseThrow().planned();
        List<Instant> times = List.of(planned, planned.plusSeconds(1), planned.plusSeconds(2));

        fire(new Firing(due(key).orElseThrow(), times, 4, LATER.first(HOURLY, now())));

        List<ClaimedJob> jobs = work();
        assertThat(jobs.stream().map(job -> Instant.parse(job.payload().replaceAll(".*\"at\": ?\"([^\"]*)\".*", "$1"))))
                .containsExactlyElementsOf(times.stream().map(this::kept).toList());
        assertThat(status(key).fired()).isEqualTo(3);
        assertThat(status(key).missed()).isEqualTo(4);
        assertThat(status(key).lastTime()).contains(kept(times.getLast()));
        assertThat(status(key).lastJob()).contains(ids(jobs).getLast());
    }

    @Test
    default void fire_withoutATimeOnlyMovesOn() {
        ScheduleId key = putDue(newOrg(), HOURLY);
        Firing firing = firing(key);

        assertThat(fire(new Firing(firing.due(), List.of(), 2, firing.next()))).isEqualTo(Fired.DONE);

        assertNothingToClaim();
        assertThat(status(key).missed()).isEqualTo(2);
        assertThat(status(key).fired()).isZero();
        assertThat(status(key).lastTime()).isEmpty();
        assertThat(due(key)).isEmpty();
    }

    @Test
    default void fire_passesOverATimeWhileTheJobBeforeIsLive() {
        OrgId org = newOrg();
        ScheduleId key = putDue(org, HOURLY.withOverlap(Overlap.SKIP));
        assertThat(fire(firing(key, again()))).isEqualTo(Fired.DONE);
        JobId first = status(key).lastJob().orElseThrow();

        assertThat(fire(firing(key, again()))).as("while it waits").isEqualTo(Fired.OVERLAPPED);
        ClaimedJob running = claimOne();
        assertThat(fire(firing(key, again()))).as("while it runs").isEqualTo(Fired.OVERLAPPED);

        assertNothingToClaim();
        assertThat(status(key).overlapped()).isEqualTo(2);
        assertThat(status(key).fired()).isEqualTo(1);
        assertThat(status(key).lastJob()).contains(first);
        finish(running, COMPLETED);
        assertThat(fire(firing(key))).as("when it is done").isEqualTo(Fired.DONE);
        assertThat(work()).hasSize(1);
    }

    /** Also one that is not the last, of the times when jobs could overlap. */
    @Test
    default void fire_passesOverATimeWhileAnyJobBeforeIsLive() {
        OrgId org = newOrg();
        ScheduleId key = putDue(org, HOURLY.withMissed(new JobSchedule.Missed.Each(3)));
        fire(firing(key, again()));
        ClaimedJob first = claimOne();
        DueSchedule due = due(key).orElseThrow();
        fire(new Firing(due, List.of(due.planned(), due.planned().plusSeconds(1)), 0, again()));
        List<ClaimedJob> two = claimAll();
        complete(two.subList(1, 2));

        schedules().put(key, HOURLY.withOverlap(Overlap.SKIP), request(), LATER);

        assertThat(fire(firing(key, again()))).as("while two run").isEqualTo(Fired.OVERLAPPED);
        finish(first, COMPLETED);
        assertThat(fire(firing(key, again()))).as("while one runs").isEqualTo(Fired.OVERLAPPED);
        complete(two.subList(0, 1));
        assertThat(fire(firing(key))).as("when all are done").isEqualTo(Fired.DONE);
        assertThat(work()).hasSize(1);
    }

    @Test
    default void fire_doesNotWaitForADeadLetter() {
        OrgId org = newOrg();
        ScheduleId key = ScheduleId.of(org, "fails");
        schedules().put(key, HOURLY.withOverlap(Overlap.SKIP), JobRequest.of(kind(1), "{}"), NOW);
        fire(firing(key, again()));
        finish(claimOne(), FAILED);

        assertThat(fire(firing(key))).isEqualTo(Fired.DONE);
        assertThat(work()).hasSize(1);
    }

    @Test
    default void fire_ofOverlappingJobsWhereTheyAreAllowed() {
        ScheduleId key = putDue(newOrg(), HOURLY);

        assertThat(fire(firing(key, again()))).isEqualTo(Fired.DONE);
        assertThat(fire(firing(key, again()))).isEqualTo(Fired.DONE);

        assertThat(work()).hasSize(2);
    }

    @Test
    default void due_hasALimit() {
        assertThatThrownBy(() -> schedules().due(0)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> schedules().due(101)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> schedules().fire(Collections.nCopies(101, firing(putDue(newOrg(), HOURLY)))))
                .isInstanceOf(InvalidInputException.class);
    }

    /** One with very many delays the others by no more than its turns. */
    @Test
    default void due_givesOrgsTurns() {
        OrgId many = newOrg();
        OrgId few = newOrg();
        for (int i = 0; i < ScheduleStore.MAX_BATCH + 20; i++) {
            putDue(many, "many-" + i, Duration.ofHours(1));
        }
        putDue(few, "few-1", Duration.ofMinutes(1));
        putDue(few, "few-2", Duration.ofSeconds(1));

        List<DueSchedule> due = schedules().due(ScheduleStore.MAX_BATCH).schedules();

        assertThat(due).hasSize(ScheduleStore.MAX_BATCH);
        assertThat(due.stream().map(one -> one.key().org().orElse(many)).filter(Set.of(many, few)::contains).limit(5))
                .containsExactly(many, few, many, few, many);
        assertThat(due.stream().map(one -> one.key().name()).filter(name -> name.startsWith("few")))
                .containsExactly("few-1", "few-2");
        store().orgs().erase(context(many));
        assertThat(schedules().due(ScheduleStore.MAX_BATCH).schedules()).extracting(DueSchedule::key)
                .contains(ScheduleId.of(few, "few-1"), ScheduleId.of(few, "few-2"));
        store().orgs().erase(context(few));
    }

    private void putDue(OrgId org, String name, Duration since) {
        schedules().put(ScheduleId.of(org, name), HOURLY, request(),
                (schedule, now) -> new Times(now.minus(since), now.minus(since)));
    }

    @Test
    default void due_saysHowSoonTheNextOneIs() {
        ScheduleId key = ScheduleId.of(newOrg(), "soon");
        schedules().put(key, HOURLY, request(),
                (schedule, now) -> new Times(now.plusMillis(50), now.plusMillis(1500)));

        assertThat(due(key)).isEmpty();
        assertThat(schedules().due(1).untilNext().orElseThrow()).isLessThanOrEqualTo(Duration.ofMillis(1500));
        eventually("the schedule is due", () -> due(key).isPresent());
        assertThat(schedules().due(100).now()).isBetween(status(key).nextAt().orElseThrow(), now());
        fire(firing(key));
    }
}
