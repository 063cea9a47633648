package io.croft.pg.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.OrgId;
import io.croft.StoreUnavailableException;
import io.croft.job.After;
import io.croft.job.Job;
import io.croft.job.JobFlow;
import io.croft.job.JobId;
import io.croft.job.JobKey;
import io.croft.job.JobKind;
import io.croft.job.JobPriority;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobRetention;
import io.croft.job.JobState;
import io.croft.job.LaneDepth;
import io.croft.job.LaneLimits;
import io.croft.job.QueueLimits;
import io.croft.pg.PgStore;
import io.croft.pg.tx.DbRole;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Outcome;
import io.croft.spi.JobStore.Pausable;
import io.croft.spi.JobStore.Upkept;
import io.croft.spi.contract.Await;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What somebody's transaction that stays open holds up, and what it must not. */
final class OpenTransactionsTest {

    private static final String QUEUE = "open";
    private static final JobRequest REQUEST = JobRequest.of(JobKind.of("test.work", QUEUE), "{}").withMaxAttempts(1);
    private static final Outcome COMPLETED = new Outcome.Completed(Optional.empty());
    private static final Outcome FAILED = new Outcome.Failed(Optional.empty(), "E", "m", "");
    private static final JobRetention KEPT = JobRetention.DEFAULT.withDeadLetters(Duration.ofDays(30));

    private final ExecutorService aside = Executors.newSingleThreadExecutor();
    private QueueDatabase database;
    private JobStore jobs;
    private OrgId org;

    @BeforeEach
    void create() {
        database = QueueDatabase.create();
        jobs = database.jobs();
        jobs.registerQueue(QUEUE);
        org = database.newOrg();
        jobs.setLimits(org, QUEUE, LaneLimits.maxRunning(10_000));
    }

    @AfterEach
    void drop() {
        aside.shutdownNow();
        database.close();
    }

    private void settle() {
        int rounds = 0;
        while (jobs.maintain(1000).more()) {
            assertThat(++rounds).as("rounds of upkeep that all say there is more to do").isLessThan(10_000);
        }
    }

    private void run(JobId id, Outcome outcome) {
        settle();
        List<ClaimedJob> claimed = jobs.claim(QUEUE, 10, "w", Duration.ofMinutes(5));
        assertThat(claimed).extracting(job -> job.lease().id()).containsExactly(id);
        assertThat(jobs.finish(List.of(new Completion(claimed.getFirst().lease(), outcome)))).containsExactly(true);
    }

    private JobId deadLetter() {
        JobId id = jobs.enqueue(org, List.of(REQUEST)).getFirst().id();
        run(id, FAILED);
        return id;
    }

    private Job job(JobId id) {
        return jobs.find(org, id).orElseThrow();
    }

    private long count(String table) throws SQLException {
        return database.number("SELECT count(*) FROM croft." + table);
    }

