package io.croft.benchmarks.index;

import io.croft.OrgId;
import io.croft.benchmarks.data.JudgedCollection;
import io.croft.benchmarks.data.PackageCatalogue;
import io.croft.benchmarks.data.SharedFolder;
import io.croft.benchmarks.machine.TempFolder;
import io.croft.benchmarks.run.Benchmark;
import io.croft.content.Document;
import io.croft.content.EmbeddingModel;
import io.croft.lucene.LuceneIndex;
import io.croft.search.Facet;
import io.croft.search.FieldValue;
import io.croft.search.Fields;
import io.croft.search.Filter;
import io.croft.search.SearchMode;
import io.croft.search.Sort;
import io.croft.spi.Checkpoint;
import io.croft.spi.Chunk;
import io.croft.spi.ChunkIndex.Rebuild;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexSchema;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.IndexSession.Candidate;
import io.croft.spi.IndexSession.CandidateQuery;
import io.croft.spi.QueryText;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.stream.IntStream;

/**
 * What filters find and cost: the package catalogue in one private index, {@value #HELD_OUT} of it held out to search
 * with. Each filter's ten nearest are compared with those of an exact scan of what passes.
 */
public final class FilterBenchmark implements Benchmark {

    private static final int HELD_OUT = 1000;
    private static final int TIMED = 300;
    private static final double BAR = 0.99;
    private static final int PER_LEG = 100;
    private static final EmbeddingModel MODEL = new EmbeddingModel("packages", JudgedCollection.DIMENSIONS, 0.1);
    private static final IndexScope.PrivateIndex SCOPE = new IndexScope.PrivateIndex(OrgId.named("packages"),
            new UUID(0, 1));

    private record Case(String name, Optional<Filter> filter) {
    }

    @Override
    public Outcome run() {
        Optional<PackageCatalogue> found = PackageCatalogue.find();
        if (found.isEmpty()) {
            System.out.println(SharedFolder.missing("packages"));
            return Outcome.SKIPPED;
        }
        PackageCatalogue catalogue = found.get();
        int size = catalogue.documents().size() - HELD_OUT;
        double[] share = new SplittableRandom(5).doubles(size, 0, 100).toArray();
        try (TempFolder folder = TempFolder.create(); LuceneIndex index = LuceneIndex.at(folder.at("index"))) {
            index.start(new IndexSchema(MODEL, Fields.declare().number("share").keyword("section")), event -> {
            });
            build(index, catalogue, share);
            try (IndexSession session = index.session(SCOPE, Long.MAX_VALUE)) {
                return measure(session, catalogue, share);
            }
        }
    }

    private static void build(LuceneIndex index, PackageCatalogue catalogue, double[] share) {
        try (Rebuild rebuild = index.rebuild(SCOPE)) {
            for (int i = 0; i < share.length; i++) {
                Document document = catalogue.documents().get(i);
                Map<String, String> fields = new HashMap<>(document.fields());
                fields.put("share", Double.toString(share[i]));
                rebuild.add(List.of(new ContentChunks(new ContentKey(SCOPE.org(), Integer.toString(i)), 1, MODEL.id(),
                        Instant.EPOCH, document.title(), fields, List.of(new Chunk(0, 0, document.text().length(),
                                document.text(), catalogue.vectors().get(i))))));
            }
            rebuild.finish(new Checkpoint("built"));
        }
    }

    private static Outcome measure(IndexSession session, PackageCatalogue catalogue, double[] share) {
        List<Case> cases = new ArrayList<>(List.of(new Case("none", Optional.empty())));
        for (double percent : new double[]{50, 10, 5, 1, 0.1}) {
            cases.add(new Case(percent + " % at random", Optional.of(Filter.range("share").below(percent))));
        }
        for (String section : sections(catalogue, share.length)) {
            cases.add(new Case("section " + section, Optional.of(Filter.equals("section", section))));
        }
        System.out.printf(Locale.ROOT, "%d chunks of %d dimensions, %d queries%n%-26s %8s %9s %12s %12s%n",
                share.length,
                MODEL.dimensions(), HELD_OUT, "filter", "passing", "recall@10", "vector p50", "hybrid p50");
        double worst = 1;
        for (Case one : cases) {
            int[] passing = passing(catalogue, share, one);
            double recall = recall(session, catalogue, one, passing);
            worst = Math.min(worst, recall);
            System.out.printf(Locale.ROOT, "%-26s %8d %9.4f %9.0f µs %9.0f µs%n", one.name, passing.length, recall,
                    micros(i -> session.candidates(query(catalogue, i, SearchMode.VECTOR, one, session))),
                    micros(i -> session.candidates(query(catalogue, i, SearchMode.HYBRID, one, session))));
        }
        Case none = cases.getFirst();
        System.out.printf(Locale.ROOT, "%-46s %9.0f µs%n%-46s %9.0f µs%n%-46s %9.0f µs%n",
                "facet of all sections, of all chunks, p50", micros(i -> session.facets(
                        query(catalogue, i, SearchMode.VECTOR, none, session),
                        List.of(new Facet.Values("section", 50)))),
                "facet of all sections, of a text query, p50", micros(i -> session.facets(
                        query(catalogue, i, SearchMode.TEXT, none, session), List.of(new Facet.Values("section", 50)))),
                "the first 10 by a number, of all chunks, p50", micros(i -> session.sorted(
                        query(catalogue, i, SearchMode.VECTOR, none, session).perLeg(10), Sort.ascending("share"))));
        System.out.printf(Locale.ROOT, "worst recall@10 %.4f, bar %.2f%n", worst, BAR);
        return worst >= BAR ? Outcome.REACHED : Outcome.MISSED;
    }

