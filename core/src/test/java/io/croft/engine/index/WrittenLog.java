package io.croft.engine.index;

import io.croft.Org;
import io.croft.OrgId;
import io.croft.content.ContentStatus;
import io.croft.job.JobKind;
import io.croft.search.Lag;
import io.croft.search.Source;
import io.croft.spi.ChangeFeed;
import io.croft.spi.Checkpoint;
import io.croft.spi.Chunk;
import io.croft.spi.Content;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.ContentStore;
import io.croft.spi.IndexScope;
import io.croft.spi.JobLease;
import io.croft.spi.Sight;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The documents of one scope with their change log, which fails or is lost when a test says so. Thread-safe. */
final class WrittenLog implements ChangeFeed, ContentStore {

    private final IndexScope scope;
    private final OrgId org;
    private final TreeMap<ContentKey, ContentChunks> documents = new TreeMap<>();
    private final List<ContentKey> log = new ArrayList<>();
    private @Nullable Supplier<RuntimeException> failure;
    private int trimmed;
    private int readers;
    private boolean telling;
    private final Set<Runnable> listeners = new LinkedHashSet<>();

    WrittenLog(IndexScope scope, OrgId org) {
        this.scope = scope;
        this.org = org;
    }

    synchronized void write(String id, String text) {
        ContentKey key = new ContentKey(org, id);
        documents.put(key, new ContentChunks(key, log.size() + 1, "m", Instant.EPOCH, "", Map.of(),
                List.of(new Chunk(0, 0, text.length(), text, new float[]{1, 0}))));
        log.add(key);
        if (telling) {
            listeners.forEach(Runnable::run);
        }
    }

    /** From now on whoever listens is told, or no more. */
    synchronized void tell(boolean telling) {
        this.telling = telling;
        listeners.forEach(Runnable::run);
    }

    @Override
    public synchronized Listening listen(Runnable grown) {
        listeners.add(grown);
        return new Listening() {

            @Override
            public boolean hears() {
                synchronized (WrittenLog.this) {
                    return telling;
                }
            }

            @Override
            public void close() {
                synchronized (WrittenLog.this) {
                    listeners.remove(grown);
                }
            }
        };
    }

    /** From now on whatever reads it fails so; with null it answers again. */
    synchronized void failWith(@Nullable Supplier<RuntimeException> failure) {
        this.failure = failure;
    }

    /** Whoever has not read all that there is has lost its place. */
    synchronized void trim() {
        trimmed = log.size();
    }

    synchronized int readers() {
        return readers;
    }

    private synchronized void reach() {
        if (failure != null) {
            throw failure.get();
        }
    }

    @Override
    public synchronized Checkpoint head(IndexScope scope) {
        reach();
        return new Checkpoint("" + log.size());
    }

    @Override
    public synchronized Reader reader(IndexScope scope, Checkpoint from) {
        readers++;
        return new LogReader(from.value().isEmpty() ? 0 : Integer.parseInt(from.value()));
    }

    @Override
    public Watch watch() {
        return new Watch() {
            private int seen;

            @Override
            public Set<IndexScope> changed() {
                synchronized (WrittenLog.this) {
                    reach();
                    boolean grown = log.size() > seen;
                    seen = log.size();
                    return grown ? Set.of(scope) : Set.of();
                }
            }
        };
    }

    private final class LogReader implements Reader {

        private int at;

        LogReader(int at) {
            this.at = at;
        }

        @Override
        public Batch next(int limit) {
            synchronized (WrittenLog.this) {
                reach();
                if (at < trimmed) {
                    return new Batch.Lost("trimmed past " + at);
                }
                int end = Math.min(log.size(), at + limit);
                List<ContentKey> dirty = List.copyOf(new LinkedHashSet<>(log.subList(at, end)));
                at = end;
                return new Batch.Changes(dirty, new Checkpoint("" + end), end < log.size());
            }
        }

        @Override
        public Unread unread() {
            int from = at;
            return () -> {
                synchronized (WrittenLog.this) {
                    reach();
                    return new Lag(log.size() - from, Duration.ZERO);
                }
            };
        }
    }

    @Override
    public synchronized List<ContentChunks> chunks(IndexScope scope, List<ContentKey> keys) {
        reach();
        return keys.stream().map(key -> documents.getOrDefault(key, ContentChunks.none(key))).toList();
    }

    @Override
    public synchronized List<ContentChunks> scan(IndexScope scope, Optional<ContentKey> after, int limit) {
        reach();
        return after.map(key -> documents.tailMap(key, false)).orElse(documents).values().stream().limit(limit)
                .toList();
    }

    @Override
    public List<Stored> put(OrgId org, Source source, List<Content> items, JobKind kind, Sight sight) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void export(Org life, Source source, Consumer<Exported> each) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CopiedPage copy(Org from, Org to, Optional<String> after, int limit, JobKind kind, Sight sight) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<Stored> delete(OrgId org, Source source, String id, Sight sight) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<Content> find(OrgId org, Source source, String id, Sight sight) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<ContentStatus> status(OrgId org, Source source, String id, Sight sight) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<Pending> pending(OrgId org, String payload) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean writeChunks(JobLease lease, Pending pending, String modelId, List<Chunk> chunks) {
        throw new UnsupportedOperationException();
    }
}
