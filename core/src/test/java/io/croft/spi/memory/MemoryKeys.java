package io.croft.spi.memory;

import io.croft.OrgId;
import io.croft.job.JobReceipt;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Idempotency keys and the jobs that have them, which they may outlive. Guarded by the world. */
final class MemoryKeys {

    private final Map<OrgKey, Known> keys = new HashMap<>();

    private record OrgKey(OrgId org, String key) {
    }

    private record Known(StoredJob job, Instant until) {
    }

    /** The receipt of a duplicate, if the key is known. */
    Optional<JobReceipt> find(OrgId org, String key, Instant now) {
        return Optional.ofNullable(keys.get(new OrgKey(org, key))).filter(known -> known.until.isAfter(now))
                .map(known -> new JobReceipt(known.job.id, true,
                        known.job.isForgotten() ? Optional.empty() : Optional.of(known.job.state()),
                        known.job.result()));
    }

    void put(OrgId org, String key, StoredJob job, Instant until) {
        keys.put(new OrgKey(org, key), new Known(job, until));
    }

    void expire(Instant now) {
        keys.values().removeIf(known -> !known.until.isAfter(now));
    }

    void erase(OrgId org) {
        keys.keySet().removeIf(key -> key.org.equals(org));
    }
}
