package io.croft.engine.job;

import io.croft.spi.JobLease;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The attempts whose leases this process holds. Thread-safe. */
final class Attempts {

    private final Map<JobLease, Attempt> held = new ConcurrentHashMap<>();

    void add(Attempt attempt) {
        held.put(attempt.lease(), attempt);
    }

    void remove(Attempt attempt) {
        held.remove(attempt.lease());
    }

    @Nullable
    Attempt find(JobLease lease) {
        return held.get(lease);
    }

    int size() {
        return held.size();
    }

    /** The leases of this length that are to be prolonged. */
    List<JobLease> beating(Duration lease) {
        return held.values().stream().filter(attempt -> attempt.kind().lease().equals(lease) && attempt.beats())
                .map(Attempt::lease).toList();
    }

    /** Takes all running attempts away from their handlers and returns their leases. */
    List<JobLease> stopAll() {
        List<Attempt> stopped = held.values().stream().filter(Attempt::stop).toList();
        stopped.forEach(this::remove);
        return stopped.stream().map(Attempt::lease).toList();
    }
}
