package io.croft.spi.memory;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.croft.CroftException;
import io.croft.ErasureReceipt;
import io.croft.InvalidInputException;
import io.croft.spi.Checkpoint;
import io.croft.spi.ChunkIndex;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexEvent;
import io.croft.spi.IndexEvent.Step;
import io.croft.spi.IndexSchema;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.Sight;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An index that looks at every chunk of a scope. What it commits goes to a {@link Disk}, which outlives it.
 * Thread-safe.
 */
public final class InMemoryChunkIndex implements ChunkIndex {

    private final Disk disk;
    @GuardedBy("this")
    private final Map<IndexScope, Snapshot> live = new HashMap<>();
    private volatile @Nullable IndexSchema schema;
    private volatile Consumer<IndexEvent> events = event -> {
    };

    /** One scope's index at one moment; never changed. */
    record Snapshot(IndexSchema schema, Map<ContentKey, ContentChunks> documents, Checkpoint checkpoint) {

        Snapshot with(List<ContentChunks> changes, Checkpoint to) {
            Map<ContentKey, ContentChunks> changed = new TreeMap<>(documents);
            for (ContentChunks change : changes) {
                if (change.chunks().isEmpty()) {
                    changed.remove(change.key());
                } else {
                    changed.put(change.key(), change);
                }
            }
            return new Snapshot(schema, Collections.unmodifiableMap(changed), to);
        }

        /** As if there were nothing but what is seen. */
        Snapshot seen(Sight sight) {
            Map<ContentKey, ContentChunks> seen = new TreeMap<>(documents);
            seen.values().removeIf(document -> !sight.sees(document.groups()));
            return new Snapshot(schema, Collections.unmodifiableMap(seen), checkpoint);
        }
    }

    /** What lasts. Thread-safe; used by one index at a time. */
    public static final class Disk {
        private final Map<IndexScope, Snapshot> committed = new ConcurrentHashMap<>();
    }

    /** An index on an empty disk. */
    public InMemoryChunkIndex() {
        this(new Disk());
    }

    /** An index on a disk that may hold what another has left. */
    public InMemoryChunkIndex(Disk disk) {
        this.disk = disk;
    }

    @Override
    public void start(IndexSchema schema, Consumer<IndexEvent> events) {
        this.schema = schema;
        this.events = events;
    }

    private IndexSchema schema() {
        return Optional.ofNullable(schema).orElseThrow(() -> new IllegalStateException("the index was not started"));
    }

    private void tell(IndexScope scope, Step step) {
        events.accept(new IndexEvent(scope, step));
    }

    @Override
    public synchronized Standing open(IndexScope scope) {
        Snapshot snapshot = live.containsKey(scope) ? live.get(scope) : disk.committed.get(scope);
        if (snapshot == null) {
            return new Standing.NeedsRebuild("there is no index of " + scope, true);
        }
        if (!snapshot.schema.model().equals(schema().model())
                || !snapshot.schema.indexed().equals(schema().indexed())) {
            return new Standing.NeedsRebuild("the index is of the model " + snapshot.schema.model().id()
                    + " and the fields " + snapshot.schema.fields(), false);
        }
        live.put(scope, snapshot);
        return new Standing.Ready(snapshot.checkpoint);
    }

    private static void check(IndexScope scope, List<ContentChunks> documents) {
        for (ContentChunks document : documents) {
            if (scope instanceof IndexScope.PrivateIndex own && !own.org().equals(document.key().org())) {
                throw new InvalidInputException("a document of " + document.key().org() + " is not one of " + scope);
            }
        }
    }

    @Override
    public void apply(IndexScope scope, List<ContentChunks> changes, Checkpoint to) {
        check(scope, changes);
        Snapshot changed = current(scope).with(changes, to);
        tell(scope, Step.DOCUMENTS_WRITTEN);
        synchronized (this) {
            live.put(scope, changed);
        }
        tell(scope, Step.VISIBLE);
    }

    @Override
    public void commit(IndexScope scope) {
        synchronized (this) {
            Snapshot snapshot = current(scope);
            if (snapshot.equals(disk.committed.put(scope, snapshot))) {
                return;
            }
        }
        tell(scope, Step.COMMITTED);
    }

    @Override
    public Rebuild rebuild(IndexScope scope) {
        return new MemoryRebuild(scope, new Snapshot(schema(), Map.of(), Checkpoint.BEGINNING));
    }

    @Override
    public IndexSession session(IndexScope scope, Sight sight, long deadlineNanos) {
        return new MemorySession(scope.source(), current(scope).seen(sight));
    }

    private synchronized Snapshot current(IndexScope scope) {
        return Optional.ofNullable(live.get(scope)).orElseThrow(() -> new CroftException(
                "there is no open index of " + scope + ": open or rebuild it first"));
    }

    @Override
    public ErasureReceipt.IndexFiles drop(IndexScope scope) {
        synchronized (this) {
            live.remove(scope);
            if (disk.committed.remove(scope) == null) {
                return ErasureReceipt.IndexFiles.NONE;
            }
        }
        tell(scope, Step.DROPPED);
        return ErasureReceipt.IndexFiles.NONE;
    }

    @Override
    public Set<IndexScope.PrivateIndex> privateIndexes() {
        Set<IndexScope.PrivateIndex> scopes = new HashSet<>();
        for (IndexScope scope : disk.committed.keySet()) {
            if (scope instanceof IndexScope.PrivateIndex own) {
                scopes.add(own);
            }
        }
        return scopes;
    }

    @Override
    public synchronized void close() {
        disk.committed.putAll(live);
        live.clear();
    }

    private final class MemoryRebuild implements Rebuild {
        private final IndexScope scope;
        private Snapshot building;

        MemoryRebuild(IndexScope scope, Snapshot empty) {
            this.scope = scope;
            this.building = empty;
        }

        @Override
        public void add(List<ContentChunks> documents) {
            check(scope, documents);
            building = building.with(documents, Checkpoint.BEGINNING);
        }

        @Override
        public void finish(Checkpoint checkpoint) {
            Snapshot built = building.with(List.of(), checkpoint);
            synchronized (InMemoryChunkIndex.this) {
                live.put(scope, built);
                disk.committed.put(scope, built);
            }
            tell(scope, Step.REBUILT);
        }

        @Override
        public void close() {
        }
    }
}
