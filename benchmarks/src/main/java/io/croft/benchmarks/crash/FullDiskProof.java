package io.croft.benchmarks.crash;

import io.croft.CroftException;
import io.croft.benchmarks.data.History;
import io.croft.benchmarks.data.OrgIndex;
import io.croft.benchmarks.machine.TempFolder;
import io.croft.lucene.IndexProbe;
import io.croft.lucene.LuceneIndex;
import io.croft.spi.ChunkIndex;
import io.croft.spi.ChunkIndex.Standing;
import io.croft.spi.IndexScope;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Fills one organisation's disk after a random number of bytes, in whatever is being done to its index then, and makes
 * room again. Nothing that was acknowledged may be missing and no chunk be there twice, the index must go on by being
 * opened again, and the neighbour must not notice.
 */
final class FullDiskProof {

    private static final long MOST_BYTES = 40_000;
    private static final int STEPS = 12;
    private static final int MOST_ATTEMPTS = 4;
    private static final IndexScope.PrivateIndex OWN = OrgIndex.named("full");
    private static final IndexScope.PrivateIndex NEIGHBOUR = OrgIndex.named("full-neighbour");

    private final SplittableRandom random;
    private final History own;
    private final History neighbour;
    private final List<String> faults = new ArrayList<>();
    private int failures;
    private int ownNumber;
    private int lasting;
    private int neighbourNumber;

    /**
     * What was seen.
     *
     * @param failures how many times the disk was full in the midst of something
     * @param faults   what was not as it must be: must be none
     */
    record Report(int failures, List<String> faults) {

        Report {
            faults = List.copyOf(faults);
        }
    }

    FullDiskProof(long seed) {
        this.random = new SplittableRandom(seed);
        this.own = new History(seed, OWN, List.of(OWN.org()), 40, 20);
        this.neighbour = new History(seed + 1, NEIGHBOUR, List.of(NEIGHBOUR.org()), 40, 20);
    }

    /** Fills the disk so many times. */
    Report run(Path folder, int times) {
        FullDisk disk = new FullDisk(OWN.org().toString());
        Path root = folder.resolve("root");
        try (LuceneIndex index = IndexProbe.opening(LuceneIndex.builder(root).keepPrevious(Duration.ofHours(1)),
                disk::open).build()) {
            index.start(History.SCHEMA, event -> {
            });
            build(index, own, 0);
            build(index, neighbour, 0);
            for (int i = 0; i < times; i++) {
                round(index, disk, folder, "round " + i);
            }
        }
        try (LuceneIndex again = LuceneIndex.at(root)) {
            again.start(History.SCHEMA, event -> {
            });
            for (History one : List.of(own, neighbour)) {
                int number = one.equals(own) ? ownNumber : neighbourNumber;
                if (again.open(one.scope()) instanceof Standing.Ready ready
                        && History.number(ready.checkpoint()) == number) {
                    compare(again, one, number, "at the end");
                } else {
                    faults.add("at the end " + one.scope() + " does not stand at " + number);
                }
            }
        }
        return new Report(failures, faults);
    }

    private void round(LuceneIndex index, FullDisk disk, Path folder, String when) {
        disk.leave(random.nextLong(MOST_BYTES));
        try {
            for (int i = 0; i < STEPS; i++) {
                step(index, folder);
            }
        } catch (CroftException e) {
            failures++;
        }
        apply(index, neighbour, ++neighbourNumber);
        index.commit(neighbour.scope());
        disk.leaveEnough();
        for (int attempt = 1; !goesOn(index, when); attempt++) {
            if (attempt == MOST_ATTEMPTS) {
                faults.add(when + ": it does not go on though there is room");
                return;
            }
        }
        compare(index, neighbour, neighbourNumber, when + ", the neighbour");
    }

    /** Opens it and writes on; a merge that met the full disk may still end the writer once more. */
    private boolean goesOn(LuceneIndex index, String when) {
        try {
            switch (index.open(own.scope())) {
                case Standing.Ready ready -> {
                    int number = History.number(ready.checkpoint());
                    if (number < lasting || number > ownNumber) {
                        faults.add(when + ": it stands at " + number + ", expected was " + lasting + " to "
                                + ownNumber);
                    }
                    ownNumber = number;
                    compare(index, own, number, when);
                }
                case Standing.NeedsRebuild needs -> {
                    faults.add(when + ": it must be rebuilt: " + needs.reason());
                    build(index, own, ownNumber);
                }
            }
            apply(index, own, ownNumber + 1);
            index.commit(own.scope());
        } catch (CroftException e) {
            return false;
        }
        lasting = ++ownNumber;
        compare(index, own, ownNumber, when + ", after going on");
        return true;
    }

    private void step(LuceneIndex index, Path folder) {
        switch (random.nextInt(10)) {
            case 0 -> {
                build(index, own, ownNumber);
                lasting = ownNumber;
            }
            case 1 -> {
                Path copy = folder.resolve("copy-" + random.nextInt(1_000_000_000));
                index.snapshot(own.scope(), copy);
                lasting = ownNumber;
                TempFolder.remove(copy);
            }
            case 2 -> {
                index.commit(own.scope());
                lasting = ownNumber;
                IndexProbe.tidyAsIdle(index);
                IndexProbe.tidyAsIdle(index);
            }
            case 3 -> {
                index.rewrite(own.scope());
                lasting = ownNumber;
            }
            case 4, 5 -> {
                index.commit(own.scope());
                lasting = ownNumber;
            }
            default -> {
                apply(index, own, ++ownNumber);
                index.session(own.scope(), Long.MAX_VALUE).close();
            }
        }
    }

    private static void apply(ChunkIndex index, History history, int number) {
        index.apply(history.scope(), history.batch(number), History.checkpoint(number));
    }

    private static void build(ChunkIndex index, History history, int number) {
        try (ChunkIndex.Rebuild build = index.rebuild(history.scope())) {
            build.add(history.contents(number));
            build.finish(History.checkpoint(number));
        }
    }

    private void compare(ChunkIndex index, History history, int number, String when) {
        IndexState.differences(index, history, number).forEach(line -> faults.add(when + ": " + line));
    }
}
