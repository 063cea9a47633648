package io.croft.engine.content;

import io.croft.Actor;
import io.croft.ErasureReceipt;
import io.croft.InvalidInputException;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.Orgs;
import io.croft.Role;
import io.croft.TenantContext;
import io.croft.UnknownOrgException;
import io.croft.guard.TenantGuard;
import io.croft.spi.OrgStore;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;

/** {@link Orgs} in the store. */
public final class StoredOrgs implements Orgs {

    private final TenantGuard guard;
    private final OrgStore store;
    private final Function<OrgId, ErasureReceipt.IndexFiles> afterErase;

    /**
     * Organisations of this store.
     *
     * @param afterErase removes what this process holds of an organisation that the store has erased, and says what
     *                   that was
     */
    public StoredOrgs(TenantGuard guard, OrgStore store, Function<OrgId, ErasureReceipt.IndexFiles> afterErase) {
        this.guard = guard;
        this.store = store;
        this.afterErase = afterErase;
    }

    @Override
    public Org create(TenantContext context) {
        Org org = store.create(context);
        guard.forget(context.org());
        return org;
    }

    @Override
    public Optional<Org> find(OrgId org) {
        return store.find(org);
    }

    @Override
    public Org suspend(TenantContext context) {
        checkOperator(context);
        return change(context, store::suspend);
    }

    @Override
    public Org resume(TenantContext context) {
        checkOperator(context);
        return change(context, store::resume);
    }

    private Org change(TenantContext context, Function<TenantContext, Org> change) {
        try {
            return change.apply(context);
        } finally {
            guard.forget(context.org());
        }
    }

    private static void checkOperator(TenantContext context) {
        Actor actor = context.actor();
        if (actor.role() != Role.SUPER_ADMIN) {
            throw new InvalidInputException("suspending and resuming organisations is for super admins, and \""
                    + actor.id() + "\" has the role " + actor.role() + ": give a context of Actor.superAdmin(…)");
        }
    }

    @Override
    public ErasureReceipt erase(TenantContext context) {
        Org life = store.find(context.org()).orElseThrow(() -> new UnknownOrgException(
                "organisation " + context.org() + " does not exist: there is nothing to erase"));
        ErasureReceipt.Rows rows;
        try {
            rows = store.erase(context);
        } finally {
            guard.forget(context.org());
        }
        ErasureReceipt.IndexFiles files = afterErase.apply(context.org());
        return new ErasureReceipt(life, Instant.now(), rows, files);
    }
}
