package io.croft.engine.job;

import static io.croft.engine.job.Workers.CONTEXT;
import static io.croft.engine.job.Workers.KIND;
import static io.croft.engine.job.Workers.NOBODY;
import static io.croft.engine.job.Workers.enqueue;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.Actor;
import io.croft.InvalidInputException;
import io.croft.NotPermittedException;
import io.croft.OrgId;
import io.croft.StoreUnavailableException;
import io.croft.TenantContext;
import io.croft.UnknownOrgException;
import io.croft.job.JobAdmin;
import io.croft.job.JobContext;
import io.croft.job.JobCounts;
import io.croft.job.JobFilter;
import io.croft.job.JobHandler;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobPage;
import io.croft.job.JobRequest;
import io.croft.job.JobResult;
import io.croft.job.JobState;
import io.croft.job.JobStats;
import io.croft.job.JobSummary;
import io.croft.job.LanePage;
import io.croft.job.QueueAdmin;
import io.croft.job.RetryPolicy;
import io.croft.spi.AttemptBatch;
import io.croft.spi.JobStore.Expired;
import io.croft.spi.JobStore.Lane;
import io.croft.spi.contract.Await;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What administration shows of many jobs, and how attempts are counted beside the path on which they end. */
class AttemptCountsTest {

    private static final Actor OPERATOR = Actor.superAdmin("operator");
    private static final String QUEUE = KIND.queue();
    private static final Duration SLOW = Duration.ofMillis(40);

    private final Workers workers = new Workers();

    @AfterEach
    void close() {
        workers.store.comeBack();
        workers.close();
    }

    private static JobKind kind(String name) {
        return JobKind.of(name, QUEUE).withRetry(RetryPolicy.fixed(Duration.ZERO).withMaxAttempts(2));
    }

    @Test
    void stats_tellHowAttemptsEndedAndWhatTheyTook() {
        JobEngine engine = workers.start(Map.of(kind("good"), job -> {
            Await.pass(SLOW);
            return JobResult.completed();
        }, kind("bad"), job -> {
            throw new IllegalStateException("no saddle");
        }, kind("off"), job -> JobResult.cancel("sold"),
                kind("late"),
                job -> job.attempt() == 1 && job.payload().equals("{}")
                        ? JobResult.snooze(Duration.ofDays(1))
                        : JobResult.completed()));
        List<JobId> good = List.of(enqueue(engine, kind("good")), enqueue(engine, kind("good")));
        JobId bad = enqueue(engine, kind("bad"));
        JobId off = enqueue(engine, kind("off"));
        JobId late = enqueue(engine, kind("late"));
        good.forEach(id -> workers.await(id, JobState.COMPLETED));
        workers.await(bad, JobState.DEAD);
        workers.await(off, JobState.CANCELLED);
        workers.await(late, JobState.SCHEDULED);

        Map<String, JobStats.Kind> kinds = new HashMap<>();
        Workers.eventually("all attempts are counted", () -> {
            kinds.clear();
            stats(engine).kinds().forEach(kind -> kinds.put(kind.kind(), kind));
            return kinds.values().stream().mapToLong(JobStats.Kind::attempts).sum() == 5;
        });

        assertThat(kinds).containsOnlyKeys("good", "bad", "off");
        assertThat(kinds.get("good")).satisfies(kind -> {
            assertThat(kind.queue()).isEqualTo(QUEUE);
            assertThat(kind.completed()).isEqualTo(2);
            assertThat(kind.errorRate()).isZero();
            assertThat(kind.times().orElseThrow().p50()).isGreaterThan(SLOW.multipliedBy(95).dividedBy(100));
            assertThat(kind.times().orElseThrow().p99()).isGreaterThanOrEqualTo(kind.times().orElseThrow().p50());
        });
        assertThat(kinds.get("bad")).satisfies(kind -> {
            assertThat(kind.failed()).isEqualTo(2);
            assertThat(kind.errorRate()).isEqualTo(1);
        });
        assertThat(kinds.get("off")).satisfies(kind -> assertThat(kind.cancelled()).isEqualTo(1));
        assertThat(engine.queue().queues().stats(OPERATOR, lastHour(), soon()).kinds())
                .isEqualTo(stats(engine).kinds());
    }

    private JobStats stats(JobEngine engine) {
        return engine.queue().admin().stats(CONTEXT, lastHour(), soon());
    }

    /** The store's clock may have been set ahead. */
    private static Instant soon() {
        return Instant.now().plus(Duration.ofHours(3));
    }

