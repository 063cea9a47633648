package io.croft.engine.job;

import io.croft.Actor;
import io.croft.guard.Gate;
import io.croft.guard.Operation;
import io.croft.job.JobCounts;
import io.croft.job.JobState;
import io.croft.job.JobStats;
import io.croft.job.LanePage;
import io.croft.job.QueueAdmin;
import io.croft.job.QueueLimits;
import io.croft.job.QueueStatus;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * Whole queues, as hosts get at them: through the gate, once, in however many databases the queues are. Thread-safe.
 */
public final class GatedQueueAdmin implements QueueAdmin {

    private final Gate gate;
    private final QueueAdmin within;

    /** The queues that lie behind this gate. */
    public GatedQueueAdmin(Gate gate, QueueAdmin within) {
        this.gate = gate;
        this.within = within;
    }

    @Override
    public Map<String, QueueStatus> list(Actor operator) {
        return gate.operate(operator, Operation.QUEUES_LIST, () -> within.list(operator));
    }

    @Override
    public JobCounts counts(Actor operator, String queue) {
        return gate.operate(operator, Operation.QUEUES_COUNTS, () -> within.counts(operator, queue));
    }

    @Override
    public LanePage lanes(Actor operator, String queue, JobState by, Optional<String> cursor, int limit) {
        return gate.operate(operator, Operation.QUEUES_LANES,
                () -> within.lanes(operator, queue, by, cursor, limit));
    }

    @Override
    public JobStats stats(Actor operator, Instant from, Instant to) {
        return gate.operate(operator, Operation.QUEUES_STATS, () -> within.stats(operator, from, to));
    }

    @Override
    public QueueLimits limits(Actor operator, String queue) {
        return gate.operate(operator, Operation.QUEUES_LIMITS, () -> within.limits(operator, queue));
    }

    @Override
    public void setLimits(Actor operator, String queue, QueueLimits limits) {
        gate.run(operator, Operation.QUEUES_SET_LIMITS, () -> within.setLimits(operator, queue, limits));
    }

    @Override
    public void pause(Actor operator, String queue) {
        gate.run(operator, Operation.QUEUES_PAUSE, () -> within.pause(operator, queue));
    }

    @Override
    public void resume(Actor operator, String queue) {
        gate.run(operator, Operation.QUEUES_RESUME, () -> within.resume(operator, queue));
    }
}
