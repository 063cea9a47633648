package io.croft.spi.memory;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.croft.OrgId;
import io.croft.spi.Gcra;
import io.croft.spi.RateStore;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Buckets of calls in memory. Thread-safe. */
final class MemoryRates implements RateStore {

    private final World world;
    @GuardedBy("world")
    private final Map<UUID, Full> buckets = new HashMap<>();

    MemoryRates(World world) {
        this.world = world;
    }

    /** Whose a bucket is, and when it will be full. */
    private record Full(Optional<OrgId> org, long atNanos) {
    }

    @Override
    public List<Answer> take(List<Request> requests) {
        World.checkSize("requests for calls", requests.size(), 1, MAX_REQUESTS);
        synchronized (world) {
            world.reach();
            long now = ChronoUnit.NANOS.between(Instant.EPOCH, world.now());
            return requests.stream().map(request -> decide(request, now)).toList();
        }
    }

    private Answer decide(Request request, long now) {
        long granted = request.most();
        long wait = 0;
        int poorest = 0;
        for (int i = 0; i < request.buckets().size(); i++) {
            Bucket bucket = request.buckets().get(i);
            long held = Gcra.held(fullAt(bucket, now), now, bucket.rate());
            long missing = Gcra.wait(fullAt(bucket, now), now, bucket.rate(), request.least());
            if (missing > wait) {
                wait = missing;
                poorest = i;
            }
            granted = Math.min(granted, Math.max(request.least(), held / PART));
        }
        long taken = wait > 0 ? 0 : granted;
        for (Bucket bucket : request.buckets()) {
            if (isKept(bucket)) {
                keep(bucket, Gcra.take(fullAt(bucket, now), now, bucket.rate(), taken));
            }
        }
        return wait > 0 ? new Answer(0, wait, poorest) : new Answer((int) taken, 0, 0);
    }

    private boolean isKept(Bucket bucket) {
        return bucket.org().isEmpty() || world.find(bucket.org().get()).isPresent();
    }

    private void keep(Bucket bucket, long fullAt) {
        synchronized (world) {
            buckets.put(bucket.key(), new Full(bucket.org(), fullAt));
        }
    }

    private long fullAt(Bucket bucket, long now) {
        synchronized (world) {
            Full full = buckets.get(bucket.key());
            return full == null ? now : full.atNanos();
        }
    }

    void erase(OrgId org) {
        synchronized (world) {
            buckets.values().removeIf(full -> full.org().equals(Optional.of(org)));
        }
    }
}
