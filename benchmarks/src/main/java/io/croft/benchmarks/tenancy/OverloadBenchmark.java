package io.croft.benchmarks.tenancy;

import io.croft.Actor;
import io.croft.CallRefusedException;
import io.croft.Croft;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.benchmarks.data.HashEmbedder;
import io.croft.benchmarks.machine.TempFolder;
import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.run.Given;
import io.croft.benchmarks.run.Percentiles;
import io.croft.benchmarks.run.Seed;
import io.croft.benchmarks.run.Waiting;
import io.croft.content.Document;
import io.croft.content.WriteReceipt;
import io.croft.ingest.Ingest;
import io.croft.limits.LoadShedding;
import io.croft.lucene.LuceneIndex;
import io.croft.search.SearchQuery;
import io.croft.search.SearchResults;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;

/**
 * What load shedding keeps: first as many searches as the process can answer, then five times as many as that, as they
 * come and whether others are answered or not; then the answers of 99 quiet organisations, without and with one that asks
 * a hundred times as often as one of them. What answers and what asks share the processors.
 */
public final class OverloadBenchmark implements Benchmark {

    static final double BAR_GOODPUT = .9;
    static final double BAR_NEIGHBOUR = 1.5;

    private static final int QUIET = 99;
    private static final int DOCUMENTS = 200;
    private static final int WORDS = 2_000;
    private static final int WORDS_OF_TEXT = 80;
    private static final int TIMES_CAPACITY = 5;
    private static final double QUIET_LOAD = .3;
    private static final int NOISY_TIMES = 100;
    private static final int ROUNDS = 5;
    /** A later answer is of no use to who asked. */
    private static final Duration USEFUL = Duration.ofSeconds(1);
    private static final Duration VISIBLE = Duration.ofMinutes(2);

    private final List<TenantContext> orgs = new ArrayList<>();
    private Random random = new Random(0);

    @Override
    public Outcome run() {
        random = new Random(Seed.choose("overload"));
        Duration time = Duration.ofSeconds(Given.count("seconds", 10));
        try (Database database = Database.start();
                TempFolder folder = TempFolder.create();
                Croft croft = Croft.builder().store(database.store()).index(LuceneIndex.at(folder.at("index")))
                        .embedder(new HashEmbedder()).handlers(Ingest.handlers())
                        .loadShedding(LoadShedding.adaptive()).start()) {
            moveIn(croft);
            double peak = peak(croft, time);
            boolean holds = overload(croft, peak, time);
            boolean quiet = neighbours(croft, peak, time);
            return holds && quiet ? Outcome.REACHED : Outcome.MISSED;
        }
    }

    private void moveIn(Croft croft) {
        for (int i = 0; i <= QUIET; i++) {
            TenantContext org = TenantContext.of(OrgId.named("neighbour-" + i), Actor.service("bench"));
            croft.orgs().create(org);
            List<Document> documents = new ArrayList<>();
            for (int n = 0; n < DOCUMENTS; n++) {
                documents.add(Document.text("d" + n, text(WORDS_OF_TEXT)));
            }
            List<WriteReceipt> receipts = new ArrayList<>();
            for (int from = 0; from < DOCUMENTS; from += 100) {
                receipts.addAll(croft.documents().putAll(org, documents.subList(from, from + 100)));
            }
            Waiting.untilVisible(croft, org, receipts, VISIBLE);
            orgs.add(org);
        }
    }

    private String text(int words) {
        return random.ints(words, 0, WORDS).mapToObj(word -> "word" + word).collect(Collectors.joining(" "));
    }

    /** How many searches were answered in time, refused, and otherwise in vain; and how long those of some took. */
    private static final class Tally {

        final LongAdder good = new LongAdder();
        final LongAdder refused = new LongAdder();
        final LongAdder late = new LongAdder();
        final ConcurrentLinkedQueue<Long> nanosOfQuiet = new ConcurrentLinkedQueue<>();

        Percentiles quiet() {
            return Percentiles.of(nanosOfQuiet.stream().mapToLong(Long::longValue).toArray());
        }
    }

    private void search(Croft croft, int org, String words, long start, Tally tally) {
        long took = Long.MAX_VALUE / 2;
        try {
            SearchResults results = croft.search().search(orgs.get(org), SearchQuery.of(words).timeout(USEFUL));
            took = System.nanoTime() - start;
            (results.incomplete().isEmpty() && took <= USEFUL.toNanos() ? tally.good : tally.late).increment();
        } catch (CallRefusedException e) {
            tally.refused.increment();
        }
        if (org < QUIET) {
            tally.nanosOfQuiet.add(took);
        }
    }

