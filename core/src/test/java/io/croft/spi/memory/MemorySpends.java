package io.croft.spi.memory;

import io.croft.OrgId;
import io.croft.spi.SpendStore;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;

/** What is spent, in memory. Thread-safe. */
final class MemorySpends implements SpendStore {

    private final World world;
    private final Map<OrgId, Spent> spent = new HashMap<>();

    MemorySpends(World world) {
        this.world = world;
    }

    @Override
    public synchronized Duration take(OrgId org, long tokens, long budget) {
        world.reach();
        long already = spent(org);
        if (world.find(org).isEmpty() || already >= budget) {
            return Duration.between(world.now(), today().plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant());
        }
        spent.put(org, new Spent(today(), already + tokens));
        return Duration.ZERO;
    }

    @Override
    public synchronized void giveBack(OrgId org, long tokens) {
        world.reach();
        spent.computeIfPresent(org, (key, now) -> now.day().equals(today())
                ? new Spent(now.day(), Math.max(0, now.tokens() - tokens))
                : now);
    }

    @Override
    public synchronized long spent(OrgId org) {
        world.reach();
        Spent now = spent.get(org);
        return now != null && now.day().equals(today()) ? now.tokens() : 0;
    }

    synchronized void erase(OrgId org) {
        spent.remove(org);
    }

    private LocalDate today() {
        return LocalDate.ofInstant(world.now(), ZoneOffset.UTC);
    }

    /**
     * What an organisation spent.
     *
     * @param day    the last day
     * @param tokens of that day
     */
    private record Spent(LocalDate day, long tokens) {
    }
}
