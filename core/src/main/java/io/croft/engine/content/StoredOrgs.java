package io.croft.engine.content;

import io.croft.Actor;
import io.croft.ErasureReceipt;
import io.croft.ExportReceipt;
import io.croft.InvalidInputException;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.OrgQuotas;
import io.croft.OrgSummary;
import io.croft.OrgSuspendedException;
import io.croft.Orgs;
import io.croft.Role;
import io.croft.TenantContext;
import io.croft.UnknownOrgException;
import io.croft.engine.export.OrgExport;
import io.croft.guard.Operation;
import io.croft.guard.TenantGuard;
import io.croft.spi.OrgStore;
import java.io.OutputStream;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/** {@link Orgs} in the store. */
public final class StoredOrgs implements Orgs {

    private final TenantGuard guard;
    private final OrgStore store;
    private final OrgExport export;
    private final Function<Org, ErasureReceipt.IndexFiles> afterErase;

    /**
     * Organisations of this store.
     *
     * @param export     writes out what they have
     * @param afterErase removes what is beside the store of a life that it has erased, and says what that was of an
     *                   index
     */
    public StoredOrgs(TenantGuard guard, OrgStore store, OrgExport export,
            Function<Org, ErasureReceipt.IndexFiles> afterErase) {
        this.guard = guard;
        this.store = store;
        this.export = export;
        this.afterErase = afterErase;
    }

    @Override
    public Org create(TenantContext context) {
        return guard.callAny(context, Operation.ORGS_CREATE, () -> {
            Org org = store.create(context);
            guard.forget(context.org());
            return org;
        });
    }

    @Override
    public Optional<Org> find(OrgId org) {
        return store.find(org);
    }

    @Override
    public OrgSummary summary(TenantContext context) {
        OrgId org = context.org();
        return context.actor().role() == Role.SUPER_ADMIN
                ? guard.callAny(context, Operation.ORGS_SUMMARY, () -> summary(org))
                : guard.call(context, Operation.ORGS_SUMMARY, active -> summary(org));
    }

    private OrgSummary summary(OrgId org) {
        return store.summary(org).orElseThrow(() -> unknown(org));
    }

    private static UnknownOrgException unknown(OrgId org) {
        return new UnknownOrgException(
                "organisation " + org + " does not exist: create it with orgs().create(…) first");
    }

    @Override
    public List<OrgSummary> list(Actor operator, Optional<OrgId> after, int limit) {
        return guard.gate().operate(operator, Operation.ORGS_LIST, () -> {
            checkLimit(limit);
            return store.list(after, limit);
        });
    }

    /** Refuses a page of no length, or of too many. */
    public static void checkLimit(int limit) {
        if (limit < 1 || limit > MAX_PAGE) {
            throw new InvalidInputException("limit " + limit + " of organisations is outside 1 to " + MAX_PAGE);
        }
    }

    @Override
    public OrgQuotas quotas(TenantContext context) {
        OrgId org = context.org();
        return context.actor().role() == Role.SUPER_ADMIN
                ? guard.callAny(context, Operation.ORGS_QUOTAS, () -> quotas(org))
                : guard.call(context, Operation.ORGS_QUOTAS, active -> quotas(org));
    }

    private OrgQuotas quotas(OrgId org) {
        return store.quotas(org).orElseThrow(() -> unknown(org));
    }

    @Override
    public OrgQuotas setQuotas(TenantContext context, OrgQuotas quotas) {
        Objects.requireNonNull(quotas, "quotas");
        return guard.callAny(context, Operation.ORGS_SET_QUOTAS, () -> store.setQuotas(context, quotas));
    }

    @Override
    public ExportReceipt export(TenantContext context, OutputStream out) {
        Objects.requireNonNull(out, "out");
        return context.actor().role() == Role.SUPER_ADMIN
                ? guard.callAny(context, Operation.ORGS_EXPORT, () -> export.write(context, living(context), out))
                : guard.call(context, Operation.ORGS_EXPORT, active -> export.write(context, active, out));
    }

    /** Also one that is suspended. */
    private Org living(TenantContext context) {
        return store.find(context.org()).filter(org -> org.state() != Org.State.ERASING)
                .orElseThrow(() -> unknown(context.org()));
    }

    @Override
    public Org suspend(TenantContext context) {
        return change(context, Operation.ORGS_SUSPEND, store::suspend);
    }

    @Override
    public Org resume(TenantContext context) {
        return change(context, Operation.ORGS_RESUME, store::resume);
    }

    private Org change(TenantContext context, Operation operation, Function<TenantContext, Org> change) {
        return guard.callAny(context, operation, () -> guard.changing(context.org(), () -> change.apply(context)));
    }

    @Override
    public ErasureReceipt erase(TenantContext context) {
        return guard.callAny(context, Operation.ORGS_ERASE, () -> eraseNow(context));
    }

    private ErasureReceipt eraseNow(TenantContext context) {
        Org life = store.find(context.org()).orElseThrow(() -> new UnknownOrgException(
                "organisation " + context.org() + " does not exist: there is nothing to erase"));
        if (life.state() == Org.State.SUSPENDED && context.actor().role() != Role.SUPER_ADMIN) {
            throw new OrgSuspendedException(context.org()); // or it would come back, created anew, by its own doing
        }
        ErasureReceipt.Rows rows = guard.changing(context.org(), () -> store.erase(context));
        ErasureReceipt.IndexFiles files = afterErase.apply(life);
        return new ErasureReceipt(life, Instant.now(), rows, files);
    }
}
