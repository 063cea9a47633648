package io.croft.engine.job;

import io.croft.OrgId;
import io.croft.job.Job;
import io.croft.job.JobId;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.job.LaneDepth;
import io.croft.job.LaneLimits;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Jobs in memory: leases, fences, limits of lanes; what is enqueued can be claimed after the next upkeep. */
final class LeasedJobs implements JobStore {

    private final InstantSource clock;
    private final Map<Long, Row> rows = new TreeMap<>();
    private final Map<Long, Row> waiting = new TreeMap<>();
    private final Map<Long, Row> ready = new TreeMap<>();
    private final Map<Long, Row> running = new TreeMap<>();
    private final Map<String, Integer> limits = new HashMap<>();
    private final Map<String, Integer> leased = new HashMap<>();
    private final Set<String> queues = new HashSet<>();
    private long lastId;
    private long lastFence;

    LeasedJobs(InstantSource clock) {
        this.clock = clock;
    }

    private static final class Row {
        final JobId id;
        final OrgId org;
        final JobRequest request;
        final Instant createdAt;
        final Set<Long> accepted = new HashSet<>();
        JobState state = JobState.SCHEDULED;
        Instant runAt;
        int attempts;
        long fence;
        Instant leaseUntil = Instant.EPOCH;
        @Nullable
        String result;
        @Nullable
        String error;

        Row(JobId id, OrgId org, JobRequest request, Instant createdAt) {
            this.id = id;
            this.org = org;
            this.request = request;
            this.createdAt = createdAt;
            this.runAt = request.runAt().orElse(Instant.EPOCH);
        }

        String lane() {
            return org + request.kind().queue();
        }

        boolean isHeldBy(JobLease lease) {
            return state == JobState.RUNNING && fence == lease.fence() && org.equals(lease.org());
        }

        Job job() {
            return new Job(id, org, request.kind().name(), request.kind().queue(), state, request.priority(), attempts,
                    request.kind().retry().maxAttempts(), createdAt, Optional.of(runAt), Optional.empty(),
                    request.payload(), Optional.ofNullable(result), Optional.ofNullable(error));
        }
    }

    @Override
    public synchronized void registerQueue(String name) {
        queues.add(name);
    }

    @Override
    public synchronized List<JobReceipt> enqueue(OrgId org, List<JobRequest> requests) {
        List<JobReceipt> receipts = new ArrayList<>();
        for (JobRequest request : requests) {
            if (!queues.contains(request.kind().queue())) {
                throw new IllegalStateException("unknown queue " + request.kind().queue());
            }
            Row row = new Row(new JobId(++lastId), org, request, clock.instant());
            rows.put(lastId, row);
            waiting.put(lastId, row);
            receipts.add(new JobReceipt(row.id, false, Optional.of(JobState.READY), Optional.empty()));
        }
        return receipts;
    }

    @Override
    public List<JobReceipt> enqueue(Connection transaction, OrgId org, List<JobRequest> requests) {
        throw new UnsupportedOperationException();
    }

    @Override
    public synchronized List<ClaimedJob> claim(String queue, int want, String worker, Duration lease) {
        List<ClaimedJob> claimed = new ArrayList<>();
        for (Row row : List.copyOf(ready.values())) {
            if (claimed.size() == want) {
                break;
            }
            int busy = leased.getOrDefault(row.lane(), 0);
            if (row.request.kind().queue().equals(queue) && busy < limits.getOrDefault(row.lane(), 5)) {
                leased.put(row.lane(), busy + 1);
                ready.remove(row.id.value());
                running.put(row.id.value(), row);
                row.state = JobState.RUNNING;
                row.attempts++;
                row.fence = ++lastFence;
                row.leaseUntil = clock.instant().plus(lease);
                claimed.add(new ClaimedJob(new JobLease(row.org, row.id, row.fence), row.request.kind().name(),
                        row.request.payload(), row.attempts, row.request.kind().retry().maxAttempts(), row.createdAt));
            }
        }
        return claimed;
    }

    @Override
    public synchronized List<Boolean> finish(List<Completion> completions) {
        Set<JobId> ids = new HashSet<>();
        for (Completion completion : completions) {
            if (!ids.add(completion.lease().id()) || ids.size() > MAX_BATCH) {
                throw new IllegalArgumentException("a job twice, or too many: " + completion.lease());
            }
        }
        return completions.stream().map(completion -> finish(completion.lease(), completion.outcome())).toList();
    }

    @Override
    public void completeIn(Connection transaction, JobLease lease, Optional<String> result) {
        throw new UnsupportedOperationException();
    }

