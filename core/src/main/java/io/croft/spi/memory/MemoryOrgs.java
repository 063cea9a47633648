package io.croft.spi.memory;

import io.croft.ErasureReceipt;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.spi.IndexScope;
import io.croft.spi.OrgStore;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Organisations in memory. Thread-safe. */
public final class MemoryOrgs implements OrgStore {

    private final World world;
    private final Function<OrgId, ErasureReceipt.Rows> erasing;

    /**
     * Those of this world.
     *
     * @param erasing removes everything of an organisation but itself; called under the lock of the world
     */
    public MemoryOrgs(World world, Function<OrgId, ErasureReceipt.Rows> erasing) {
        this.world = world;
        this.erasing = erasing;
    }

    @Override
    public Org create(TenantContext context) {
        world.reach();
        return world.create(context.org());
    }

    @Override
    public Optional<Org> find(OrgId org) {
        world.reach();
        return world.find(org);
    }

    @Override
    public Set<IndexScope.PrivateIndex> gone(Collection<IndexScope.PrivateIndex> indexes) {
        synchronized (world) {
            world.reach();
            return indexes.stream().filter(index -> !world.lives(index.org(), index.incarnation()))
                    .collect(Collectors.toSet());
        }
    }

    @Override
    public Org suspend(TenantContext context) {
        world.reach();
        return world.set(context.org(), Org.State.SUSPENDED);
    }

    @Override
    public Org resume(TenantContext context) {
        world.reach();
        return world.set(context.org(), Org.State.ACTIVE);
    }

    @Override
    public ErasureReceipt.Rows erase(TenantContext context) {
        synchronized (world) {
            world.reach();
            OrgId org = world.existing(context.org()).id();
            ErasureReceipt.Rows removed = erasing.apply(org);
            world.remove(org);
            return removed;
        }
    }
}
