package io.croft.guard;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.croft.CroftException;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.StoreUnavailableException;
import io.croft.TenantContext;
import io.croft.UnknownOrgException;
import io.croft.spi.OrgStore;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * The gate: every call on documents, listings, searches and jobs goes through {@link #call}. It refuses organisations
 * that do not exist or are being erased, and everything once it is closed, and puts the request id into the logging
 * context for the length of the call.
 *
 * <p>Organisations are remembered, so that a warm call touches no database. What another process changed, an erasure
 * above all, counts here after at most {@link #STALENESS}; while the database is away or slow to answer, what was known
 * goes on counting. Thread-safe.
 */
public final class TenantGuard implements AutoCloseable {

    /** How old a remembered organisation may be before it is looked up again. */
    public static final Duration STALENESS = Duration.ofSeconds(10);

    /** How long a call waits for that, when there is something to go by without it. */
    private static final Duration PATIENCE = Duration.ofMillis(250);
    private static final int MAX_REMEMBERED = 100_000;
    private static final String REQUEST_ID = "request_id";
    private static final String ORG_ID = "org_id";
    private static final Logger LOG = LoggerFactory.getLogger(TenantGuard.class);

    private final OrgStore store;
    private final Cache<OrgId, Known> orgs;
    private final Map<OrgId, CompletableFuture<Optional<Org>>> lookups = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /** A gate for the organisations of this store. */
    public TenantGuard(OrgStore store) {
        this.store = store;
        this.orgs = Caffeine.newBuilder().maximumSize(MAX_REMEMBERED).build();
    }

    /**
     * Runs a call for the context's organisation.
     *
     * @param operation names the call in logs
     * @param work      gets the organisation as the store knows it
     * @throws UnknownOrgException                if the organisation does not exist or is being erased
     * @throws io.croft.StoreUnavailableException if it has not been seen before and the database is away
     */
    public <T> T call(TenantContext context, String operation, Function<Org, T> work) {
        Objects.requireNonNull(context, "context");
        if (closed) {
            throw new CroftException("this Croft is closed: start another");
        }
        String outerRequest = MDC.get(REQUEST_ID);
        String outerOrg = MDC.get(ORG_ID);
        MDC.put(REQUEST_ID, context.requestId());
        MDC.put(ORG_ID, context.org().toString());
        long start = System.nanoTime();
        boolean succeeded = false;
        try {
            T result = work.apply(active(context.org()));
            succeeded = true;
            return result;
        } finally {
            if (LOG.isDebugEnabled()) {
                LOG.atDebug().addKeyValue("operation", operation)
                        .addKeyValue("actor_role", context.actor().role())
                        .addKeyValue("micros", (System.nanoTime() - start) / 1000)
                        .addKeyValue("outcome", succeeded ? "ok" : "failed").log("call");
            }
            restore(REQUEST_ID, outerRequest);
            restore(ORG_ID, outerOrg);
        }
    }

    /** Refuses calls from now on. */
    @Override
    public void close() {
        closed = true;
    }

    /** Forgets what was remembered of an organisation. */
    public void forget(OrgId org) {
        orgs.invalidate(org);
    }

    private Org active(OrgId id) {
        Optional<Org> org = find(id);
        if (org.isEmpty() || org.get().state() != Org.State.ACTIVE) {
            orgs.invalidate(id); // it may be created at any moment, by any process
            throw new UnknownOrgException("organisation " + id
                    + (org.isEmpty() ? " does not exist: create it with orgs().create(…) first" : " is being erased"));
        }
        return org.get();
    }

    private Optional<Org> find(OrgId id) {
        Known known = orgs.getIfPresent(id);
        if (known == null) {
            // Looked up by the cache itself: it lets nobody forget an organisation in between.
            return orgs.get(id, absent -> new Known(store.find(absent), System.nanoTime())).org();
        }
        if (System.nanoTime() - known.sinceNanos() < STALENESS.toNanos()) {
            return known.org();
        }
        CompletableFuture<Optional<Org>> again = lookups.computeIfAbsent(id, one -> lookUpAgain(one, known));
        try {
            return again.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return known.org();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CroftException("interrupted while organisation " + id + " was looked up", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof CroftException cause
                    ? cause
                    : new CroftException("organisation " + id + " could not be looked up", e.getCause());
        }
    }

    /** Looks it up on a thread of its own; while the database is away, what was known goes on counting. */
    private CompletableFuture<Optional<Org>> lookUpAgain(OrgId id, Known known) {
        CompletableFuture<Optional<Org>> outcome = new CompletableFuture<>();
        Thread.ofVirtual().name("croft-guard").start(() -> {
            try {
                Optional<Org> now = found(id, known);
                orgs.asMap().replace(id, known, new Known(now, System.nanoTime()));
                outcome.complete(now);
            } catch (RuntimeException | Error e) {
                outcome.completeExceptionally(e);
            } finally {
                lookups.remove(id);
            }
        });
        return outcome;
    }

    private Optional<Org> found(OrgId id, Known known) {
        try {
            return store.find(id);
        } catch (StoreUnavailableException e) {
            LOG.debug("organisation {} could not be looked up again and stays as it was known: {}", id, e.getMessage());
            return known.org();
        }
    }

    private static void restore(String key, @Nullable String value) {
        if (value == null) {
            MDC.remove(key);
        } else {
            MDC.put(key, value);
        }
    }

    /** What was found, and when. */
    private record Known(Optional<Org> org, long sinceNanos) {
    }
}