    @Override
    public synchronized List<JobLease> heartbeat(Collection<JobLease> leases, Duration lease) {
        List<JobLease> held = leases.stream().filter(asked -> row(asked).isHeldBy(asked)).toList();
        held.forEach(kept -> row(kept).leaseUntil = clock.instant().plus(lease));
        return held;
    }

    @Override
    public synchronized void release(Collection<JobLease> leases) {
        leases.stream().filter(asked -> row(asked).isHeldBy(asked)).map(this::row).forEach(row -> {
            row.attempts--;
            end(row, JobState.READY);
            ready.put(row.id.value(), row);
        });
    }

    @Override
    public synchronized boolean maintain(int limit) {
        Instant now = clock.instant();
        List.copyOf(running.values()).stream().filter(row -> row.leaseUntil.isBefore(now))
                .forEach(row -> again(row, Duration.ZERO, "the lease ended"));
        for (Row row : List.copyOf(waiting.values())) {
            if (!row.runAt.isAfter(now)) {
                waiting.remove(row.id.value());
                row.state = JobState.READY;
                ready.put(row.id.value(), row);
            }
        }
        return false;
    }

    @Override
    public synchronized Optional<Job> find(OrgId org, JobId id) {
        return Optional.ofNullable(rows.get(id.value())).filter(row -> row.org.equals(org)).map(Row::job);
    }

    @Override
    public synchronized List<Job> deadLetters(OrgId org, Optional<JobId> after, int limit) {
        return rows.values().stream().filter(row -> row.org.equals(org) && row.state == JobState.DEAD)
                .filter(row -> row.id.value() > after.map(JobId::value).orElse(0L)).limit(limit).map(Row::job).toList();
    }

    @Override
    public synchronized List<JobId> redrive(OrgId org, List<JobId> ids) {
        List<JobId> dead = dead(org, ids);
        dead.forEach(id -> {
            Row row = row(id);
            row.attempts = 0;
            row.state = JobState.SCHEDULED;
            waiting.put(id.value(), row);
        });
        return dead;
    }

    @Override
    public synchronized List<JobId> discard(OrgId org, List<JobId> ids, String reason) {
        List<JobId> dead = dead(org, ids);
        dead.forEach(id -> {
            row(id).state = JobState.CANCELLED;
            row(id).error = reason;
        });
        return dead;
    }

    @Override
    public synchronized void setLimits(OrgId org, String queue, LaneLimits laneLimits) {
        limits.put(org + queue, laneLimits.maxRunning());
    }

    @Override
    public synchronized Map<String, LaneDepth> depth(OrgId org) {
        return Map.of();
    }

    private boolean finish(JobLease lease, Outcome outcome) {
        Row row = row(lease);
        if (!row.isHeldBy(lease)) {
            return row.accepted.contains(lease.fence());
        }
        row.accepted.add(lease.fence());
        switch (outcome) {
            case Outcome.Completed completed -> {
                row.result = completed.result().orElse(null);
                end(row, JobState.COMPLETED);
            }
            case Outcome.Failed failed -> again(row, failed.delay(), failed.errorClass() + ": " + failed.message());
            case Outcome.Snoozed snoozed -> {
                row.attempts--;
                row.error = snoozed.note();
                putOff(row, snoozed.delay());
            }
            case Outcome.Cancelled cancelled -> {
                row.error = cancelled.reason();
                end(row, JobState.CANCELLED);
            }
        }
        return true;
    }

    private void again(Row row, Duration delay, String error) {
        row.error = error;
        if (row.attempts >= row.request.kind().retry().maxAttempts()) {
            end(row, JobState.DEAD);
        } else {
            putOff(row, delay);
        }
    }

    private void putOff(Row row, Duration delay) {
        end(row, JobState.SCHEDULED);
        row.runAt = clock.instant().plus(delay);
        waiting.put(row.id.value(), row);
    }

    private void end(Row row, JobState state) {
        running.remove(row.id.value());
        leased.merge(row.lane(), -1, Integer::sum);
        row.state = state;
    }

    private List<JobId> dead(OrgId org, List<JobId> ids) {
        return ids.stream().filter(id -> find(org, id).filter(job -> job.state() == JobState.DEAD).isPresent())
                .toList();
    }

    private Row row(JobLease lease) {
        return row(lease.id());
    }

    private Row row(JobId id) {
        Row row = rows.get(id.value());
        if (row == null) {
            throw new IllegalArgumentException("no job " + id);
        }
        return row;
    }
}
