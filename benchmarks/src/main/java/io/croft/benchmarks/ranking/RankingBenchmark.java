package io.croft.benchmarks.ranking;

import io.croft.Croft;
import io.croft.TenantContext;
import io.croft.benchmarks.data.JudgedCollection;
import io.croft.benchmarks.data.PrecomputedEmbedder;
import io.croft.benchmarks.data.SharedFolder;
import io.croft.benchmarks.machine.TempFolder;
import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Database;
import io.croft.content.Embedder;
import io.croft.ingest.Ingest;
import io.croft.ingest.LocalEmbedder;
import io.croft.lucene.LuceneIndex;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * How well the product ranks and merges: judged collections, split in several ways over a private index and the
 * marketplace, searched under several settings, all through the whole product. The vectors that a collection comes with
 * stand in for the model, so that a run takes a minute or two; the local model itself can be asked for.
 */
public final class RankingBenchmark implements Benchmark {

    static final String COLLECTIONS = "croft.ranking.collections";
    static final String SPLITS = "croft.ranking.splits";
    static final String SETTINGS = "croft.ranking.settings";
    static final String MODEL = "croft.ranking.model";

    /** How much of one index's nDCG@10 the merged list must keep under the first setting. */
    static final double MERGE_BAR = 0.995;

    private static final int SETTING_WIDTH = 12;

    private final StringBuilder table = new StringBuilder();
    private final List<String> changes = new ArrayList<>();
    private boolean reached = true;
    private boolean skipped;

    @Override
    public Outcome run() {
        List<Setting> settings = list(SETTINGS, "default,rrf").stream().map(Setting::of).toList();
        List<Split> splits = list(SPLITS, "one,50/50,10/90,3/97,topical").stream().map(Split::of).toList();
        table.append(String.format(Locale.ROOT, "%n%-10s %-8s %s %8s %10s %8s %12s%n", "collection", "split",
                column("setting", settings), "nDCG@10", "recall@100", "MRR", "merge ratio"));
        for (String name : list(COLLECTIONS, "cran,med,cacm")) {
            Optional<JudgedCollection> collection = JudgedCollection.find(name);
            if (collection.isEmpty()) {
                System.out.println(SharedFolder.missing(name));
                skipped = true;
                continue;
            }
            measure(collection.get(), splits, settings);
        }
        System.out.println(table);
        changes.forEach(System.out::println);
        return skipped ? Outcome.SKIPPED : reached ? Outcome.REACHED : Outcome.MISSED;
    }

    private static List<String> list(String property, String unlessGiven) {
        String given = System.getProperty(property, "");
        return List.of((given.isBlank() ? unlessGiven : given.strip()).split("\\s*,\\s*", -1));
    }

    private void measure(JudgedCollection collection, List<Split> splits, List<Setting> settings) {
        boolean local = System.getProperty(MODEL, "").strip().equals("local") || !collection.hasVectors();
        RememberedVectors vectors = new RememberedVectors(local
                ? LocalEmbedder.miniLm()
                : new PrecomputedEmbedder(JudgedCollection.DIMENSIONS).with(collection));
        try {
            Map<Split, Map<Setting, Answers>> measured = new LinkedHashMap<>();
            for (Split split : splits) {
                if (split.order() == Split.Order.NEAREST_FIRST && !collection.hasVectors()) {
                    System.out.println(collection.name() + ": it comes without vectors and cannot be split by topic");
                    continue;
                }
                System.out.println(collection.name() + ", " + split.label() + " …");
                measured.put(split, measure(collection, split, settings, vectors));
            }
            print(collection, measured, settings);
        } finally {
            vectors.release();
        }
    }

    /** What one split of a collection gives under each of these settings, in their order. */
    static Map<Setting, Answers> measure(JudgedCollection collection, Split split, List<Setting> settings,
            Embedder vectors) {
        ChosenScorer scorer = new ChosenScorer();
        Map<Setting, Answers> answers = new LinkedHashMap<>();
        try (Database database = Database.start();
                TempFolder folder = TempFolder.create();
                Croft croft = Croft.builder().store(database.store()).index(LuceneIndex.at(folder.at("index")))
                        .embedder(vectors).scorer(scorer).handlers(Ingest.handlers()).start()) {
            QualityRun run = new QualityRun(croft, System.out::println);
            TenantContext org = run.takeIn(collection, split);
            for (Setting setting : settings) {
                scorer.choose(setting.scorer());
                answers.put(setting, run.answers(org, collection, setting.mode()));
            }
        }
        return answers;
    }

    private void print(JudgedCollection collection, Map<Split, Map<Setting, Answers>> measured,
            List<Setting> settings) {
        Setting first = settings.getFirst();
        measured.forEach((split, answers) -> answers.forEach((setting, answer) -> {
            Optional<Double> ratio = Optional.ofNullable(measured.get(Split.ONE)).map(one -> one.get(setting))
                    .map(one -> answer.mean().ndcg10() / one.mean().ndcg10());
            boolean good = split.equals(Split.ONE)
                    ? reachesBar(collection, answer.mean().ndcg10())
                    : ratio.orElse(1.0) >= MERGE_BAR;
            reached &= !setting.equals(first) || good;
            Ranking mean = answer.mean();
            table.append(String.format(Locale.ROOT, "%-10s %-8s %s %8.4f %10.4f %8.4f %12s%s%n", collection.name(),
                    split.label(), column(setting.name(), settings), mean.ndcg10(), mean.recall100(), mean.mrr(),
                    ratio.map(value -> String.format(Locale.ROOT, "%.4f", value)).orElse("-"),
                    !setting.equals(first) ? "" : good ? " reached" : " MISSED"));
            Answers before = answers.get(first);
            if (!setting.equals(first) && before != null) {
                changes.add(collection.name() + ", " + split.label() + ", " + setting.name() + " against "
                        + first.name() + ": " + answer.against(before));
            }
        }));
    }

    /** A cell of the column of settings, as wide as the longest name. */
    private static String column(String cell, List<Setting> settings) {
        int width = settings.stream().mapToInt(setting -> setting.name().length()).max().orElse(0);
        return cell + " ".repeat(Math.max(SETTING_WIDTH, width) - cell.length());
    }

    private static boolean reachesBar(JudgedCollection collection, double ndcg10) {
        for (QualityRun.Bar bar : QualityRun.Bar.values()) {
            if (bar.collection.equals(collection.name())) {
                return ndcg10 >= bar.ndcg10;
            }
        }
        return true;
    }
}
