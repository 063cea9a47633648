package io.croft.benchmarks.index;

import io.croft.Croft;
import io.croft.benchmarks.data.JudgedCollection;
import io.croft.benchmarks.data.PackageCatalogue;
import io.croft.benchmarks.data.PrecomputedEmbedder;
import io.croft.benchmarks.data.SharedFolder;
import io.croft.benchmarks.index.OverheadState.Way;
import io.croft.benchmarks.machine.TempFolder;
import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.run.Product;
import io.croft.benchmarks.run.Waiting;
import io.croft.content.Document;
import io.croft.content.WriteReceipt;
import io.croft.job.JobCounts;
import io.croft.job.LaneLimits;
import io.croft.search.Hit;
import io.croft.search.SearchQuery;
import io.croft.spi.Processors;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * What the product adds to a vector search: the median time of a warm private search through all of it, over that of
 * the same search in Lucene alone on the same folder. The package catalogue is one organisation's private documents.
 * Lucene alone is asked in two ways, with its query classes and on its segments; the faster one counts.
 */
public final class OverheadBenchmark implements Benchmark {

    static final double BAR = 1.5;

    private static final int COMPARED = 100;
    private static final int MIN_SAME = 95;
    private static final Duration PATIENCE = Duration.ofMinutes(20);

    @Override
    public Outcome run() throws IOException, RunnerException {
        Optional<PackageCatalogue> catalogue = PackageCatalogue.find();
        if (catalogue.isEmpty()) {
            System.out.println(SharedFolder.missing("packages"));
            return Outcome.SKIPPED;
        }
        try (Database database = Database.start(); TempFolder folder = TempFolder.create()) {
            compare(ingest(database, folder, catalogue.get()), folder.at("index"), catalogue.get());
            Options options = new OptionsBuilder().include(OverheadState.class.getName())
                    .jvmArgsAppend("-D" + OverheadState.ADDRESS_PROPERTY + "=" + String.join(" ", database.address()),
                            "-D" + OverheadState.FOLDER_PROPERTY + "=" + folder.at("index"),
                            "-D" + SharedFolder.PROPERTY + "=" + SharedFolder.collections().getParent())
                    .shouldFailOnError(true).build();
            return report(new Runner(options).run());
        }
    }

    /** Takes the catalogue in and returns the titles that the product answers the first queries with. */
    private static List<List<String>> ingest(Database database, TempFolder folder, PackageCatalogue catalogue) {
        PrecomputedEmbedder embedder = new PrecomputedEmbedder(JudgedCollection.DIMENSIONS);
        for (int i = 0; i < catalogue.documents().size(); i++) {
            Document document = catalogue.documents().get(i);
            embedder.add(document.title(), document.text(), catalogue.vectors().get(i));
        }
        try (Croft croft = Product.start(database, folder, embedder)) {
            croft.orgs().create(OverheadState.ORG);
            croft.jobs().admin().setLimits(OverheadState.ORG, Processors.EMBED.queue(), LaneLimits.maxRunning(100));
            WriteReceipt last = put(croft, catalogue.documents());
            croft.search().search(OverheadState.ORG,
                    SearchQuery.ofVector(catalogue.vectors().getFirst()).after(last).timeout(Duration.ofMinutes(5)));
            return catalogue.queries(COMPARED).stream()
                    .map(query -> OverheadState.throughProduct(croft, query).hits().stream().map(Hit::title).sorted()
                            .toList())
                    .toList();
        }
    }

    private static WriteReceipt put(Croft croft, List<Document> documents) {
        WriteReceipt last = null;
        for (int from = 0; from < documents.size(); from += 1000) {
            last = croft.documents().putAll(OverheadState.ORG,
                    documents.subList(from, Math.min(documents.size(), from + 1000))).getLast();
        }
        long[] reported = {documents.size()};
        Waiting.until("the packages to be searchable", PATIENCE, () -> {
            JobCounts counts = croft.jobs().admin().counts(OverheadState.ORG).getOrDefault(Processors.EMBED.queue(),
                    JobCounts.NONE);
            long left = counts.ready() + counts.running();
            if (left < reported[0] - 3000) {
                reported[0] = left;
                System.out.printf(Locale.ROOT, "%,d packages still to be taken in%n", left);
            }
            return left == 0;
        });
        return Objects.requireNonNull(last, "the catalogue is empty");
    }

    /** Makes sure that all ways give the same answers: a search that did less would be no peer. */
    private static void compare(List<List<String>> answers, Path folder, PackageCatalogue catalogue)
            throws IOException {
        try (BareLucene lucene = BareLucene.open(folder)) {
            List<float[]> queries = catalogue.queries(COMPARED);
            int same = 0;
            for (int i = 0; i < COMPARED; i++) {
                List<String> byQuery = titles(lucene.byQuery(queries.get(i)));
                List<String> bySegments = titles(lucene.bySegments(queries.get(i)));
                same += answers.get(i).equals(byQuery) && answers.get(i).equals(bySegments) ? 1 : 0;
            }
            System.out.printf(Locale.ROOT,
                    "%,d chunks in %d segments; the same ten hits by all ways for %d of %d queries%n",
                    lucene.size(), lucene.segments(), same, COMPARED);
            if (same < MIN_SAME) {
                throw new IllegalStateException("the ways to search give different answers: they cannot be compared");
            }
        }
    }

    private static List<String> titles(byte[][] bodies) throws IOException {
        List<String> titles = new ArrayList<>();
        for (byte[] body : bodies) {
            titles.add(BareLucene.title(body));
        }
        return titles.stream().sorted().toList();
    }

    private static Outcome report(Collection<RunResult> results) {
        Map<Way, List<Double>> medians = new EnumMap<>(Way.class);
        for (RunResult result : results) {
            medians.computeIfAbsent(Way.valueOf(result.getParams().getParam("way")), way -> new ArrayList<>())
                    .add(result.getPrimaryResult().getStatistics().getPercentile(50));
        }
        medians.forEach(
                (way, rounds) -> System.out.printf(Locale.ROOT, "%-10s p50 of each round %s µs, median %.0f µs%n",
                        way, rounds, median(rounds)));
        double bare = Math.min(median(medians.getOrDefault(Way.QUERY, List.of())),
                median(medians.getOrDefault(Way.SEGMENTS, List.of())));
        double ratio = median(medians.getOrDefault(Way.PRODUCT, List.of())) / bare;
        System.out.printf(Locale.ROOT, "ratio %.3f (bar %.1f)%n", ratio, BAR);
        return ratio <= BAR ? Outcome.REACHED : Outcome.MISSED;
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
    }
}
