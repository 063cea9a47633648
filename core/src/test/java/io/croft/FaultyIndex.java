package io.croft;

import io.croft.ErasureReceipt;
import io.croft.spi.Checkpoint;
import io.croft.spi.ChunkIndex;
import io.croft.spi.ContentChunks;
import io.croft.spi.IndexEvent;
import io.croft.spi.IndexSchema;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.Sight;
import io.croft.spi.memory.InMemoryChunkIndex;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** An index in memory that fails, and whose sessions fail or block, when a test says so. */
final class FaultyIndex implements ChunkIndex {

    final AtomicInteger opened = new AtomicInteger();
    final AtomicInteger failingApplies = new AtomicInteger();
    volatile UnaryOperator<IndexSession> sessions = UnaryOperator.identity();
    volatile UnaryOperator<IndexSession> privateSessions = UnaryOperator.identity();
    /** Told before an index is opened. */
    volatile Consumer<IndexScope> opening = scope -> {
    };
    private final InMemoryChunkIndex index;
    private final Set<IndexScope> damaged = ConcurrentHashMap.newKeySet();
    private volatile Consumer<IndexEvent> events = event -> {
    };

    FaultyIndex(InMemoryChunkIndex.Disk disk) {
        this.index = new InMemoryChunkIndex(disk);
    }

    @Override
    public void start(IndexSchema schema, Consumer<IndexEvent> events) {
        this.events = events;
        index.start(schema, events);
    }

    /** A session that fails when it is asked for this, though not the first so many times. */
    static UnaryOperator<IndexSession> failing(String method, int after) {
        return session -> {
            AtomicInteger calls = new AtomicInteger();
            return (IndexSession) Proxy.newProxyInstance(IndexSession.class.getClassLoader(),
                    new Class<?>[]{IndexSession.class}, (proxy, called, arguments) -> {
                        if (called.getName().equals(method) && calls.incrementAndGet() > after) {
                            throw new CroftException("it cannot be read");
                        }
                        try {
                            return called.invoke(session, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        };
    }

    /** Finds damage in an index that is being searched. */
    void findDamage(IndexScope scope) {
        damaged.add(scope);
        events.accept(new IndexEvent(scope, IndexEvent.Step.SUSPECTED));
    }

    @Override
    public Standing open(IndexScope scope) {
        opened.incrementAndGet();
        opening.accept(scope);
        return damaged.contains(scope) ? new Standing.NeedsRebuild("it is damaged", false) : index.open(scope);
    }

    @Override
    public void apply(IndexScope scope, List<ContentChunks> changes, Checkpoint to) {
        if (failingApplies.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            throw new CroftException("no space left: free some");
        }
        index.apply(scope, changes, to);
    }

    @Override
    public void commit(IndexScope scope) {
        index.commit(scope);
    }

    @Override
    public Rebuild rebuild(IndexScope scope) {
        damaged.remove(scope);
        return index.rebuild(scope);
    }

    @Override
    public IndexSession session(IndexScope scope, Sight sight, long deadlineNanos) {
        if (damaged.contains(scope)) {
            throw new CroftException("it is damaged");
        }
        IndexSession session = index.session(scope, sight, deadlineNanos);
        return (scope instanceof IndexScope.MarketIndex ? sessions : privateSessions).apply(session);
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
