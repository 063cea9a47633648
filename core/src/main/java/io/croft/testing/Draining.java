package io.croft.testing;

import io.croft.OrgId;
import io.croft.engine.job.ManualWork;
import io.croft.job.Job;
import io.croft.job.JobId;
import io.croft.job.JobState;
import io.croft.job.LaneState;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Outcome;
import io.croft.spi.memory.MemoryJobs;
import io.croft.spi.memory.World;
import io.croft.testing.Drained.Left;
import io.croft.testing.Drained.Left.Why;
import io.croft.testing.Ran.End;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A drain under way: runs one attempt after the other, taking a job, or a batch, from each queue in turn. Confined to
 * one thread.
 */
final class Draining {

    private static final int KINDS_TOLD = 3;

    private final World world;
    private final MemoryJobs store;
    private final ManualWork work;
    private final Drain what;
    private final List<Ran> ran = new ArrayList<>();
    private int stops;

    Draining(World world, MemoryJobs store, ManualWork work, Drain what) {
        this.world = world;
        this.store = store;
        this.work = work;
        this.what = what;
    }

    /**
     * Runs all that is due, and what that brings.
     *
     * @return when the next job may become due, if the clock is moved on and nobody enqueues one
     */
    Optional<Instant> run() {
        List<String> queues = work.queues().stream().filter(what::wantsQueue).toList();
        store.expire();
        Map<String, Duration> thaws;
        boolean some;
        do {
            work.keepUp();
            some = false;
            for (String queue : queues) {
                some |= runNext(queue);
            }
            thaws = work.keepUp();
        } while (some);
        Instant now = world.now();
        return Stream.of(store.nextRunAt().stream(), thaws.values().stream().map(now::plus),
                store.schedules().due(1).untilNext().stream().map(now::plus))
                .flatMap(times -> times).min(Comparator.naturalOrder());
    }

    /** The clock was moved on to let more become due. */
    void movedOn() {
        stops++;
        if (stops > what.limit()) {
            throw new DrainException("the clock was moved on " + what.limit() + " times, and there is more to come: "
                    + "drain for a shorter time, or allow more with Drain.withLimit", null, drained());
        }
    }

    Drained drained() {
        return new Drained(ran, left());
    }

    private boolean runNext(String queue) {
        if (ran.size() >= what.limit() && store.canClaim(queue, this::wants)) {
            throw new DrainException(tooMany(), null, drained());
        }
        List<ClaimedJob> claimed = new ArrayList<>(store.claim(queue, 1, work.claimLease(queue), this::wants));
        if (claimed.isEmpty()) {
            return false;
        }
        ClaimedJob first = claimed.getFirst();
        int others = Math.min(work.batch(first.kind()).orElse(1), what.limit() - ran.size()) - 1;
        if (others > 0) {
            claimed.addAll(store.claim(queue, others, work.claimLease(queue), (org, id, kind) -> wants(org, id, kind)
                    && org.equals(first.lease().org()) && kind.equals(first.kind())));
        }
        work.run(queue, claimed).forEach(ended -> ran.add(ran(store, ended)));
        return true;
    }

    private boolean wants(OrgId org, JobId id, String kind) {
        return what.wants(org, kind) && work.batch(kind).isPresent();
    }

    private String tooMany() {
        String kinds = ran.stream().collect(Collectors.groupingBy(Ran::kind, Collectors.counting())).entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed()).limit(KINDS_TOLD)
                .map(kind -> kind.getValue() + " of kind " + kind.getKey()).collect(Collectors.joining(", "));
        return "after " + ran.size() + " attempts jobs are still due; of those that ran, " + kinds
                + ": does a job enqueue its like, or is it repeated without a wait? Allow more with Drain.withLimit, "
                + "or drain fewer at once";
    }

    private List<Left> left() {
        return store.all().stream().filter(
                job -> job.state() == JobState.READY && what.wantsQueue(job.queue())
                        && what.wants(job.org(), job.kind()))
                .limit(Drained.MAX_LEFT).map(job -> new Left(job, why(job))).toList();
    }

    private Why why(Job job) {
        if (work.batch(job.kind()).isEmpty()) {
            return Why.NO_HANDLER;
        }
        LaneState state = Optional.ofNullable(store.lanes(job.org()).get(job.queue()))
                .map(lane -> lane.state()).orElse(LaneState.RUNNABLE);
        return switch (state) {
            case PAUSED -> Why.PAUSED;
            case THROTTLED -> Why.THROTTLED;
            case AT_LIMIT, RUNNABLE, IDLE -> Why.AT_LIMIT;
        };
    }

    /** What became of an attempt, told by where its job stands now. */
    static Ran ran(MemoryJobs store, ManualWork.Ended ended) {
        ClaimedJob job = ended.job();
        Optional<JobState> state = ended.accepted()
                ? store.find(job.lease().org(), job.lease().id()).map(Job::state)
                : Optional.empty();
        End end = state.map(now -> switch (now) {
            case COMPLETED -> End.COMPLETED;
            case CANCELLED -> End.CANCELLED;
            case DEAD -> End.DIED;
            case WAITING, SCHEDULED, READY, RUNNING -> ended.outcome() instanceof Outcome.Failed
                    ? End.RETRIED
                    : End.SNOOZED;
        }).orElse(End.DROPPED);
        return new Ran(job.lease().id(), job.lease().org(), job.kind(), job.attempt(), end, ended.thrown());
    }
}
