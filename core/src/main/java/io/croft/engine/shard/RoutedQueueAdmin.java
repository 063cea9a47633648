package io.croft.engine.shard;

import io.croft.Actor;
import io.croft.engine.job.JobFigures;
import io.croft.engine.job.JobFigures.Hours;
import io.croft.engine.job.StoredQueueAdmin;
import io.croft.job.JobCounts;
import io.croft.job.JobState;
import io.croft.job.JobStats;
import io.croft.job.LaneCounts;
import io.croft.job.LanePage;
import io.croft.job.QueueAdmin;
import io.croft.job.QueueLimits;
import io.croft.job.QueueStatus;
import io.croft.spi.JobReading.LanePlace;
import io.croft.spi.KindCounts;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Whole queues over several databases, each of which has a queue of that name: numbers are added up, and what is set
 * is set in all, also in those that do not know the queue yet if another does. What is told of limits and pauses is
 * what the first database that knows it says. Where a call fails in one database it has been done in those before, and
 * can be made again. Thread-safe.
 */
final class RoutedQueueAdmin implements QueueAdmin {

    private final List<StoredQueueAdmin> all;

    RoutedQueueAdmin(List<StoredQueueAdmin> all) {
        this.all = List.copyOf(all);
    }

    @Override
    public Map<String, QueueStatus> list(Actor operator) {
        Map<String, QueueStatus> sum = new TreeMap<>();
        for (QueueAdmin one : all) {
            one.list(operator).forEach((queue, status) -> sum.merge(queue, status,
                    (a, b) -> new QueueStatus(a.ready() + b.ready(), a.running() + b.running(),
                            a.runnable() + b.runnable(), a.limits(), a.paused())));
        }
        return sum;
    }

    @Override
    public JobCounts counts(Actor operator, String queue) {
        return all.stream().map(one -> one.counts(operator, queue)).reduce(JobCounts.NONE,
                (a, b) -> new JobCounts(a.waiting() + b.waiting(), a.scheduled() + b.scheduled(),
                        a.ready() + b.ready(), a.running() + b.running(), a.dead() + b.dead(),
                        Stream.of(a.oldestReady(), b.oldestReady()).flatMap(Optional::stream)
                                .min(Comparator.naturalOrder())));
    }

    /**
     * All lists have one order, and a cursor is a place in it: so the cursor of one is good in all, and what comes
     * after it in any of them comes after it in their union.
     */
    @Override
    public LanePage lanes(Actor operator, String queue, JobState by, Optional<String> cursor, int limit) {
        List<LanePage> pages = all.stream().map(one -> one.lanes(operator, queue, by, cursor, limit)).toList();
        List<LaneCounts> lanes = pages.stream().flatMap(page -> page.lanes().stream())
                .sorted(Comparator.<LaneCounts>comparingLong(lane -> lane.counts().in(by)).reversed()
                        .thenComparing(lane -> lane.org().toString(), Comparator.reverseOrder()))
                .toList();
        if (lanes.size() <= limit && pages.stream().allMatch(page -> page.next().isEmpty())) {
            return new LanePage(lanes, Optional.empty());
        }
        List<LaneCounts> shown = lanes.subList(0, Math.min(limit, lanes.size()));
        LaneCounts last = shown.getLast();
        return new LanePage(shown, Optional.of(JobFigures.cursor(new LanePlace(last.counts().in(by), last.org()))));
    }

    @Override
    public JobStats stats(Actor operator, Instant from, Instant to) {
        Hours hours = Hours.of(from, to);
        Map<Kind, KindCounts> sum = new HashMap<>();
        for (StoredQueueAdmin one : all) {
            one.counted(hours).forEach(counts -> sum.merge(new Kind(counts.queue(), counts.kind()), counts,
                    KindCounts::plus));
        }
        return JobFigures.stats(hours, List.copyOf(sum.values()));
    }

    private record Kind(String queue, String kind) {
    }

    @Override
    public QueueLimits limits(Actor operator, String queue) {
        return all.stream().filter(one -> one.knows(queue)).findFirst().orElse(all.getFirst())
                .limits(operator, queue);
    }

    @Override
    public void setLimits(Actor operator, String queue, QueueLimits limits) {
        inAll(one -> one.setLimits(operator, queue, limits));
    }

    @Override
    public void pause(Actor operator, String queue) {
        makeKnownIfAnyKnows(queue);
        inAll(one -> one.pause(operator, queue));
    }

    @Override
    public void resume(Actor operator, String queue) {
        makeKnownIfAnyKnows(queue);
        inAll(one -> one.resume(operator, queue));
    }

    private void makeKnownIfAnyKnows(String queue) {
        if (all.stream().anyMatch(one -> one.knows(queue))) {
            all.forEach(one -> one.makeKnown(queue));
        }
    }

    private void inAll(Consumer<QueueAdmin> call) {
        all.forEach(call);
    }
}
