package io.croft.spi.memory;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.flags.FeatureFlags;
import io.croft.flags.FlagSetting;
import io.croft.spi.Acting;
import io.croft.spi.FlagNotes;
import io.croft.spi.FlagStore;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Flags in memory. Thread-safe. */
final class MemoryFlags implements FlagStore {

    private final World world;
    @GuardedBy("world")
    private final Map<Optional<OrgId>, Map<String, FlagSetting>> set = new HashMap<>();
    @GuardedBy("world")
    private long version = 1;

    MemoryFlags(World world) {
        this.world = world;
        set.put(Optional.empty(), new HashMap<>(Map.of(FeatureFlags.SEARCH_V2, FlagSetting.ON)));
    }

    @Override
    public long version() {
        synchronized (world) {
            world.reach();
            return version;
        }
    }

    @Override
    public Flags all() {
        synchronized (world) {
            world.reach();
            Map<OrgId, Map<String, FlagSetting>> orgs = new HashMap<>();
            set.forEach((whose, flags) -> whose.ifPresent(org -> orgs.put(org, Map.copyOf(flags))));
            return new Flags(version, set.getOrDefault(Optional.<OrgId>empty(), Map.of()), orgs);
        }
    }

    @Override
    public void set(Acting who, Optional<OrgId> org, String flag, FlagSetting setting) {
        synchronized (world) {
            world.reach();
            org.ifPresent(world::active);
            Map<String, FlagSetting> flags = set.computeIfAbsent(org, key -> new HashMap<>());
            FlagSetting before = flags.getOrDefault(flag, FlagSetting.UNSET);
            if (before == setting) {
                return;
            }
            if (setting == FlagSetting.UNSET) {
                flags.remove(flag);
            } else if (!flags.containsKey(flag) && flags.size() >= FeatureFlags.MAX_FLAGS) {
                throw new InvalidInputException("too many flags are set: " + flags.size());
            } else {
                flags.put(flag, setting);
            }
            version++;
            world.audit().append(FlagNotes.set(who, org, flag, before, setting));
        }
    }

    void erase(OrgId org) {
        synchronized (world) {
            set.remove(Optional.of(org));
            version++;
        }
    }
}
