package io.croft.benchmarks.index;

import io.croft.OrgId;
import io.croft.benchmarks.data.HeldOutVectors;
import io.croft.benchmarks.data.JudgedCollection;
import io.croft.benchmarks.data.PackageCatalogue;
import io.croft.benchmarks.data.SharedFolder;
import io.croft.benchmarks.machine.Cpu;
import io.croft.benchmarks.machine.TempFolder;
import io.croft.benchmarks.run.Benchmark;
import io.croft.content.Document;
import io.croft.content.EmbeddingModel;
import io.croft.lucene.LuceneIndex;
import io.croft.search.Fields;
import io.croft.search.SearchMode;
import io.croft.spi.Checkpoint;
import io.croft.spi.Chunk;
import io.croft.spi.ChunkIndex;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexSchema;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.IndexSession.Candidate;
import io.croft.spi.IndexSession.CandidateQuery;
import io.croft.spi.QueryText;
import io.croft.spi.TextStatistics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * One organisation of 100,000 chunks, warm, at the index's seam: what a search costs in CPU, by vector and by both
 * legs, and in Lucene alone on the same folder; and what it costs to build the index. All on one thread, in turns.
 */
public final class WarmBenchmark implements Benchmark {

    static final double CPU_BAR_MILLIS = 15;
    static final double RATIO_BAR = 1.15;
    static final double BUILD_BAR_SECONDS = 15;

    private static final int CHUNKS = 100_000;
    private static final int QUERIES = 300;
    private static final int ROUNDS = 5;
    private static final int PER_LEG = 100;
    private static final int SHOWN = 10;
    private static final int WORDS = 6;
    private static final int BATCH = 500;
    private static final IndexScope.PrivateIndex SCOPE = new IndexScope.PrivateIndex(OrgId.named("packages"),
            new UUID(1, 1));
    private static final EmbeddingModel MODEL = new EmbeddingModel("precomputed", JudgedCollection.DIMENSIONS, 0.2);
    @FunctionalInterface
    private interface Way {
        int search(ReadyChunks.Query asked) throws IOException;
    }

    @Override
    public Outcome run() throws IOException {
        Optional<PackageCatalogue> found = PackageCatalogue.find();
        if (found.isEmpty()) {
            System.out.println(SharedFolder.missing("packages"));
            return Outcome.SKIPPED;
        }
        PackageCatalogue catalogue = found.get();
        List<float[]> vectors = new HeldOutVectors(catalogue.vectors(), List.of()).ofSize(CHUNKS).vectors();
        List<ReadyChunks.Query> asked = asked(catalogue);
        try (TempFolder folder = TempFolder.create()) {
            Path root = folder.at("index");
            double seconds = build(root, catalogue, vectors);
            System.out.printf(Locale.ROOT, "%,d ready chunks searchable after %.1f CPU s (bar %.0f)%n", CHUNKS, seconds,
                    BUILD_BAR_SECONDS);
            boolean reached = seconds <= BUILD_BAR_SECONDS;
            try (LuceneIndex index = started(root);
                    IndexSession session = session(index);
                    BareLucene lucene = BareLucene.open(root)) {
                Map<String, Way> ways = new LinkedHashMap<>();
                ways.put("product, vector", one -> candidates(session, SearchMode.VECTOR, one).size());
                ways.put("Lucene's queries, vector", one -> lucene.nearestByQuery(one.vector()).length);
                ways.put("Lucene's segments, vector", one -> lucene.nearestBySegments(one.vector()).length);
                ways.put("product, hybrid", one -> candidates(session, SearchMode.HYBRID, one).size());
                ways.put("Lucene's queries, hybrid",
                        one -> lucene.hybrid(one.vector(), one.text(), lucene::nearestByQuery));
                ways.put("Lucene's segments, hybrid",
                        one -> lucene.hybrid(one.vector(), one.text(), lucene::nearestBySegments));
                ways.put("product, hybrid, with ten passages", one -> shown(session, one));
                return report(measure(ways, asked), lucene.segments()) && reached ? Outcome.REACHED : Outcome.MISSED;
            }
        }
    }

    private static double build(Path root, PackageCatalogue catalogue, List<float[]> vectors) {
        List<ContentChunks> contents = new ArrayList<>(CHUNKS);
        for (int i = 0; i < CHUNKS; i++) {
            Document document = catalogue.documents().get(i % catalogue.documents().size());
            String text = document.text();
            contents.add(new ContentChunks(new ContentKey(SCOPE.org(), document.id() + "-" + i), 1, MODEL.id(),
                    Instant.EPOCH, document.title(), Map.of(),
                    List.of(new Chunk(0, 0, text.length(), text, vectors.get(i)))));
        }
        long before = Cpu.ofProcessNanos();
        try (LuceneIndex index = started(root); ChunkIndex.Rebuild rebuild = index.rebuild(SCOPE)) {
            for (int from = 0; from < CHUNKS; from += BATCH) {
                rebuild.add(contents.subList(from, from + BATCH));
            }
            rebuild.finish(Checkpoint.BEGINNING);
        }
        return (Cpu.ofProcessNanos() - before) / 1e9;
    }

