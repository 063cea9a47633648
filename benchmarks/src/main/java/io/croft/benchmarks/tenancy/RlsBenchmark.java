package io.croft.benchmarks.tenancy;

import io.croft.Actor;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.run.Given;
import io.croft.benchmarks.run.Seed;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.job.LaneLimits;
import io.croft.search.Source;
import io.croft.spi.Chunk;
import io.croft.spi.Content;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexScope;
import io.croft.spi.InputStore.Input;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Outcome.Completed;
import io.croft.spi.Store;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What row security costs: claims of jobs, and reads of chunks as an index makes them, in a scratch database whose
 * tables have it and have it not, in turns. All else stays as it is: roles, settings, functions and statements.
 */
public final class RlsBenchmark implements Benchmark {

    /** How long a call with row security may take, of one without. */
    static final double BAR = 1.15;

    private static final JobKind KIND = JobKind.of("bench.work", "bench-rls");
    private static final Duration LEASE = Duration.ofMinutes(5);
    private static final int CLAIMED = 50;
    private static final int ORGS = 50;
    private static final int DOCUMENTS = 200;
    private static final int CHUNKS = 4;
    private static final int DIMENSIONS = 384;
    private static final int KEYS = 20;
    private static final int WARMING = 50;
    private static final List<String> WAYS = List.of("ENABLE", "DISABLE");

    /** A call of a kind, and what has to be done between two of them. */
    private interface Measured {

        /** Makes what so many calls need. */
        void prepare(int calls);

        /** How long one took, in nanoseconds. */
        double call();
    }

    @Override
    public Outcome run() throws Exception {
        int calls = Given.count("calls", 400);
        int rounds = Given.count("rounds", 11);
        Random random = new Random(Seed.choose("rls"));
        try (Database database = Database.start();
                Store store = database.store();
                Connection admin = database.connect();
                Statement statement = admin.createStatement()) {
            List<String> tables = tables(statement);
            List<Org> orgs = moveIn(store, random);
            statement.execute("ANALYZE");
            boolean reached = compare("claim, of a job", new Claims(store, orgs), statement, tables, rounds, calls);
            reached &= compare("read of chunks of " + KEYS + " documents", new Reads(store, orgs, random), statement,
                    tables, rounds, calls);
            return reached ? Outcome.REACHED : Outcome.MISSED;
        }
    }

