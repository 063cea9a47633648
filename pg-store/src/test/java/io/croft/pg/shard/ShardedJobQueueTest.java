package io.croft.pg.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.Actor;
import io.croft.InvalidInputException;
import io.croft.NotPermittedException;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.OrgSuspendedException;
import io.croft.Role;
import io.croft.ShardedJobQueue;
import io.croft.StoreUnavailableException;
import io.croft.TenantContext;
import io.croft.UnknownOrgException;
import io.croft.job.DeadLetterFilter;
import io.croft.job.Job;
import io.croft.job.JobFilter;
import io.croft.job.JobFlow;
import io.croft.job.JobHandler;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobResult;
import io.croft.job.JobSchedule;
import io.croft.job.JobState;
import io.croft.job.JobStatus;
import io.croft.job.LaneCounts;
import io.croft.job.LaneLimits;
import io.croft.job.LanePage;
import io.croft.job.OrgPlace;
import io.croft.job.QueueLimits;
import io.croft.job.RetryPolicy;
import io.croft.job.WorkerSettings;
import io.croft.pg.PgShards;
import io.croft.pg.PgStore;
import io.croft.pg.ShardDatabases;
import io.croft.pg.shard.OrgMove.Step;
import io.croft.spi.contract.Await;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The queue as hosts have it, over three databases. */
class ShardedJobQueueTest {

    private static final Actor OPERATOR = Actor.superAdmin("operator");
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static ShardDatabases databases;

    private final String queue = "q-" + UUID.randomUUID();
    private final JobKind kind = JobKind.of("work", queue)
            .withRetry(RetryPolicy.fixed(Duration.ZERO).withMaxAttempts(1));
    private final List<ShardedJobQueue> opened = new ArrayList<>();

    @BeforeAll
    static void prepare() {
        databases = ShardDatabases.create();
    }

    @AfterEach
    void close() {
        opened.forEach(ShardedJobQueue::close);
    }

    private ShardedJobQueue start(PgShards shards, Map<JobKind, JobHandler> handlers) {
        ShardedJobQueue.Builder builder = ShardedJobQueue.builder().shards(shards).workers(WorkerSettings.defaults()
                .withPoll(Duration.ofMillis(10), Duration.ofMillis(50)).withStopDeadline(Duration.ofSeconds(5)));
        handlers.forEach(builder::handler);
        ShardedJobQueue jobs = builder.start();
        opened.add(jobs);
        return jobs;
    }

    /** A process that only enqueues. */
    private ShardedJobQueue start() {
        return start(databases.open(), Map.of());
    }

    private ShardedJobQueue start(JobHandler handler) {
        return start(databases.open(), Map.of(kind, handler));
    }

    private static TenantContext newOrg(ShardedJobQueue jobs) {
        TenantContext context = TenantContext.of(OrgId.of(UUID.randomUUID()), Actor.user("u", Role.ADMIN));
        jobs.orgs().create(context);
        return context;
    }

    /** One in each database, in the order of their names. */
    private static List<TenantContext> newOrgs(ShardedJobQueue jobs) {
        return ShardDatabases.NAMES.stream().map(name -> Stream.generate(() -> newOrg(jobs))
                .filter(org -> jobs.placeOf(org.org()).database().equals(name)).findFirst().orElseThrow()).toList();
    }

    /** What is told of this test's queue. */
    private <T> T of(Map<String, T> byQueue) {
        return Objects.requireNonNull(byQueue.get(queue));
    }

    private JobRequest request() {
        return JobRequest.of(kind, "{}");
    }

    private JobId enqueue(ShardedJobQueue jobs, TenantContext org) {
        return jobs.enqueue(org, request()).id();
    }

    private static Job await(ShardedJobQueue jobs, TenantContext org, JobId id) throws InterruptedException {
        return jobs.await(org, id, PATIENCE).orElseThrow();
    }