    private static LuceneIndex started(Path root) {
        LuceneIndex index = LuceneIndex.at(root);
        index.start(new IndexSchema(MODEL, Fields.undeclared()), event -> {
        });
        return index;
    }

    private static IndexSession session(LuceneIndex index) {
        index.open(SCOPE);
        return index.session(SCOPE, Long.MAX_VALUE);
    }

    private static List<Candidate> candidates(IndexSession session, SearchMode mode, ReadyChunks.Query asked) {
        TextStatistics statistics = mode == SearchMode.VECTOR
                ? TextStatistics.NONE
                : session.statistics(QueryText.of(asked.text()));
        return session
                .candidates(new CandidateQuery(mode, QueryText.of(asked.text()), asked.vector(), statistics, PER_LEG,
                        System.nanoTime() + Duration.ofMinutes(1).toNanos()));
    }

    private static int shown(IndexSession session, ReadyChunks.Query asked) {
        List<Candidate> candidates = candidates(session, SearchMode.HYBRID, asked);
        return session
                .passages(candidates.subList(0, Math.min(SHOWN, candidates.size())), QueryText.of(asked.text()),
                        Long.MAX_VALUE)
                .size();
    }

    /** The first words of packages, and vectors between two of them. */
    private static List<ReadyChunks.Query> asked(PackageCatalogue catalogue) {
        List<float[]> vectors = catalogue.queries(QUERIES);
        List<ReadyChunks.Query> asked = new ArrayList<>();
        int step = catalogue.documents().size() / QUERIES;
        for (int i = 0; i < QUERIES; i++) {
            String[] words = catalogue.documents().get(i * step).text().split("\\s+");
            asked.add(new ReadyChunks.Query(String.join(" ", List.of(words).subList(0, Math.min(WORDS, words.length))),
                    vectors.get(i)));
        }
        return asked;
    }

    private static Map<String, double[]> measure(Map<String, Way> ways, List<ReadyChunks.Query> asked)
            throws IOException {
        Map<String, double[]> millis = new LinkedHashMap<>();
        for (int round = -1; round < ROUNDS; round++) {
            for (Map.Entry<String, Way> way : ways.entrySet()) {
                double[] times = millis.computeIfAbsent(way.getKey(), name -> new double[ROUNDS * QUERIES]);
                for (int q = 0; q < asked.size(); q++) {
                    long before = Cpu.ofThreadNanos();
                    if (way.getValue().search(asked.get(q)) == 0) {
                        throw new IllegalStateException(way.getKey() + " found nothing");
                    }
                    if (round >= 0) {
                        times[round * QUERIES + q] = (Cpu.ofThreadNanos() - before) / 1e6;
                    }
                }
            }
        }
        return millis;
    }

    private static boolean report(Map<String, double[]> millis, int segments) {
        System.out.printf(Locale.ROOT, "%,d chunks in %d segments, %d candidates of each leg%n%n| way | CPU ms p50 |"
                + " p95 | mean |%n|---|---|---|---|%n", CHUNKS, segments, PER_LEG);
        millis.forEach((way, times) -> {
            Arrays.sort(times);
            System.out.printf(Locale.ROOT, "| %s | %.2f | %.2f | %.2f |%n", way, times[times.length / 2], p95(times),
                    Arrays.stream(times).average().orElseThrow());
        });
        double whole = p95(millis.getOrDefault("product, hybrid, with ten passages", new double[1]));
        double vector = ratio(millis, "vector");
        double hybrid = ratio(millis, "hybrid");
        System.out.printf(Locale.ROOT, "%nhybrid with passages p95 %.2f ms of CPU (bar %.0f); product ÷ the faster way"
                + " in Lucene alone: vector %.2f, hybrid %.2f (bar %.2f)%n", whole, CPU_BAR_MILLIS, vector, hybrid,
                RATIO_BAR);
        return whole <= CPU_BAR_MILLIS && vector <= RATIO_BAR && hybrid <= RATIO_BAR;
    }

    private static double ratio(Map<String, double[]> millis, String mode) {
        double bare =
                Math.min(median(millis, "Lucene's queries, " + mode), median(millis, "Lucene's segments, " + mode));
        return median(millis, "product, " + mode) / bare;
    }

    private static double median(Map<String, double[]> millis, String way) {
        double[] times = millis.getOrDefault(way, new double[1]);
        return times[times.length / 2];
    }

    private static double p95(double[] sorted) {
        return sorted[(int) (sorted.length * 0.95)];
    }
}
