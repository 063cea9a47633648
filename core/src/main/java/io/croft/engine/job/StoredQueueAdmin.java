package io.croft.engine.job;

import io.croft.Actor;
import io.croft.InvalidInputException;
import io.croft.engine.job.JobFigures.Hours;
import io.croft.input.Ids;
import io.croft.job.JobCounts;
import io.croft.job.JobState;
import io.croft.job.JobStats;
import io.croft.job.LaneCounts;
import io.croft.job.LanePage;
import io.croft.job.QueueAdmin;
import io.croft.job.QueueLimits;
import io.croft.job.QueueStatus;
import io.croft.spi.Acting;
import io.croft.spi.JobAdministration;
import io.croft.spi.JobReading.LanePlace;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.Pausable;
import io.croft.spi.KindCounts;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Whole queues in a store, behind the gate. Thread-safe. */
public final class StoredQueueAdmin implements QueueAdmin {

    private final JobStore store;
    private final KnownQueues queues;
    private final Upkeep upkeep;
    private final AttemptCounts counts;

    StoredQueueAdmin(JobStore store, KnownQueues queues, Upkeep upkeep, AttemptCounts counts) {
        this.store = store;
        this.queues = queues;
        this.upkeep = upkeep;
        this.counts = counts;
    }

    @Override
    public Map<String, QueueStatus> list(Actor operator) {
        return store.queues();
    }

    @Override
    public JobCounts counts(Actor operator, String queue) {
        Ids.checkWord("queue", queue);
        return store.counts(queue);
    }

    @Override
    public LanePage lanes(Actor operator, String queue, JobState by, Optional<String> cursor, int limit) {
        Ids.checkWord("queue", queue);
        if (by.isFinal()) {
            throw new InvalidInputException("lanes by " + by + ": jobs that have ended for good are not counted, "
                    + "give another state");
        }
        if (limit < 1 || limit > MAX_LANES) {
            throw new InvalidInputException("limit " + limit + " of lanes is outside 1 to " + MAX_LANES);
        }
        List<LaneCounts> lanes = store.lanes(queue, by, cursor.map(JobFigures::laneAt), limit + 1);
        if (lanes.size() <= limit) {
            return new LanePage(lanes, Optional.empty());
        }
        LaneCounts last = lanes.get(limit - 1);
        return new LanePage(lanes.subList(0, limit),
                Optional.of(JobFigures.cursor(new LanePlace(last.counts().in(by), last.org()))));
    }

    @Override
    public JobStats stats(Actor operator, Instant from, Instant to) {
        Hours hours = Hours.of(from, to);
        return JobFigures.stats(hours, counted(hours));
    }

    /** What {@link #stats} are made of. */
    public List<KindCounts> counted(Hours hours) {
        counts.flush();
        return store.counted(hours.from(), hours.to());
    }

    @Override
    public QueueLimits limits(Actor operator, String queue) {
        Ids.checkWord("queue", queue);
        return store.limits(queue);
    }

    @Override
    public void setLimits(Actor operator, String queue, QueueLimits limits) {
        makeKnown(queue);
        by(operator).setLimits(queue, limits);
        upkeep.ask(queue);
    }

    @Override
    public void pause(Actor operator, String queue) {
        Ids.checkWord("queue", queue);
        by(operator).pause(new Pausable.Queue(queue));
    }

    @Override
    public void resume(Actor operator, String queue) {
        Ids.checkWord("queue", queue);
        by(operator).resume(new Pausable.Queue(queue));
        upkeep.ask(queue);
    }

    /** Whether its database knows a queue of that name. */
    public boolean knows(String queue) {
        return store.queues().containsKey(queue);
    }

    /** Makes a queue known to its database; does nothing if it is. */
    public void makeKnown(String queue) {
        Ids.checkWord("queue", queue);
        queues.register(queue);
    }

    private JobAdministration by(Actor operator) {
        return store.by(Acting.operator(operator));
    }
}
