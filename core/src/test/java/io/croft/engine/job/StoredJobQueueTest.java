package io.croft.engine.job;

import static io.croft.engine.job.Workers.CONTEXT;
import static io.croft.engine.job.Workers.KIND;
import static io.croft.engine.job.Workers.NOBODY;
import static io.croft.engine.job.Workers.enqueue;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.Actor;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.UnknownOrgException;
import io.croft.job.DeadLetterFilter;
import io.croft.job.Job;
import io.croft.job.JobAdmin;
import io.croft.job.JobEnqueuer;
import io.croft.job.JobFlow;
import io.croft.job.JobId;
import io.croft.job.JobKey;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.job.JobResult;
import io.croft.job.JobSchedule;
import io.croft.job.JobState;
import io.croft.job.LaneLimits;
import io.croft.spi.JobStore.Lane;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The queue as a host sees it: its limits, its organisations, its repairs. */
class StoredJobQueueTest {

    private final Workers workers = new Workers();

    @AfterEach
    void close() {
        workers.close();
    }

    private JobEngine idle() {
        return workers.engine(Workers.settings(), Map.of());
    }

    @Test
    void enqueueAll_takesAsManyAsItSays() {
        JobEngine engine = idle();

        assertThat(engine.queue().enqueueAll(CONTEXT,
                Collections.nCopies(JobEnqueuer.MAX_BATCH, JobRequest.of(KIND, "{}"))))
                .hasSize(JobEnqueuer.MAX_BATCH);
        assertThatThrownBy(() -> engine.queue().enqueueAll(CONTEXT,
                Collections.nCopies(JobEnqueuer.MAX_BATCH + 1, JobRequest.of(KIND, "{}"))))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("100001")
                .hasMessageContaining("100000");
        assertThatThrownBy(() -> engine.queue().enqueueAll(CONTEXT, List.of()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("0 jobs");
    }

    /** Their payloads say what they do, which is for the library to say. */
    @Test
    void kindsOfTheLibrary_areRefusedWhereverTheyAreGiven() {
        JobEngine engine = idle();
        JobRequest own = JobRequest.of(JobKind.of("croft.embed", "croft.embed"), "{}");
        JobSchedule hourly = JobSchedule.every(Duration.ofHours(1));
        List<ThrowingCallable> calls = List.of(
                () -> engine.queue().enqueue(CONTEXT, own),
                () -> engine.queue().enqueueAll(CONTEXT, List.of(JobRequest.of(KIND, "{}"), own)),
                () -> engine.queue().enqueueFlow(CONTEXT, JobFlow.batch(List.of(JobRequest.of(KIND, "{}")), own)),
                () -> engine.queue().in(workers.store.transaction()).enqueue(CONTEXT, own),
                () -> engine.queue().enqueue(CONTEXT, JobRequest.of(JobKind.of("croft.new", "test"), "{}")),
                () -> engine.queue().schedules().put(CONTEXT, "own", hourly, own),
                () -> engine.queue().schedules().global().put(Actor.superAdmin("ops"), "own", hourly, own));

        calls.forEach(call -> assertThatThrownBy(call).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("is one of Croft's own"));

        assertThat(workers.store.calls("enqueue")).isZero();
        engine.queue().enqueue(CONTEXT, JobRequest.of(JobKind.of("croftless", "test"), "{}"));
    }

    @Test
    void keysOfTheLibrarysOwn_areRefused() {
        JobEngine engine = idle();
        JobRequest job = JobRequest.of(KIND, "{}").withKey(JobKey.of("croft.sweep").forever());

        for (ThrowingCallable call : List.<ThrowingCallable>of(() -> engine.queue().enqueue(CONTEXT, job),
                () -> engine.queue().in(workers.store.transaction()).enqueue(CONTEXT, job),
                () -> engine.queue().enqueueFlow(CONTEXT, JobFlow.of("first", job)))) {
            assertThatThrownBy(call).isInstanceOf(InvalidInputException.class).hasMessageContaining("\"croft.\"");
        }
        assertThat(engine.queue().enqueue(CONTEXT, JobRequest.of(KIND, "{}").withKey("croft")).duplicate()).isFalse();
    }

    @Test
    void enqueue_registersAQueueOnce() {
        JobEngine engine = idle();
        JobKind other = JobKind.of("test.other", "second");

        enqueue(engine);
        enqueue(engine);
        engine.queue().enqueueAll(CONTEXT, List.of(JobRequest.of(KIND, "{}"), JobRequest.of(other, "{}")));
        engine.queue().in(workers.store.transaction()).enqueue(CONTEXT, JobRequest.of(other, "{}"));

        assertThat(workers.store.calls("registerQueue")).isEqualTo(2);
    }

    @Test
    void enqueueInATransaction_runsAfterItsCommit() throws SQLException {
        AtomicInteger runs = new AtomicInteger();
        JobEngine engine = workers.start(job -> {
            runs.incrementAndGet();
            return JobResult.completed();
        });
        Connection transaction = workers.store.transaction();

        engine.queue().in(transaction).enqueueAll(CONTEXT,
                List.of(JobRequest.of(KIND, "{}"), JobRequest.of(KIND, "{}")));

        long claims = workers.store.calls("claim");
        Workers.eventually("pollers have looked", () -> workers.store.calls("claim") > claims + 2);
        assertThat(runs).hasValue(0);
        transaction.commit();
        Workers.eventually("both have run", () -> runs.get() == 2);
    }

    @Test
    void unknownOrg_isRefusedEverywhere() {
        JobEngine engine = idle();
        TenantContext nobody = TenantContext.of(NOBODY, Actor.service("test"));
        JobAdmin admin = engine.queue().admin();
        JobId id = enqueue(engine);

        assertThatThrownBy(() -> engine.queue().enqueue(nobody, JobRequest.of(KIND, "{}")))
                .isInstanceOf(UnknownOrgException.class).hasMessageContaining(NOBODY.toString());
        assertThatThrownBy(
                () -> engine.queue().in(workers.store.transaction()).enqueue(nobody, JobRequest.of(KIND, "{}")))
                .isInstanceOf(UnknownOrgException.class);
        assertThatThrownBy(() -> engine.queue().find(nobody, id)).isInstanceOf(UnknownOrgException.class);
        assertThatThrownBy(() -> admin.deadLetters(nobody, Optional.empty(), 1))
                .isInstanceOf(UnknownOrgException.class);
        assertThatThrownBy(() -> admin.redrive(nobody, List.of(id))).isInstanceOf(UnknownOrgException.class);
        assertThatThrownBy(() -> admin.discard(nobody, List.of(id), "x")).isInstanceOf(UnknownOrgException.class);
        assertThatThrownBy(() -> admin.setLimits(nobody, "test", LaneLimits.DEFAULT)).isInstanceOf(
                UnknownOrgException.class);
        assertThatThrownBy(() -> admin.lanes(nobody)).isInstanceOf(UnknownOrgException.class);
    }

    @Test
    void find_showsNoOtherOrgsJob() {
        JobEngine engine = idle();
        JobId id = enqueue(engine);
        TenantContext other = TenantContext.of(OrgId.named("saddlery"), Actor.service("test"));
        workers.create(other.org());

        assertThat(engine.queue().find(CONTEXT, id)).map(Job::id).contains(id);
        assertThat(engine.queue().find(other, id)).isEmpty();
    }

    @Test
    void kindInAnotherQueueThanItsHandler_isRefused() {
        JobEngine engine = workers.engine(Workers.settings(), Map.of(KIND, job -> JobResult.completed()));

        assertThatThrownBy(() -> enqueue(engine, JobKind.of(KIND.name(), "elsewhere")))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining(KIND.name())
                .hasMessageContaining("elsewhere").hasMessageContaining("handler is in queue test");
    }

    @Test
    void admin_refusesPagesThatAreTooLongOrEmpty() {
        JobAdmin admin = idle().queue().admin();
        List<JobId> many = LongStream.rangeClosed(1, JobAdmin.MAX_PAGE + 1).mapToObj(JobId::new).toList();

        for (int limit : List.of(-1, 0, JobAdmin.MAX_PAGE + 1)) {
            assertThatThrownBy(() -> admin.deadLetters(CONTEXT, Optional.empty(), limit))
                    .isInstanceOf(InvalidInputException.class).hasMessageContaining("limit " + limit)
                    .hasMessageContaining("1 to 1000");
        }
        for (List<JobId> ids : List.of(List.<JobId>of(), many)) {
            assertThatThrownBy(() -> admin.redrive(CONTEXT, ids)).isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining(ids.size() + " jobs to redrive").hasMessageContaining("1 to 1000");
            assertThatThrownBy(() -> admin.discard(CONTEXT, ids, "x")).isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining(ids.size() + " jobs to discard");
        }
        assertThatThrownBy(() -> admin.setLimits(CONTEXT, "no name", LaneLimits.DEFAULT))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("no name");
    }

    @Test
    void deadLetters_arePagedAndDiscarded() {
        JobEngine engine = workers.start(job -> {
            throw new IOException("no saddle");
        });
        List<JobId> ids = Stream.generate(() -> enqueue(engine)).limit(5).toList();
        ids.forEach(id -> workers.await(id, JobState.DEAD));
        JobAdmin admin = engine.queue().admin();

        List<JobId> first = admin.deadLetters(CONTEXT, Optional.empty(), 3).stream().map(Job::id).toList();
        List<JobId> rest = admin.deadLetters(CONTEXT, Optional.of(first.getLast()), 3).stream().map(Job::id).toList();

        assertThat(first).isEqualTo(ids.subList(0, 3));
        assertThat(rest).isEqualTo(ids.subList(3, 5));
        assertThat(admin.discard(CONTEXT, List.of(ids.get(0), ids.get(0), ids.get(1)), "r".repeat(5000))).hasSize(2);
        assertThat(workers.job(ids.getFirst()).state()).isEqualTo(JobState.CANCELLED);
        assertThat(workers.job(ids.getFirst()).note().orElseThrow()).hasSize(1024);
        assertThat(admin.deadLetters(CONTEXT, Optional.empty(), 10)).hasSize(3);
    }

    @Test
    void redriveByFilter_takesEachOnceAndSpreadsThemOut() {
        AtomicBoolean broken = new AtomicBoolean(true);
        JobEngine engine = workers.start(job -> {
            if (broken.get()) {
                throw new IOException("no saddle");
            }
            return JobResult.completed();
        });
        JobAdmin admin = engine.queue().admin();
        JobRequest once = JobRequest.of(KIND, "{}").withMaxAttempts(1);
        workers.unlimited("test");
        int jobs = JobAdmin.MAX_PAGE + 7;
        engine.queue().enqueueAll(CONTEXT, Collections.nCopies(jobs, once.withTags("spring")));
        JobId other = engine.queue().enqueue(CONTEXT, once).id();
        Workers.eventually("all are dead", () -> workers.jobs
                .countDeadLetters(new Lane(CONTEXT.org(), "test"), jobs + 1) == jobs + 1);
        Instant before = Instant.now();
        List<JobId> dead = workers.jobs.deadLetterIds(CONTEXT.org(), DeadLetterFilter.ALL.withTag("spring"),
                Optional.empty(), jobs);

        int redriven = admin.redrive(CONTEXT, DeadLetterFilter.ALL.withTag("spring"), 1);

        assertThat(redriven).isEqualTo(jobs);
        assertThat(workers.job(other).state()).isEqualTo(JobState.DEAD);
        for (int i : List.of(10, JobAdmin.MAX_PAGE, jobs - 1)) {
            assertThat(workers.job(dead.get(i)).runAt().orElseThrow()).isBetween(before.plusSeconds(i),
                    Instant.now().plusSeconds(i));
        }
        broken.set(false);
        assertThat(admin.redrive(CONTEXT, DeadLetterFilter.ALL.withKind(KIND.name()), 1000)).isBetween(1, 5);
        workers.await(other, JobState.COMPLETED);
    }

    /** As after the most dead letters of one call: else each call would begin a series of its own. */
    @Test
    void redriveByFilter_goesOnAtItsRateWhenCalledAgain() {
        JobEngine engine = workers.start(job -> {
            throw new IOException("no saddle");
        });
        JobAdmin admin = engine.queue().admin();
        JobRequest once = JobRequest.of(KIND, "{}").withMaxAttempts(1);
        JobId first = engine.queue().enqueue(CONTEXT, once).id();
        workers.await(first, JobState.DEAD);
        admin.pause(CONTEXT, KIND.queue());
        Instant before = Instant.now();
        assertThat(admin.redrive(CONTEXT, DeadLetterFilter.ALL, 1)).isEqualTo(1);
        JobId next = engine.queue().enqueue(CONTEXT, once).id();
        admin.resume(CONTEXT, KIND.queue());
        workers.await(next, JobState.DEAD);
        workers.await(first, JobState.DEAD);

        assertThat(admin.redrive(CONTEXT, DeadLetterFilter.ALL, 1)).isEqualTo(2);

        assertThat(workers.job(next).runAt().orElseThrow()).isAfterOrEqualTo(before.plusSeconds(2));
    }

    /** After the filter was asked, and before they are ended. */
    @Test
    void discardByFilter_leavesAloneWhatIsRedrivenMeanwhile() {
        AtomicBoolean broken = new AtomicBoolean(true);
        JobEngine engine = workers.start(job -> {
            if (broken.get()) {
                throw new IOException("no saddle");
            }
            return JobResult.completed();
        });
        JobAdmin admin = engine.queue().admin();
        JobRequest once = JobRequest.of(KIND, "{}").withMaxAttempts(1);
        JobId redriven = engine.queue().enqueue(CONTEXT, once).id();
        JobId other = engine.queue().enqueue(CONTEXT, once).id();
        workers.await(redriven, JobState.DEAD);
        workers.await(other, JobState.DEAD);
        broken.set(false);
        admin.pause(CONTEXT, KIND.queue());
        workers.store.watch((method, argument) -> {
            if (method.equals("discardDead")) {
                admin.redrive(CONTEXT, List.of(redriven));
            }
        });

        assertThat(admin.discard(CONTEXT, DeadLetterFilter.ALL, "sold")).isEqualTo(1);

        admin.resume(CONTEXT, KIND.queue());
        workers.await(redriven, JobState.COMPLETED);
        workers.await(other, JobState.CANCELLED);
    }

    @Test
    void discardByFilter_endsThoseAlone() {
        JobEngine engine = workers.start(job -> {
            throw new IOException("no saddle");
        });
        JobAdmin admin = engine.queue().admin();
        JobRequest once = JobRequest.of(KIND, "{}").withMaxAttempts(1);
        JobId one = engine.queue().enqueue(CONTEXT, once.withTags("spring")).id();
        JobId other = engine.queue().enqueue(CONTEXT, once).id();
        workers.await(one, JobState.DEAD);
        workers.await(other, JobState.DEAD);

        assertThat(admin.discard(CONTEXT, DeadLetterFilter.ALL.withTag("spring"), "sold")).isEqualTo(1);
        assertThat(admin.discard(CONTEXT, DeadLetterFilter.ALL.withErrorClass("another"), "sold")).isZero();

        assertThat(workers.job(one).note()).contains("sold");
        assertThat(admin.deadLetters(CONTEXT, DeadLetterFilter.ALL, Optional.empty(), 10)).extracting(Job::id)
                .containsExactly(other);
        assertThatThrownBy(() -> admin.redrive(CONTEXT, DeadLetterFilter.ALL, 0))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("0 jobs a second");
        assertThatThrownBy(() -> admin.redrive(CONTEXT, DeadLetterFilter.ALL, JobAdmin.MAX_REDRIVE_RATE + 1))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("1001 jobs a second");
        TenantContext nobody = TenantContext.of(NOBODY, Actor.service("test"));
        assertThatThrownBy(() -> admin.redrive(nobody, DeadLetterFilter.ALL, 1))
                .isInstanceOf(UnknownOrgException.class);
        assertThatThrownBy(() -> admin.discard(nobody, DeadLetterFilter.ALL, "x"))
                .isInstanceOf(UnknownOrgException.class);
    }

    @Test
    void raisedLimit_isUsedAtOnce() {
        JobEngine engine = workers.start(job -> JobResult.completed());
        JobAdmin admin = engine.queue().admin();
        admin.setLimits(CONTEXT, "test", LaneLimits.maxRunning(0));
        JobId id = enqueue(engine);
        long claims = workers.store.calls("claim");
        Workers.eventually("pollers have looked", () -> workers.store.calls("claim") > claims + 2);
        assertThat(workers.job(id).state()).isNotEqualTo(JobState.COMPLETED);

        admin.setLimits(CONTEXT, "test", LaneLimits.maxRunning(1));

        workers.await(id, JobState.COMPLETED);
    }
}