    private static Instant lastHour() {
        return Instant.now().minus(Duration.ofHours(1));
    }

    @Test
    void stats_countWhatWasCompletedInATransactionAsCompleted() {
        JobHandler handler = job -> {
            Connection transaction = workers.store.transaction();
            job.completeIn(transaction, Optional.empty());
            transaction.commit();
            return JobResult.completed();
        };
        JobEngine engine = workers.start(handler);
        workers.await(enqueue(engine), JobState.COMPLETED);

        Workers.eventually("it is counted", () -> !stats(engine).kinds().isEmpty());

        assertThat(stats(engine).kinds().getFirst().completed()).isEqualTo(1);
        assertThat(stats(engine).kinds().getFirst().failed()).isZero();
    }

    @Test
    void stats_countALeaseThatEndedAsFailed() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        JobEngine engine = workers.start(job -> hang(job, started, release));
        JobId id = enqueue(engine);
        Workers.await(started);
        workers.store.forgetLeases();

        workers.pass(Duration.ofHours(2));
        Workers.eventually("the lease was taken away", () -> workers.job(id).attempts() == 2
                || workers.job(id).state() != JobState.RUNNING);
        release.countDown();

        workers.await(id, JobState.COMPLETED);
        Workers.eventually("both attempts are counted", () -> stats(engine).kinds().stream()
                .anyMatch(kind -> kind.failed() == 1 && kind.completed() == 1));
    }

    private static JobResult hang(JobContext job, CountDownLatch started, CountDownLatch release)
            throws InterruptedException {
        if (job.attempt() == 1) {
            started.countDown();
            release.await();
        }
        return JobResult.completed();
    }

    @Test
    void counts_areStoredOnceThoughTheStoreWasAway() {
        StoreHealth health = new StoreHealth(LoggerFactory.getLogger(AttemptCountsTest.class));
        AttemptCounts counts = new AttemptCounts(workers.store, health);
        workers.jobs.registerQueue(QUEUE);
        counts.expired(List.of(expired(1)));
        workers.store.watch((method, argument) -> {
            if (method.equals("count") && workers.store.calls("count") == 2) {
                workers.jobs.count((AttemptBatch) argument);
                throw new StoreUnavailableException("the answer got lost");
            }
        });
        workers.store.goAway();
        assertThatThrownBy(counts::flush).isInstanceOf(StoreUnavailableException.class);
        counts.expired(List.of(expired(2)));
        workers.store.comeBack();
        assertThatThrownBy(counts::flush).isInstanceOf(StoreUnavailableException.class);

        counts.flush();
        counts.flush();

        assertThat(failed()).isEqualTo(3);
    }

    @Test
    void counts_thatFindNoRoomAreDroppedAndTheOthersStored() {
        StoreHealth health = new StoreHealth(LoggerFactory.getLogger(AttemptCountsTest.class));
        AttemptCounts counts = new AttemptCounts(workers.store, health);
        workers.jobs.registerQueue(QUEUE);
        List<Expired> many = new ArrayList<>();
        many.add(expired(1));
        for (int i = 0; i < AttemptCounts.MAX_COUNTS; i++) {
            many.add(new Expired(
                    new Lane(OrgId.named("org-" + i), QUEUE), "kind", Instant.now(), 1));
        }
        counts.expired(many);
        counts.expired(List.of(expired(1)));

        counts.flush();

        assertThat(failed()).isEqualTo(2);
        assertThat(workers.jobs.counted(lastHour(), soon()).stream()
                .mapToLong(kind -> kind.failed()).sum()).isEqualTo(AttemptCounts.MAX_COUNTS + 1);
    }

    private static Expired expired(int attempts) {
        return new Expired(new Lane(Workers.ORG, QUEUE),
                KIND.name(), Instant.now(), attempts);
    }

    private long failed() {
        return workers.jobs.counted(Workers.ORG, lastHour(), soon()).stream()
                .mapToLong(kind -> kind.failed()).sum();
    }

    @Test
    void list_goesOnWithItsCursor() {
        JobEngine engine = workers.engine(Workers.settings(), Map.of());
        JobAdmin admin = engine.queue().admin();
        List<JobId> ids = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            ids.add(enqueue(engine));
        }

        List<JobId> listed = new ArrayList<>();
        Optional<String> cursor = Optional.empty();
        do {
            JobPage page = admin.list(CONTEXT, JobFilter.ALL, cursor, 3);
            page.jobs().stream().map(JobSummary::id).forEach(listed::add);
            cursor = page.next();
        } while (cursor.isPresent());

        assertThat(listed).containsExactlyElementsOf(ids.reversed());
    }

    @Test
    void lanes_goOnWithTheirCursor() {
        JobEngine engine = workers.engine(Workers.settings(), Map.of());
        QueueAdmin queues = engine.queue().queues();
        for (int i = 0; i < 5; i++) {
            OrgId org = OrgId.named("org-" + i);
            workers.create(org);
            TenantContext context = TenantContext.of(org, Actor.service("test"));
            for (int j = 0; j <= i / 2; j++) {
                engine.queue().enqueue(context, JobRequest.of(KIND, "{}").withDelay(Duration.ofDays(1)));
            }
        }

        List<Long> listed = new ArrayList<>();
        Optional<String> cursor = Optional.empty();
        do {
            LanePage page = queues.lanes(OPERATOR, QUEUE, JobState.SCHEDULED, cursor, 2);
            page.lanes().forEach(lane -> listed.add(lane.counts().scheduled()));
            cursor = page.next();
        } while (cursor.isPresent());

        assertThat(listed).containsExactly(3L, 2L, 2L, 1L, 1L);
        assertThat(queues.counts(OPERATOR, QUEUE)).isEqualTo(new JobCounts(0, 9, 0, 0, 0, Optional.empty()));
        assertThat(queues.counts(OPERATOR, "unknown")).isEqualTo(JobCounts.NONE);
        assertThat(engine.queue().admin().counts(CONTEXT)).isEmpty();
    }

    @Test
    void reading_refusesWhatItCannotAnswer() {
        JobEngine engine = workers.engine(Workers.settings(), Map.of());
        JobAdmin admin = engine.queue().admin();
        QueueAdmin queues = engine.queue().queues();
        Instant now = Instant.now();
        enqueue(engine);
        enqueue(engine);
        String ofJobs = admin.list(CONTEXT, JobFilter.ALL, Optional.empty(), 1).next().orElseThrow();

        for (String bad : List.of("", "x", "?", "AAAAAAAAAAAA", ofJobs + "AA", ofJobs.substring(1))) {
            assertThatThrownBy(() -> admin.list(CONTEXT, JobFilter.ALL, Optional.of(bad), 5)).as(bad)
                    .isInstanceOf(InvalidInputException.class).hasMessageContaining("cursor");
        }
        assertThatThrownBy(() -> queues.lanes(OPERATOR, QUEUE, JobState.DEAD, Optional.of(ofJobs), 5))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("cursor");
        for (int limit : List.of(0, -1, JobAdmin.MAX_PAGE + 1)) {
            assertThatThrownBy(() -> admin.list(CONTEXT, JobFilter.ALL, Optional.empty(), limit))
                    .isInstanceOf(InvalidInputException.class).hasMessageContaining("limit " + limit);
        }
        assertThatThrownBy(() -> queues.lanes(OPERATOR, QUEUE, JobState.DEAD, Optional.empty(), 101))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("101");
        assertThatThrownBy(() -> queues.lanes(OPERATOR, QUEUE, JobState.CANCELLED, Optional.empty(), 1))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("CANCELLED");
        assertThatThrownBy(() -> admin.stats(CONTEXT, now, now)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> admin.stats(CONTEXT, now.minus(Duration.ofDays(8)), now))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("7 days");
        assertThatThrownBy(() -> admin.stats(CONTEXT, Instant.MIN, Instant.MAX))
                .isInstanceOf(InvalidInputException.class);
        for (Actor actor : List.of(Actor.service("test"))) {
            assertThatThrownBy(() -> queues.counts(actor, QUEUE)).isInstanceOf(NotPermittedException.class);
            assertThatThrownBy(() -> queues.lanes(actor, QUEUE, JobState.DEAD, Optional.empty(), 1))
                    .isInstanceOf(NotPermittedException.class);
            assertThatThrownBy(() -> queues.stats(actor, lastHour(), now)).isInstanceOf(NotPermittedException.class);
        }
        TenantContext nobody = TenantContext.of(NOBODY, Actor.service("test"));
        assertThatThrownBy(() -> admin.list(nobody, JobFilter.ALL, Optional.empty(), 1))
                .isInstanceOf(UnknownOrgException.class);
        assertThatThrownBy(() -> admin.counts(nobody)).isInstanceOf(UnknownOrgException.class);
        assertThatThrownBy(() -> admin.stats(nobody, lastHour(), now)).isInstanceOf(UnknownOrgException.class);
    }
}