    @Test
    void newOrgs_areSpreadAndStayWhereTheyAre() {
        ShardedJobQueue jobs = start();

        List<TenantContext> orgs = Stream.generate(() -> newOrg(jobs)).limit(90).toList();

        Map<String, Long> spread = orgs.stream().collect(
                Collectors.groupingBy(org -> jobs.placeOf(org.org()).database(), Collectors.counting()));
        assertThat(spread.keySet()).containsExactlyInAnyOrderElementsOf(ShardDatabases.NAMES);
        assertThat(spread.values()).allMatch(count -> count > 10); // 30 each; fewer than 11 once in 200,000 times
        ShardedJobQueue other = start();
        for (TenantContext org : orgs) {
            assertThat(other.placeOf(org.org())).isEqualTo(jobs.placeOf(org.org()));
            assertThat(other.orgs().create(org)).isEqualTo(jobs.orgs().find(org.org()).orElseThrow());
        }
    }

    @Test
    void suspend_holdsAnOrgWhereItIs() throws InterruptedException {
        ShardedJobQueue jobs = start(job -> JobResult.completed());
        String last = ShardDatabases.NAMES.getLast();
        TenantContext org = newOrgs(jobs).getFirst();
        TenantContext operator = TenantContext.of(org.org(), OPERATOR);
        assertThat(jobs.orgs().suspend(operator).state()).isEqualTo(Org.State.SUSPENDED);

        assertThatThrownBy(() -> enqueue(jobs, org)).isInstanceOf(OrgSuspendedException.class);
        assertThatThrownBy(() -> jobs.move(OPERATOR, org.org(), last, PATIENCE))
                .isInstanceOf(OrgSuspendedException.class);

        assertThat(jobs.placeOf(org.org()).isMoving()).isFalse();
        assertThat(jobs.orgs().resume(operator).state()).isEqualTo(Org.State.ACTIVE);
        assertThat(jobs.move(OPERATOR, org.org(), last, PATIENCE).database()).isEqualTo(last);
        assertThat(await(jobs, org, enqueue(jobs, org)).state()).isEqualTo(JobState.COMPLETED);
    }

    @Test
    void jobs_runInEveryDatabase() throws InterruptedException {
        ShardedJobQueue jobs = start(job -> JobResult.completed(job.payload()));

        for (TenantContext org : newOrgs(jobs)) {
            JobId id = jobs.enqueue(org, JobRequest.of(kind, "{\"of\":\"" + org.org() + "\"}").withKey("k")).id();

            Job done = await(jobs, org, id);

            assertThat(done.state()).isEqualTo(JobState.COMPLETED);
            assertThat(done.result()).contains("{\"of\": \"" + org.org() + "\"}");
            assertThat(jobs.find(org, id)).contains(done);
            assertThat(jobs.enqueue(org, request().withKey("k")).duplicate()).isTrue();
            assertThat(jobs.admin().list(org, JobFilter.ALL, Optional.empty(), 10).jobs()).hasSize(1);
            JobId last = jobs.enqueueFlow(org, JobFlow.batch(List.of(request(), request()), request()))
                    .jobs().values().stream().map(JobReceipt::id).max(Comparator.comparingLong(JobId::value))
                    .orElseThrow();
            assertThat(await(jobs, org, last).state()).isEqualTo(JobState.COMPLETED);
        }
        assertThat(jobs.admin().workers().hung()).isZero();
        assertThat(jobs.admin().unhandledKinds()).isEmpty();
    }

    @Test
    void ids_areNeverTheSameInTwoDatabases() {
        ShardedJobQueue jobs = start();

        Set<Long> rests = newOrgs(jobs).stream()
                .flatMap(org -> jobs.enqueueAll(org, List.of(request(), request(), request())).stream()
                        .map(receipt -> receipt.id().value() % 1024))
                .collect(Collectors.toSet());

        assertThat(rests).containsExactlyInAnyOrder(1L, 2L, 3L);
    }

