package io.croft.benchmarks.tenancy;

import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.run.Waiting;
import io.croft.benchmarks.tenancy.HygieneTenants.Tenant;
import io.croft.job.JobKind;
import io.croft.pg.PgStore;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/**
 * Many threads borrow the few connections of one pool through the store, each time for another organisation and role,
 * and give them back in whatever state: committed, failed, timed out, aborted, killed, in the midst of a host's
 * transaction. Each message of the store's is asked from within its transaction as whom the database executes it and
 * which rows it shows to a query without a condition; each connection is looked at when it is lent out again; and at
 * the end the tables hold exactly what was committed, where it belongs.
 *
 * <p>What must be seen is known from how the organisations were made ({@link HygieneTenants}). A seed decides what each
 * cycle does; how the threads meet is chance. One run at a time.
 */
final class HygieneProof {

    /** How many threads borrow at the same time; the pool has fewer connections. */
    static final int THREADS = 8;

    private static final int ORGS = 60;
    private static final int PROGRESS_EVERY = 50_000;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String POLICY = "ALTER POLICY document_tenant ON croft.document USING ";
    private static final String OPEN = POLICY + "(true)";
    private static final String CLOSED =
            POLICY + "(org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid))";
    private static final String NOT_IDLE = "SELECT count(*) FROM pg_stat_activity WHERE usename = '" + Database.LOGIN
            + "' AND datname = current_database() AND state <> 'idle'";
    private static final String DOCUMENTS = "SELECT org_id, id, title, text FROM croft.document";
    private static final String JOBS = """
            SELECT org_id, count(*) AS jobs, count(*) FILTER (WHERE payload ->> 'org' <> org_id::text) AS misplaced
            FROM croft.job WHERE kind = ? GROUP BY org_id
            """;

    private final Database database;
    private final long seed;
    private final Consumer<String> progress;
    private int runs;

    /**
     * What came of it.
     *
     * @param cycles    how many there were
     * @param ends      how often each end came about
     * @param borrowed  how often a connection was lent out and looked at
     * @param wholes    how often everything of it was looked at
     * @param looks     how many messages of statements were looked at from within
     * @param backends  how many connections there were, one after the other
     * @param seconds   how long it took
     * @param surprises how many cycles ended otherwise than they were to, which proves nothing against the store
     * @param strange   the first of those, in words
     * @param faults    how much was wrong: nothing may be
     * @param wrong     the first of it, in words
     */
    record Report(long cycles, Map<HygieneEnd, Long> ends, long borrowed, long wholes, long looks, int backends,
            double seconds, long surprises, List<String> strange, long faults, List<String> wrong) {

        Report {
            ends = Map.copyOf(ends);
            strange = List.copyOf(strange);
            wrong = List.copyOf(wrong);
        }

        long count(HygieneEnd end) {
            return ends.getOrDefault(end, 0L);
        }
    }

    HygieneProof(Database database, long seed, Consumer<String> progress) {
        this.database = database;
        this.seed = seed;
        this.progress = progress;
    }

    /** So many cycles as the store is. */
    Report run(long cycles) throws Exception {
        return run(cycles, HygieneFlaw.NONE);
    }

