package io.croft.benchmarks.crash;

import io.croft.benchmarks.data.History;
import io.croft.benchmarks.data.OrgIndex;
import io.croft.benchmarks.machine.ChildJvm;
import io.croft.lucene.IndexProbe;
import io.croft.lucene.LuceneIndex;
import io.croft.spi.Checkpoint;
import io.croft.spi.ChunkIndex;
import io.croft.spi.ChunkIndex.Standing;
import io.croft.spi.IndexEvent;
import io.croft.spi.IndexScope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * The process that is killed: it does to a few indexes whatever can be done to one, at random and for ever, and notes
 * what was acknowledged, until it is killed at a certain place.
 */
final class CrashLife implements AutoCloseable {

    private static final int PADDING = 4_000;
    private static final Duration KEEP = Duration.ofHours(1);

    private final Path root;
    private final CrashPlace place;
    private final SplittableRandom random;
    private final List<History> histories;
    private final CrashLog log;
    private final Runnable stop;
    private final Map<IndexScope, Integer> applied = new HashMap<>();
    private final Map<IndexScope, Integer> lasting = new HashMap<>();
    private final Map<IndexScope, Integer> before = new HashMap<>();
    private final Map<IndexScope, Path> snapshots = new HashMap<>();
    private final Map<IndexScope, Integer> snapshotAt = new HashMap<>();
    private volatile Doing doing = Doing.WRITING;
    private LuceneIndex index;

    /** What the thread that does everything is at. */
    enum Doing {
        WRITING, TIDYING, OPENING, REBUILDING, SNAPSHOT, RESTORING, ROLLING_BACK, DROPPING
    }

    /**
     * A life in this folder.
     *
     * @param stop called at each occurrence of the place, on the thread that is there
     */
    CrashLife(Path root, long seed, CrashPlace place, SplittableRandom random, CrashLog log, Runnable stop) {
        this.root = root;
        this.place = place;
        this.random = random;
        this.histories = histories(seed);
        this.log = log;
        this.stop = stop;
        this.index = index();
        histories.forEach(this::open);
    }

    /** What happens to the indexes of a seed. */
    static List<History> histories(long seed) {
        IndexScope.PrivateIndex one = OrgIndex.named("life-one");
        IndexScope.PrivateIndex two = OrgIndex.named("life-two");
        return List.of(new History(seed, one, List.of(one.org()), 30, 12),
                new History(seed + 1, two, List.of(two.org()), 30, 12),
                new History(seed + 2, new IndexScope.MarketIndex(), List.of(one.org(), two.org()), 20, 12));
    }

    /**
     * Kills at a place; called by the child.
     *
     * @param args the folder, the log's file, the seed of what happens, the place, at which occurrence of it, the seed
     *             of what is done
     */
    public static void main(String[] args) {
        Thread.ofPlatform().daemon().start(() -> {
            ChildJvm.untilParentEnds();
            Runtime.getRuntime().halt(0);
        });
        Trap trap = new Trap(Integer.parseInt(args[4]));
        try (CrashLog log = new CrashLog(Path.of(args[1]));
                CrashLife life = new CrashLife(Path.of(args[0]), Long.parseLong(args[2]), CrashPlace.valueOf(args[3]),
                        new SplittableRandom(Long.parseLong(args[5])), log, trap)) {
            life.watchTrash();
            while (true) {
                life.step();
            }
        }
    }

    /** Stops the thread that comes for the n-th time. */
    private static final class Trap implements Runnable {

        private int left;

        Trap(int occurrence) {
            this.left = occurrence;
        }

        @Override
        public void run() {
            synchronized (this) {
                if (--left != 0) {
                    return;
                }
            }
            System.out.println("AT");
            ChildJvm.untilKilled();
        }
    }

    private LuceneIndex index() {
        LuceneIndex made = IndexProbe.opening(LuceneIndex.builder(root).keepPrevious(KEEP),
                folder -> CrashDisk.open(folder, this::accessed)).build();
        made.start(History.SCHEMA, this::told);
        return made;
    }

    private void told(IndexEvent event) {
        switch (event.step()) {
            case DOCUMENTS_WRITTEN -> at(CrashPlace.DOCUMENTS_WRITTEN);
            case COMMIT_PREPARED -> at(CrashPlace.COMMIT_PREPARED);
            case COMMITTED -> at(CrashPlace.COMMITTED);
            case DROPPED -> at(CrashPlace.DROPPED);
            case CHANGES_READ, VISIBLE, REBUILT, SUSPECTED, EVICTED -> {
            }
        }
    }

