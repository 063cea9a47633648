package io.croft.pg.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.Actor;
import io.croft.Croft;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.job.JobResult;
import io.croft.job.JobSchedule;
import io.croft.job.JobSchedule.Missed;
import io.croft.job.JobSchedule.Overlap;
import io.croft.job.LaneLimits;
import io.croft.job.ScheduleStatus;
import io.croft.job.WorkerSettings;
import io.croft.pg.TestDatabase;
import io.croft.pg.tx.DbRole;
import io.croft.spi.JobStore;
import io.croft.spi.ScheduleStore;
import io.croft.spi.ScheduleStore.ScheduleId;
import io.croft.spi.ScheduleStore.Times;
import io.croft.spi.Store;
import io.croft.spi.contract.Await;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Several processes on one Postgres: each time fires once, and none that stops holds up the others. */
final class ScheduleNodesTest {

    private static final JobKind KIND = JobKind.of("test.work", "nodes");
    private static final JobRequest JOB = JobRequest.of(KIND, "{}");
    private static final JobSchedule SECONDS = JobSchedule.every(Duration.ofSeconds(1)).withOverlap(Overlap.ALLOW)
            .withMissed(new Missed.Each(100)).withTimeField("at");

    private final List<Croft> nodes = new ArrayList<>();
    /** How often each time of each schedule has run. */
    private final Map<String, Integer> runs = new ConcurrentHashMap<>();
    private TestDatabase database;
    private Store store;
    private OrgId org;

    @BeforeEach
    void create() {
        database = TestDatabase.prepared();
        store = database.open();
        org = OrgId.of(UUID.randomUUID());
        store.orgs().create(context(org));
        store.jobs().registerQueue(KIND.queue());
        store.jobs().setLimits(org, KIND.queue(), LaneLimits.maxRunning(1000));
    }

    @AfterEach
    void close() {
        nodes.forEach(Croft::close);
        store.close();
    }

    private static TenantContext context(OrgId org) {
        return TenantContext.of(org, Actor.superAdmin("test"));
    }

    /** A process that calls this before each call of its schedules' store. */
    private void node(BiConsumer<String, Object> before) {
        Store own = watched(database.builder().poolSize(5).open(), before);
        nodes.add(Croft.builder().store(own).workers(WorkerSettings.defaults().withStopDeadline(Duration.ofSeconds(5)))
                .handler(KIND, job -> {
                    runs.merge(job.payload().replaceAll(".*\"at\": ?\"([^\"]*)\".*", "$1"), 1, Integer::sum);
                    return JobResult.completed();
                }).start());
    }

    private void node() {
        node((method, argument) -> {
        });
    }

    private static Store watched(Store store, BiConsumer<String, Object> before) {
        ScheduleStore schedules = proxy(ScheduleStore.class, store.jobs().schedules(), before);
        JobStore jobs = (JobStore) Proxy.newProxyInstance(JobStore.class.getClassLoader(),
                new Class<?>[]{JobStore.class}, (proxy, method, arguments) -> method.getName().equals("schedules")
                        ? schedules
                        : invoke(() -> method.invoke(store.jobs(), arguments)));
        return (Store) Proxy.newProxyInstance(Store.class.getClassLoader(), new Class<?>[]{Store.class},
                (proxy, method, arguments) -> method.getName().equals("jobs")
                        ? jobs
                        : invoke(() -> method.invoke(store, arguments)));
    }