    /** Those with row security, partitions among them. */
    private static List<String> tables(Statement statement) throws SQLException {
        List<String> tables = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery("""
                SELECT c.oid::regclass::text FROM pg_class c
                WHERE c.relnamespace = 'croft'::regnamespace AND c.relrowsecurity ORDER BY c.oid""")) {
            while (rows.next()) {
                tables.add(rows.getString(1));
            }
        }
        if (tables.size() < 20) {
            throw new IllegalStateException("only " + tables.size() + " tables have row security: " + tables);
        }
        return tables;
    }

    private static void set(Statement statement, List<String> tables, String way) throws SQLException {
        statement.execute(tables.stream().map(table -> "ALTER TABLE " + table + " " + way + " ROW LEVEL SECURITY")
                .collect(Collectors.joining(";")));
    }

    private static List<Org> moveIn(Store store, Random random) {
        store.jobs().registerQueue(KIND.queue());
        List<Org> orgs = new ArrayList<>();
        for (int i = 0; i < ORGS; i++) {
            Org org = store.orgs().create(TenantContext.of(OrgId.named("rls-" + i), Actor.service("bench")));
            store.jobs().setLimits(org.id(), KIND.queue(), LaneLimits.maxRunning(10_000));
            for (int document = 0; document < DOCUMENTS; document++) {
                load(store, org, "document-" + document, random);
            }
            orgs.add(org);
        }
        return orgs;
    }

    private static void load(Store store, Org org, String id, Random random) {
        List<Chunk> chunks = new ArrayList<>();
        for (int ordinal = 0; ordinal < CHUNKS; ordinal++) {
            float[] vector = new float[DIMENSIONS];
            for (int i = 0; i < DIMENSIONS; i++) {
                vector[i] = (float) random.nextGaussian();
            }
            String text = "a text of some words ".repeat(20);
            chunks.add(new Chunk(ordinal, 0, text.length(), text, vector));
        }
        String hash = String.format(Locale.ROOT, "%064x", random.nextLong(Long.MAX_VALUE));
        store.inputs().load(org.id(), new Input(Source.PRIVATE, hash, Optional.empty(),
                new Content(id, "title", "text", Map.of())), "bench-model", chunks);
    }

    /** Whether calls with row security took not much longer than without. */
    private static boolean compare(String what, Measured measured, Statement statement, List<String> tables, int rounds,
            int calls) throws SQLException {
        double[][] times = new double[WAYS.size()][rounds];
        double[] ratios = new double[rounds];
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < WAYS.size(); i++) {
                int way = (i + round) % WAYS.size(); // now one is first, now the other
                set(statement, tables, WAYS.get(way));
                times[way][round] = median(measured, calls);
            }
            ratios[round] = times[0][round] / times[1][round];
        }
        set(statement, tables, WAYS.getFirst());
        double ratio = median(ratios);
        System.out.printf(Locale.ROOT,
                "%s: %.1f µs with row security, %.1f µs without: the median ratio of %d rounds is %.3f (bar %.2f)%n",
                what, median(times[0]) / 1000, median(times[1]) / 1000, rounds, ratio, BAR);
        return ratio <= BAR;
    }

    /** The median time of a call; the first ones plan, and read the catalogue. */
    private static double median(Measured measured, int calls) {
        measured.prepare(WARMING + calls);
        for (int i = 0; i < WARMING; i++) {
            measured.call();
        }
        return median(IntStream.range(0, calls).mapToDouble(i -> measured.call()).toArray());
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /** Claims of jobs of all organisations, which are finished between two of them. */
    private record Claims(Store store, List<Org> orgs) implements Measured {

        @Override
        public void prepare(int calls) {
            int each = calls * CLAIMED / orgs.size() + 1;
            for (Org org : orgs) {
                store.jobs().enqueue(org.id(), Collections.nCopies(each, JobRequest.of(KIND, "{}")));
            }
            boolean more = true;
            while (more) {
                more = store.jobs().maintain(JobStore.MAX_BATCH).more();
            }
        }

        @Override
        public double call() {
            long start = System.nanoTime();
            List<ClaimedJob> claimed = store.jobs().claim(KIND.queue(), CLAIMED, "bench", LEASE);
            long took = System.nanoTime() - start;
            if (claimed.isEmpty()) {
                throw new IllegalStateException("a claim got nothing, although jobs wait");
            }
            store.jobs().finish(claimed.stream()
                    .map(job -> new Completion(job.lease(), new Completed(Optional.empty()))).toList());
            return (double) took / claimed.size();
        }
    }

    /** Reads of some documents of one organisation, by chance. */
    private record Reads(Store store, List<Org> orgs, Random random) implements Measured {

        @Override
        public void prepare(int calls) {
            // they are there
        }

        @Override
        public double call() {
            Org org = orgs.get(random.nextInt(orgs.size()));
            List<ContentKey> keys = random.ints(0, DOCUMENTS).distinct().limit(KEYS)
                    .mapToObj(document -> new ContentKey(org.id(), "document-" + document)).toList();
            IndexScope scope = new IndexScope.PrivateIndex(org.id(), org.incarnation());
            long start = System.nanoTime();
            List<ContentChunks> read = store.content().chunks(scope, keys);
            long took = System.nanoTime() - start;
            if (read.size() != KEYS || read.stream().anyMatch(one -> one.chunks().size() != CHUNKS)) {
                throw new IllegalStateException("not all chunks were read: " + read);
            }
            return took;
        }
    }
}
