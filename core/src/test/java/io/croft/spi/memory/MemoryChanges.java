package io.croft.spi.memory;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.croft.OrgId;
import io.croft.search.Lag;
import io.croft.spi.ChangeFeed;
import io.croft.spi.Checkpoint;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexScope;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** The change logs in memory. A checkpoint is the random id of the last change that was read. */
final class MemoryChanges implements ChangeFeed {

    /** How long a change is kept. */
    private static final Duration RETENTION = Duration.ofDays(7);

    private final World world;
    @GuardedBy("world")
    private final Map<IndexScope, Log> logs = new HashMap<>();
    private final Set<MemoryListening> listening = ConcurrentHashMap.newKeySet();

    private record Change(ContentKey key, String id, Instant at) {
    }

    /** One log; the first of its changes may have been trimmed. */
    private static final class Log {
        private final List<Change> changes = new ArrayList<>();
        private Checkpoint trimmedTo = Checkpoint.BEGINNING;
        private long length;

        Checkpoint head() {
            return changes.isEmpty() ? trimmedTo : new Checkpoint(changes.getLast().id);
        }

        /** The index of the first change after a checkpoint; −1 if that is not known here. */
        int after(Checkpoint checkpoint) {
            if (checkpoint.equals(trimmedTo)) {
                return 0;
            }
            for (int i = 0; i < changes.size(); i++) {
                if (changes.get(i).id.equals(checkpoint.value())) {
                    return i + 1;
                }
            }
            return -1;
        }
    }

    MemoryChanges(World world) {
        this.world = world;
    }

    void append(IndexScope scope, ContentKey key) {
        synchronized (world) {
            Log log = log(scope);
            log.changes.add(new Change(key, UUID.randomUUID().toString(), world.now()));
            log.length++;
        }
        listening.forEach(one -> one.grown.run());
    }

    /** Trims what is past its retention. */
    void expire() {
        synchronized (world) {
            Instant oldest = world.now().minus(RETENTION);
            for (Log log : logs.values()) {
                while (!log.changes.isEmpty() && log.changes.getFirst().at.isBefore(oldest)) {
                    log.trimmedTo = new Checkpoint(log.changes.removeFirst().id);
                }
            }
        }
    }

    long erase(OrgId org) {
        synchronized (world) {
            long removed = logs.entrySet().stream()
                    .filter(log -> log.getKey() instanceof IndexScope.PrivateIndex own && own.org().equals(org))
                    .mapToLong(log -> log.getValue().changes.size()).sum();
            logs.keySet().removeIf(scope -> scope instanceof IndexScope.PrivateIndex own && own.org().equals(org));
            listening.forEach(one -> one.grown.run());
            return removed;
        }
    }

    @Override
    public Checkpoint head(IndexScope scope) {
        synchronized (world) {
            world.reach();
            return log(scope).head();
        }
    }

    @Override
    public Reader reader(IndexScope scope, Checkpoint from) {
        return new MemoryReader(scope, from);
    }

    @Override
    public Watch watch() {
        synchronized (world) {
            world.reach();
            return new MemoryWatch(lengths());
        }
    }

    @Override
    public Listening listen(Runnable grown) {
        MemoryListening one = new MemoryListening(grown);
        listening.add(one);
        grown.run();
        return one;
    }

    @GuardedBy("world")
    private Log log(IndexScope scope) {
        return logs.computeIfAbsent(scope, key -> new Log());
    }

    @GuardedBy("world")
    private Map<IndexScope, Long> lengths() {
        Map<IndexScope, Long> lengths = new HashMap<>();
        logs.forEach((scope, log) -> lengths.put(scope, log.length));
        return lengths;
    }

    private final class MemoryReader implements Reader {
        private final IndexScope scope;
        private Checkpoint at;

        MemoryReader(IndexScope scope, Checkpoint from) {
            this.scope = scope;
            this.at = from;
        }

        @Override
        public Batch next(int limit) {
            World.checkSize("a batch of", limit, 1, 1000);
            synchronized (world) {
                world.reach();
                Log log = log(scope);
                int from = log.after(at);
                if (from < 0) {
                    return new Batch.Lost("the checkpoint is not in the log of " + scope);
                }
                Set<ContentKey> dirty = new LinkedHashSet<>();
                int next = from;
                for (; next < log.changes.size() && dirty.size() < limit; next++) {
                    Change change = log.changes.get(next);
                    dirty.add(change.key);
                    at = new Checkpoint(change.id);
                }
                return new Batch.Changes(List.copyOf(dirty), at, next < log.changes.size());
            }
        }

        @Override
        public Unread unread() {
            Checkpoint from = at;
            return () -> {
                synchronized (world) {
                    world.reach();
                    List<Change> changes = log(scope).changes;
                    List<Change> left = changes.subList(Math.max(0, log(scope).after(from)), changes.size());
                    return left.isEmpty()
                            ? Lag.NONE
                            : new Lag(left.size(), Duration.between(left.getFirst().at, world.now()));
                }
            };
        }
    }

    private final class MemoryWatch implements Watch {
        private Map<IndexScope, Long> seen;

        MemoryWatch(Map<IndexScope, Long> seen) {
            this.seen = seen;
        }

        @Override
        public Set<IndexScope> changed() {
            synchronized (world) {
                world.reach();
                Map<IndexScope, Long> lengths = lengths();
                Set<IndexScope> changed = new HashSet<>(lengths.keySet());
                changed.removeIf(scope -> lengths.getOrDefault(scope, 0L).equals(seen.getOrDefault(scope, 0L)));
                seen = lengths;
                return changed;
            }
        }
    }

    private final class MemoryListening implements Listening {
        private final Runnable grown;

        MemoryListening(Runnable grown) {
            this.grown = grown;
        }

        @Override
        public boolean hears() {
            return listening.contains(this);
        }

        @Override
        public void close() {
            listening.remove(this);
        }
    }
}