    @Test
    void administration_isOfTheOrgsDatabase() throws InterruptedException {
        ShardedJobQueue jobs = start(job -> {
            throw new IllegalStateException("no");
        });
        for (TenantContext org : newOrgs(jobs)) {
            JobId dead = enqueue(jobs, org);
            assertThat(await(jobs, org, dead).state()).isEqualTo(JobState.DEAD);

            assertThat(jobs.admin().deadLetters(org, Optional.empty(), 10)).extracting(Job::id).containsExactly(dead);
            jobs.admin().pauseAll(org);
            assertThat(jobs.admin().redrive(org, DeadLetterFilter.ALL, 10)).isEqualTo(1);
            jobs.admin().setLimits(org, queue, LaneLimits.maxRunning(7));
            assertThat(jobs.admin().limits(org, queue)).isEqualTo(LaneLimits.maxRunning(7));
            Await.until("it is counted", () -> of(jobs.admin().counts(org)).ready() == 1);
            assertThat(jobs.admin().cancel(org, List.of(dead), "enough").cancelled()).containsExactly(dead);
            jobs.admin().resumeAll(org);
            assertThat(of(jobs.admin().lanes(org)).pauses()).isEmpty();
        }
    }

    @Test
    void queues_areAddedUpAndSetEverywhere() {
        ShardedJobQueue jobs = start();
        List<TenantContext> orgs = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            orgs.addAll(newOrgs(jobs));
        }
        for (int i = 0; i < orgs.size(); i++) {
            jobs.enqueueAll(orgs.get(i), IntStream.rangeClosed(0, i / 2).mapToObj(one -> request()).toList());
        }
        int total = IntStream.range(0, orgs.size()).map(i -> i / 2 + 1).sum();
        Await.until("all is counted", () -> jobs.queues().counts(OPERATOR, queue).ready() == total);

        List<LaneCounts> lanes = new ArrayList<>();
        Optional<String> cursor = Optional.empty();
        do {
            LanePage page = jobs.queues().lanes(OPERATOR, queue, JobState.READY, cursor, 5);
            assertThat(page.lanes()).hasSizeLessThanOrEqualTo(5);
            lanes.addAll(page.lanes());
            cursor = page.next();
        } while (cursor.isPresent());

