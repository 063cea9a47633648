package io.croft.engine.content;

import io.croft.Org;
import io.croft.OrgId;
import io.croft.Orgs;
import io.croft.TenantContext;
import io.croft.guard.TenantGuard;
import io.croft.spi.OrgStore;
import java.util.Optional;
import java.util.function.Consumer;

/** {@link Orgs} in the store. */
public final class StoredOrgs implements Orgs {

    private final TenantGuard guard;
    private final OrgStore store;
    private final Consumer<OrgId> afterErase;

    /**
     * Organisations of this store.
     *
     * @param afterErase removes what this process holds of an organisation that the store has erased
     */
    public StoredOrgs(TenantGuard guard, OrgStore store, Consumer<OrgId> afterErase) {
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
    public void erase(TenantContext context) {
        try {
            store.erase(context);
        } finally {
            guard.forget(context.org());
        }
        afterErase.accept(context.org());
    }
}
