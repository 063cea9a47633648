package io.croft.benchmarks.ranking;

import io.croft.Croft;
import io.croft.benchmarks.data.JudgedCollection;
import io.croft.benchmarks.data.SharedFolder;
import io.croft.benchmarks.machine.TempFolder;
import io.croft.benchmarks.ranking.QualityRun.Bar;
import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.run.Product;
import io.croft.ingest.LocalEmbedder;
import java.util.Locale;
import java.util.Optional;

/** The product's own ranking on judged collections, with the local model, beside the bars. */
public final class QualityBenchmark implements Benchmark {

    @Override
    public Outcome run() {
        boolean skipped = false;
        boolean reached = true;
        StringBuilder table = new StringBuilder(
                String.format(Locale.ROOT, "%n%-10s %10s %10s %8s %8s%n", "collection", "nDCG@10", "recall@100",
                        "MRR", "bar"));
        try (Database database = Database.start();
                TempFolder folder = TempFolder.create();
                Croft croft = Product.start(database, folder, LocalEmbedder.miniLm())) {
            for (Bar bar : Bar.values()) {
                Optional<JudgedCollection> collection = JudgedCollection.find(bar.collection);
                if (collection.isEmpty()) {
                    System.out.println(SharedFolder.missing(bar.collection));
                    skipped = true;
                    continue;
                }
                Ranking ranking = new QualityRun(croft, System.out::println).measure(collection.get());
                reached &= ranking.ndcg10() >= bar.ndcg10;
                table.append(row(bar, ranking));
            }
        }
        System.out.println(table);
        return skipped ? Outcome.SKIPPED : reached ? Outcome.REACHED : Outcome.MISSED;
    }

    static String row(Bar bar, Ranking ranking) {
        return String.format(Locale.ROOT, "%-10s %10.4f %10.4f %8.4f %8.3f %s%n", bar.collection, ranking.ndcg10(),
                ranking.recall100(), ranking.mrr(), bar.ndcg10, ranking.ndcg10() >= bar.ndcg10 ? "reached" : "MISSED");
    }
}