    /** The most frequent one, one of middling size and a small one. */
    private static List<String> sections(PackageCatalogue catalogue, int size) {
        Map<String, Integer> counts = new HashMap<>();
        for (Document document : catalogue.documents().subList(0, size)) {
            counts.merge(document.fields().getOrDefault("section", ""), 1, Integer::sum);
        }
        List<String> largest = counts.keySet().stream().filter(section -> !section.isEmpty())
                .sorted(Comparator.comparing((String section) -> counts.getOrDefault(section, 0)).reversed()
                        .thenComparing(section -> section))
                .toList();
        return List.of(largest.getFirst(), largest.get(largest.size() / 3), largest.get(largest.size() * 2 / 3));
    }

    private static int[] passing(PackageCatalogue catalogue, double[] share, Case one) {
        return IntStream.range(0, share.length).filter(i -> switch (one.filter.orElse(null)) {
            case null -> true;
            case Filter.Range range -> range.contains(FieldValue.of(share[i]));
            case Filter.Equals equals -> equals.value().text().equals(catalogue.documents().get(i).fields()
                    .get("section"));
            default -> throw new IllegalArgumentException(one.name);
        }).toArray();
    }

    private static double recall(IndexSession session, PackageCatalogue catalogue, Case one, int[] passing) {
        double sum = 0;
        for (int q = 0; q < HELD_OUT; q++) {
            float[] query = catalogue.vectors().get(catalogue.vectors().size() - HELD_OUT + q);
            Set<String> exact = nearest(query, catalogue, passing);
            List<Candidate> found = new ArrayList<>(
                    session.candidates(query(catalogue, q, SearchMode.VECTOR, one, session)));
            found.sort(Comparator.comparingDouble(candidate -> -candidate.cosine()));
            sum += found.stream().limit(10).filter(candidate -> exact.contains(candidate.key().id())).count()
                    / (double) exact.size();
        }
        return sum / HELD_OUT;
    }

    private static Set<String> nearest(float[] query, PackageCatalogue catalogue, int[] passing) {
        PriorityQueue<Measured> best = new PriorityQueue<>(Comparator.comparingDouble(Measured::cosine));
        for (int i : passing) {
            best.add(new Measured(i, dot(query, catalogue.vectors().get(i))));
            if (best.size() > 10) {
                best.remove();
            }
        }
        Set<String> ids = new HashSet<>();
        best.forEach(one -> ids.add(Integer.toString(one.document)));
        return ids;
    }

    private record Measured(int document, double cosine) {
    }

    private static CandidateQuery query(PackageCatalogue catalogue, int number, SearchMode mode, Case one,
            IndexSession session) {
        int held = catalogue.documents().size() - HELD_OUT + number;
        String text = catalogue.documents().get(held).title();
        return new CandidateQuery(mode, QueryText.of(text), catalogue.vectors().get(held),
                session.statistics(QueryText.of(text)), PER_LEG,
                System.nanoTime() + Duration.ofSeconds(30).toNanos(), one.filter, Optional.empty(),
                Set.of());
    }

    private interface Work {
        List<?> of(int query);
    }

    /** The median CPU time of this thread for one query. */
    private static double micros(Work work) {
        var threads = ManagementFactory.getThreadMXBean();
        double[] times = new double[TIMED];
        long found = 0;
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < TIMED; i++) {
                long start = threads.getCurrentThreadCpuTime();
                found += work.of(i).size();
                times[i] = (threads.getCurrentThreadCpuTime() - start) / 1e3;
            }
        }
        if (found == 0) {
            throw new IllegalStateException("nothing was found: nothing was measured");
        }
        Arrays.sort(times);
        return times[TIMED / 2];
    }

    private static double dot(float[] one, float[] other) {
        double sum = 0;
        for (int d = 0; d < one.length; d++) {
            sum += (double) one[d] * other[d];
        }
        return sum;
    }
}
