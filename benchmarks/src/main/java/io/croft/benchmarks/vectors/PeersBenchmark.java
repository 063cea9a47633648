package io.croft.benchmarks.vectors;

import io.croft.benchmarks.data.HeldOutVectors;
import io.croft.benchmarks.data.SharedFolder;
import io.croft.benchmarks.machine.TempFolder;
import io.croft.benchmarks.run.Benchmark;
import java.io.IOException;
import java.util.Optional;

/** The last part of {@link VectorsBenchmark} by itself: other libraries at equal recall. */
public final class PeersBenchmark implements Benchmark {

    @Override
    public Outcome run() throws IOException, InterruptedException {
        Optional<HeldOutVectors> found = HeldOutVectors.find();
        if (found.isEmpty()) {
            System.out.println(SharedFolder.missing("packages"));
            return Outcome.SKIPPED;
        }
        try (TempFolder folder = TempFolder.create()) {
            boolean reached = new VectorPeers(found.get().ofSize(VectorsBenchmark.LARGE), VectorsBenchmark.RECALL_BAR,
                    VectorsBenchmark.QUERIES_A_DAY).compare(folder);
            return reached ? Outcome.REACHED : Outcome.MISSED;
        }
    }
}
