package io.croft.benchmarks.tenancy;

import io.croft.Croft;
import io.croft.benchmarks.data.HashEmbedder;
import io.croft.benchmarks.machine.TempFolder;
import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.run.Product;
import io.croft.benchmarks.run.Seed;
import java.util.Locale;

/** Ten thousand random queries of fifty organisations with overlapping document ids. */
public final class IsolationBenchmark implements Benchmark {

    static final int QUERIES = 10_000;

    @Override
    public Outcome run() throws Exception {
        IsolationProof.Report report = measure(Seed.choose("isolation"));
        System.out.printf(Locale.ROOT,
                "%,d queries of %d organisations: %,d hits of their own, %,d of the marketplace, "
                        + "%,d of %,d queries for an own word found it, FOREIGN %d (must be 0)%n",
                report.queries(),
                IsolationProof.ORGS, report.own(), report.market(), report.found(), report.found() + report.lost(),
                report.foreign());
        report.examples().forEach(System.out::println);
        return report.foreign() == 0 && report.lost() == 0 ? Outcome.REACHED : Outcome.MISSED;
    }

    static IsolationProof.Report measure(long seed) throws Exception {
        try (Database database = Database.start();
                TempFolder folder = TempFolder.create();
                Croft croft = Product.start(database, folder, new HashEmbedder())) {
            IsolationProof proof = new IsolationProof(croft, seed);
            proof.moveIn();
            return proof.ask(QUERIES);
        }
    }
}
