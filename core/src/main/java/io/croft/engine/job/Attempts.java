package io.croft.engine.job;

import io.croft.OrgId;
import io.croft.job.JobId;
import io.croft.spi.JobLease;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The attempts whose leases this process holds. Thread-safe. */
final class Attempts {

    private final Map<JobLease, Attempt> held = new ConcurrentHashMap<>();
    private final Consumer<Attempt> ended;

    /**
     * @param ended told of those that are no longer held
     */
    Attempts(Consumer<Attempt> ended) {
        this.ended = ended;
    }

    Attempts() {
        this(attempt -> {
        });
    }

    void add(Attempt attempt) {
        held.put(attempt.lease(), attempt);
    }

    void remove(Attempt attempt) {
        if (held.remove(attempt.lease()) != null) {
            ended.accept(attempt);
        }
    }

    @Nullable
    Attempt find(JobLease lease) {
        return held.get(lease);
    }

    /** The attempts of this organisation's jobs. */
    List<Attempt> of(OrgId org, Collection<JobId> ids) {
        Set<JobId> wanted = Set.copyOf(ids);
        return held.values().stream()
                .filter(attempt -> attempt.lease().org().equals(org) && wanted.contains(attempt.id())).toList();
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
