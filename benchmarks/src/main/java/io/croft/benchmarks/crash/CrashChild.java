package io.croft.benchmarks.crash;

import io.croft.Actor;
import io.croft.Croft;
import io.croft.OrgId;
import io.croft.Role;
import io.croft.TenantContext;
import io.croft.benchmarks.data.HashEmbedder;
import io.croft.benchmarks.machine.ChildJvm;
import io.croft.benchmarks.run.Database;
import io.croft.lucene.LuceneIndex;
import io.croft.search.SearchQuery;
import io.croft.search.SearchResults;
import io.croft.spi.IndexEvent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * The process that is killed: it keeps its indexes in step with what another process writes, and at one moment stops
 * for ever, in the middle of a step, until it is killed there.
 */
final class CrashChild {

    private CrashChild() {
    }

    /**
     * Follows until it stops at the given place, or standard input ends.
     *
     * @param args the database's address, the index's folder, the step to stop at, at which occurrence of it, the
     *             organisations' names
     */
    public static void main(String[] args) {
        Trap trap = new Trap(IndexEvent.Step.valueOf(args[3]), Integer.parseInt(args[4]));
        Thread.ofPlatform().daemon().start(() -> {
            ChildJvm.untilParentEnds();
            Runtime.getRuntime().halt(0);
        });
        try (Database database = Database.at(List.of(args[0], args[1]));
                Croft croft = follower(database, Path.of(args[2]), trap)) {
            List<TenantContext> orgs = new ArrayList<>();
            for (String name : List.of(args).subList(5, args.length)) {
                orgs.add(TenantContext.of(OrgId.named(name), Actor.user("reader", Role.MEMBER)));
            }
            open(croft, orgs);
            trap.arm();
            System.out.println("READY");
            trap.awaitStop();
        }
    }

    /** A process that searches and keeps indexes, and leaves the queue to others. */
    static Croft follower(Database database, Path folder, Consumer<IndexEvent> events) {
        return Croft.builder().store(database.store()).index(LuceneIndex.at(folder)).embedder(new HashEmbedder())
                .watchEvery(Duration.ofMillis(10)).commitAfter(Duration.ofMillis(30)).onIndexEvent(events).start();
    }

    /** Opens the organisations' indexes and the marketplace's: only what was asked for once is kept in step. */
    static void open(Croft croft, List<TenantContext> orgs) {
        for (TenantContext org : orgs) {
            SearchResults results =
                    croft.search().search(org, SearchQuery.of("anything").timeout(Duration.ofSeconds(30)));
            if (!results.incomplete().isEmpty()) {
                throw new IllegalStateException("the index did not open: " + results.incomplete());
            }
        }
    }

    /** Stops the thread that takes a certain step for the n-th time. */
    private static final class Trap implements Consumer<IndexEvent> {

        private final IndexEvent.Step step;
        private final AtomicInteger left;
        private final AtomicBoolean armed = new AtomicBoolean();
        private final CountDownLatch sprung = new CountDownLatch(1);

        Trap(IndexEvent.Step step, int occurrence) {
            this.step = step;
            this.left = new AtomicInteger(occurrence);
        }

        void arm() {
            armed.set(true);
        }

        void awaitStop() {
            try {
                sprung.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted before it was killed", e);
            }
            ChildJvm.untilKilled();
        }

        @Override
        public void accept(IndexEvent event) {
            if (armed.get() && event.step() == step && left.decrementAndGet() == 0) {
                System.out.println("AT " + step + " " + event.scope());
                sprung.countDown();
                ChildJvm.untilKilled();
            }
        }
    }
}