    private void accessed(CrashDisk.Access access) {
        Doing now = doing;
        switch (access) {
            case WORK_OPENED -> at(CrashPlace.SNAPSHOT_LINKED, now == Doing.SNAPSHOT);
            case GENERATION_OPENED -> {
                at(CrashPlace.RESTORE_ADOPTED, now == Doing.RESTORING);
                at(CrashPlace.ROLLED_BACK, now == Doing.ROLLING_BACK);
            }
            case HALF_WRITTEN -> {
                at(CrashPlace.FILE_HALF_WRITTEN, now == Doing.WRITING);
                at(CrashPlace.REBUILD_WRITING, now == Doing.REBUILDING);
            }
            case MERGE_WRITTEN -> at(CrashPlace.MERGING);
            case SYNCING -> at(CrashPlace.BEFORE_SYNC, now == Doing.WRITING);
            case RENAMING -> {
                at(CrashPlace.BEFORE_RENAME, now == Doing.WRITING);
                at(CrashPlace.REBUILD_BEFORE_COMMIT, now == Doing.REBUILDING);
            }
            case RENAMED -> {
                at(CrashPlace.AFTER_RENAME, now == Doing.WRITING);
                at(CrashPlace.REBUILD_COMMITTED, now == Doing.REBUILDING);
            }
            case DELETED -> at(CrashPlace.OLD_FILES_DELETED, now == Doing.WRITING || now == Doing.TIDYING);
            case READ -> at(CrashPlace.OPENING, now == Doing.OPENING);
            case UNLOCKED -> at(CrashPlace.WRITER_CLOSED);
            case CLOSED -> at(CrashPlace.OLD_GENERATION_CLOSED);
        }
    }

    private void at(CrashPlace here, boolean really) {
        if (really) {
            at(here);
        }
    }

    private void at(CrashPlace here) {
        if (here == place) {
            stop.run();
        }
    }

    /** Looks for a folder in the trash whose removal is under way. */
    private void watchTrash() {
        if (place != CrashPlace.TRASH_HALF_REMOVED) {
            return;
        }
        Thread.ofPlatform().daemon().start(() -> {
            while (true) {
                String[] there = root.resolve("trash").toFile().list();
                for (String name : there == null ? new String[0] : there) {
                    String[] left = root.resolve("trash").resolve(name).resolve("padding").toFile().list();
                    if (left != null && left.length < PADDING) {
                        stop.run();
                    }
                }
            }
        });
    }

    /** Does one thing to one index. */
    void step() {
        History history = histories.get(random.nextInt(histories.size()));
        int chosen = random.nextInt(20);
        switch (place) {
            case REBUILD_WRITING, REBUILD_BEFORE_COMMIT, REBUILD_COMMITTED -> chosen = chosen < 8 ? 13 : chosen;
            case SNAPSHOT_LINKED -> chosen = chosen < 8 ? 14 : chosen;
            case RESTORE_ADOPTED -> chosen = chosen < 4 ? 14 : chosen < 10 ? 15 : chosen;
            case ROLLED_BACK -> chosen = chosen < 5 ? 13 : chosen < 10 ? 16 : chosen;
            case DROPPED, TRASH_HALF_REMOVED -> chosen = chosen < 8 ? 17 : chosen;
            case OPENING -> chosen = chosen < 6 ? 18 : chosen;
            case MERGING, WRITER_CLOSED -> chosen = chosen < 8 ? 12 : chosen;
            default -> {
            }
        }
        switch (chosen) {
            case 12 -> tidy();
            case 13 -> rebuild(history);
            case 14 -> snapshot(history);
            case 15 -> restore(history);
            case 16 -> rollBack(history);
            case 17 -> drop(history);
            case 18, 19 -> reopen();
            default -> write(history);
        }
        doing = Doing.WRITING;
    }

    private void write(History history) {
        doing = Doing.WRITING;
        IndexScope scope = history.scope();
        for (int i = random.nextInt(3); i >= 0; i--) {
            int number = number(applied, scope) + 1;
            log.given(scope, number);
            index.apply(scope, history.batch(number), History.checkpoint(number));
            applied.put(scope, number);
            index.session(scope, Long.MAX_VALUE).close();
        }
        if (random.nextBoolean()) {
            commit(scope);
        }
    }

