package io.croft.guard;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.croft.CroftException;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.OrgSuspendedException;
import io.croft.StoreUnavailableException;
import io.croft.TenantContext;
import io.croft.UnknownOrgException;
import io.croft.spi.OrgStore;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets calls for an organisation through the {@link Gate}: every call on documents, listings, searches and jobs goes
 * through {@link #call}. It refuses organisations that do not exist, are suspended or are being erased, and once it is
 * closed all of them.
 *
 * <p>Organisations are remembered, so that a warm call waits for no database: from half of {@link #STALENESS} on the
 * organisation is looked up again beside the call. Only the first call after a pause as long as that waits for the
 * answer, at most a quarter of a second. What another process changed, an erasure above all, counts here after at most
 * {@link #STALENESS}; while the database is away or slow to answer, what was known goes on counting. Thread-safe.
 */
public final class TenantGuard implements AutoCloseable {

    /** How old a remembered organisation may be before a call waits for what is known of it now. */
    public static final Duration STALENESS = Duration.ofSeconds(10);

    /** From when on it is looked up beside the call. */
    private static final Duration REFRESH_AFTER = STALENESS.dividedBy(2);

    /** How long a call waits for that, when there is something to go by without it. */
    private static final Duration PATIENCE = Duration.ofMillis(250);
    private static final Duration MOST_PATIENCE = Duration.ofMinutes(2);
    private static final int MAX_REMEMBERED = 100_000;
    private static final Logger LOG = LoggerFactory.getLogger(TenantGuard.class);

    private final OrgStore store;
    private final Gate gate;
    private final Cache<OrgId, Known> orgs;
    private final Lookups<OrgId, Optional<Org>> lookups;
    private final LongSupplier nanoTime;
    /** Those whose state is just being changed here, and how many times. */
    private final ConcurrentMap<OrgId, Integer> changing = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /** A guard of this store's organisations behind an open gate. */
    public TenantGuard(OrgStore store) {
        this(store, Gate.open());
    }

    /** A guard of this store's organisations. */
    public TenantGuard(OrgStore store, Gate gate) {
        this(store, gate, System::nanoTime);
    }

    /** The same, which ages what it remembers by this time. */
    TenantGuard(OrgStore store, Gate gate, LongSupplier nanoTime) {
        this.store = store;
        this.gate = gate;
        this.nanoTime = nanoTime;
        this.orgs = Caffeine.newBuilder().maximumSize(MAX_REMEMBERED).build();
        this.lookups = new Lookups<>("croft-guard", this::look,
                (id, org) -> orgs.put(id, new Known(org, nanoTime.getAsLong())));
    }

    /** What calls for no organisation in particular pass. */
    public Gate gate() {
        return gate;
    }

    /** Runs a call for the context's organisation that may wait as long as the store takes, up to two minutes. */
    public <T> T call(TenantContext context, Operation operation, Function<Org, T> work) {
        return call(context, operation, patience(), work);
    }

    /**
     * Runs a call for the context's organisation.
     *
     * @param deadlineNanos how long it may take to look the organisation up, on {@link System#nanoTime()}
     * @param work          gets the organisation as the store knows it
     * @throws UnknownOrgException            if the organisation does not exist or is being erased
     * @throws OrgSuspendedException          if it is suspended
     * @throws io.croft.NotPermittedException if the actor may not make it
     * @throws StoreUnavailableException      if the organisation has not been seen before and the database is away, or
     *                                        does not answer by the deadline
     */
    public <T> T call(TenantContext context, Operation operation, long deadlineNanos, Function<Org, T> work) {
        return gate.call(context, operation, () -> active(context.org(), deadlineNanos), work);
    }

    /** Runs a call for the context's organisation whatever its state, also if it does not exist. */
    public <T> T callAny(TenantContext context, Operation operation, Supplier<T> work) {
        return gate.callAny(context, operation, work);
    }

    /**
     * Refuses an actor who may not make a call, as a call of its own: for what has to find out first where the call is
     * to be made.
     *
     * @throws io.croft.NotPermittedException if he may not
     */
    public void requirePermitted(TenantContext context, Operation operation) {
        gate.requirePermitted(context, operation);
    }

    /**
     * Within a call: the organisation of another context that the call reaches too, or of the same one again after a
     * wait. It is let in as {@link #call} does, without being counted as a call of its own.
     *
     * @param permission what the other context's actor needs to be allowed
     */
    public Org also(TenantContext context, Operation operation, Permission permission) {
        Org org = active(context.org(), patience());
        Permissions.check(context.actor(), operation, permission);
        return org;
    }

    private static long patience() {
        return System.nanoTime() + MOST_PATIENCE.toNanos();
    }

    /** Refuses calls from now on. */
    @Override
    public void close() {
        closed = true;
    }

    /** Forgets what was remembered of an organisation. */
    public void forget(OrgId org) {
        lookups.forget(org, () -> orgs.invalidate(org));
    }

    /**
     * Runs what changes an organisation's state, such as erasing it. Meanwhile each call looks the organisation up for
     * itself, for the change counts from one of its transactions on, long before it ends; afterwards it is forgotten.
     */
    public <T> T changing(OrgId org, Supplier<T> change) {
        changing.merge(org, 1, Integer::sum);
        try {
            return change.get();
        } finally {
            changing.computeIfPresent(org, (one, count) -> count == 1 ? null : count - 1);
            forget(org);
        }
    }

    private Org active(OrgId id, long deadlineNanos) {
        if (closed) {
            throw new CroftException("this Croft is closed: start another");
        }
        Optional<Org> org = find(id, deadlineNanos);
        if (org.isPresent() && org.get().state() == Org.State.SUSPENDED) {
            throw new OrgSuspendedException(id);
        }
        if (org.isEmpty() || org.get().state() != Org.State.ACTIVE) {
            orgs.invalidate(id); // it may be created at any moment, by any process
            throw new UnknownOrgException("organisation " + id
                    + (org.isEmpty() ? " does not exist: create it with orgs().create(…) first" : " is being erased"));
        }
        return org.get();
    }

    private Optional<Org> find(OrgId id, long deadlineNanos) {
        Known known = changing.containsKey(id) ? null : orgs.getIfPresent(id);
        long now = nanoTime.getAsLong();
        if (known != null && now - known.sinceNanos() < STALENESS.toNanos()) {
            if (now - known.sinceNanos() >= REFRESH_AFTER.toNanos()) {
                lookups.askBeside(id);
            }
            return known.org();
        }
        long left = deadlineNanos - now;
        Optional<Optional<Org>> found = lookups.ask(id, known == null ? left : Math.min(left, PATIENCE.toNanos()));
        if (found.isPresent()) {
            return found.get();
        }
        if (known != null) { // the next calls do not wait in vain too; the answer counts when it comes
            orgs.asMap().replace(id, known, new Known(known.org(), now - REFRESH_AFTER.toNanos()));
            return known.org();
        }
        throw new StoreUnavailableException("organisation " + id + " could not be looked up within the call's time: the"
                + " database is slow to answer or away; call again, or give a search a longer timeout");
    }

    /** While the database is away, what was known goes on counting. */
    private Optional<Org> look(OrgId id) {
        try {
            return store.find(id);
        } catch (StoreUnavailableException e) {
            Known known = orgs.getIfPresent(id);
            if (known == null) {
                throw e;
            }
            LOG.debug("organisation {} could not be looked up again and stays as it was known: {}", id, e.getMessage());
            return known.org();
        }
    }

    /** What was found, and when. */
    private record Known(Optional<Org> org, long sinceNanos) {
    }
}
