package io.croft.spi.memory;

import io.croft.OrgId;
import io.croft.audit.AuditEntry;
import io.croft.audit.AuditFilter;
import io.croft.spi.AuditNote;
import io.croft.spi.AuditStore;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;

/** What administration did, in memory: the last {@value #MOST} entries. Guarded by the world; thread-safe. */
final class MemoryAudit implements AuditStore {

    private static final int MOST = 100_000;
    private static final Duration RETENTION = Duration.ofDays(400);
    private static final Comparator<AuditEntry> NEWEST_FIRST = Comparator.comparing(AuditEntry::at)
            .thenComparing(entry -> entry.id().toString()).reversed();

    private final World world;
    private final Deque<Kept> kept = new ArrayDeque<>();

    private record Kept(Optional<UUID> incarnation, AuditEntry entry) {
    }

    MemoryAudit(World world) {
        this.world = world;
    }

    @Override
    public void append(AuditNote note) {
        synchronized (world) {
            world.reach();
            if (kept.size() == MOST) {
                kept.removeFirst();
            }
            kept.addLast(new Kept(note.by().incarnation(),
                    new AuditEntry(UUID.randomUUID(), world.now().truncatedTo(ChronoUnit.MICROS), note.org(),
                            note.by().actor(), note.by().requestId(), note.action(), note.subject(), note.before(),
                            note.after())));
        }
    }

    @Override
    public List<AuditEntry> list(OrgId org, UUID incarnation, AuditFilter filter, Optional<Place> after, int limit) {
        return list(one -> one.entry().org().equals(Optional.of(org))
                && one.incarnation().equals(Optional.of(incarnation)), filter, after, limit);
    }

    @Override
    public List<AuditEntry> list(AuditFilter filter, Optional<Place> after, int limit) {
        return list(one -> true, filter, after, limit);
    }

    private List<AuditEntry> list(Predicate<Kept> whose, AuditFilter filter, Optional<Place> after, int limit) {
        World.checkSize("limit of audit entries", limit, 1, MAX_LIMIT);
        synchronized (world) {
            world.reach();
            return kept.stream().filter(whose).map(Kept::entry).filter(entry -> passes(entry, filter))
                    .filter(entry -> after.isEmpty() || isBehind(entry, after.get()))
                    .sorted(NEWEST_FIRST).limit(limit).toList();
        }
    }

    private static boolean passes(AuditEntry entry, AuditFilter filter) {
        return filter.org().map(org -> entry.org().equals(Optional.of(org))).orElse(true)
                && filter.actor().map(entry.actor().id()::equals).orElse(true)
                && filter.action().map(entry.action()::equals).orElse(true)
                && filter.from().map(from -> !entry.at().isBefore(from)).orElse(true)
                && filter.before().map(entry.at()::isBefore).orElse(true);
    }

    private static boolean isBehind(AuditEntry entry, Place place) {
        int order = entry.at().compareTo(place.at());
        return order < 0 || (order == 0 && entry.id().toString().compareTo(place.id().toString()) < 0);
    }

    void expire() {
        synchronized (world) {
            Instant oldest = world.now().minus(RETENTION);
            kept.removeIf(one -> one.entry().at().isBefore(oldest));
        }
    }
}