    private void commit(IndexScope scope) {
        index.commit(scope);
        lasts(scope, number(applied, scope));
    }

    private void tidy() {
        doing = Doing.TIDYING;
        histories.forEach(history -> commit(history.scope()));
        for (int i = 0; i < 3; i++) {
            IndexProbe.tidyAsIdle(index);
        }
    }

    private void rebuild(History history) {
        doing = Doing.REBUILDING;
        IndexScope scope = history.scope();
        int number = number(applied, scope);
        int replaced = number(lasting, scope);
        try (ChunkIndex.Rebuild build = index.rebuild(scope)) {
            build.add(history.contents(number));
            build.finish(History.checkpoint(number));
        }
        before.put(scope, replaced);
        lasts(scope, number);
    }

    private void snapshot(History history) {
        doing = Doing.SNAPSHOT;
        IndexScope scope = history.scope();
        Path target =
                root.resolveSibling("copy-" + random.nextInt(1_000_000_000) + (random.nextBoolean() ? ".zip" : ""));
        Checkpoint at = index.snapshot(scope, target);
        snapshots.put(scope, target);
        snapshotAt.put(scope, History.number(at));
        lasts(scope, History.number(at));
    }

    private void restore(History history) {
        IndexScope scope = history.scope();
        Path source = snapshots.get(scope);
        if (source == null) {
            return;
        }
        doing = Doing.RESTORING;
        mayGoBackTo(scope, number(snapshotAt, scope));
        index.restore(scope, source);
        before.remove(scope);
        resume(history, number(snapshotAt, scope));
    }

    private void rollBack(History history) {
        IndexScope scope = history.scope();
        if (!before.containsKey(scope)) {
            return;
        }
        doing = Doing.ROLLING_BACK;
        int back = number(before, scope);
        mayGoBackTo(scope, back);
        if (!index.rollBack(scope)) {
            throw new IllegalStateException("the generation before was not kept");
        }
        before.remove(scope);
        resume(history, back);
    }

    private void drop(History history) {
        doing = Doing.DROPPING;
        IndexScope scope = history.scope();
        if (place == CrashPlace.TRASH_HALF_REMOVED) {
            pad(scope);
        }
        log.lasts(scope, CrashLog.NOTHING);
        index.drop(scope);
        before.remove(scope);
        open(history);
    }

    /** Makes the removal take long enough to be met in its midst. */
    private void pad(IndexScope scope) {
        try {
            Path padding = Files.createDirectories(IndexProbe.folder(root, scope).resolve("padding"));
            for (int i = 0; i < PADDING; i++) {
                Files.createFile(padding.resolve("p" + i));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the folder of " + scope + " cannot be filled", e);
        }
    }

    private void reopen() {
        doing = Doing.OPENING;
        index.close();
        histories.forEach(history -> lasts(history.scope(), number(applied, history.scope())));
        before.clear();
        index = index();
        histories.forEach(this::open);
    }

    private void open(History history) {
        doing = Doing.OPENING;
        IndexScope scope = history.scope();
        switch (index.open(scope)) {
            case Standing.Ready ready -> resume(history, History.number(ready.checkpoint()));
            case Standing.NeedsRebuild missing -> {
                doing = Doing.REBUILDING;
                int number = number(applied, scope);
                log.given(scope, number);
                try (ChunkIndex.Rebuild build = index.rebuild(scope)) {
                    build.add(history.contents(number));
                    build.finish(History.checkpoint(number));
                }
                applied.put(scope, number);
                lasts(scope, number);
            }
        }
    }

    /** Goes on from where the index says it stands. */
    private void resume(History history, int expected) {
        IndexScope scope = history.scope();
        if (!(index.open(scope) instanceof Standing.Ready ready)
                || History.number(ready.checkpoint()) != expected) {
            throw new IllegalStateException(scope + " does not stand at " + expected);
        }
        applied.put(scope, expected);
        lasts(scope, expected);
    }

    private void mayGoBackTo(IndexScope scope, int number) {
        log.lasts(scope, Math.min(number, number(lasting, scope)));
    }

    private void lasts(IndexScope scope, int number) {
        lasting.put(scope, number);
        log.lasts(scope, number);
    }

    private static int number(Map<IndexScope, Integer> numbers, IndexScope scope) {
        return numbers.getOrDefault(scope, 0);
    }

    /** For tests of the proof itself: never called by the process that is killed. */
    @Override
    public void close() {
        index.close();
    }
}
