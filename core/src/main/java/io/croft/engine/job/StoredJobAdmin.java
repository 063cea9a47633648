package io.croft.engine.job;

import io.croft.InvalidInputException;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.engine.job.JobFigures.Hours;
import io.croft.guard.Operation;
import io.croft.guard.TenantGuard;
import io.croft.input.Ids;
import io.croft.job.CancelReceipt;
import io.croft.job.DeadLetterFilter;
import io.croft.job.Job;
import io.croft.job.JobAdmin;
import io.croft.job.JobCounts;
import io.croft.job.JobFilter;
import io.croft.job.JobId;
import io.croft.job.JobPage;
import io.croft.job.JobStats;
import io.croft.job.LaneLimits;
import io.croft.job.LaneStatus;
import io.croft.job.WorkerStats;
import io.croft.spi.Acting;
import io.croft.spi.BoundedText;
import io.croft.spi.JobAdministration;
import io.croft.spi.JobReading.Listed;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.Lane;
import io.croft.spi.JobStore.Pausable;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Reads and repairs the queues in a store. Thread-safe. */
final class StoredJobAdmin implements JobAdmin {

    private final TenantGuard guard;
    private final JobStore store;
    private final KnownQueues queues;
    private final UnhandledKinds unhandled;
    private final Upkeep upkeep;
    private final Attempts attempts;
    private final Timeouts timeouts;
    private final Signals signals;
    private final AttemptCounts counts;
    private final RedrivePace pace;

    StoredJobAdmin(TenantGuard guard, JobStore store, KnownQueues queues, UnhandledKinds unhandled, Upkeep upkeep,
            Attempts attempts, Timeouts timeouts, Signals signals, AttemptCounts counts, RedrivePace pace) {
        this.guard = guard;
        this.store = store;
        this.queues = queues;
        this.unhandled = unhandled;
        this.upkeep = upkeep;
        this.attempts = attempts;
        this.timeouts = timeouts;
        this.signals = signals;
        this.counts = counts;
        this.pace = pace;
    }

    @Override
    public List<Job> deadLetters(TenantContext context, DeadLetterFilter filter, Optional<JobId> after, int limit) {
        Objects.requireNonNull(filter, "filter");
        if (limit < 1 || limit > MAX_PAGE) {
            throw new InvalidInputException("limit " + limit + " of dead letters is outside 1 to " + MAX_PAGE);
        }
        return guard.call(context, Operation.JOBS_DEAD_LETTERS,
                org -> store.deadLetters(org.id(), filter, after, limit));
    }

    @Override
    public List<JobId> redrive(TenantContext context, List<JobId> ids) {
        List<JobId> checked = checked("redrive", ids);
        List<JobId> redriven = guard.call(context, Operation.JOBS_REDRIVE,
                org -> by(context, org).redrive(org.id(), checked));
        upkeep.askAll();
        return redriven;
    }

    @Override
    public int redrive(TenantContext context, DeadLetterFilter filter, int jobsPerSecond) {
        if (jobsPerSecond < 1 || jobsPerSecond > MAX_REDRIVE_RATE) {
            throw new InvalidInputException("redriving " + jobsPerSecond + " jobs a second is outside 1 to "
                    + MAX_REDRIVE_RATE);
        }
        int done = inSteps(context, Operation.JOBS_REDRIVE_FILTERED, filter, (jobs, org, ids) -> jobs.redrive(org, ids,
                pace.take(new RedrivePace.Series(org, filter, jobsPerSecond), ids.size()),
                RedrivePace.step(jobsPerSecond)));
        upkeep.askAll();
        return done;
    }

    @Override
    public int discard(TenantContext context, DeadLetterFilter filter, String reason) {
        String bounded = BoundedText.chars(reason, Job.MAX_NOTE_CHARS);
        int done = inSteps(context, Operation.JOBS_DISCARD_FILTERED, filter,
                (jobs, org, ids) -> jobs.discardDead(org, ids, bounded));
        upkeep.askAll(); // others may wait for them
        return done;
    }

    /** Does something to dead letters; returns those to which it was done. */
    private interface Step {

        /**
         * Does it to these.
         *
         * @param jobs writes down what is done
         */
        List<JobId> take(JobAdministration jobs, OrgId org, List<JobId> ids);
    }

    /** By ids that only go up, so that none is met twice: one that dies again meanwhile is left alone. */
    private int inSteps(TenantContext context, Operation operation, DeadLetterFilter filter, Step step) {
        Objects.requireNonNull(filter, "filter");
        return guard.call(context, operation, org -> stepwise(context, operation, filter, step));
    }

    private int stepwise(TenantContext context, Operation operation, DeadLetterFilter filter, Step step) {
        int done = 0;
        Optional<JobId> after = Optional.empty();
        boolean more = true;
        while (more && done < MAX_FILTERED) {
            Org org = guard.also(context, operation, operation.permission()); // it may be suspended meanwhile
            int limit = Math.min(MAX_PAGE, MAX_FILTERED - done);
            List<JobId> ids = store.deadLetterIds(org.id(), filter, after, limit);
            if (!ids.isEmpty()) {
                done += step.take(by(context, org), org.id(), ids).size();
                after = Optional.of(ids.getLast());
            }
            more = ids.size() == limit;
        }
        return done;
    }