    /** A transaction that holds the rows of these jobs. */
    private Connection holding(List<JobId> ids) throws SQLException {
        Connection connection = database.superuser();
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute("SELECT FROM croft.job WHERE id = ANY ('{"
                    + String.join(",", ids.stream().map(JobId::toString).toList()) + "}') FOR UPDATE");
        }
        return connection;
    }

    /** Until it has ended or waits for somebody. */
    private void untilDoneOrWaiting(Future<?> call) {
        Await.until("it has ended or waits for a lock", () -> {
            try {
                return call.isDone() || database.number("SELECT count(*) FROM pg_stat_activity "
                        + "WHERE datname = current_database() AND wait_event_type = 'Lock'") > 0;
            } catch (SQLException e) {
                throw new AssertionError(e);
            }
        });
    }

    private static <T> T ended(Future<T> call) throws InterruptedException, ExecutionException {
        Await.until("it has ended", call::isDone);
        return call.get();
    }

    /** A transaction that holds all lanes, as a round of upkeep does. */
    private Connection holdingLanes() throws SQLException {
        Connection connection = database.superuser();
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute("SELECT FROM croft.lane FOR NO KEY UPDATE");
        }
        return connection;
    }

    private Upkept round() {
        return jobs.advance(1000, lane -> {
        });
    }

    /** Else nobody would look again for a job whose round met another's. */
    @Test
    void round_saysThatItHasPassedOverALane() throws SQLException {
        jobs.enqueue(org, List.of(REQUEST));
        assertThat(round().held()).isFalse();
        jobs.enqueue(org, List.of(REQUEST));
        try (Connection other = holdingLanes()) {
            assertThat(round()).extracting(Upkept::held, Upkept::more).containsExactly(true, false);
            other.rollback();
        }
        assertThat(round().held()).isFalse();
        assertThat(jobs.claim(QUEUE, 2, "w", Duration.ofMinutes(5))).hasSize(2);
    }

    /** One lane that is held, and much that waits for it, must not keep others from being told. */
    @Test
    void round_reachesWhatLiesBehindThousandsForALaneThatIsHeld() throws SQLException {
        jobs.enqueue(org, List.of(REQUEST));
        round();
        database.execute("INSERT INTO croft.wake (queue_id, org_id, priority, added) SELECT l.queue_id, l.org_id, 1, 0"
                + " FROM croft.lane l, generate_series(1, 2500)");
        OrgId other = database.newOrg();
        jobs.enqueue(other, List.of(REQUEST));
        try (Connection holder = holdingLanes()) {
            assertThat(round().held()).isTrue();
            assertThat(jobs.claim(QUEUE, 10, "w", Duration.ofMinutes(5)))
                    .extracting(job -> job.lease().org()).containsExactly(other);
            holder.rollback();
        }
        settle();
        assertThat(count("wake")).isZero();
    }

    /** Pausing an organisation takes that gate first, and then its lanes, which a round may hold. */
    @Test
    void round_waitsForNoGateWhileItHoldsLanes() throws Exception {
        OrgId free = database.newOrg();
        jobs.setLimits(free, QUEUE, LaneLimits.maxRunning(1));
        long wakes = 1200;
        try (Connection holder = database.superuser();
                Statement held = holder.createStatement();
                Connection pausing = database.superuser();
                Statement gate = pausing.createStatement()) {
            holder.setAutoCommit(false);
            held.execute("SELECT FROM croft.lane WHERE org_id = '" + org + "' FOR NO KEY UPDATE");
            pausing.setAutoCommit(false);
            gate.execute("LOCK TABLE croft.pause_gate IN EXCLUSIVE MODE");
            jobs.enqueue(free, List.of(REQUEST));
            database.execute("INSERT INTO croft.wake (queue_id, org_id, priority, added) SELECT l.queue_id, l.org_id,"
                    + " 1, 0 FROM croft.lane l, generate_series(1, " + wakes + ") WHERE l.org_id = '" + org + "'");
            jobs.enqueue(database.newOrg(), List.of(REQUEST));

            Future<Upkept> round = aside.submit(this::round);
            untilDoneOrWaiting(round);

            assertThat(round.isDone()).as("it waits for nobody").isTrue();
            assertThat(ended(round).held()).isTrue();
            assertThat(count("wake")).isEqualTo(wakes + 1);
            pausing.rollback();
            holder.rollback();
        }
        settle();
        assertThat(jobs.claim(QUEUE, 10, "w", Duration.ofMinutes(5))).hasSize(2);
    }

    /** While an old transaction is open, each row that was settled leaves an entry that no vacuum removes. */
    @Test
    void round_readsNotAllThatWasEverSettledForLanes() throws SQLException {
        int settled = 500;
        try (Connection old = database.superuser(); Statement statement = old.createStatement()) {
            old.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            old.setAutoCommit(false);
            statement.execute("SELECT FROM croft.queue");
            database.execute("INSERT INTO croft.wake (queue_id, org_id, priority, added) SELECT l.queue_id, l.org_id,"
                    + " 1, 0 FROM croft.lane l, generate_series(1, " + settled + ")");
            long next = drained(0).next();

            assertThat(drained(0).read()).isGreaterThanOrEqualTo(settled);
            jobs.enqueue(org, List.of(REQUEST));
            Drained after = drained(next);

            assertThat(after.read()).isBetween(1L, 50L);
            assertThat(after.next()).isGreaterThan(next);
            assertThat(drained(after.next()).next()).as("where nothing has come").isEqualTo(after.next());
            old.rollback();
        }
        assertThat(jobs.claim(QUEUE, 10, "w", Duration.ofMinutes(5))).hasSize(1);
    }

    /**
     * What a round came to.
     *
     * @param next where the next one may begin
     * @param read the entries that it read
     */
    private record Drained(long next, long read) {
    }

    private Drained drained(long from) throws SQLException {
        try (Connection draining = database.superuser(); Statement statement = draining.createStatement()) {
            draining.setAutoCommit(false);
            long next = number(statement, "SELECT d.next_from FROM croft.drain_v1(1000, " + from + ") d");
            long read = number(statement, "SELECT pg_stat_get_xact_tuples_returned('croft.wake_pkey'::regclass)");
            draining.commit();
            return new Drained(next, read);
        }
    }

    private static long number(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            assertThat(row.next()).isTrue();
            return row.getLong(1);
        }
    }

    /** The same for jobs that were replaced: a host's transaction may hold many of one organisation. */
    @Test
    void round_movesWhatLiesBehindThousandsThatAreHeld() throws SQLException {
        List<JobRequest> keyed = IntStream.range(0, 1500)
                .mapToObj(i -> REQUEST.withKey(JobKey.of("k-" + i).replacing())).toList();
        List<JobId> held = jobs.enqueue(org, keyed).stream().map(JobReceipt::id).toList();
        OrgId other = database.newOrg();
        JobRequest single = REQUEST.withKey(JobKey.of("k").replacing());
        jobs.enqueue(other, List.of(single));
        settle();
        jobs.enqueue(org, keyed.stream().map(request -> request.withPriority(JobPriority.HIGH)).toList());
        jobs.enqueue(other, List.of(single.withDelay(Duration.ofHours(1))));
        try (Connection holder = holding(held)) {
            settle();
            assertThat(jobs.lanes(other)).hasEntrySatisfying(QUEUE,
                    lane -> assertThat(lane.depth()).isEqualTo(new LaneDepth(0, 0)));
            holder.rollback();
        }
        settle();
        assertThat(count("move")).isZero();
    }

    @Test
    void finish_leavesALaneThatIsHeldToTheNextRound() throws SQLException {
        jobs.enqueue(org, List.of(REQUEST));
        settle();
        ClaimedJob job = jobs.claim(QUEUE, 1, "w", Duration.ofMinutes(5)).getFirst();
        try (Connection holder = holdingLanes()) {
            assertThat(jobs.finish(List.of(new Completion(job.lease(), COMPLETED)))).containsExactly(true);
            holder.rollback();
        }
        settle();
        assertThat(jobs.lanes(org)).hasEntrySatisfying(QUEUE,
                lane -> assertThat(lane.depth()).isEqualTo(new LaneDepth(0, 0)));
    }

    /** Others' attempts, whose leases have ended too, come back all the same, and so does what else upkeep does. */
    @Test
    void rescue_passesOverAJobThatIsHeld() throws SQLException {
        JobId id = jobs.enqueue(org, List.of(REQUEST)).getFirst().id();
        OrgId other = database.newOrg();
        jobs.enqueue(other, List.of(REQUEST));
        settle();
        assertThat(jobs.claim(QUEUE, 10, "w", Duration.ofMinutes(5))).hasSize(2);
        database.execute("UPDATE croft.run SET lease_until = now() - interval '1 second'");
        try (Connection holder = holding(List.of(id))) {
            assertThat(jobs.maintain(1000).expired()).extracting(expired -> expired.lane().org())
                    .containsExactly(other);
            holder.rollback();
        }
        assertThat(jobs.maintain(1000).expired()).extracting(expired -> expired.lane().org()).containsExactly(org);
    }

    /** Its jobs all go back, again and again, and still its turns count. */
    @Test
    void claim_isNotKeptFromOthersByJobsThatAreHeld() throws SQLException {
        List<JobRequest> keyed = IntStream.range(0, 200)
                .mapToObj(i -> REQUEST.withKey(JobKey.of("k-" + i).replacing())).toList();
        List<JobId> held = jobs.enqueue(org, keyed).stream().map(JobReceipt::id).toList();
        OrgId other = database.newOrg();
        jobs.setLimits(other, QUEUE, LaneLimits.maxRunning(10_000));
        jobs.enqueue(other, Collections.nCopies(60, REQUEST));
        settle();
        int claimed = 0;
        try (Connection holder = holding(held)) {
            for (int i = 0; i < 100 && claimed < 60; i++) {
                round();
                claimed += jobs.claim(QUEUE, 4, "w", Duration.ofMinutes(5)).size();
            }
            holder.rollback();
        }
        assertThat(claimed).isEqualTo(60);
    }

    @Test
    void claim_waitsForSlotsOfTheQueueThatAreHeldForAMoment() throws SQLException {
        jobs.setLimits(QUEUE, QueueLimits.DEFAULT.withMaxRunning(3));
        jobs.enqueue(org, List.of(REQUEST));
        settle();
        AtomicInteger claims = new AtomicInteger();
        try (Connection other = database.superuser(); Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("SELECT FROM croft.queue_slot FOR NO KEY UPDATE");
            try (PgStore store = PgStore.builder(told(database.dataSource(), sql -> {
                if (sql.contains("claim_v1") && claims.incrementAndGet() == 3) {
                    other.rollback();
                }
            })).withoutMigrations().open()) {

                assertThat(store.jobs().claim(QUEUE, 1, "w", Duration.ofMinutes(5))).hasSize(1);
            }
        }
    }

    /**
     * While an old transaction is open, each attempt that has ended leaves an entry for its slot that no vacuum
     * removes. A claim may read those of the slots that it looks at, and not all.
     */
    @Test
    void claim_readsNotAllThatEverHadASlotOfItsQueue() throws SQLException {
        int limit = 100;
        int rounds = 20;
        jobs.setLimits(QUEUE, QueueLimits.DEFAULT.withMaxRunning(limit));
        try (Connection old = database.superuser(); Statement statement = old.createStatement()) {
            old.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            old.setAutoCommit(false);
            statement.execute("SELECT FROM croft.queue");
            for (int i = 0; i < rounds; i++) {
                jobs.enqueue(org, Collections.nCopies(limit, REQUEST));
                settle();
                List<ClaimedJob> claimed = jobs.claim(QUEUE, limit, "w", Duration.ofMinutes(5));
                assertThat(claimed).hasSize(limit);
                jobs.finish(claimed.stream().map(job -> new Completion(job.lease(), COMPLETED)).toList());
            }

            long read = entriesReadForASlot(limit);

            assertThat(read).isBetween(1L, (long) limit * rounds / 2);
            old.rollback();
        }
    }

    /** The same for turns of lanes: each has an entry where its lane was then. */
    @Test
    void claim_readsNotAllTurnsThatEverWere() throws SQLException {
        int turns = 500;
        try (Connection old = database.superuser(); Statement statement = old.createStatement()) {
            old.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            old.setAutoCommit(false);
            statement.execute("SELECT FROM croft.queue");
            jobs.enqueue(org, Collections.nCopies(3, REQUEST));
            settle();
            database.execute("DO $$ BEGIN FOR i IN 1.." + turns
                    + " LOOP UPDATE croft.lane SET vtime = vtime + 1; END LOOP; END $$");
            database.execute("UPDATE croft.queue_clock c SET floor = l.vtime, scan_from = l.vtime, scan_next = l.vtime,"
                    + " turn_at = clock_timestamp(), look_at = 'infinity' FROM croft.lane l"
                    + " WHERE l.queue_id = c.queue_id");

            assertThat(entriesReadForALane()).isBetween(1L, 50L);
            database.execute("UPDATE croft.queue_clock SET look_at = '-infinity'");
            assertThat(entriesReadForALane()).as("from the beginning on").isGreaterThanOrEqualTo(turns);
            assertThat(count("queue_clock WHERE isfinite(look_at)")).as("and again in a while").isEqualTo(1);
            old.rollback();
        }
    }

    private long entriesReadForALane() throws SQLException {
        try (Connection claimer = database.superuser(); Statement statement = claimer.createStatement()) {
            claimer.setAutoCommit(false);
            assertThat(number(statement, "SELECT count(*) FROM croft.claim_v1((SELECT q.queue_id FROM croft.queue q"
                    + " WHERE q.name = '" + QUEUE + "'), 1, 1, 'w', 600000)")).isEqualTo(1);
            long read = number(statement, "SELECT pg_stat_get_xact_tuples_returned('croft.lane_runnable'::regclass)");
            claimer.commit();
            return read;
        }
    }

    /** What takes its lane to the floor commits when that has risen: claims begin where it was a moment ago. */
    @Test
    void claim_findsALaneThatWasToldWhileTheFloorRose() throws SQLException {
        jobs.enqueue(org, List.of(REQUEST));
        settle();
        database.execute("UPDATE croft.lane SET vtime = 500");
        database.execute("UPDATE croft.queue_clock SET floor = 1000, scan_from = 500, scan_next = 500,"
                + " turn_at = 'infinity', look_at = 'infinity'");

        assertThat(jobs.claim(QUEUE, 1, "w", Duration.ofMinutes(5))).hasSize(1);
    }

    @Test
    void claim_beginsWhereTheFloorWasTwoTurnsBefore() throws SQLException {
        String place = "(SELECT scan_from * 10000 + scan_next FROM croft.queue_clock)::bigint";
        database.execute("UPDATE croft.queue_clock SET floor = 300, scan_from = 100, scan_next = 200,"
                + " turn_at = 'infinity', look_at = 'infinity'");
        jobs.claim(QUEUE, 1, "w", Duration.ofMinutes(5));
        assertThat(database.number("SELECT " + place)).isEqualTo(1_000_200);

        for (long turned : List.of(2_000_300L, 3_000_300L, 3_000_300L)) {
            database.execute("UPDATE croft.queue_clock SET turn_at = '-infinity'");
            jobs.claim(QUEUE, 1, "w", Duration.ofMinutes(5));
            assertThat(database.number("SELECT " + place)).isEqualTo(turned);
        }
    }

    /** As one whose transaction took longer. It is not served less for what it lay below the floor. */
    @Test
    void claim_takesALaneThatLiesBelowToTheFloorWithinAMoment() throws SQLException {
        jobs.enqueue(org, List.of(REQUEST));
        settle();
        database.execute("UPDATE croft.lane SET vtime = 10");
        database.execute("UPDATE croft.queue_clock SET floor = 1000, scan_from = 1000, scan_next = 1000,"
                + " turn_at = clock_timestamp(), look_at = clock_timestamp() + interval '250 ms'");

        Await.until("it is found", () -> !jobs.claim(QUEUE, 1, "w", Duration.ofMinutes(5)).isEmpty());

        assertThat(count("lane WHERE vtime = 1000 AND credit = 1000 - 10 - 100")).isEqualTo(1);
        assertThat(count("queue_clock WHERE look_at > clock_timestamp() - interval '1 minute'")).isEqualTo(1);
    }

    private long entriesReadForASlot(int limit) throws SQLException {
        try (Connection claimer = database.superuser(); Statement statement = claimer.createStatement()) {
            claimer.setAutoCommit(false);
            try (ResultSet slots = statement.executeQuery("SELECT cardinality(croft.free_slots_v1((SELECT q.queue_id"
                    + " FROM croft.queue q WHERE q.name = '" + QUEUE + "'), " + limit + ", false, 1))")) {
                assertThat(slots.next()).isTrue();
                assertThat(slots.getInt(1)).isEqualTo(1);
            }
            return number(statement, "SELECT pg_stat_get_xact_tuples_returned('croft.run_slot'::regclass)");
        }
    }

    /** The end of a job that began meanwhile must not wait for the host's transaction. */
    @Test
    void replacing_letsGoOfAJobThatHasBegunWhileItWaited() throws Exception {
        JobRequest keyed = REQUEST.withKey(JobKey.of("k").replacing());
        JobId id = jobs.enqueue(org, List.of(keyed)).getFirst().id();
        settle();
        try (Connection host = database.transaction(org);
                Connection claimer = database.connection(DbRole.WORKER);
                Statement statement = claimer.createStatement();
                ResultSet claimed = statement.executeQuery("SELECT c.fence FROM croft.claim_v1((SELECT q.queue_id FROM"
                        + " croft.queue q WHERE q.name = '" + QUEUE + "'), 1, 1, 'w', 600000) c")) {
            assertThat(claimed.next()).isTrue();
            JobLease lease = new JobLease(org, id, claimed.getLong(1));
            Future<List<JobReceipt>> replacing = aside.submit(() -> jobs.enqueue(host, org, List.of(keyed)));
            untilDoneOrWaiting(replacing);
            claimer.commit();

            assertThat(ended(replacing).getFirst().state()).isEqualTo(JobState.RUNNING);
            assertThat(jobs.finish(List.of(new Completion(lease, COMPLETED)))).containsExactly(true);
            host.commit();
        }
    }

    /** So often it asks before it takes whatever is free; that all of it is held then, is no reason to leave it. */
    @Test
    void claim_waitsForLanesThatAreHeldForAMoment() throws SQLException {
        jobs.enqueue(org, List.of(REQUEST));
        settle();
        AtomicInteger claims = new AtomicInteger();
        try (Connection other = holdingLanes();
                PgStore store = PgStore.builder(told(database.dataSource(), sql -> {
                    if (sql.contains("claim_v1") && claims.incrementAndGet() == 12) {
                        other.rollback();
                    }
                })).withoutMigrations().open()) {

            assertThat(store.jobs().claim(QUEUE, 1, "w", Duration.ofMinutes(5))).hasSize(1);
        }
    }

    /** Told of each statement before it is prepared. */
    private interface Prepared {
        void before(String sql) throws SQLException;
    }

    private static DataSource told(DataSource source, Prepared prepared) {
        return before(DataSource.class, source, (method, argument) -> {
        }, result -> result instanceof Connection connection
                ? before(Connection.class, connection, (method, argument) -> {
                    if (method.equals("prepareStatement")) {
                        prepared.before(String.valueOf(argument));
                    }
                }, Function.identity())
                : result);
    }

    private interface Call {
        void before(String method, Object argument) throws SQLException;
    }

    private static <T> T before(Class<T> type, T real, Call call, Function<Object, Object> then) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[]{type}, (proxy, method, all) -> {
            call.before(method.getName(), all == null ? "" : all[0]);
            try {
                return then.apply(method.invoke(real, all));
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }));
    }

    /** Claims find nothing meanwhile, in no queue; all else goes on. */
    @Test
    void queue_thatIsBeingChangedHoldsUpClaimsAlone() throws SQLException {
        jobs.registerQueue("another");
        JobRequest other = JobRequest.of(JobKind.of("test.other", "another"), "{}");
        jobs.enqueue(org, List.of(REQUEST));
        settle();
        ClaimedJob running = jobs.claim(QUEUE, 1, "w", Duration.ofMinutes(5)).getFirst();
        try (Connection changing = database.connection(DbRole.ADMIN);
                Statement statement = changing.createStatement()) {
            statement.execute("SELECT croft.pause_queue_v1('another', false)");

            jobs.registerQueue("a-third");
            jobs.enqueue(org, List.of(REQUEST, other));
            settle();
            assertThat(jobs.finish(List.of(new Completion(running.lease(), COMPLETED)))).containsExactly(true);
            assertThat(jobs.claim(QUEUE, 1, "w", Duration.ofMinutes(5))).isEmpty();
            assertThat(jobs.claim("another", 1, "w", Duration.ofMinutes(5))).isEmpty();
            changing.commit();
        }
        assertThat(jobs.claim(QUEUE, 1, "w", Duration.ofMinutes(5))).hasSize(1);
        assertThat(jobs.claim("another", 1, "w", Duration.ofMinutes(5))).hasSize(1);
    }

    /** Side by side they take what guards against changes of queues without a lock that they share in memory. */
    @Test
    void claims_doNotMeetAtTheGate() throws SQLException {
        try (Connection first = database.connection(DbRole.WORKER);
                Connection second = database.connection(DbRole.WORKER)) {
            for (Connection claimer : List.of(first, second)) {
                try (Statement statement = claimer.createStatement()) {
                    statement.execute("SELECT FROM croft.claim_v1((SELECT queue_id FROM croft.queue WHERE name = '"
                            + QUEUE + "'), 1, 1, 'w', 60000)");
                }
            }

            assertThat(database.number("SELECT count(*) FROM pg_locks WHERE relation = 'croft.queue_gate'::regclass"
                    + " AND mode = 'RowShareLock' AND fastpath")).isEqualTo(2);
        }
    }

    @Test
    void expire_leavesADeadLetterAloneThatIsBeingRedriven() throws Exception {
        JobId id = deadLetter();
        JobId old = deadLetter();
        database.execute("UPDATE croft.job SET updated_at = updated_at - interval '40 days'");
        try (PgStore store = database.open(KEPT);
                Connection redriving = database.transaction(org);
                Statement statement = redriving.createStatement()) {
            statement.execute("SELECT croft.redrive_v1('" + org + "', '{" + id + "}')");

            Future<?> expiring = aside.submit(store::expire);
            untilDoneOrWaiting(expiring);
            redriving.commit();
            ended(expiring);
        }

        assertThat(job(id).state()).isEqualTo(JobState.READY);
        assertThat(job(old).state()).isEqualTo(JobState.CANCELLED);
        run(id, COMPLETED);
    }

    @Test
    void discardDead_leavesADeadLetterAloneThatIsRedrivenMeanwhile() throws Exception {
        JobId id = deadLetter();
        JobId other = deadLetter();
        try (Connection redriving = database.transaction(org); Statement statement = redriving.createStatement()) {
            statement.execute("SELECT croft.redrive_v1('" + org + "', '{" + id + "}')");

            Future<List<JobId>> discarding = aside.submit(() -> jobs.discardDead(org, List.of(id, other), "sold"));
            untilDoneOrWaiting(discarding);
            redriving.commit();

            assertThat(ended(discarding)).containsExactly(other);
        }
        run(id, COMPLETED);
    }

    /** What it holds meanwhile, upkeep passes over; but it must end. */
    @Test
    void discard_givesUpOnALaneWhoseClaimDoesNotEnd() throws SQLException {
        JobId id = jobs.enqueue(org, List.of(REQUEST, REQUEST)).getLast().id();
        settle();
        try (Connection stopped = database.connection(DbRole.WORKER);
                Statement statement = stopped.createStatement()) {
            statement.execute("SELECT FROM croft.claim_v1((SELECT queue_id FROM croft.queue WHERE name = '" + QUEUE
                    + "'), 1, 1, 'w', 60000)");

            assertThatThrownBy(() -> jobs.discard(org, List.of(id), "sold"))
                    .isInstanceOf(StoreUnavailableException.class)
                    .hasMessageContaining("another transaction").hasMessageContaining("call again").cause()
                    .isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("55P03"));
        }
        assertThat(jobs.discard(org, List.of(id), "sold")).containsExactly(id);
    }

    /** More of them than one call takes. */
    @Test
    void settle_passesOverWhatIsHeldAndGoesOnWithTheRest() throws SQLException {
        int held = 1_200;
        List<JobId> parents = jobs.enqueue(org, Collections.nCopies(held, REQUEST.withDelay(Duration.ofHours(1))))
                .stream().map(JobReceipt::id).toList();
        List<JobReceipt> flow = jobs.enqueue(org, JobFlow.of("a", REQUEST).with("b",
                REQUEST.withAfter(After.success("a"))));
        try (Connection holder = holding(parents)) {
            jobs.enqueue(org, parents.stream().map(parent -> REQUEST.withAfter(After.end(parent))).toList());

            run(flow.getFirst().id(), COMPLETED);
            run(flow.getLast().id(), COMPLETED);
            settle();

            assertThat(count("job_settle")).isEqualTo(held);
            holder.rollback();
        }
        untilSettled();
        assertThat(count("job WHERE has_children")).isEqualTo(held);
        assertThat(jobs.discard(org, parents.subList(0, 10), "sold")).hasSize(10);
        settle();
        assertThat(jobs.claim(QUEUE, 100, "w", Duration.ofMinutes(5))).hasSize(10);
    }

    private void untilSettled() {
        Await.until("what was passed over is settled", () -> {
            settle();
            try {
                return count("job_settle") == 0;
            } catch (SQLException e) {
                throw new AssertionError(e);
            }
        });
    }

    /** And the longer it is held, the more seldom. */
    @Test
    void settle_keepsOneRowOfThoseThatAskForAJobThatIsHeld() throws SQLException {
        JobId parent = jobs.enqueue(org, List.of(REQUEST.withDelay(Duration.ofHours(1)))).getFirst().id();
        try (Connection holder = holding(List.of(parent))) {
            for (int i = 0; i < 20; i++) {
                jobs.enqueue(org, List.of(REQUEST.withAfter(After.end(parent))));
            }
            settle();
            assertThat(count("job_settle")).isEqualTo(1);

            database.execute("UPDATE croft.job_settle SET passed_at = passed_at - interval '1 minute'");
            settle();
            assertThat(count("job_settle WHERE again_at - now() BETWEEN interval '5 s' AND interval '8 s'"))
                    .isEqualTo(1);
            holder.rollback();
        }
        database.execute("UPDATE croft.job_settle SET again_at = now()");
        settle();
        assertThat(count("job_settle")).isZero();
        assertThat(jobs.discard(org, List.of(parent), "sold")).hasSize(1);
        settle();
        assertThat(jobs.claim(QUEUE, 100, "w", Duration.ofMinutes(5))).hasSize(20);
    }

    /** Two processes may settle the last ends of a batch at once: one passes over, and must not leave it at that. */
    @Test
    void settle_asksAgainAtOnceForWhatItHasJustPassedOver() throws SQLException {
        JobId parent = jobs.enqueue(org, List.of(REQUEST.withDelay(Duration.ofHours(1)))).getFirst().id();
        jobs.enqueue(org, List.of(REQUEST.withAfter(After.end(parent))));
        try (Connection holder = holding(List.of(parent))) {
            assertThat(jobs.advance(1000, lane -> {
            }).more()).as("it was new").isTrue();
            database.execute("UPDATE croft.job_settle SET passed_at = now() + interval '1 minute', again_at = now()");
            assertThat(jobs.advance(1000, lane -> {
            }).more()).as("it was passed over lately").isTrue();
            database.execute("UPDATE croft.job_settle SET passed_at = now() - interval '100 ms', again_at = now()");
            assertThat(jobs.advance(1000, lane -> {
            }).more()).as("it is held for longer than a round takes").isFalse();
            holder.rollback();
        }
        settle();
        assertThat(count("job_settle")).isZero();
    }

    /** While all that wait for an end of five thousand are held, another end is told. */
    @Test
    void settle_passesOverJobsThatWaitAndAreHeld() throws SQLException {
        JobId wide = jobs.enqueue(org, List.of(REQUEST)).getFirst().id();
        List<JobId> waiting = jobs.enqueue(org, Collections.nCopies(5_000, REQUEST.withAfter(After.end(wide)))).stream()
                .map(JobReceipt::id).toList();
        run(wide, COMPLETED);
        List<JobReceipt> flow = jobs.enqueue(org, JobFlow.of("a", REQUEST).with("b",
                REQUEST.withAfter(After.success("a"))));
        try (Connection holder = holding(waiting)) {
            run(flow.getFirst().id(), COMPLETED);
            run(flow.getLast().id(), COMPLETED);

            assertThat(count("job WHERE state = 7")).isEqualTo(5_000);
            assertThat(job(waiting.getFirst()).state()).isEqualTo(JobState.WAITING);
            holder.rollback();
        }
        untilSettled();
        assertThat(count("job WHERE state = 0")).isEqualTo(5_000);
        assertThat(count("job_wait WHERE state = 0")).isZero();
    }

    /** Upkeep had the rows of its ends and waited for a job that the erasure had, and that waited for those rows. */
    @Test
    void erase_andSettleDoNotWaitForOneAnother() throws Exception {
        List<JobReceipt> flow = jobs.enqueue(org, JobFlow.of("a", REQUEST).with("b",
                REQUEST.withAfter(After.success("a"))));
        run(flow.getFirst().id(), COMPLETED);
        database.execute("UPDATE croft.org SET state = 'ERASING' WHERE org_id = '" + org + "'");
        try (Connection lane = database.superuser(); Statement statement = lane.createStatement()) {
            lane.setAutoCommit(false);
            statement.execute("SELECT FROM croft.lane FOR UPDATE");
            Future<Long> erasing = aside.submit(this::eraseStep);
            untilDoneOrWaiting(erasing);

            settle();
            assertThat(erasing.isDone()).as("it waits for the lane").isFalse();
            lane.rollback();

            assertThat(ended(erasing)).isPositive();
        }
    }

    @Test
    void erase_doesNotWaitForAnEndThatIsBeingSettled() throws SQLException {
        database.execute("INSERT INTO croft.job_settle (org_id, parent_id, outcome) VALUES ('" + org + "', 7, 5)");
        database.execute("UPDATE croft.org SET state = 'ERASING' WHERE org_id = '" + org + "'");
        try (Connection settling = database.connection(DbRole.WORKER);
                Statement statement = settling.createStatement()) {
            statement.execute("SELECT croft.settle_v1(1000)");

            assertThat(eraseStep()).as("its lane").isEqualTo(1);
            settling.commit();
        }
        assertThat(count("job_settle")).isZero();
    }

    /** A step of it takes no key of a job that it has not come to: whoever cancels that needs the key. */
    @Test
    void erase_holdsNoKeyOfAJobThatItHasNotComeTo() throws SQLException {
        jobs.enqueue(org, List.of(REQUEST));
        List<JobReceipt> flow = jobs.enqueue(org, JobFlow.of("a", REQUEST).with("b",
                REQUEST.withKey("k").withAfter(After.success("a"))));
        assertThat(jobs.discard(org, List.of(flow.getFirst().id()), "sold")).hasSize(1);
        database.execute("UPDATE croft.org SET state = 'ERASING' WHERE org_id = '" + org + "'");
        try (Connection erasing = database.connection(DbRole.ADMIN);
                Statement statement = erasing.createStatement()) {
            statement.execute("SELECT croft.erase_jobs_v1('" + org + "', 1)");
            database.execute("INSERT INTO croft.job_settle (org_id, parent_id, outcome) VALUES ('" + org + "', "
                    + flow.getFirst().id() + ", 6)");

            settle();
            assertThat(count("job_key WHERE state = 6")).isEqualTo(1);
            erasing.commit();
        }
        int steps = 0;
        while (eraseStep() > 0) {
            assertThat(++steps).isLessThan(10);
        }
        assertThat(count("job") + count("job_key") + count("job_wait") + count("lane")).isZero();
    }

    /** Else a job that is left could be claimed between two steps, here and in the database that the org moved to. */
    @Test
    void erase_keepsThePauseUntilNothingIsLeft() throws SQLException {
        jobs.enqueue(org, List.of(REQUEST, REQUEST, REQUEST.withDelay(Duration.ofHours(1))));
        jobs.pause(new Pausable.Org(org));
        database.execute("UPDATE croft.org SET state = 'ERASING' WHERE org_id = '" + org + "'");
        try (Connection erasing = database.connection(DbRole.ADMIN);
                Statement statement = erasing.createStatement()) {
            statement.execute("SELECT croft.erase_jobs_v1('" + org + "', 1)");
            erasing.commit();
        }
        assertThat(count("job")).isEqualTo(2);
        assertThat(count("paused_org")).isEqualTo(1);

        int steps = 0;
        while (eraseStep() > 0) {
            assertThat(++steps).isLessThan(10);
        }
        assertThat(count("job") + count("paused_org")).isZero();
    }

    private long eraseStep() throws SQLException {
        try (Connection connection = database.connection(DbRole.ADMIN);
                Statement statement = connection.createStatement()) {
            statement.execute("SET lock_timeout = '20s'");
            try (var row = statement.executeQuery("SELECT croft.erase_jobs_v1('" + org + "')")) {
                row.next();
                long gone = row.getLong(1);
                connection.commit();
                return gone;
            }
        }
    }
}
