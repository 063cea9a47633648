package io.croft.benchmarks.tenancy;

import io.croft.Actor;
import io.croft.Croft;
import io.croft.OrgId;
import io.croft.Role;
import io.croft.TenantContext;
import io.croft.benchmarks.data.HashEmbedder;
import io.croft.benchmarks.machine.TempFolder;
import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.run.Given;
import io.croft.benchmarks.run.Seed;
import io.croft.content.Document;
import io.croft.content.Listing;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.job.JobSchedule;
import io.croft.lucene.LuceneIndex;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * Whether an organisation can tell by the time of an answer that a value is another's: pairs of calls, one with a value
 * that another organisation has and one with a value that nobody has, in either order by chance, and the medians of
 * both.
 */
public final class TimingBenchmark implements Benchmark {

    static final double BAR_SHARE = .02;
    static final double BAR_NANOS = 50_000;

    private static final int PAIRS = 10_000;
    private static final int WARM_UP = 1_000;
    private static final int ORGS = 50;
    private static final int EACH = 20;

    private final List<TenantContext> orgs = new ArrayList<>();
    private final List<List<String>> names = new ArrayList<>();
    private final List<List<JobId>> jobs = new ArrayList<>();

    @Override
    public Outcome run() {
        Random random = new Random(Seed.choose("timing"));
        int pairs = Given.count("samples", PAIRS);
        try (Database database = Database.start();
                TempFolder folder = TempFolder.create();
                Croft croft = Croft.builder().store(database.store()).index(LuceneIndex.at(folder.at("index")))
                        .embedder(new HashEmbedder()).start()) {
            moveIn(croft, random);
            boolean reached = true;
            for (Map.Entry<String, BiConsumer<TenantContext, Value>> call : calls(croft).entrySet()) {
                reached &= measure(call.getKey(), call.getValue(), pairs, random);
            }
            return reached ? Outcome.REACHED : Outcome.MISSED;
        }
    }

    /** Something that an organisation has, or nobody. */
    private record Value(String name, JobId job) {
    }

    private static Map<String, BiConsumer<TenantContext, Value>> calls(Croft croft) {
        Map<String, BiConsumer<TenantContext, Value>> calls = new LinkedHashMap<>();
        calls.put("documents.find", (org, value) -> empty(() -> croft.documents().find(org, value.name).isEmpty()));
        calls.put("documents.status",
                (org, value) -> empty(() -> croft.documents().status(org, value.name).isEmpty()));
        calls.put("documents.delete",
                (org, value) -> empty(() -> croft.documents().delete(org, value.name).isEmpty()));
        calls.put("marketplace.find",
                (org, value) -> empty(() -> croft.marketplace().find(org, value.name).isEmpty()));
        calls.put("jobs.find", (org, value) -> empty(() -> croft.jobs().find(org, value.job).isEmpty()));
        calls.put("jobs.redrive",
                (org, value) -> empty(() -> croft.jobs().admin().redrive(org, List.of(value.job)).isEmpty()));
        calls.put("schedules.find",
                (org, value) -> empty(() -> croft.jobs().schedules().find(org, value.name).isEmpty()));
        return calls;
    }

    private static void empty(Supplier<Boolean> nothing) {
        if (!nothing.get()) {
            throw new IllegalStateException("another organisation's value was found");
        }
    }

    private void moveIn(Croft croft, Random random) {
        JobRequest later = JobRequest.of(JobKind.of("later", "later"), "{}").withDelay(Duration.ofDays(300));
        for (int i = 0; i < ORGS; i++) {
            TenantContext org = TenantContext.of(OrgId.named("timed-" + i), Actor.user("user-" + i, Role.ADMIN));
            croft.orgs().create(org);
            List<String> own = new ArrayList<>();
            List<JobId> ids = new ArrayList<>();
            for (int n = 0; n < EACH; n++) {
                String name = name(random);
                own.add(name);
                croft.documents().put(org, Document.text(name, "a text"));
                croft.marketplace().publish(org, Listing.of(name, "a listing"));
                ids.add(croft.jobs().enqueue(org, later).id());
                croft.jobs().schedules().put(org, name, JobSchedule.every(Duration.ofDays(300)),
                        JobRequest.of(JobKind.of("later", "later"), "{}"));
            }
            orgs.add(org);
            names.add(own);
            jobs.add(ids);
        }
    }

    private boolean measure(String name, BiConsumer<TenantContext, Value> call, int pairs, Random random) {
        long[] elsewhere = new long[pairs];
        long[] nowhere = new long[pairs];
        for (int i = -WARM_UP; i < pairs; i++) {
            int asking = random.nextInt(ORGS);
            int other = (asking + 1 + random.nextInt(ORGS - 1)) % ORGS;
            int nth = random.nextInt(EACH);
            Value theirs = new Value(names.get(other).get(nth), jobs.get(other).get(nth));
            Value nobodys = new Value(name(random), new JobId((1L << 50) + random.nextInt(1 << 30)));
            boolean first = random.nextBoolean();
            long before = first ? nanos(call, orgs.get(asking), theirs) : nanos(call, orgs.get(asking), nobodys);
            long after = first ? nanos(call, orgs.get(asking), nobodys) : nanos(call, orgs.get(asking), theirs);
            if (i >= 0) {
                elsewhere[i] = first ? before : after;
                nowhere[i] = first ? after : before;
            }
        }
        double there = median(elsewhere);
        double none = median(nowhere);
        double difference = Math.abs(there - none);
        boolean reached = difference <= BAR_NANOS || difference <= BAR_SHARE * Math.min(there, none);
        System.out.printf(Locale.ROOT,
                "%-18s %,d pairs: elsewhere %.1f µs, nowhere %.1f µs, differ by %.1f µs, %.2f %% (bar %.0f %% or %.0f µs)"
                        + "%s%n",
                name, pairs, there / 1e3, none / 1e3, difference / 1e3, 100 * difference / Math.min(there, none),
                100 * BAR_SHARE, BAR_NANOS / 1e3, reached ? "" : " MISSED");
        return reached;
    }

    private static long nanos(BiConsumer<TenantContext, Value> call, TenantContext org, Value value) {
        long start = System.nanoTime();
        call.accept(org, value);
        return System.nanoTime() - start;
    }

    private static double median(long[] nanos) {
        long[] sorted = nanos.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static String name(Random random) {
        byte[] bytes = new byte[8];
        random.nextBytes(bytes);
        return "n-" + HexFormat.of().formatHex(bytes);
    }
}