    @Override
    public CancelReceipt cancel(TenantContext context, List<JobId> ids, String reason) {
        List<JobId> checked = checked("cancel", ids);
        String bounded = BoundedText.chars(reason, Job.MAX_NOTE_CHARS);
        CancelReceipt cancelled = guard.call(context, Operation.JOBS_CANCEL, org -> {
            CancelReceipt receipt = by(context, org).cancel(org.id(), checked, bounded);
            List<Attempt> here = attempts.of(org.id(), receipt.told());
            here.forEach(Attempt::cancel);
            if (here.size() < receipt.told().size()) {
                signals.cancelled();
            }
            return receipt;
        });
        upkeep.askAll(); // others may wait for them
        return cancelled;
    }

    @Override
    public List<JobId> discard(TenantContext context, List<JobId> ids, String reason) {
        List<JobId> checked = checked("discard", ids);
        String bounded = BoundedText.chars(reason, Job.MAX_NOTE_CHARS);
        List<JobId> discarded =
                guard.call(context, Operation.JOBS_DISCARD,
                        org -> by(context, org).discard(org.id(), checked, bounded));
        upkeep.askAll(); // others may wait for them
        return discarded;
    }

    @Override
    public void setLimits(TenantContext context, String queue, LaneLimits limits) {
        Ids.checkWord("queue", queue);
        guard.call(context, Operation.JOBS_SET_LIMITS, org -> {
            queues.register(queue);
            by(context, org).setLimits(org.id(), queue, limits);
            return org;
        });
        upkeep.ask(queue);
    }

    @Override
    public LaneLimits limits(TenantContext context, String queue) {
        Ids.checkWord("queue", queue);
        return guard.call(context, Operation.JOBS_LIMITS, org -> {
            LaneStatus lane = store.lanes(org.id()).get(queue);
            return lane == null ? LaneLimits.DEFAULT : lane.limits();
        });
    }

    @Override
    public void pause(TenantContext context, String queue) {
        Ids.checkWord("queue", queue);
        guard.call(context, Operation.JOBS_PAUSE, org -> {
            by(context, org).pause(new Lane(org.id(), queue));
            return org;
        });
    }

    @Override
    public void resume(TenantContext context, String queue) {
        Ids.checkWord("queue", queue);
        guard.call(context, Operation.JOBS_RESUME, org -> {
            by(context, org).resume(new Lane(org.id(), queue));
            return org;
        });
        upkeep.ask(queue);
    }

    @Override
    public void pauseAll(TenantContext context) {
        guard.call(context, Operation.JOBS_PAUSE_ALL, org -> {
            by(context, org).pause(new Pausable.Org(org.id()));
            return org;
        });
    }

    @Override
    public void resumeAll(TenantContext context) {
        guard.call(context, Operation.JOBS_RESUME_ALL, org -> {
            by(context, org).resume(new Pausable.Org(org.id()));
            return org;
        });
        upkeep.askAll();
    }

    @Override
    public Map<String, LaneStatus> lanes(TenantContext context) {
        return guard.call(context, Operation.JOBS_LANES, org -> store.lanes(org.id()));
    }

    @Override
    public Map<String, JobCounts> counts(TenantContext context) {
        return guard.call(context, Operation.JOBS_COUNTS, org -> store.counts(org.id()));
    }

    @Override
    public JobPage list(TenantContext context, JobFilter filter, Optional<String> cursor, int limit) {
        Objects.requireNonNull(filter, "filter");
        if (limit < 1 || limit > MAX_PAGE) {
            throw new InvalidInputException("limit " + limit + " of jobs is outside 1 to " + MAX_PAGE);
        }
        Optional<JobId> before = cursor.map(JobFigures::jobAt);
        Listed listed = guard.call(context, Operation.JOBS_LIST, org -> store.list(org.id(), filter, before, limit));
        return new JobPage(listed.jobs(), listed.next().map(JobFigures::cursor));
    }

    @Override
    public JobStats stats(TenantContext context, Instant from, Instant to) {
        Hours hours = Hours.of(from, to);
        return guard.call(context, Operation.JOBS_STATS, org -> {
            counts.flush();
            return JobFigures.stats(hours, store.counted(org.id(), hours.from(), hours.to()));
        });
    }

    @Override
    public List<String> unhandledKinds() {
        return unhandled.list();
    }

    @Override
    public WorkerStats workers() {
        return new WorkerStats(attempts.size(), timeouts.timedOut(), timeouts.hung());
    }

    private JobAdministration by(TenantContext context, Org org) {
        return store.by(Acting.in(context, org));
    }

    private static List<JobId> checked(String what, List<JobId> ids) {
        List<JobId> distinct = ids.stream().distinct().toList();
        if (ids.isEmpty() || ids.size() > MAX_PAGE) {
            throw new InvalidInputException(ids.size() + " jobs to " + what + " are outside 1 to " + MAX_PAGE
                    + ": name them in several calls");
        }
        return distinct;
    }
}
