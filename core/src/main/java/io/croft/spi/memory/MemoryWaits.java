package io.croft.spi.memory;

import io.croft.job.After;
import io.croft.job.JobId;
import io.croft.job.JobParent;
import io.croft.job.JobState;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** What one job waits for. Guarded by the world. */
final class MemoryWaits {

    private final TreeMap<Long, Wait> waits = new TreeMap<>();

    private static final class Wait {
        private final StoredJob parent;
        private final Optional<String> name;
        private final After.Need need;
        private Optional<JobState> end = Optional.empty();

        Wait(StoredJob parent, Optional<String> name, After.Need need) {
            this.parent = parent;
            this.name = name;
            this.need = need;
        }

        boolean isMet() {
            return parent.state() == JobState.COMPLETED || (need == After.Need.END && parent.state().hasEnded());
        }
    }

    /** The job is after this one; of two needs, the stricter counts. */
    void add(StoredJob parent, Optional<String> name, After.Need need) {
        Wait known = waits.get(parent.id.value());
        if (known == null || known.need == After.Need.END) {
            waits.put(parent.id.value(), new Wait(parent, name, need));
        }
    }

    /** Takes note of what has ended as it has to. */
    void look() {
        for (Wait wait : waits.values()) {
            if (wait.end.isEmpty() && wait.isMet()) {
                wait.end = Optional.of(wait.parent.state());
            }
        }
    }

    boolean isOpen() {
        return waits.values().stream().anyMatch(wait -> wait.end.isEmpty());
    }

    /** The first that had to complete and was cancelled. */
    Optional<JobId> stoppedBy() {
        return waits.values().stream().filter(wait -> wait.need == After.Need.SUCCESS
                && wait.parent.state() == JobState.CANCELLED).map(wait -> wait.parent.id).findFirst();
    }

    List<JobParent> list() {
        return waits.values().stream().map(wait -> new JobParent(wait.parent.id, wait.name, wait.need, wait.end))
                .toList();
    }
}
