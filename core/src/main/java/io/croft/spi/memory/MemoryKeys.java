package io.croft.spi.memory;

import io.croft.OrgId;
import io.croft.job.JobKey;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Idempotency keys and the jobs that have them, which they may outlive. A key is known until its time, and at least
 * until its job has ended. Guarded by the world.
 */
final class MemoryKeys {

    private final Map<OrgKey, Known> keys = new HashMap<>();

    private record OrgKey(OrgId org, String key) {
    }

    private record Known(StoredJob job, Instant until) {

        boolean isKnown(Instant now) {
            return until.isAfter(now) || !job.state().isFinal();
        }
    }

    /** The job that has the key, if it is known. */
    Optional<StoredJob> find(OrgId org, String key, Instant now) {
        return Optional.ofNullable(keys.get(new OrgKey(org, key))).filter(known -> known.isKnown(now))
                .map(known -> known.job);
    }

    void put(OrgId org, JobKey key, StoredJob job, Instant now) {
        keys.put(new OrgKey(org, key.text()), new Known(job, switch (key.window()) {
            case JobKey.Window.WhileLive live -> Instant.MIN;
            case JobKey.Window.Lasting(Duration life) -> now.plus(life);
            case JobKey.Window.Until(Instant end) -> end;
            case JobKey.Window.Forever forever -> Instant.MAX;
        }));
    }

    void expire(Instant now) {
        keys.values().removeIf(known -> !known.isKnown(now));
    }

    void erase(OrgId org) {
        keys.keySet().removeIf(key -> key.org.equals(org));
    }
}
