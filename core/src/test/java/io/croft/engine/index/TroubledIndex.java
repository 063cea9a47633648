package io.croft.engine.index;

import io.croft.CroftException;
import io.croft.ErasureReceipt;
import io.croft.content.EmbeddingModel;
import io.croft.search.Fields;
import io.croft.spi.Checkpoint;
import io.croft.spi.ChunkIndex;
import io.croft.spi.ContentChunks;
import io.croft.spi.IndexEvent;
import io.croft.spi.IndexSchema;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.SearchTimeoutException;
import io.croft.spi.Sight;
import io.croft.spi.memory.InMemoryChunkIndex;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** An index in memory that counts what is done to it, and fails as often as a test says. */
final class TroubledIndex implements ChunkIndex {

    static final IndexSchema SCHEMA = new IndexSchema(new EmbeddingModel("m", 2, 0), Fields.undeclared());

    final AtomicInteger opened = new AtomicInteger();
    final AtomicInteger rebuilt = new AtomicInteger();
    final AtomicInteger committed = new AtomicInteger();
    final AtomicInteger failingOpens = new AtomicInteger();
    final AtomicInteger failingApplies = new AtomicInteger();
    final AtomicInteger failingCommits = new AtomicInteger();
    final AtomicInteger lateSessions = new AtomicInteger();
    private final InMemoryChunkIndex index = new InMemoryChunkIndex();

    private static void failIf(AtomicInteger failing, String what) {
        if (failing.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            throw new CroftException(what);
        }
    }

    @Override
    public void start(IndexSchema schema, Consumer<IndexEvent> events) {
        index.start(schema, events);
    }

    @Override
    public Standing open(IndexScope scope) {
        opened.incrementAndGet();
        failIf(failingOpens, "it cannot be opened");
        return index.open(scope);
    }

    @Override
    public void apply(IndexScope scope, List<ContentChunks> changes, Checkpoint to) {
        failIf(failingApplies, "the disk is full");
        index.apply(scope, changes, to);
    }

    @Override
    public void commit(IndexScope scope) {
        failIf(failingCommits, "it cannot be committed");
        committed.incrementAndGet();
        index.commit(scope);
    }

    @Override
    public Rebuild rebuild(IndexScope scope) {
        rebuilt.incrementAndGet();
        return index.rebuild(scope);
    }

    @Override
    public IndexSession session(IndexScope scope, Sight sight, long deadlineNanos) {
        if (lateSessions.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            throw new SearchTimeoutException("it is being written: give it more time");
        }
        return index.session(scope, sight, deadlineNanos);
    }

    int size(IndexScope scope) {
        try (IndexSession session = session(scope, Long.MAX_VALUE)) {
            return session.size();
        }
    }

    @Override
    public ErasureReceipt.IndexFiles drop(IndexScope scope) {
        return index.drop(scope);
    }

    @Override
    public Set<IndexScope.PrivateIndex> privateIndexes() {
        return index.privateIndexes();
    }

    @Override
    public void close() {
        index.close();
    }
}
