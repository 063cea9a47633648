package io.croft.benchmarks.crash;

import io.croft.Actor;
import io.croft.Croft;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.Role;
import io.croft.TenantContext;
import io.croft.benchmarks.data.HashEmbedder;
import io.croft.benchmarks.machine.ChildJvm;
import io.croft.benchmarks.machine.TempFolder;
import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.run.Waiting;
import io.croft.ingest.Ingest;
import io.croft.lucene.LuceneIndex;
import io.croft.search.Fields;
import io.croft.search.Source;
import io.croft.spi.Checkpoint;
import io.croft.spi.ChunkIndex;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexEvent.Step;
import io.croft.spi.IndexSchema;
import io.croft.spi.IndexScope;
import io.croft.spi.Store;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/**
 * Kills a process between Postgres's commit and Lucene's, again and again, at each step on the way. The process follows
 * what this one writes; it stops at a random occurrence of the step, is killed with SIGKILL, and its folder is opened
 * again. What its indexes hold once they have caught up must equal what a rebuild from the database into an empty
 * folder holds.
 */
final class CrashProof {

    /** The steps between the two commits, and the first after them. */
    static final List<Step> STEPS =
            List.of(Step.CHANGES_READ, Step.DOCUMENTS_WRITTEN, Step.VISIBLE, Step.COMMIT_PREPARED,
                    Step.COMMITTED);

    private static final List<String> ORGS = List.of("crash-one", "crash-two", "crash-three");
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final int FIRST_WRITES = 40;
    private static final int MAX_OCCURRENCE = 4;
    private static final int SHOWN = 5;

    private final Database database;
    private final Path folder;
    private final SplittableRandom random;
    private final Consumer<String> progress;
    private final List<TenantContext> orgs = ORGS.stream()
            .map(name -> TenantContext.of(OrgId.named(name), Actor.user("writer", Role.ADMIN))).toList();

    /**
     * What was seen.
     *
     * @param kills    how often the process was killed at each step
     * @param behind   after how many kills the folder lacked changes that the database had
     * @param rebuilt  after how many kills the index was built anew instead of going on from its checkpoint: must be
     *                 none
     * @param lines    how many lines were compared in all
     * @param faults   what differed from a rebuild: must be none
     */
    record Report(Map<Step, Integer> kills, int behind, int rebuilt, long lines, List<String> faults) {

        Report {
            kills = Map.copyOf(kills);
            faults = List.copyOf(faults);
        }
    }

    CrashProof(Database database, Path folder, long seed, Consumer<String> progress) {
        this.database = database;
        this.folder = folder;
        this.random = new SplittableRandom(seed);
        this.progress = progress;
    }

    /** Kills so many times at each step. */
    Report run(int killsPerStep) {
        Map<Step, Integer> kills = new EnumMap<>(Step.class);
        List<String> faults = new ArrayList<>();
        int behind = 0;
        int rebuilt = 0;
        long lines = 0;
        try (Store store = database.store();
                Croft croft = Croft.builder().store(database.store()).index(LuceneIndex.at(folder.resolve("writer")))
                        .embedder(new HashEmbedder()).handlers(Ingest.handlers()).start()) {
            orgs.forEach(croft.orgs()::create);
            CrashWriter writer = new CrashWriter(croft, orgs, random.split());
            for (int i = 0; i < FIRST_WRITES; i++) {
                writer.write();
            }
            List<IndexScope> scopes = scopes(croft);
            try (Croft first = CrashChild.follower(database, folder.resolve("killed"), event -> {
            })) {
                CrashChild.open(first, orgs);
            }
            for (int round = 0; round < killsPerStep; round++) {
                for (Step step : STEPS) {
                    killAt(step, writer, "kill-" + round + "-" + step);
                    writer.settle();
                    Comparison comparison = compare(store, scopes, writer);
                    kills.merge(step, 1, Integer::sum);
                    behind += comparison.behind() ? 1 : 0;
                    rebuilt += comparison.rebuilt() ? 1 : 0;
                    lines += comparison.lines();
                    comparison.differences().forEach(line -> faults.add("killed at " + step + ": " + line));
                    comparison.differences().forEach(progress);
                }
                progress.accept("killed " + (round + 1) + " times at each step, faults " + faults.size());
            }
        }
        return new Report(kills, behind, rebuilt, lines, faults.subList(0, Math.min(SHOWN, faults.size())));
    }

