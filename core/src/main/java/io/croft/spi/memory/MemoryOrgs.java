package io.croft.spi.memory;

import io.croft.ErasureReceipt;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.OrgQuotas;
import io.croft.OrgSummary;
import io.croft.OrgSuspendedException;
import io.croft.Role;
import io.croft.TenantContext;
import io.croft.spi.Acting;
import io.croft.spi.IndexScope;
import io.croft.spi.OrgNotes;
import io.croft.spi.OrgStore;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Organisations in memory. Thread-safe. */
public final class MemoryOrgs implements OrgStore {

    private final World world;
    private final Function<OrgId, ErasureReceipt.Rows> erasing;
    private final Function<Org, OrgSummary> counting;

    /**
     * Those of this world.
     *
     * @param counting counts what an organisation has; called under the lock of the world
     * @param erasing  removes everything of an organisation but itself; called under the lock of the world
     */
    public MemoryOrgs(World world, Function<Org, OrgSummary> counting, Function<OrgId, ErasureReceipt.Rows> erasing) {
        this.world = world;
        this.counting = counting;
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
    public Optional<OrgSummary> summary(OrgId org) {
        synchronized (world) {
            world.reach();
            return world.find(org).map(counting);
        }
    }

    @Override
    public List<OrgSummary> list(Optional<OrgId> after, int limit) {
        synchronized (world) {
            world.reach();
            String from = after.map(OrgId::toString).orElse("");
            return world.all().stream().filter(org -> org.id().toString().compareTo(from) > 0)
                    .sorted(Comparator.comparing(org -> org.id().toString())).limit(limit).map(counting).toList();
        }
    }

    @Override
    public Optional<OrgQuotas> quotas(OrgId org) {
        synchronized (world) {
            world.reach();
            return world.find(org).map(known -> world.quotas(org));
        }
    }

    @Override
    public OrgQuotas setQuotas(TenantContext context, OrgQuotas quotas) {
        synchronized (world) {
            world.reach();
            Org org = world.existing(context.org());
            OrgQuotas before = world.quotas(org.id());
            world.setQuotas(org.id(), quotas);
            if (!before.equals(quotas)) {
                world.audit().append(OrgNotes.limited(Acting.in(context, org), org.id(), before, quotas));
            }
            return before;
        }
    }

    @Override
    public Org suspend(TenantContext context) {
        return set(context, Org.State.SUSPENDED);
    }

    @Override
    public Org resume(TenantContext context) {
        return set(context, Org.State.ACTIVE);
    }

    private Org set(TenantContext context, Org.State state) {
        synchronized (world) {
            world.reach();
            Org before = world.existing(context.org());
            Org after = world.set(before.id(), state);
            if (before.state() != state) {
                Acting who = Acting.in(context, after);
                world.audit().append(state == Org.State.SUSPENDED
                        ? OrgNotes.suspended(who, after.id())
                        : OrgNotes.resumed(who, after.id()));
            }
            return after;
        }
    }

    @Override
    public ErasureReceipt.Rows erase(TenantContext context) {
        synchronized (world) {
            world.reach();
            Org life = world.existing(context.org());
            if (life.state() == Org.State.SUSPENDED && context.actor().role() != Role.SUPER_ADMIN) {
                throw new OrgSuspendedException(life.id());
            }
            Acting who = Acting.in(context, life);
            world.audit().append(OrgNotes.erasing(who, life.id()));
            ErasureReceipt.Rows removed = erasing.apply(life.id())
                    .plus(new ErasureReceipt.Rows(0, 0, 0, 0, 0, 0, world.quotas(life.id()).limits().size(), 0));
            world.remove(life.id());
            world.audit().append(OrgNotes.erased(who, life.id(), removed));
            return removed;
        }
    }
}
