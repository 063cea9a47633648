package io.croft.engine.shard;

import io.croft.ErasureReceipt;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.OrgQuotas;
import io.croft.OrgSummary;
import io.croft.TenantContext;
import io.croft.UnknownOrgException;
import io.croft.spi.IndexScope.PrivateIndex;
import io.croft.spi.OrgStore;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Where organisations are that have no place in any database: there are none. So calls for them pass a gate as all
 * others do, and are refused behind it. Thread-safe.
 */
public final class Nowhere implements OrgStore {

    private static UnknownOrgException unknown(TenantContext context) {
        return new UnknownOrgException("organisation " + context.org()
                + " does not exist: create it with orgs().create(…) of the sharded queue first");
    }

    @Override
    public Org create(TenantContext context) {
        throw unknown(context);
    }

    @Override
    public Optional<Org> find(OrgId org) {
        return Optional.empty();
    }

    @Override
    public Optional<OrgSummary> summary(OrgId org) {
        return Optional.empty();
    }

    @Override
    public List<OrgSummary> list(Optional<OrgId> after, int limit) {
        return List.of();
    }

    @Override
    public Optional<OrgQuotas> quotas(OrgId org) {
        return Optional.empty();
    }

    @Override
    public OrgQuotas setQuotas(TenantContext context, OrgQuotas quotas) {
        throw unknown(context);
    }

    @Override
    public Org suspend(TenantContext context) {
        throw unknown(context);
    }

    @Override
    public Org resume(TenantContext context) {
        throw unknown(context);
    }

    @Override
    public ErasureReceipt.Rows erase(TenantContext context) {
        throw unknown(context);
    }

    @Override
    public Set<PrivateIndex> gone(Collection<PrivateIndex> indexes) {
        return Set.copyOf(indexes);
    }
}
