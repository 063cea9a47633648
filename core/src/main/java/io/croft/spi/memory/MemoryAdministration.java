package io.croft.spi.memory;

import io.croft.OrgId;
import io.croft.job.CancelReceipt;
import io.croft.job.JobId;
import io.croft.job.LaneLimits;
import io.croft.job.LaneStatus;
import io.croft.job.QueueLimits;
import io.croft.spi.Acting;
import io.croft.spi.JobAdministration;
import io.croft.spi.JobNotes;
import io.croft.spi.JobStore.Pausable;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Administration of jobs in memory that is written down. Guarded by the world; thread-safe. */
final class MemoryAdministration implements JobAdministration {

    private final World world;
    private final MemoryJobs jobs;
    private final Acting who;

    MemoryAdministration(World world, MemoryJobs jobs, Acting who) {
        this.world = world;
        this.jobs = jobs;
        this.who = who;
    }

    @Override
    public List<JobId> redrive(OrgId org, List<JobId> ids, Duration first, Duration step) {
        synchronized (world) {
            List<JobId> redriven = jobs.redrive(org, ids, first, step);
            JobNotes.redriven(who, org, redriven).ifPresent(world.audit()::append);
            return redriven;
        }
    }

    @Override
    public List<JobId> discard(OrgId org, List<JobId> ids, String reason) {
        synchronized (world) {
            return discarded(org, jobs.discard(org, ids, reason));
        }
    }

    @Override
    public List<JobId> discardDead(OrgId org, List<JobId> ids, String reason) {
        synchronized (world) {
            return discarded(org, jobs.discardDead(org, ids, reason));
        }
    }

    private List<JobId> discarded(OrgId org, List<JobId> ids) {
        JobNotes.discarded(who, org, ids).ifPresent(world.audit()::append);
        return ids;
    }

    @Override
    public CancelReceipt cancel(OrgId org, List<JobId> ids, String reason) {
        synchronized (world) {
            CancelReceipt receipt = jobs.cancel(org, ids, reason);
            JobNotes.cancelled(who, org, receipt).ifPresent(world.audit()::append);
            return receipt;
        }
    }

    @Override
    public void setLimits(OrgId org, String queue, LaneLimits limits) {
        synchronized (world) {
            LaneLimits before = Optional.ofNullable(jobs.lanes(org).get(queue)).map(LaneStatus::limits)
                    .orElse(LaneLimits.DEFAULT);
            jobs.setLimits(org, queue, limits);
            world.audit().append(JobNotes.limits(who, org, queue, before, limits));
        }
    }

    @Override
    public void pause(Pausable what) {
        synchronized (world) {
            jobs.pause(what);
            world.audit().append(JobNotes.paused(who, what));
        }
    }

    @Override
    public void resume(Pausable what) {
        synchronized (world) {
            jobs.resume(what);
            world.audit().append(JobNotes.resumed(who, what));
        }
    }

    @Override
    public void setLimits(String queue, QueueLimits limits) {
        synchronized (world) {
            QueueLimits before = jobs.limits(queue);
            jobs.setLimits(queue, limits);
            world.audit().append(JobNotes.limits(who, queue, before, limits));
        }
    }
}