        assertThat(lanes).extracting(LaneCounts::org)
                .containsExactlyInAnyOrderElementsOf(orgs.stream().map(TenantContext::org).toList());
        assertThat(lanes).extracting(lane -> lane.counts().ready()).isSortedAccordingTo(Comparator.reverseOrder());
        assertThat(of(jobs.queues().list(OPERATOR)).ready()).isEqualTo(total);
        assertThat(jobs.queues().counts(OPERATOR, queue).oldestReady()).isPresent();
        jobs.queues().setLimits(OPERATOR, queue, QueueLimits.DEFAULT.withMaxRunning(3));
        jobs.queues().pause(OPERATOR, queue);
        for (String name : ShardDatabases.NAMES) {
            assertThat(
                    databases.database(name).read("SELECT max_running || ' ' || paused FROM croft.queue WHERE name = '"
                            + queue + "'"))
                    .isEqualTo("3 true");
        }
        assertThat(jobs.queues().limits(OPERATOR, queue).maxRunning()).hasValue(3);
        assertThat(of(jobs.queues().list(OPERATOR)).paused()).isTrue();
        jobs.queues().resume(OPERATOR, queue);
        assertThatThrownBy(() -> jobs.queues().counts(Actor.service("s"), queue))
                .isInstanceOf(NotPermittedException.class);
    }

    @Test
    void figures_areOfAllDatabases() throws InterruptedException {
        ShardedJobQueue jobs = start(job -> JobResult.completed());
        for (TenantContext org : newOrgs(jobs)) {
            await(jobs, org, enqueue(jobs, org));
        }
        Instant now = Instant.now();

        assertThat(jobs.queues().stats(OPERATOR, now.minusSeconds(3600), now.plusSeconds(3600)).kinds())
                .filteredOn(one -> one.queue().equals(queue)).singleElement()
                .satisfies(one -> assertThat(one.completed()).isEqualTo(3));
    }

    @Test
    void schedules_areWithTheirOrgAndThoseOfAllReachAll() {
        Set<OrgId> reached = ConcurrentHashMap.newKeySet();
        ShardedJobQueue jobs = start(job -> {
            reached.add(job.tenant().org());
            return JobResult.completed();
        });
        List<TenantContext> orgs = newOrgs(jobs);
        JobSchedule hourly = JobSchedule.every(Duration.ofHours(1));

        for (TenantContext org : orgs) {
            jobs.schedules().put(org, "mine", hourly, request());
            assertThat(jobs.schedules().list(org, Optional.empty(), 10)).hasSize(1);
            assertThat(jobs.schedules().trigger(org, "mine")).isPresent();
        }
        Await.until("each runs its own", () -> reached.size() == 3);
        reached.clear();
        String name = "all-" + queue;
        jobs.schedules().global().put(OPERATOR, name, hourly, request());
        assertThat(jobs.schedules().global().trigger(OPERATOR, name)).isTrue();

        Await.until("all are reached",
                () -> reached.containsAll(orgs.stream().map(TenantContext::org).toList()));
        assertThat(jobs.schedules().global().find(OPERATOR, name)).isPresent();
        assertThat(jobs.schedules().global().remove(OPERATOR, name)).isTrue();
        assertThat(jobs.schedules().global().remove(OPERATOR, name)).isFalse();
    }

    @Test
    void hostsTransaction_isOneOfTheOrgsDatabase() throws Exception {
        ShardedJobQueue jobs = start();
        List<TenantContext> orgs = newOrgs(jobs);

        try (Connection connection = databases.database("two").loginSource().getConnection();
                Statement role = connection.createStatement()) {
            connection.setAutoCommit(false);
            role.execute("SET ROLE croft_worker");
            JobId id = jobs.in(connection).enqueue(orgs.get(1), request()).id();
            assertThat(jobs.find(orgs.get(1), id)).isEmpty();
            connection.commit();
            assertThat(jobs.find(orgs.get(1), id)).isPresent();

            assertThatThrownBy(() -> jobs.in(connection).enqueue(orgs.get(2), request()))
                    .isInstanceOf(InvalidInputException.class).hasMessageContaining("in database 'three'");
        }
    }

    /** The other process knows nothing of the move; what it believes is refused, and it looks again. */
    @Test
    void otherProcess_followsAMove() throws InterruptedException {
        ShardedJobQueue here = start();
        ShardedJobQueue there = start(job -> JobResult.completed());
        TenantContext org = newOrgs(here).getFirst();
        JobId first = enqueue(there, org);
        await(there, org, first);
        there.admin().pauseAll(org);
        JobId second = enqueue(there, org);

        OrgPlace place = here.move(OPERATOR, org.org(), "three", PATIENCE);

        assertThat(place).isEqualTo(new OrgPlace(org.org(), "three", 2, Optional.empty(), Optional.empty()));
        assertThat(enqueue(there, org).value() % 1024).isEqualTo(3);
        assertThat(there.find(org, first).orElseThrow().state()).isEqualTo(JobState.COMPLETED);
        assertThat(there.admin().list(org, JobFilter.ALL, Optional.empty(), 10).jobs()).hasSize(3);
        there.admin().resumeAll(org);
        assertThat(await(there, org, second).state()).isEqualTo(JobState.COMPLETED);
        assertThat(here.moving(OPERATOR, Optional.empty(), 10)).isEmpty();
    }

    /** Nothing but its own attempt may tell a process, so it goes on reading where the organisation was. */
    @Test
    void otherProcess_readsWhatItKnowsUntilThatIsCleared() {
        ShardedJobQueue there = start();
        TenantContext org = newOrgs(there).getFirst();
        JobId id = enqueue(there, org);
        assertThat(there.find(org, id)).isPresent();

        try (PgShards movers = databases.open()) {
            ShardDatabases.shards(movers).move(org.org(), "two", PATIENCE, step -> {
                if (step != Step.CLEARED) { // which comes too soon in these tests
                    assertThat(there.find(org, id)).as(step.toString()).isPresent();
                }
            });
        }
        assertThat(enqueue(there, org).value() % 1024).isEqualTo(2);
        assertThat(there.find(org, id)).isPresent();
    }

    @Test
    void calls_waitWhileAnOrgMoves() throws Exception {
        ShardedJobQueue there = start();
        TenantContext org = newOrgs(there).getFirst();
        enqueue(there, org);

        try (PgShards movers = databases.open(); ExecutorService threads = Executors.newCachedThreadPool()) {
            List<Future<JobId>> waiting = new ArrayList<>();
            ShardDatabases.shards(movers).move(org.org(), "two", PATIENCE, step -> {
                if (step == Step.ALONE || step == Step.COPIED || step == Step.LEFT || step == Step.SWITCHED) {
                    waiting.add(threads.submit(() -> enqueue(there, org)));
                }
            });
            for (Future<JobId> one : waiting) {
                JobId id = one.get(60, TimeUnit.SECONDS);
                assertThat(id.value() % 1024).isEqualTo(2);
                assertThat(there.find(org, id)).isPresent();
            }
        }
    }

    @Test
    void watches_goAlong() throws InterruptedException {
        BlockingQueue<JobState> told = new LinkedBlockingQueue<>();
        ShardedJobQueue jobs = start(job -> JobResult.completed());
        TenantContext org = newOrgs(jobs).getFirst();
        jobs.admin().pauseAll(org);
        JobId id = enqueue(jobs, org);
        jobs.watch(org, id, (JobStatus status) -> told.add(status.state()));
        assertThat(told.poll(60, TimeUnit.SECONDS)).isEqualTo(JobState.READY);
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            Future<Job> awaited = threads.submit(() -> await(jobs, org, id));

            jobs.move(OPERATOR, org.org(), "two", PATIENCE);
            jobs.admin().resumeAll(org);

            assertThat(awaited.get(60, TimeUnit.SECONDS).state()).isEqualTo(JobState.COMPLETED);
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError(e);
        }
        List<JobState> all = new ArrayList<>();
        Await.until("its end is told", () -> told.drainTo(all) >= 0 && all.contains(JobState.COMPLETED));
    }

    @Test
    void erased_isGoneEverywhere() {
        ShardedJobQueue jobs = start();
        TenantContext org = newOrgs(jobs).getFirst();
        enqueue(jobs, org);
        jobs.move(OPERATOR, org.org(), "two", PATIENCE);

        jobs.orgs().erase(org);

        assertThatThrownBy(() -> enqueue(jobs, org)).isInstanceOf(UnknownOrgException.class);
        assertThatThrownBy(() -> jobs.placeOf(org.org())).isInstanceOf(UnknownOrgException.class);
        assertThat(jobs.orgs().find(org.org())).isEmpty();
        for (String name : ShardDatabases.NAMES) {
            assertThat(databases.database(name).count("SELECT count(*) FROM croft.org WHERE org_id = '" + org.org()
                    + "'")).isZero();
        }
        jobs.orgs().create(org);
        assertThat(enqueue(jobs, org)).isNotNull();
    }

    /** It is somewhere all the time, though between two steps it can be read nowhere. */
    @Test
    void find_doesNotTakeAnOrgThatMovesForNone() {
        ShardedJobQueue jobs = start();
        TenantContext org = newOrgs(jobs).getFirst();
        List<Step> nowhere = new ArrayList<>();

        try (PgShards movers = databases.open()) {
            ShardDatabases.shards(movers).move(org.org(), "two", PATIENCE, step -> {
                try {
                    assertThat(jobs.orgs().find(org.org())).as(step.toString()).isPresent();
                } catch (StoreUnavailableException e) {
                    nowhere.add(step);
                }
            });
        }

        assertThat(nowhere).containsExactly(Step.LEFT, Step.SWITCHED);
        assertThat(jobs.orgs().find(org.org())).isPresent();
    }

    /** A process from before there were several databases goes on with the first one alone. */
    @Test
    void orgThatWasMadePastTheMap_isTakenWhereItIs() {
        ShardedJobQueue jobs = start();
        TenantContext org = Stream
                .generate(() -> TenantContext.of(OrgId.of(UUID.randomUUID()), Actor.user("u", Role.ADMIN)))
                .filter(one -> !ShardMap.choose(one.org(), ShardDatabases.NAMES).equals("one")).findFirst()
                .orElseThrow();
        JobId made;
        try (PgStore alone = databases.openOne("one")) {
            alone.orgs().create(org);
            alone.jobs().registerQueue(queue);
            made = alone.jobs().enqueue(org.org(), List.of(request())).getFirst().id();
        }

        jobs.orgs().create(org);

        assertThat(jobs.placeOf(org.org()).database()).isEqualTo("one");
        assertThat(jobs.find(org, made)).isPresent();
    }

    /** Whoever erases it may have looked where it is before it moved. */
    @Test
    void place_isForgottenOnlyAsItWas() {
        ShardedJobQueue jobs = start();
        TenantContext org = newOrgs(jobs).getFirst();
        OrgPlace before = jobs.placeOf(org.org());
        OrgPlace after = jobs.move(OPERATOR, org.org(), "two", PATIENCE);

        try (PgShards others = databases.open()) {
            others.forget(before);

            assertThat(others.find(org.org())).contains(after);
        }
    }

    @Test
    void moves_areForSuperAdminsAndErasureWaitsForThem() {
        ShardedJobQueue jobs = start();
        TenantContext org = newOrgs(jobs).getFirst();
        assertThatThrownBy(() -> jobs.move(Actor.service("s"), org.org(), "two", PATIENCE))
                .isInstanceOf(NotPermittedException.class).hasMessageContaining("SUPER_ADMIN");
        assertThatThrownBy(() -> jobs.move(OPERATOR, OrgId.of(UUID.randomUUID()), "two", PATIENCE))
                .isInstanceOf(UnknownOrgException.class);
        assertThatThrownBy(() -> jobs.move(OPERATOR, org.org(), "two", Duration.ofDays(2)))
                .isInstanceOf(InvalidInputException.class);

        try (PgShards movers = databases.open()) {
            ShardDatabases.shards(movers).move(org.org(), "two", PATIENCE, step -> {
                assertThatThrownBy(() -> jobs.orgs().erase(org)).isInstanceOf(StoreUnavailableException.class);
                assertThat(jobs.moving(OPERATOR, Optional.empty(), 10)).extracting(OrgPlace::org)
                        .containsExactly(org.org());
            });
        }
    }

    /** Two processes enqueue and run while the organisation goes round; every job runs once, and none is lost. */
    @Test
    void jobs_runOnceWhileTheirOrgMovesAround() throws Exception {
        Map<JobId, Integer> ran = new ConcurrentHashMap<>();
        JobHandler handler = job -> {
            ran.merge(job.id(), 1, Integer::sum);
            return JobResult.completed();
        };
        List<ShardedJobQueue> processes = List.of(start(handler), start(handler));
        TenantContext org = newOrgs(processes.getFirst()).getFirst();
        List<JobId> all = Collections.synchronizedList(new ArrayList<>());
        AtomicBoolean over = new AtomicBoolean();
        CountDownLatch begun = new CountDownLatch(2);
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            List<Future<Boolean>> writers = processes.stream().map(process -> threads.submit(() -> {
                Random random = new Random();
                while (!over.get()) {
                    List<JobRequest> some = Stream.generate(() -> random.nextInt(5) == 0
                            ? request().withDelay(Duration.ofMillis(random.nextInt(500)))
                            : request()).limit(1 + random.nextInt(5)).toList();
                    process.enqueueAll(org, some).forEach(receipt -> all.add(receipt.id()));
                    begun.countDown();
                }
                return true;
            })).toList();
            try {
                assertThat(begun.await(60, TimeUnit.SECONDS)).isTrue();
                for (int i = 1; i <= 6; i++) {
                    String to = ShardDatabases.NAMES.get(i % 3);
                    assertThat(processes.get(i % 2).move(OPERATOR, org.org(), to, PATIENCE).database()).isEqualTo(to);
                }
            } finally {
                over.set(true);
            }
            for (Future<Boolean> writer : writers) {
                assertThat(writer.get(60, TimeUnit.SECONDS)).isTrue();
            }
        }

        Await.until("all have run", () -> ran.keySet().containsAll(all));
        assertThat(all).hasSizeGreaterThan(50).doesNotHaveDuplicates();
        assertThat(ran.keySet()).containsExactlyInAnyOrderElementsOf(all);
        assertThat(ran.values()).containsOnly(1);
        Await.until("all have ended", () -> of(processes.getFirst().admin().counts(org)).running() == 0);
        assertThat(processes.getFirst().placeOf(org.org()).version()).isEqualTo(7);
    }
}