    /** The most answers a second that any number of callers gets, who ask again when they are answered. */
    private double peak(Croft croft, Duration time) {
        List<String> queries = random.ints(1_000).mapToObj(i -> text(3)).toList();
        double peak = 0;
        for (int callers = 1; callers <= 32; callers *= 2) {
            Tally tally = new Tally();
            long begin = System.nanoTime();
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int caller = 0; caller < callers; caller++) {
                    int first = caller * 37;
                    threads.execute(() -> {
                        for (int i = first; System.nanoTime() - begin < time.toNanos(); i++) {
                            search(croft, i % (QUIET + 1), queries.get(i % queries.size()), System.nanoTime(), tally);
                        }
                    });
                }
            }
            double rate = tally.good.sum() / ((System.nanoTime() - begin) / 1e9);
            System.out.printf(Locale.ROOT, "%d callers: %.0f answers a second, %d refused%n", callers, rate,
                    tally.refused.sum());
            peak = Math.max(peak, rate);
        }
        return peak;
    }

    private boolean overload(Croft croft, double peak, Duration time) {
        double[] goods = new double[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            Tally tally = new Tally();
            double seconds = arrive(croft, TIMES_CAPACITY * peak, time, () -> random.nextInt(QUIET + 1), tally);
            goods[round] = tally.good.sum() / seconds;
            System.out.printf(Locale.ROOT,
                    "%.0f searches a second come: %.0f answered, %.0f refused, %.0f late or incomplete; %s%n",
                    (tally.good.sum() + tally.refused.sum() + tally.late.sum()) / seconds, goods[round],
                    tally.refused.sum() / seconds, tally.late.sum() / seconds, answered(tally));
        }
        Arrays.sort(goods);
        System.out.printf(Locale.ROOT, "at %d times the peak of %.0f, %.3f of it are answered (bar %.1f)%n",
                TIMES_CAPACITY, peak, goods[ROUNDS / 2] / peak, BAR_GOODPUT);
        return goods[ROUNDS / 2] >= BAR_GOODPUT * peak;
    }

    private static Percentiles answered(Tally tally) {
        return Percentiles.of(tally.nanosOfQuiet.stream().mapToLong(Long::longValue)
                .filter(nanos -> nanos < Long.MAX_VALUE / 2).toArray());
    }

    private boolean neighbours(Croft croft, double peak, Duration time) {
        double quiet = QUIET_LOAD * peak;
        double noisy = quiet / QUIET * NOISY_TIMES;
        double[] ratios = new double[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            Tally without = new Tally();
            arrive(croft, quiet, time, () -> random.nextInt(QUIET), without);
            Tally with = new Tally();
            arrive(croft, quiet + noisy, time,
                    () -> random.nextDouble() < noisy / (quiet + noisy) ? QUIET : random.nextInt(QUIET), with);
            ratios[round] = with.quiet().millis(.99) / without.quiet().millis(.99);
            System.out.printf(Locale.ROOT, "quiet ones: %s; with the noisy one: %s; %d refused in all%n",
                    without.quiet(), with.quiet(), with.refused.sum());
        }
        Arrays.sort(ratios);
        System.out.printf(Locale.ROOT, "p99 of quiet organisations is %.2f times that without the noisy one (bar %.1f)%n",
                ratios[ROUNDS / 2], BAR_NEIGHBOUR);
        return ratios[ROUNDS / 2] <= BAR_NEIGHBOUR;
    }

    /** Has searches come by chance, so many a second, whatever becomes of them; returns for how many seconds. */
    private double arrive(Croft croft, double perSecond, Duration time, IntSupplier org, Tally tally) {
        List<String> queries = random.ints(1_000).mapToObj(i -> text(3)).toList();
        long begin = System.nanoTime();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            double next = 0;
            while (next < time.toNanos()) {
                long at = begin + (long) next;
                for (long wait; (wait = at - System.nanoTime()) > 0;) {
                    LockSupport.parkNanos(wait);
                }
                int whose = org.getAsInt();
                String words = queries.get(random.nextInt(queries.size()));
                threads.execute(() -> search(croft, whose, words, at, tally));
                next -= Math.log(1 - random.nextDouble()) * 1e9 / perSecond;
            }
        }
        return (System.nanoTime() - begin) / 1e9;
    }
}
