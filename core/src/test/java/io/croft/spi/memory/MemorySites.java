package io.croft.spi.memory;

import io.croft.spi.SitePace;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Turns in memory. Thread-safe. */
final class MemorySites implements SitePace {

    private final World world;
    private final Map<String, Site> sites = new HashMap<>();

    MemorySites(World world) {
        this.world = world;
    }

    @Override
    public synchronized Duration take(String host, UUID holder, Duration hold) {
        world.reach();
        Instant now = world.now();
        Site site = sites.computeIfAbsent(host, name -> new Site(now));
        boolean held = site.holder != null && !site.holder.equals(holder) && site.heldUntil.isAfter(now);
        if (held || site.freeAt.isAfter(now)) {
            Instant free = held && site.heldUntil.isAfter(site.freeAt) ? site.heldUntil : site.freeAt;
            return Duration.between(now, free);
        }
        site.holder = holder;
        site.heldUntil = now.plus(bounded(hold));
        return Duration.ZERO;
    }

    @Override
    public synchronized void release(String host, UUID holder, Duration rest) {
        world.reach();
        Site site = sites.get(host);
        if (site != null && holder.equals(site.holder)) {
            site.holder = null;
            rest(host, rest);
        }
    }

    @Override
    public synchronized void rest(String host, Duration time) {
        world.reach();
        Instant until = world.now().plus(bounded(time));
        Site site = sites.computeIfAbsent(host, name -> new Site(until));
        site.freeAt = site.freeAt.isAfter(until) ? site.freeAt : until;
    }

    @Override
    public synchronized Duration left(String host) {
        world.reach();
        Site site = sites.get(host);
        Instant now = world.now();
        return site == null || !site.freeAt.isAfter(now) ? Duration.ZERO : Duration.between(now, site.freeAt);
    }

    private static Duration bounded(Duration time) {
        return time.compareTo(MAX_TIME) > 0 ? MAX_TIME : time;
    }

    private static final class Site {

        private Instant freeAt;
        private @Nullable UUID holder;
        private Instant heldUntil = Instant.MIN;

        Site(Instant freeAt) {
            this.freeAt = freeAt;
        }
    }
}
