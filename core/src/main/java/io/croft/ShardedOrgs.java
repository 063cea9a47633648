package io.croft;

import io.croft.engine.content.StoredOrgs;
import io.croft.guard.Operation;
import io.croft.guard.TenantGuard;
import io.croft.job.OrgPlace;
import io.croft.spi.JobShards;
import io.croft.spi.OrgStore;
import io.croft.spi.Store;
import java.io.OutputStream;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Organisations in several databases: the map first, then the database that it names. Nothing is asked of the map, and
 * no place is given, before it is known that the actor may make the call; each call passes one gate, once: that of the
 * organisation's database, or where there is none or it is to be found, that of all. Thread-safe.
 */
final class ShardedOrgs implements Orgs {

    private static final Logger LOG = LoggerFactory.getLogger(ShardedOrgs.class);

    private final JobShards shards;
    private final Map<String, Served> databases;
    private final Served nowhere;
    private final Consumer<OrgId> forget;

    /**
     * What serves the organisations of a database.
     *
     * @param orgs  behind the guard
     * @param guard remembers them
     */
    record Served(Orgs orgs, TenantGuard guard) {
    }

    /**
     * Over these databases.
     *
     * @param databases by their names
     * @param nowhere   refuses calls for organisations that are in none
     * @param forget    is told of those whose places have changed
     */
    ShardedOrgs(JobShards shards, Map<String, Served> databases, Served nowhere, Consumer<OrgId> forget) {
        this.shards = shards;
        this.databases = new LinkedHashMap<>(databases);
        this.nowhere = nowhere;
        this.forget = forget;
    }

    /** Whoever is refused is given no place. */
    @Override
    public Org create(TenantContext context) {
        return nowhere.guard().callAny(context, Operation.ORGS_CREATE, () -> {
            OrgPlace place = shards.place(context.org());
            forget.accept(context.org());
            if (place.movingTo().isPresent()) { // it is there already, unless it is between the two
                return in(place).find(context.org()).orElseGet(() -> create(still(place), context));
            }
            return create(place, context);
        });
    }

    private Org create(OrgPlace place, TenantContext context) {
        Served there = served(place);
        Org org = Objects.requireNonNull(shards.stores().get(place.database())).orgs().create(context);
        there.guard().forget(context.org());
        return org;
    }

    /** One that is between two databases is somewhere, so nobody is told that it is not. */
    @Override
    public Optional<Org> find(OrgId org) {
        Optional<OrgPlace> place = shards.find(org);
        while (place.isPresent()) {
            Optional<Org> found = in(place.get()).find(org);
            if (found.isPresent()) {
                return found;
            }
            Optional<OrgPlace> now = shards.find(org).map(ShardedOrgs::still);
            if (now.equals(place)) {
                return Optional.empty();
            }
            place = now;
        }
        return Optional.empty();
    }

    @Override
    public OrgSummary summary(TenantContext context) {
        return in(context, Operation.ORGS_SUMMARY).summary(context);
    }

    /** A page of each database, merged. One that is between two databases is in neither. */
    @Override
    public List<OrgSummary> list(Actor operator, Optional<OrgId> after, int limit) {
        return nowhere.guard().gate().operate(operator, Operation.ORGS_LIST, () -> {
            StoredOrgs.checkLimit(limit);
            return shards.stores().values().stream().flatMap(store -> store.orgs().list(after, limit).stream())
                    .sorted(Comparator.comparing(summary -> summary.org().id().toString())).limit(limit).toList();
        });
    }

    @Override
    public OrgQuotas quotas(TenantContext context) {
        return in(context, Operation.ORGS_QUOTAS).quotas(context);
    }

    @Override
    public OrgQuotas setQuotas(TenantContext context, OrgQuotas quotas) {
        return in(context, Operation.ORGS_SET_QUOTAS).setQuotas(context, quotas);
    }

    @Override
    public ExportReceipt export(TenantContext context, OutputStream out) {
        return in(context, Operation.ORGS_EXPORT).export(context, out);
    }

    @Override
    public Org suspend(TenantContext context) {
        return in(context, Operation.ORGS_SUSPEND).suspend(context);
    }

    @Override
    public Org resume(TenantContext context) {
        return in(context, Operation.ORGS_RESUME).resume(context);
    }

    /** Where the call is to be made. */
    private Orgs in(TenantContext context, Operation operation) {
        nowhere.guard().requirePermitted(context, operation);
        return shards.find(context.org()).map(place -> in(still(place))).orElse(nowhere.orgs());
    }

    /**
     * Where it once was, too: there it is only a name by now. Its place is forgotten last, when it is nowhere any more.
     */
    @Override
    public ErasureReceipt erase(TenantContext context) {
        OrgId org = context.org();
        nowhere.guard().requirePermitted(context, Operation.ORGS_ERASE);
        Optional<OrgPlace> found = shards.find(org).map(ShardedOrgs::still);
        if (found.isEmpty()) {
            return nowhere.orgs().erase(context); // which refuses it
        }
        OrgPlace place = found.get();
        ErasureReceipt receipt;
        try {
            receipt = in(place).erase(context);
        } catch (UnknownOrgException e) {
            if (shards.find(org).equals(Optional.of(place))) { // or it moves, or has moved, meanwhile
                eraseNames(place, context); // it was erased, or never created, by a call that ended before this
            }
            throw e;
        }
        eraseNames(place, context);
        return receipt;
    }

    private void eraseNames(OrgPlace place, TenantContext context) {
        boolean all = true;
        for (Map.Entry<String, Store> other : shards.stores().entrySet()) {
            if (!other.getKey().equals(place.database())) {
                all &= eraseName(other.getKey(), other.getValue().orgs(), context);
            }
        }
        if (all) {
            shards.forget(place);
        }
        forget.accept(place.org());
    }

    private static boolean eraseName(String database, OrgStore others, TenantContext context) {
        try {
            others.erase(context);
        } catch (UnknownOrgException e) {
            LOG.trace("organisation {} was never in {}", context.org(), database, e);
        } catch (StoreUnavailableException e) {
            LOG.warn("organisation {} is erased; its name stays in {}, where it once was, until it is erased again: {}",
                    context.org(), database, e.getMessage());
            return false;
        }
        return true;
    }

    private static OrgPlace still(OrgPlace place) {
        if (place.isMoving()) {
            throw new StoreUnavailableException(
                    "organisation " + place.org() + " moves between databases: wait until it"
                            + " has arrived, or end its move");
        }
        return place;
    }

    private Orgs in(OrgPlace place) {
        return served(place).orgs();
    }

    private Served served(OrgPlace place) {
        Served served = databases.get(place.database());
        if (served == null) {
            throw new InvalidInputException("organisation " + place.org() + " is in database " + place.database()
                    + ", which is not among those given: " + databases.keySet());
        }
        return served;
    }
}