    private static <T> T proxy(Class<T> type, T target, BiConsumer<String, Object> before) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[]{type},
                (proxy, method, arguments) -> {
                    before.accept(method.getName(), arguments == null ? "" : arguments[0]);
                    return invoke(() -> method.invoke(target, arguments));
                }));
    }

    private interface Call {

        @Nullable
        Object run() throws ReflectiveOperationException;
    }

    private static @Nullable Object invoke(Call call) throws Throwable {
        try {
            return call.run();
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private void put(String name, JobSchedule schedule, Duration overdue) {
        store.jobs().schedules().put(ScheduleId.of(org, name), schedule, JOB,
                (given, now) -> new Times(now.minus(overdue), now.minus(overdue)));
    }

    private ScheduleStatus status(String name) {
        return store.jobs().schedules().find(ScheduleId.of(org, name)).orElseThrow();
    }

    @Test
    void threeProcesses_fireEachTimeOnce() {
        node();
        node();
        node();
        put("seconds", SECONDS, Duration.ofSeconds(30));

        Await.until("missed and new times have run", () -> runs.size() >= 36);

        ScheduleStatus status = status("seconds");
        Await.until("what was enqueued has run", () -> runs.size() >= status.fired());
        assertThat(runs.values()).as("runs of each time").containsOnly(1);
        List<Instant> times = runs.keySet().stream().map(Instant::parse).sorted().toList();
        for (int i = 1; i < times.size(); i++) {
            assertThat(times.get(i)).as("the time after " + times.get(i - 1))
                    .isEqualTo(times.get(i - 1).plusSeconds(1));
        }
    }

    /** As one that is stopped by a signal, or collects garbage, after it has read what is due. */
    @Test
    void processThatPausesMidway_holdsUpNobodyAndFiresNothingTwice() {
        CountDownLatch paused = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicInteger late = new AtomicInteger();
        node((method, argument) -> {
            if (method.equals("fire") && goOn.getCount() > 0) {
                paused.countDown();
                await(goOn);
                late.incrementAndGet();
            }
        });
        put("seconds", SECONDS, Duration.ofMillis(500));
        await(paused);
        assertThat(runs).isEmpty();

        node();
        node();
        Await.until("the others go on", () -> runs.size() >= 4);
        nodes.removeLast().close();
        nodes.removeLast().close();
        Await.until("it is due again", () -> !store.jobs().schedules().due(1).schedules().isEmpty());
        int seen = runs.size();
        goOn.countDown();
        Await.until("the first one goes on", () -> runs.size() >= seen + 3 && late.get() > 0);

        assertThat(runs.values()).as("runs of each time").containsOnly(1);
    }

    private static void await(CountDownLatch latch) {
        Await.until("the latch opened", () -> latch.getCount() == 0);
    }

    /** As by a session whose client is gone and whose end the server has not noticed. */
    @Test
    void lockThatIsHeld_holdsUpItsScheduleAlone() throws SQLException {
        put("held", SECONDS, Duration.ofMillis(500));
        put("free", SECONDS, Duration.ofMillis(500));
        try (Connection holder = database.superuser(); Statement statement = holder.createStatement()) {
            holder.setAutoCommit(false);
            statement.execute("SELECT 1 FROM croft.schedule WHERE name = 'held' FOR UPDATE");
            node();
            node();

            Await.until("the other one fires", () -> status("free").fired() >= 3);
            assertThat(status("held").fired()).isZero();
            holder.rollback();
        }

        Await.until("it makes up for what was missed", () -> status("held").fired() >= 3);
        Await.until("all have run", () -> runs.size() >= 6);
        assertThat(runs.values()).containsOnly(1);
    }

    /** Who finds that it cannot be fired does not wait to say so. */
    @Test
    void fail_ofAScheduleThatIsHeldDoesNothing() throws SQLException {
        put("held", SECONDS, Duration.ofMillis(500));
        ScheduleStore schedules = store.jobs().schedules();
        ScheduleStore.DueSchedule due = schedules.due(1).schedules().getFirst();
        try (Connection holder = database.superuser(); Statement statement = holder.createStatement()) {
            holder.setAutoCommit(false);
            statement.execute("SELECT 1 FROM croft.schedule FOR UPDATE");

            assertThat(schedules.fail(due, "no such zone")).isFalse();
            holder.rollback();
        }
        assertThat(status("held").problem()).isEmpty();
        assertThat(schedules.fail(due, "no such zone")).isTrue();
        assertThat(status("held").problem()).contains("no such zone");
    }

    /** Written past the library: a name of a field that only the database accepts, and a job that enqueuing refuses. */
    @Test
    void schedule_thatCannotBeFiredRestsAloneAndHoldsUpNobody() {
        ScheduleStore schedules = store.jobs().schedules();
        put("unread", SECONDS, Duration.ofSeconds(3));
        put("refused", SECONDS, Duration.ofSeconds(2));
        schedules.put(ScheduleId.global("refused"), SECONDS, JOB, (given, now) -> new Times(now.plusSeconds(60),
                now.plusSeconds(60)));
        schedules.put(ScheduleId.global("good"), SECONDS, JOB, (given, now) -> new Times(now.plusSeconds(60),
                now.plusSeconds(60)));
        database.execute("UPDATE croft.schedule SET time_field = repeat(U&'\\+01F40E', 40) WHERE name = 'unread'");
        database.execute("UPDATE croft.schedule SET payload = jsonb_build_object('a', repeat('x', 4194270)) "
                + "WHERE name = 'refused'");
        assertOneIsUnread(schedules);
        schedules.triggerGlobal("refused");
        schedules.triggerGlobal("good");
        put("good", SECONDS, Duration.ofSeconds(1));

        node();

        Await.until("the good one fires", () -> status("good").fired() >= 3);
        Await.until("the others rest", () -> database.count(
                "SELECT count(*) FROM croft.schedule WHERE problem IS NOT NULL") == 3);
        assertThat(status("refused").problem().orElseThrow()).contains("not valid");
        assertThat(schedules.find(ScheduleId.global("refused")).orElseThrow().problem()).isPresent();
        assertThat(database.count("SELECT count(*) FROM croft.schedule WHERE name = 'unread' "
                + "AND problem LIKE 'time field has 80 characters%'")).isEqualTo(1);
        Await.until("the good round ends", () -> database.count("SELECT count(*) FROM croft.schedule_round") == 0);
        schedules.put(ScheduleId.of(org, "unread"), SECONDS, JOB, (given, now) -> new Times(now, now));
        Await.until("it fires when it was put again", () -> status("unread").fired() > 0);
        assertThat(status("unread").schedule()).contains(SECONDS);
    }

    /** Before and after it is seen that it cannot be fired; the others of its organisation are listed with it. */
    private void assertOneIsUnread(ScheduleStore schedules) {
        assertThat(schedules.list(Optional.of(org), Optional.empty(), 10)).extracting(ScheduleStatus::name)
                .containsExactly("refused", "unread");
        ScheduleStatus unread = status("unread");
        assertThat(unread.schedule()).isEmpty();
        assertThat(unread.problem().orElseThrow()).contains("time field has 80 characters");
        assertThat(unread.nextAt()).isEmpty();
        assertThat(status("refused").schedule()).contains(SECONDS);
        ScheduleId key = ScheduleId.of(org, "unread");
        schedules.pause(key);
        assertThatThrownBy(() -> schedules.resume(key, (given, now) -> new Times(now, now)))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("Put it again");
        database.execute("UPDATE croft.schedule SET paused = false");
    }

    /** A process that dies while it goes on with a round takes nothing of it with it. */
    @Test
    void round_thatWasCutOffGoesOnWhereItWas() throws SQLException {
        List<OrgId> orgs = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            orgs.add(OrgId.of(UUID.randomUUID()));
            store.orgs().create(context(orgs.getLast()));
        }
        ScheduleStore schedules = store.jobs().schedules();
        schedules.put(ScheduleId.global("all"), SECONDS, JOB, (given, now) -> new Times(now.plusSeconds(60),
                now.plusSeconds(60)));
        schedules.triggerGlobal("all");
        schedules.advance(7);
        try (Connection dying = QueueDatabase.connection(database, DbRole.WORKER);
                Statement statement = dying.createStatement();
                ResultSet cut = statement.executeQuery("SELECT jobs FROM croft.advance_round_v1(7)")) {
            assertThat(cut.next()).isTrue();
            assertThat(schedules.advance(7).queue()).as("while the other is at it").isEmpty();
            dying.rollback();
        }

        int steps = 0;
        while (schedules.advance(7).queue().isPresent()) {
            assertThat(++steps).isLessThan(10);
        }

        for (OrgId one : orgs) {
            assertThat(database.count("SELECT count(*) FROM croft.job WHERE org_id = '" + one + "'")).isEqualTo(1);
        }
    }

    /** Ten thousand organisations: no step locks or reads more than its batch. */
    @Test
    void round_overManyOrganisationsGoesInBatches() {
        database.execute("INSERT INTO croft.org (org_id) SELECT gen_random_uuid() FROM generate_series(1, 10000)");
        ScheduleStore schedules = store.jobs().schedules();
        schedules.put(ScheduleId.global("all"), SECONDS.withMissed(new Missed.Once()).withOverlap(Overlap.SKIP), JOB,
                (given, now) -> new Times(now.plusSeconds(60), now.plusSeconds(60)));
        schedules.triggerGlobal("all");

        int jobs = 0;
        int steps = 0;
        for (ScheduleStore.Progress step = schedules.advance(500); step.queue().isPresent();
                step = schedules.advance(500)) {
            assertThat(step.jobs()).isLessThanOrEqualTo(500);
            jobs += step.jobs();
            steps++;
        }

        assertThat(jobs).isEqualTo(10_001);
        assertThat(steps).isEqualTo(21);
        assertThat(database.count("SELECT count(DISTINCT org_id) FROM croft.job")).isEqualTo(10_001);
        schedules.triggerGlobal("all");
        assertThat(schedules.advance(500).jobs()).as("while all are live").isZero();
    }
}