    /** The same with a flaw, until it is found. */
    Report run(long most, HygieneFlaw flaw) throws Exception {
        JobKind hostKind = JobKind.of("hygiene.host-" + ++runs, HygieneTenants.KIND.queue());
        HygieneFaults faults = new HygieneFaults();
        HygieneFaults surprises = new HygieneFaults();
        try (HygieneMeddler meddler = new HygieneMeddler(database);
                HygienePool pool = new HygienePool(database, meddler, HygieneTenants.id(0).toString(), faults,
                        surprises)) {
            List<HygieneHand> hands = new ArrayList<>();
            HygieneTenants tenants;
            long start;
            long cycles;
            PgStore.Builder builder = PgStore.builder(pool);
            try (PgStore store = runs == 1 ? builder.open() : builder.withoutMigrations().open()) {
                tenants = HygieneTenants.moveIn(store, ORGS, THREADS);
                for (int i = 0; i < THREADS; i++) {
                    hands.add(new HygieneHand(i, seed, tenants, store, pool, meddler, flaw, faults, surprises,
                            hostKind));
                }
                start = System.nanoTime();
                pool.watch();
                cycles = work(hands, most, flaw, faults);
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            if (flaw == HygieneFlaw.NONE) {
                pool.lookAtAll();
                try (Connection admin = database.connect()) {
                    checkBackends(admin, faults);
                    checkDocuments(admin, tenants, hands, faults);
                    checkJobs(admin, tenants, hands, hostKind, faults);
                }
            }
            return new Report(cycles, ends(hands), pool.borrowed(), pool.wholes(), pool.looks(), pool.backends(),
                    seconds, surprises.count(), surprises.first(), faults.count(), faults.first());
        }
    }

    private static Map<HygieneEnd, Long> ends(List<HygieneHand> hands) {
        Map<HygieneEnd, Long> all = new EnumMap<>(HygieneEnd.class);
        hands.forEach(hand -> hand.ends().forEach((end, count) -> all.merge(end, count, Long::sum)));
        return all;
    }

    private long work(List<HygieneHand> hands, long most, HygieneFlaw flaw, HygieneFaults faults) throws Exception {
        if (flaw == HygieneFlaw.OPEN_POLICY) {
            execute(OPEN);
        }
        List<Callable<Long>> parts = new ArrayList<>();
        for (int i = 0; i < hands.size(); i++) {
            int first = i;
            parts.add(() -> work(hands.get(first), first, most, flaw, faults));
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(hands.size())) {
            long cycles = 0;
            for (Future<Long> part : threads.invokeAll(parts)) {
                cycles += part.get();
            }
            return cycles;
        } finally {
            if (flaw == HygieneFlaw.OPEN_POLICY) {
                execute(CLOSED);
            }
        }
    }

    private long work(HygieneHand hand, int first, long most, HygieneFlaw flaw, HygieneFaults faults)
            throws InterruptedException, SQLException {
        long cycles = 0;
        for (long n = first; n < most && (flaw == HygieneFlaw.NONE || faults.count() == 0); n += THREADS) {
            hand.cycle(n);
            cycles++;
            if ((n + 1) % PROGRESS_EVERY == 0) {
                progress.accept((n + 1) + " of " + most + " cycles, " + faults.count() + " faults");
            }
        }
        return cycles;
    }

    private void execute(String sql) throws SQLException {
        try (Connection admin = database.connect(); Statement statement = admin.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The server's view: nobody is in the midst of anything. */
    private static void checkBackends(Connection admin, HygieneFaults faults) throws SQLException {
        try (PreparedStatement statement = admin.prepareStatement(NOT_IDLE)) {
            Waiting.until("all backends to be idle", PATIENCE, () -> isZero(statement));
        } catch (IllegalStateException e) {
            faults.add("at the end: " + e.getMessage());
        }
    }

    private static boolean isZero(PreparedStatement statement) {
        try (ResultSet row = statement.executeQuery()) {
            return row.next() && row.getLong(1) == 0;
        } catch (SQLException e) {
            throw new IllegalStateException("the server could not be asked: " + e.getMessage(), e);
        }
    }

    private static void checkDocuments(Connection admin, HygieneTenants tenants, List<HygieneHand> hands,
            HygieneFaults faults) throws SQLException {
        Map<String, Integer> numbers = new HashMap<>();
        Set<String> missing = new HashSet<>();
        for (int org = 0; org < tenants.size(); org++) {
            Tenant tenant = tenants.get(org);
            numbers.put(tenant.idText(), org);
            tenant.ids().forEach(id -> missing.add(tenant.idText() + " " + id));
        }
        try (Statement statement = admin.createStatement(); ResultSet rows = statement.executeQuery(DOCUMENTS)) {
            while (rows.next()) {
                String key = rows.getString("org_id") + " " + rows.getString("id");
                Integer org = numbers.get(rows.getString("org_id"));
                if (!missing.remove(key) || org == null) {
                    faults.add("at the end there is a document that nobody wrote: " + key);
                    continue;
                }
                Tenant tenant = tenants.get(org);
                String text = rows.getString("text");
                int hand = tenant.ids().indexOf(rows.getString("id"));
                boolean isRight = hand < hands.size()
                        ? hands.get(hand).mayRead(org, text)
                        : text.equals(tenant.text(0));
                if (!isRight || !rows.getString("title").equals(tenant.title())) {
                    faults.add("at the end document " + key + " reads \"" + text + "\"");
                }
            }
        }
        missing.forEach(key -> faults.add("at the end a document is missing: " + key));
    }

    private static void checkJobs(Connection admin, HygieneTenants tenants, List<HygieneHand> hands, JobKind kind,
            HygieneFaults faults) throws SQLException {
        Map<String, Long> found = new HashMap<>();
        try (PreparedStatement statement = admin.prepareStatement(JOBS)) {
            statement.setString(1, kind.name());
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    found.put(rows.getString("org_id"), rows.getLong("jobs"));
                    if (rows.getLong("misplaced") > 0) {
                        faults.add("at the end " + rows.getString("org_id") + " has jobs of others: "
                                + rows.getLong("misplaced"));
                    }
                }
            }
        }
        for (int i = 0; i < tenants.size(); i++) {
            int org = i;
            long least = hands.stream().mapToLong(hand -> hand.jobs(org)).sum();
            long most = hands.stream().anyMatch(hand -> hand.mayHaveMore(org)) ? Long.MAX_VALUE : least;
            Long there = found.remove(tenants.get(org).idText());
            long jobs = there == null ? 0 : there;
            if (jobs < least || jobs > most) {
                faults.add("at the end " + tenants.get(org).name() + " has " + jobs + " jobs of hosts, of which "
                        + least + " were committed");
            }
        }
        found.keySet().forEach(org -> faults.add("at the end there are jobs of hosts of nobody: " + org));
    }
}
