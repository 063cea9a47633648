package io.croft.benchmarks.crash;

import io.croft.benchmarks.data.History;
import io.croft.benchmarks.machine.ChildJvm;
import io.croft.benchmarks.machine.TempFolder;
import io.croft.lucene.IndexProbe;
import io.croft.lucene.LuceneIndex;
import io.croft.spi.ChunkIndex;
import io.croft.spi.ChunkIndex.Standing;
import io.croft.spi.IndexScope;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Kills a process at each of {@link CrashPlace}, and looks at what it leaves: every index must open at a checkpoint
 * that was given to it, not before what it acknowledged as lasting, with exactly the chunks of that checkpoint and no
 * file damaged; it must go on from there; and nothing of what was under way may stay on the disk.
 */
final class CrashPlacesProof {

    private static final int MOST_OCCURRENCE = 5;
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final Path folder;
    private final long seed;
    private final Consumer<String> progress;
    private final Map<CrashPlace, Integer> kills = new EnumMap<>(CrashPlace.class);
    private final List<String> faults = new ArrayList<>();
    private int ahead;

    /**
     * What was seen.
     *
     * @param kills  how often the process was killed at each place
     * @param ahead  how many indexes had lost changes that were not acknowledged
     * @param faults what was not as it must be
     */
    record Report(Map<CrashPlace, Integer> kills, int ahead, List<String> faults) {

        Report {
            kills = Map.copyOf(kills);
            faults = List.copyOf(faults);
        }
    }

    CrashPlacesProof(Path folder, long seed, Consumer<String> progress) {
        this.folder = folder;
        this.seed = seed;
        this.progress = progress;
    }

    /** Kills once at each place for each of so many seeds; each seed has a folder of its own. */
    Report run(int seeds) {
        for (int i = 0; i < seeds; i++) {
            SplittableRandom random = new SplittableRandom(seed + i);
            Path home = folder.resolve("seed-" + i);
            for (CrashPlace place : CrashPlace.values()) {
                try {
                    killAt(place, home, seed + i, random);
                    check(home, seed + i, place);
                } catch (RuntimeException e) {
                    faults.add("seed " + (seed + i) + " at " + place + ": " + e);
                    progress.accept(faults.getLast());
                    home = folder.resolve("seed-" + i + "-after-" + place);
                }
            }
            progress.accept("seed " + (i + 1) + " of " + seeds + ": killed at each place, faults " + faults.size());
            TempFolder.remove(home);
        }
        return new Report(kills, ahead, faults);
    }

    private void killAt(CrashPlace place, Path home, long history, SplittableRandom random) {
        int occurrence = place == CrashPlace.TRASH_HALF_REMOVED ? 1 : 1 + random.nextInt(MOST_OCCURRENCE);
        List<String> args = List.of(home.resolve("root").toString(), home.resolve("log").toString(),
                Long.toString(history), place.name(), Integer.toString(occurrence), Long.toString(random.nextLong()));
        try (ChildJvm child = ChildJvm.start(CrashLife.class, place.name(), home, args)) {
            child.awaitLine("AT", PATIENCE);
            child.kill();
        }
        kills.merge(place, 1, Integer::sum);
    }

    private void check(Path home, long history, CrashPlace place) {
        Path root = home.resolve("root");
        Map<String, CrashLog.Bounds> log = CrashLog.read(home.resolve("log"));
        try (CrashLog goesOn = new CrashLog(home.resolve("log")); LuceneIndex index = LuceneIndex.at(root)) {
            index.start(History.SCHEMA, event -> {
            });
            for (History one : CrashLife.histories(history)) {
                CrashLog.Bounds bounds =
                        log.getOrDefault(one.scope().toString(), new CrashLog.Bounds(CrashLog.NOTHING, 0));
                check(index, one, bounds, goesOn, place + " with seed " + history, home);
            }
        }
        for (History one : CrashLife.histories(history)) {
            require(IndexProbe.generations(root, one.scope()).size() <= 1,
                    place + ": more than one generation is left");
        }
        for (String name : List.of("trash", "work")) {
            String[] left = root.resolve(name).toFile().list();
            require(left == null || left.length == 0, place + ": " + name + " still has "
                    + Stream.of(left == null ? new String[0] : left).limit(3).toList());
        }
    }

    private void check(LuceneIndex index, History history, CrashLog.Bounds bounds, CrashLog log, String when,
            Path home) {
        IndexScope scope = history.scope();
        String where = when + ", " + scope + ", " + bounds;
        int number;
        switch (index.open(scope)) {
            case Standing.Ready ready -> {
                number = History.number(ready.checkpoint());
                require(number >= bounds.least(), where + ": acknowledged changes are lost, it stands at " + number);
                require(number <= bounds.most(), where + ": it claims changes that it was never given: " + number);
                ahead += number < bounds.most() ? 1 : 0;
                compare(index, history, number, where);
                sound(index, scope, home, where);
            }
            case Standing.NeedsRebuild needs -> {
                require(bounds.least() == CrashLog.NOTHING, where + ": it must be rebuilt: " + needs.reason());
                require(needs.missing(), where + ": what never lasted is not missing but unfit: " + needs.reason());
                number = 0;
                try (ChunkIndex.Rebuild build = index.rebuild(scope)) {
                    build.finish(History.checkpoint(0));
                }
            }
        }
        log.given(scope, number + 1);
        index.apply(scope, history.batch(number + 1), History.checkpoint(number + 1));
        index.commit(scope);
        log.lasts(scope, number + 1);
        compare(index, history, number + 1, where + ", after going on");
    }

    private void compare(ChunkIndex index, History history, int number, String where) {
        IndexState.differences(index, history, number).forEach(line -> require(false, where + ": " + line));
    }

    /** A copy is checked to the last byte. */
    private void sound(LuceneIndex index, IndexScope scope, Path home, String where) {
        Path copy = home.resolve("checked");
        try {
            index.snapshot(scope, copy);
        } catch (RuntimeException e) {
            require(false, where + ": its files are damaged: " + e.getMessage());
        }
        TempFolder.remove(copy);
    }

    private void require(boolean holds, String otherwise) {
        if (!holds) {
            faults.add(otherwise);
            progress.accept(otherwise);
        }
    }
}
