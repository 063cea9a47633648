package io.croft.spi.memory;

import io.croft.ErasureReceipt;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.spi.Acting;
import io.croft.spi.IndexScope;
import io.croft.spi.OrgNotes;
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
        synchronized (world) {
            world.reach();
            boolean isNew = world.find(context.org()).isEmpty();
            Org org = world.create(context.org());
            if (isNew) {
                world.audit().append(OrgNotes.created(Acting.in(context, org), org.id()));
            }
            return org;
        }
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
    public ErasureReceipt.Rows erase(TenantContext context) {
        synchronized (world) {
            world.reach();
            Org life = world.existing(context.org());
            Acting who = Acting.in(context, life);
            world.audit().append(OrgNotes.erasing(who, life.id()));
            ErasureReceipt.Rows removed = erasing.apply(life.id());
            world.remove(life.id());
            world.audit().append(OrgNotes.erased(who, life.id(), removed));
            return removed;
        }
    }
}
