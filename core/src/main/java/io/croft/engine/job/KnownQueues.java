package io.croft.engine.job;

import io.croft.spi.JobStore;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Makes each queue known to the store once in the life of the process. Thread-safe. */
final class KnownQueues {

    private final JobStore store;
    private final Set<String> known = ConcurrentHashMap.newKeySet();

    KnownQueues(JobStore store) {
        this.store = store;
    }

    /** Makes it known unless this process has done so; registering twice does no harm. */
    void register(String queue) {
        if (!known.contains(queue)) {
            store.registerQueue(queue);
            known.add(queue);
        }
    }
}
