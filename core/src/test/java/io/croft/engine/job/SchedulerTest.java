package io.croft.engine.job;

import static io.croft.engine.job.Workers.CONTEXT;
import static io.croft.engine.job.Workers.KIND;
import static io.croft.engine.job.Workers.ORG;
import static io.croft.engine.job.Workers.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.Actor;
import io.croft.InvalidInputException;
import io.croft.NotPermittedException;
import io.croft.OrgId;
import io.croft.Role;
import io.croft.TenantContext;
import io.croft.UnknownOrgException;
import io.croft.job.After;
import io.croft.job.GlobalSchedules;
import io.croft.job.JobId;
import io.croft.job.JobKey;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.job.JobResult;
import io.croft.job.JobSchedule;
import io.croft.job.JobSchedule.Missed;
import io.croft.job.JobSchedule.Overlap;
import io.croft.job.JobSchedule.Timing;
import io.croft.job.JobSchedules;
import io.croft.job.JobState;
import io.croft.job.ScheduleStatus;
import io.croft.spi.ScheduleStore.ScheduleId;
import io.croft.spi.ScheduleStore.Times;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Schedules as hosts use them, in one process and in several. */
class SchedulerTest {

    private static final Actor OPS = Actor.superAdmin("ops");
    private static final JobRequest JOB = JobRequest.of(KIND, "{}");
    private static final JobSchedule SECONDS =
            JobSchedule.every(Duration.ofSeconds(1)).withOverlap(Overlap.ALLOW);
    private static final JobSchedule HOURS = JobSchedule.every(Duration.ofHours(1)).withOverlap(Overlap.ALLOW);

    private final Workers workers = new Workers();

    @AfterEach
    void close() {
        workers.close();
    }

    private ScheduleStatus status(String name) {
        return workers.jobs.schedules().find(ScheduleId.of(ORG, name)).orElseThrow();
    }

    /** Makes a schedule known that has been due for so long. */
    private void overdue(String name, JobSchedule schedule, Duration since) {
        workers.jobs.registerQueue(KIND.queue());
        workers.jobs.schedules().put(ScheduleId.of(ORG, name), schedule, JOB,
                (given, now) -> new Times(now.minus(since), now.minus(since)));
    }

    @Test
    void schedule_runsItsJobAgainAndAgain() {
        AtomicInteger runs = new AtomicInteger();
        JobSchedules schedules = workers.start(job -> {
            runs.incrementAndGet();
            return JobResult.completed();
        }).queue().schedules();

        ScheduleStatus put = schedules.put(CONTEXT, "often", SECONDS, JOB);

        assertThat(put.name()).isEqualTo("often");
        assertThat(put.nextAt()).isPresent();
        eventually("it has run three times", () -> runs.get() >= 3);
        assertThat(schedules.find(CONTEXT, "often").orElseThrow().fired()).isGreaterThanOrEqualTo(3);
        assertThat(schedules.remove(CONTEXT, "often")).isTrue();
        assertThat(schedules.list(CONTEXT, Optional.empty(), 10)).isEmpty();
    }

    /** The timer of the process that puts it does not sleep over it. */
    @Test
    void schedule_thatIsDueSoonerWakesTheScheduler() {
        JobEngine engine = workers.start(job -> JobResult.completed());
        overdue("late", HOURS, Duration.ofSeconds(1));

        eventually("what others put is found as well", () -> status("late").fired() == 1);
        engine.queue().schedules().put(CONTEXT, "soon", SECONDS, JOB);
        eventually("its own comes in time", () -> status("soon").fired() >= 1);
        Instant time = status("soon").lastTime().orElseThrow();
        assertThat(status("soon").lastFiredAt().orElseThrow()).isAfterOrEqualTo(time);
    }

