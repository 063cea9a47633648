package io.croft.benchmarks.index;

import io.croft.Actor;
import io.croft.Croft;
import io.croft.OrgId;
import io.croft.Role;
import io.croft.TenantContext;
import io.croft.benchmarks.data.HashEmbedder;
import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.run.Percentiles;
import io.croft.benchmarks.run.Waiting;
import io.croft.content.Document;
import io.croft.content.Listing;
import io.croft.content.WriteReceipt;
import io.croft.ingest.Ingest;
import io.croft.lucene.LuceneIndex;
import io.croft.search.Lag;
import io.croft.search.SearchMode;
import io.croft.search.SearchQuery;
import io.croft.search.SearchResults;
import io.croft.search.SearchResults.Wait;
import io.croft.search.Typos;
import io.croft.spi.ContentKey;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * How soon a write is found: from the moment when the transaction that makes it searchable has committed to the first
 * search that has it, on the node that wrote it, on one that is told and on one that only looks now and then, each with
 * a folder of its own. Meanwhile another organisation writes all the time.
 */
final class FreshnessProof {

    private static final TenantContext WRITER =
            TenantContext.of(OrgId.named("fresh"), Actor.user("writer", Role.ADMIN));
    private static final TenantContext BUSY = TenantContext.of(OrgId.named("busy"), Actor.user("writer", Role.ADMIN));
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long LOOK_EVERY_NANOS = 300_000;
    private static final int WARM_UP = 50;
    private static final int BUSY_BATCH = 5;
    private static final Duration BUSY_PAUSE = Duration.ofMillis(100);

    private final Map<ContentKey, Long> committed = new ConcurrentHashMap<>();
    private final AtomicBoolean ended = new AtomicBoolean();

    /**
     * What was measured.
     *
     * @param writing    where it was written, from the commit on
     * @param told       on the node that is told, from the commit on
     * @param looking    on the node that only looks, from the commit on
     * @param after      from the write's return to the answer of a search that waits for it, chunking and embedding
     *                   included
     * @param missed     waits that ended otherwise than with the write being visible: must be none
     * @param toldLag    how far the node that is told was behind when the writing one had the write
     * @param lookingLag the same of the node that only looks
     */
    record Report(Percentiles writing, Percentiles told, Percentiles looking, Percentiles after, int missed,
            Behind toldLag, Behind lookingLag) {
    }

    /**
     * The lag of the written source's index, as it was asked for after each write.
     *
     * @param age      of the oldest change that was not applied
     * @param mostRows the most changes that were not
     */
    record Behind(Percentiles age, long mostRows) {

        static Behind of(List<Lag> lags) {
            return new Behind(Percentiles.of(lags.stream().mapToLong(lag -> lag.age().toNanos()).toArray()),
                    lags.stream().mapToLong(Lag::rows).max().orElse(0));
        }

        @Override
        public String toString() {
            return "age of the oldest change " + age + "; at most " + mostRows + " changes";
        }
    }

    Report run(Database database, Path folder, int writes) throws InterruptedException {
        try (Croft one = Croft.builder().store(database.store()).index(LuceneIndex.at(folder.resolve("one")))
                .embedder(new HashEmbedder())
                .handlers((content, embedder) -> Ingest.handlers().handlers(new CommitClock(content, committed),
                        embedder))
                .start();
                Croft two = Croft.builder().store(database.store()).index(LuceneIndex.at(folder.resolve("two")))
                        .embedder(new HashEmbedder()).start();
                Croft three = Croft.builder().store(database.storeThatOnlyLooks())
                        .index(LuceneIndex.at(folder.resolve("three"))).embedder(new HashEmbedder()).start();
                ExecutorService threads = Executors.newCachedThreadPool()) {
            one.orgs().create(WRITER);
            one.orgs().create(BUSY);
            Future<?> busy = threads.submit(() -> keepBusy(one));
            List<long[]> measured = new ArrayList<>();
            List<Lag> toldLags = new ArrayList<>();
            List<Lag> lookingLags = new ArrayList<>();
            int missed = 0;
            for (int i = 0; i < WARM_UP + writes; i++) {
                long[] times = write(one, two, three, threads, i, toldLags, lookingLags);
                missed += times[3] < 0 ? 1 : 0;
                if (i >= WARM_UP) {
                    measured.add(times);
                }
            }
            ended.set(true);
            get(busy);
            return new Report(column(measured, 0), column(measured, 1), column(measured, 2), column(measured, 3),
                    missed, Behind.of(toldLags), Behind.of(lookingLags));
        }
    }

    private long[] write(Croft one, Croft two, Croft three, ExecutorService threads, int number, List<Lag> toldLags,
            List<Lag> lookingLags) throws InterruptedException {
        String word = "fresh" + Integer.toString(number, 36) + "word";
        WriteReceipt receipt = number % 2 == 0
                ? one.documents().put(WRITER, Document.text("d" + number, "about " + word))
                : one.marketplace().publish(WRITER, Listing.of("d" + number, "about " + word));
        long written = System.nanoTime();
        Future<Long> after = threads.submit(() -> {
            SearchResults results =
                    one.search().search(WRITER, SearchQuery.of(word).after(receipt).timeout(PATIENCE));
            boolean visible = results.waits().stream().allMatch(wait -> wait.outcome() == Wait.Outcome.VISIBLE)
                    && !results.hits().isEmpty();
            return visible ? System.nanoTime() - written : -1;
        });
        Future<Long> told = threads.submit(() -> seen(two, word));
        Future<Long> looking = threads.submit(() -> seen(three, word));
        long here = seen(one, word);
        toldLags.add(lag(two, receipt));
        lookingLags.add(lag(three, receipt));
        long commit = committedAt(new ContentKey(WRITER.org(), "d" + number));
        return new long[]{Math.max(0, here - commit), Math.max(0, get(told) - commit),
                Math.max(0, get(looking) - commit), get(after)};
    }

    private static Lag lag(Croft node, WriteReceipt receipt) {
        return node.search().lag(WRITER).getOrDefault(receipt.source(), Lag.NONE);
    }

    private long committedAt(ContentKey key) {
        Waiting.until("the commit of " + key, PATIENCE, () -> committed.containsKey(key));
        return committed.getOrDefault(key, 0L);
    }

    private static long seen(Croft node, String word) {
        SearchQuery query =
                SearchQuery.of(word).mode(SearchMode.TEXT).typos(Typos.EXACT).timeout(PATIENCE);
        return await(() -> !node.search().search(WRITER, query).hits().isEmpty());
    }

    private static long await(Supplier<Boolean> condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.get()) {
            if (System.nanoTime() - end > 0) {
                throw new IllegalStateException("a write was not found within " + PATIENCE);
            }
            LockSupport.parkNanos(LOOK_EVERY_NANOS);
        }
        return System.nanoTime();
    }

    private void keepBusy(Croft node) {
        for (int i = 0; !ended.get(); i++) {
            List<Document> documents = new ArrayList<>();
            for (int j = 0; j < BUSY_BATCH; j++) {
                documents.add(Document.text("b" + (i * BUSY_BATCH + j) % 500, "busy words number " + i + " and " + j));
            }
            node.documents().putAll(BUSY, documents);
            LockSupport.parkNanos(BUSY_PAUSE.toNanos());
        }
    }

    private static Percentiles column(List<long[]> rows, int column) {
        return Percentiles.of(rows.stream().mapToLong(row -> row[column]).toArray());
    }

    private static <T> T get(Future<T> part) throws InterruptedException {
        try {
            return part.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a measurement failed: " + e.getCause(), e);
        }
    }
}
