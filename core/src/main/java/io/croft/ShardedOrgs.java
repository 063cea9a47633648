package io.croft;

import io.croft.job.OrgPlace;
import io.croft.spi.JobShards;
import io.croft.spi.OrgStore;
import io.croft.spi.Store;
import java.io.OutputStream;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Organisations in several databases: the map first, then the database that it names. Thread-safe. */
final class ShardedOrgs implements Orgs {

    private static final Logger LOG = LoggerFactory.getLogger(ShardedOrgs.class);

    private final JobShards shards;
    private final Map<String, Orgs> databases;
    private final Consumer<OrgId> forget;

    ShardedOrgs(JobShards shards, Map<String, Orgs> databases, Consumer<OrgId> forget) {
        this.shards = shards;
        this.databases = new LinkedHashMap<>(databases);
        this.forget = forget;
    }

    @Override
    public Org create(TenantContext context) {
        OrgPlace place = shards.place(context.org());
        forget.accept(context.org());
        if (place.movingTo().isPresent()) { // it is there already, unless it is between the two
            return in(place).find(context.org()).orElseGet(() -> in(still(place)).create(context));
        }
        return in(place).create(context);
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
        return in(here(context)).summary(context);
    }

    /** A page of each database, merged. One that is between two databases is in neither. */
    @Override
    public List<OrgSummary> list(Actor operator, Optional<OrgId> after, int limit) {
        return databases.values().stream().flatMap(orgs -> orgs.list(operator, after, limit).stream())
                .sorted(Comparator.comparing(summary -> summary.org().id().toString())).limit(limit).toList();
    }

    @Override
    public OrgQuotas quotas(TenantContext context) {
        return in(here(context)).quotas(context);
    }

    @Override
    public OrgQuotas setQuotas(TenantContext context, OrgQuotas quotas) {
        return in(here(context)).setQuotas(context, quotas);
    }

    @Override
    public ExportReceipt export(TenantContext context, OutputStream out) {
        return in(here(context)).export(context, out);
    }

    @Override
    public Org suspend(TenantContext context) {
        return in(here(context)).suspend(context);
    }

    @Override
    public Org resume(TenantContext context) {
        return in(here(context)).resume(context);
    }

    private OrgPlace here(TenantContext context) {
        return still(shards.find(context.org()).orElseThrow(() -> new UnknownOrgException(
                "organisation " + context.org() + " does not exist: create it with orgs().create(…) first")));
    }

    /**
     * Where it once was, too: there it is only a name by now. Its place is forgotten last, when it is nowhere any more.
     */
    @Override
    public ErasureReceipt erase(TenantContext context) {
        OrgId org = context.org();
        OrgPlace place = still(shards.find(org).orElseThrow(() -> new UnknownOrgException(
                "organisation " + org + " does not exist: there is nothing to erase")));
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
        return in(place.org(), place.database());
    }

    private Orgs in(OrgId org, String database) {
        Orgs orgs = databases.get(database);
        if (orgs == null) {
            throw new InvalidInputException("organisation " + org + " is in database " + database
                    + ", which is not among those given: " + databases.keySet());
        }
        return orgs;
    }
}