    @Test
    void processes_fireEachTimeOnce() {
        Map<String, Integer> runs = new ConcurrentHashMap<>();
        for (int i = 0; i < 3; i++) {
            workers.start(job -> {
                runs.merge(job.payload().replaceAll(".*\"at\":\"([^\"]*)\".*", "$1"), 1, Integer::sum);
                return JobResult.completed();
            });
        }
        workers.jobs.registerQueue(KIND.queue());
        workers.unlimited(KIND.queue());
        workers.jobs.schedules().put(ScheduleId.of(ORG, "each"),
                SECONDS.withMissed(new Missed.Each(100)).withTimeField("at"),
                JOB, (given, now) -> new Times(now.minusSeconds(50), now.minusSeconds(50)));

        eventually("missed and new times have run", () -> runs.size() >= 53);

        assertThat(runs.values()).as("runs of each time").containsOnly(1);
    }

    @Test
    void schedules_areManyAndAllFire() {
        for (int i = 0; i < 250; i++) {
            overdue("n" + i, HOURS, Duration.ofMinutes(1));
        }
        workers.unlimited(KIND.queue());
        AtomicInteger runs = new AtomicInteger();

        workers.start(job -> {
            runs.incrementAndGet();
            return JobResult.completed();
        });

        eventually("all have run", () -> runs.get() == 250);
        for (int i = 0; i < 250; i++) {
            assertThat(status("n" + i).fired()).isEqualTo(1);
        }
    }

    @Test
    void schedule_whoseTimesCannotBeToldRestsAndHoldsUpNobody() {
        overdue("newer", JobSchedule.of(new Timing.Cron("0 3 * * *", "Mars/Olympus_Mons")), Duration.ofMinutes(2));
        overdue("bad", JobSchedule.of(new Timing.Cron("0 3 * * Xday", "UTC")), Duration.ofMinutes(2));
        overdue("good", HOURS, Duration.ofMinutes(1));

        JobEngine engine = workers.start(job -> JobResult.completed());

        eventually("the good one has fired", () -> status("good").fired() == 1);
        eventually("the others rest", () -> status("newer").problem().isPresent()
                && status("bad").problem().isPresent());
        assertThat(status("newer").problem().orElseThrow()).contains("Mars/Olympus_Mons");
        assertThat(status("bad").problem().orElseThrow()).contains("Xday");
        assertThat(engine.queue().schedules().put(CONTEXT, "bad", HOURS, JOB).problem()).isEmpty();
    }

    @Test
    void global_givesEachOrganisationItsJob() {
        Set<OrgId> ran = ConcurrentHashMap.newKeySet();
        for (int i = 0; i < 20; i++) {
            workers.create(OrgId.named("school " + i));
        }
        GlobalSchedules global = workers.start(job -> {
            ran.add(job.tenant().org());
            return JobResult.completed();
        }).queue().schedules().global();

        assertThat(global.put(OPS, "tidy", HOURS, JOB).org()).isEmpty();
        assertThat(global.trigger(OPS, "tidy")).isTrue();

        eventually("all have run", () -> ran.size() == 21);
        assertThat(global.find(OPS, "tidy")).isPresent();
        assertThat(global.list(OPS, Optional.empty(), 10)).hasSize(1);
        assertThat(global.pause(OPS, "tidy")).isTrue();
        assertThat(global.resume(OPS, "tidy")).isTrue();
        assertThat(global.remove(OPS, "tidy")).isTrue();
        assertThat(global.remove(OPS, "tidy")).isFalse();
    }

    @Test
    void global_isForSuperAdmins() {
        GlobalSchedules global = workers.start(Map.of()).queue().schedules().global();
        Actor user = Actor.user("u-7", Role.ADMIN);

        assertThatThrownBy(() -> global.put(user, "x", HOURS, JOB)).isInstanceOf(NotPermittedException.class)
                .hasMessageContaining("u-7");
        assertThatThrownBy(() -> global.list(user, Optional.empty(), 10)).isInstanceOf(NotPermittedException.class);
        assertThatThrownBy(() -> global.trigger(user, "x")).isInstanceOf(NotPermittedException.class);
    }

