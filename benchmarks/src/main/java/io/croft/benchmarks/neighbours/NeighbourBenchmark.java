package io.croft.benchmarks.neighbours;

import io.croft.Croft;
import io.croft.benchmarks.data.HashEmbedder;
import io.croft.benchmarks.machine.TempFolder;
import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.run.Given;
import io.croft.benchmarks.run.Product;
import io.croft.benchmarks.run.Seed;
import io.croft.job.WorkerSettings;
import java.time.Duration;
import java.util.SplittableRandom;

/**
 * What 99 quiet organisations notice of one that asks a hundred times as often as each of them, and what is answered in
 * time when all together ask for more than can be done: for searches, then for jobs.
 */
public final class NeighbourBenchmark implements Benchmark {

    private static final int SLOTS = 16;

    @Override
    public Outcome run() {
        SplittableRandom random = new SplittableRandom(Seed.choose("neighbour"));
        Trial.Size size = new Trial.Size(Given.count("orgs", 99), Given.count("times", 100), Given.count("load", 20),
                Duration.ofSeconds(Given.number("seconds", 5)), Given.count("rounds", 5));
        boolean searches = search(size, random.split()).reached();
        boolean jobs = jobs(size, Given.count("slots", SLOTS), random.split()).reached();
        return searches && jobs ? Outcome.REACHED : Outcome.MISSED;
    }

    static Trial.Result search(Trial.Size size, SplittableRandom random) {
        try (Database database = Database.start();
                TempFolder folder = TempFolder.create();
                Croft croft = Product.start(database, folder, new HashEmbedder())) {
            SearchService service = new SearchService(croft, random.split());
            service.moveIn(size.quiet() + 1);
            return new Trial(service, size, random).run();
        }
    }

    static Trial.Result jobs(Trial.Size size, int slots, SplittableRandom random) {
        TimedWork work = new TimedWork();
        try (Database database = Database.start();
                Croft croft = Croft.builder().store(database.store()).handler(TimedWork.KIND, work::handle)
                        .workers(WorkerSettings.defaults().withSlots(slots)).start()) {
            JobService service = new JobService(croft, database, work, slots);
            service.moveIn(size.quiet() + 1);
            return new Trial(service, size, random).run();
        }
    }
}
