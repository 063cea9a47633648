package io.croft.benchmarks.index;

import io.croft.benchmarks.run.Percentiles;
import io.croft.lucene.IndexStats;
import io.croft.lucene.LuceneIndex;
import io.croft.spi.Checkpoint;
import io.croft.spi.IndexScope;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Queries, changes, openings and evictions of many indexes at once. One thread asks, one query after the other; another
 * changes documents at a steady rate and commits what is a second old, as the follower does.
 */
final class ManyLoad {

    private static final Duration WRITE_EVERY = Duration.ofMillis(50);
    private static final long COMMIT_AFTER_NANOS = Duration.ofSeconds(1).toNanos();
    private static final int MARKET_WRITES = 10;
    private static final int MOST_TIMES = 2_000_000;

    private final LuceneIndex index;
    private final Orgs orgs;
    private final ReadyChunks chunks;
    private final long seed;
    private final AtomicInteger errors = new AtomicInteger();
    private final AtomicReference<String> firstError = new AtomicReference<>("");
    private final AtomicLong mostMaps = new AtomicLong();
    private final AtomicLong mostFiles = new AtomicLong();
    private final AtomicInteger mostWriters = new AtomicInteger();
    private final AtomicLong mostBuffered = new AtomicLong();

    ManyLoad(LuceneIndex index, Orgs orgs, ReadyChunks chunks, long seed) {
        this.index = index;
        this.orgs = orgs;
        this.chunks = chunks;
        this.seed = seed;
    }

    /**
     * What came of it.
     *
     * @param queries      the time of each query over both sources
     * @param writes       the time of each change until it was visible
     * @param errors       queries and changes that failed, and answers without a hit
     * @param firstError   the first of them
     * @param mostMaps     the most memory maps of the process at a look
     * @param mostFiles    the most file descriptors
     * @param mostWriters  the most open writers
     * @param mostBuffered the most bytes in writers' memory
     */
    record Report(Percentiles queries, Percentiles writes, int errors, String firstError, long mostMaps, long mostFiles,
            int mostWriters, long mostBuffered) {
    }

    Report run(Duration time) throws InterruptedException {
        long end = System.nanoTime() + time.toNanos();
        List<Long> writes = new ArrayList<>();
        Thread writer = Thread.ofPlatform().name("croft-many-writes").start(() -> write(end, writes));
        List<Long> queries = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(seed);
        for (long i = 0; System.nanoTime() < end && queries.size() < MOST_TIMES; i++) {
            IndexScope scope = orgs.scopes().get(orgs.choose(random));
            ReadyChunks.Query query = chunks.query(seed + i);
            long start = System.nanoTime();
            guarded(() -> {
                if (IndexLoad.search(index, scope, Orgs.MARKET, query) == 0) {
                    throw new IllegalStateException("no hit in " + scope);
                }
            });
            queries.add(System.nanoTime() - start);
        }
        writer.join();
        return new Report(percentiles(queries), percentiles(writes), errors.get(), firstError.get(), mostMaps.get(),
                mostFiles.get(), mostWriters.get(), mostBuffered.get());
    }

    private void write(long end, List<Long> times) {
        record Uncommitted(IndexScope scope, long since) {
        }
        SplittableRandom random = new SplittableRandom(seed + 1);
        Deque<Uncommitted> uncommitted = new ArrayDeque<>();
        for (int revision = 2; System.nanoTime() < end; revision++) {
            int org = orgs.choose(random);
            IndexScope.PrivateIndex own = orgs.scopes().get(org);
            IndexScope scope = random.nextInt(MARKET_WRITES) == 0 ? Orgs.MARKET : own;
            int number = random.nextInt(orgs.sizes()[org] + 1);
            Checkpoint to = new Checkpoint(String.valueOf(revision));
            var change = List.of(chunks.document(own.org(), number, revision));
            long start = System.nanoTime();
            guarded(() -> {
                index.open(scope);
                index.apply(scope, change, to);
            });
            times.add(System.nanoTime() - start);
            uncommitted.add(new Uncommitted(scope, start));
            while (!uncommitted.isEmpty() && start - uncommitted.getFirst().since() > COMMIT_AFTER_NANOS) {
                IndexScope due = uncommitted.removeFirst().scope();
                guarded(() -> index.commit(due));
            }
            look();
            LockSupport.parkNanos(start + WRITE_EVERY.toNanos() - System.nanoTime());
        }
        uncommitted.forEach(one -> guarded(() -> index.commit(one.scope())));
    }

    private void look() {
        IndexStats stats = index.stats();
        mostMaps.accumulateAndGet(stats.processMaps(), Math::max);
        mostFiles.accumulateAndGet(openFiles(), Math::max);
        mostWriters.accumulateAndGet(stats.openWriters(), Math::max);
        mostBuffered.accumulateAndGet(stats.bufferedBytes(), Math::max);
    }

    private static long openFiles() {
        long count = 0;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path unused : files) {
                count++;
            }
        } catch (IOException notLinux) {
            return -1;
        }
        return count;
    }

    private void guarded(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException | InternalError e) {
            errors.incrementAndGet();
            firstError.compareAndSet("", e.toString());
        }
    }

    private static Percentiles percentiles(List<Long> times) {
        return Percentiles.of(times.stream().mapToLong(Long::longValue).toArray());
    }
}