    @Test
    void trigger_runsTheJobAtOnce() {
        JobSchedules schedules = workers.start(job -> JobResult.completed()).queue().schedules();
        schedules.put(CONTEXT, "rarely", HOURS, JOB);

        JobId job = schedules.trigger(CONTEXT, "rarely").orElseThrow();

        workers.await(job, JobState.COMPLETED);
        assertThat(schedules.trigger(CONTEXT, "unknown")).isEmpty();
        assertThat(schedules.pause(CONTEXT, "rarely")).isTrue();
        assertThat(schedules.find(CONTEXT, "rarely").orElseThrow().paused()).isTrue();
        assertThat(schedules.resume(CONTEXT, "rarely")).isTrue();
        assertThat(schedules.find(CONTEXT, "rarely").orElseThrow().nextAt()).isPresent();
    }

    @Test
    void put_refusesWhatCannotBe() {
        JobSchedules schedules = workers.start(job -> JobResult.completed()).queue().schedules();

        assertRefused(schedules, " ", HOURS, JOB, "name of a schedule");
        assertRefused(schedules, "x".repeat(256), HOURS, JOB, "256 bytes");
        assertRefused(schedules, "a\nb", HOURS, JOB, "U+000A");
        assertRefused(schedules, "x", HOURS, JOB.withDelay(Duration.ofSeconds(1)), "leave them out");
        assertRefused(schedules, "x", HOURS, JOB.withRunAt(Instant.now()), "leave them out");
        assertRefused(schedules, "x", HOURS, JOB.withDeadline(Instant.now()), "leave them out");
        assertRefused(schedules, "x", HOURS, JOB.withKey(JobKey.of("k")), "leave them out");
        assertRefused(schedules, "x", HOURS, JOB.withAfter(After.end(new JobId(1))), "leave them out");
        assertRefused(schedules, "x", JobSchedule.cron("0 3 * * *", ZoneId.of("UTC")).withMissed(new Missed.Each(5)),
                JOB, "Overlap.ALLOW");
        assertRefused(schedules, "x", HOURS, JobRequest.of(JobKind.of(KIND.name(), "elsewhere"), "{}"), "elsewhere");
        assertRefused(schedules, "x", HOURS, JobRequest.of(KIND, "[]"), "JSON object");
        int room = JobRequest.MAX_PAYLOAD_BYTES - "{'a':'','at':'2026-03-29T01:00:00.000000Z'}".length();
        JobRequest longest = JobRequest.of(KIND, "{\"a\":\"" + "x".repeat(room) + "\"}");
        JobRequest longer = JobRequest.of(KIND, "{\"a\":\"" + "x".repeat(room + 1) + "\"}");
        assertRefused(schedules, "x", HOURS.withTimeField("at"), longer, "time field");
        schedules.put(CONTEXT, "x", HOURS.withTimeField("at"), longest);
        assertThat(schedules.trigger(CONTEXT, "x")).isPresent();
        schedules.put(CONTEXT, "x", HOURS, longer);
        assertThat(schedules.remove(CONTEXT, "x")).isTrue();
        assertThatThrownBy(() -> schedules.put(TenantContext.of(Workers.NOBODY, Actor.service("test")), "x", HOURS,
                JOB)).isInstanceOf(UnknownOrgException.class);
        assertThatThrownBy(() -> schedules.list(CONTEXT, Optional.empty(), 1001))
                .isInstanceOf(InvalidInputException.class);
        assertThat(schedules.list(CONTEXT, Optional.empty(), 1000)).isEmpty();
    }

    private static void assertRefused(JobSchedules schedules, String name, JobSchedule schedule, JobRequest job,
            String why) {
        assertThatThrownBy(() -> schedules.put(CONTEXT, name, schedule, job)).as(why)
                .isInstanceOf(InvalidInputException.class).hasMessageContaining(why);
    }

    @Test
    void store_thatIsAwayIsWaitedFor() {
        overdue("late", HOURS, Duration.ofMinutes(1));
        workers.store.goAway();
        JobEngine engine = workers.engine(Workers.settings(), Map.of());
        engine.start();

        workers.store.comeBack();

        eventually("it has fired", () -> status("late").fired() == 1);
    }
}