    private void killAt(Step step, CrashWriter writer, String name) {
        List<String> args = new ArrayList<>(database.address());
        args.addAll(List.of(folder.resolve("killed").toString(), step.name(),
                Integer.toString(1 + random.nextInt(MAX_OCCURRENCE))));
        args.addAll(ORGS);
        try (ChildJvm child = ChildJvm.start(CrashChild.class, name, folder.resolve("children"), args)) {
            child.awaitLine("READY");
            Waiting.until("the process to stop at " + step, PATIENCE, () -> {
                writer.write();
                return child.hasLine("AT " + step);
            });
            for (int i = random.nextInt(4); i > 0; i--) {
                writer.write();
            }
            child.kill();
        }
    }

    /**
     * What one restart showed.
     *
     * @param behind      whether changes had to be read
     * @param rebuilt     whether an index was built anew
     * @param lines       how many lines were compared
     * @param differences the lines that only one of both has
     */
    private record Comparison(boolean behind, boolean rebuilt, int lines, List<String> differences) {
    }

    private Comparison compare(Store store, List<IndexScope> scopes, CrashWriter writer) {
        Map<Source, List<ContentKey>> keys = Map.of(Source.PRIVATE, writer.keys(Source.PRIVATE), Source.MARKETPLACE,
                writer.keys(Source.MARKETPLACE));
        IndexDump dump = new IndexDump(scopes, keys);
        List<IndexDump.Line> expected;
        try (ChunkIndex rebuilt = rebuild(store, scopes)) {
            expected = dump.of(rebuilt);
        } finally {
            TempFolder.remove(folder.resolve("rebuilt"));
        }
        CrashEvidence evidence = CrashEvidence.of(folder.resolve("killed"));
        List<String> differences = new ArrayList<>();
        Queue<Step> steps = new ConcurrentLinkedQueue<>();
        List<IndexDump.Line> actual;
        LuceneIndex index = LuceneIndex.at(folder.resolve("killed"));
        try (Croft restarted = Croft.builder().store(database.store()).index(index).embedder(new HashEmbedder())
                .onIndexEvent(event -> steps.add(event.step())).start()) {
            for (TenantContext org : orgs) {
                try {
                    Waiting.untilVisible(restarted, org, writer.receipts(org), PATIENCE);
                } catch (IllegalStateException e) {
                    differences.add(e.getMessage());
                }
            }
            actual = dump.of(index);
        }
        differences.addAll(IndexDump.differences(expected, actual));
        if (!differences.isEmpty()) {
            differences.addAll(evidence.with(database));
        }
        return new Comparison(steps.contains(Step.CHANGES_READ), steps.contains(Step.REBUILT), expected.size(),
                differences);
    }

    /** Builds every index from the database into an empty folder. */
    private ChunkIndex rebuild(Store store, List<IndexScope> scopes) {
        ChunkIndex index = LuceneIndex.at(folder.resolve("rebuilt"));
        index.start(new IndexSchema(new HashEmbedder().model(), Fields.undeclared()), event -> {
        });
        for (IndexScope scope : scopes) {
            Checkpoint head = store.changes().head(scope);
            try (ChunkIndex.Rebuild build = index.rebuild(scope)) {
                Optional<ContentKey> after = Optional.empty();
                while (true) {
                    List<ContentChunks> page = store.content().scan(scope, after, 500);
                    if (page.isEmpty()) {
                        break;
                    }
                    build.add(page);
                    after = Optional.of(page.getLast().key());
                }
                build.finish(head);
            }
        }
        return index;
    }

    private List<IndexScope> scopes(Croft croft) {
        List<IndexScope> scopes = new ArrayList<>();
        scopes.add(new IndexScope.MarketIndex());
        for (TenantContext context : orgs) {
            Org org = croft.orgs().find(context.org()).orElseThrow();
            scopes.add(new IndexScope.PrivateIndex(org.id(), org.incarnation()));
        }
        return scopes;
    }
}
