package io.croft.spi.memory;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.croft.InvalidInputException;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.OrgQuotas;
import io.croft.OrgSuspendedException;
import io.croft.QuotaExceededException;
import io.croft.StoreUnavailableException;
import io.croft.UnknownOrgException;
import io.croft.spi.AuditStore;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What all parts of a store in memory share: the organisations, the clock, and this object's monitor as the one lock of
 * all. Thread-safe.
 */
public final class World {

    private final InstantSource clock;
    private final MemoryAudit audit = new MemoryAudit(this);
    @GuardedBy("this")
    private final Map<OrgId, Org> orgs = new HashMap<>();
    @GuardedBy("this")
    private final Map<OrgId, OrgQuotas> quotas = new HashMap<>();
    private volatile boolean away;

    /** Without organisations, by this clock. */
    public World(InstantSource clock) {
        this.clock = clock;
    }

    /** What the clock says. */
    public Instant now() {
        return clock.instant();
    }

    /** What administration did in this world. */
    public AuditStore audit() {
        return audit;
    }

    /** Forgets what has outlived its retention. */
    public void expire() {
        audit.expire();
    }

    /** Whether every call fails from now on, as if the database were away. */
    public void setAway(boolean away) {
        this.away = away;
    }

    /** Every call to the store begins with this. */
    void reach() {
        if (away) {
            throw new StoreUnavailableException("the store in memory was told to be away");
        }
    }

    synchronized Org create(OrgId id) {
        return orgs.computeIfAbsent(id, key -> new Org(key, UUID.randomUUID(), Org.State.ACTIVE, now()));
    }

    synchronized Optional<Org> find(OrgId id) {
        return Optional.ofNullable(orgs.get(id));
    }

    synchronized List<Org> all() {
        return List.copyOf(orgs.values());
    }

    /** Those in service. */
    synchronized Set<OrgId> active() {
        return orgs.values().stream().filter(org -> org.state() == Org.State.ACTIVE).map(Org::id)
                .collect(Collectors.toUnmodifiableSet());
    }

    synchronized void remove(OrgId id) {
        orgs.remove(id);
        quotas.remove(id);
    }

    synchronized OrgQuotas quotas(OrgId id) {
        return quotas.getOrDefault(id, OrgQuotas.UNLIMITED);
    }

    synchronized void setQuotas(OrgId id, OrgQuotas limits) {
        quotas.put(id, limits);
    }

    /**
     * Refuses what would be more than the organisation may have.
     *
     * @param used   how much it has
     * @param wanted how much more it is to have
     */
    void require(OrgId id, OrgQuotas.Resource resource, long used, long wanted) {
        OptionalLong limit = quotas(id).limit(resource);
        if (wanted > 0 && limit.isPresent() && used + wanted > limit.getAsLong()) {
            throw new QuotaExceededException(id, resource, limit.getAsLong(), used, wanted);
        }
    }

    /** Takes an organisation out of service, or into it again. */
    synchronized Org set(OrgId id, Org.State state) {
        Org org = existing(id);
        Org changed = new Org(id, org.incarnation(), state, org.createdAt());
        orgs.put(id, changed);
        return changed;
    }

    /** Whether it exists and is out of service. */
    boolean isSuspended(OrgId id) {
        return find(id).filter(org -> org.state() == Org.State.SUSPENDED).isPresent();
    }

    /** The organisation, in service. */
    Org active(OrgId id) {
        Org org = existing(id);
        if (org.state() == Org.State.SUSPENDED) {
            throw new OrgSuspendedException(id);
        }
        return org;
    }

    Org existing(OrgId id) {
        return find(id).orElseThrow(() -> new UnknownOrgException(
                "organisation " + id + " does not exist: create it with orgs().create(…)"));
    }

    /** Refuses an organisation that does not live this life, or is out of service. */
    void living(Org org) {
        active(org.id());
        if (!lives(org.id(), org.incarnation())) {
            throw new UnknownOrgException(
                    "organisation " + org.id() + " does not live this life: create it with orgs().create(…)");
        }
    }

    /** Refuses an organisation that does not live this life any more. */
    void exists(Org org) {
        if (!lives(org.id(), org.incarnation())) {
            throw new UnknownOrgException("organisation " + org.id() + " does not live this life any more");
        }
    }

    /** Whether this is the present life of the organisation. */
    boolean lives(OrgId id, UUID incarnation) {
        return find(id).filter(org -> org.incarnation().equals(incarnation)).isPresent();
    }

    static void checkSize(String what, int size, int least, int most) {
        if (size < least || size > most) {
            throw new InvalidInputException(what + " " + size + " is outside " + least + " to " + most);
        }
    }

    static <T> T known(@Nullable T value, String what) {
        if (value == null) {
            throw new InvalidInputException(what + " is not known");
        }
        return value;
    }
}
