package io.croft.spi.memory;

import io.croft.InvalidInputException;
import io.croft.StaleLeaseException;
import io.croft.job.JobProgress;
import io.croft.job.JobState;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Expired;
import io.croft.spi.JobStore.Held;
import io.croft.spi.JobStore.Lane;
import io.croft.spi.JobStore.Outcome;
import io.croft.spi.JobStore.Report;
import io.croft.spi.JobStore.Upkept;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** What workers do with jobs of all organisations. */
final class MemoryWork {

    private final World world;
    private final JobTable table;

    MemoryWork(World world, JobTable table) {
        this.world = world;
        this.table = table;
    }

    List<ClaimedJob> claim(String queue, int want, Duration lease, Predicate<StoredJob> wanted) {
        World.checkSize("a claim of", want, 1, JobStore.MAX_BATCH);
        synchronized (world) {
            world.reach();
            List<ClaimedJob> claimed = new ArrayList<>();
            MemoryQueue known = table.queues().get(queue);
            long bytes = 0;
            while (known != null && claimed.size() < want) {
                bytes += known.first(wanted).map(StoredJob::payloadBytes).orElse(0);
                if (bytes > JobStore.MAX_CLAIM_BYTES && !claimed.isEmpty()) {
                    break;
                }
                Optional<StoredJob> next = known.next(wanted);
                if (next.isEmpty()) {
                    break;
                }
                claimed.add(next.get().start(table.next(), world.now(), world.now().plus(lease)));
            }
            return claimed;
        }
    }

    List<Boolean> finish(List<Completion> completions) {
        World.checkSize("completions", completions.size(), 0, JobStore.MAX_BATCH);
        synchronized (world) {
            world.reach();
            completions.forEach(completion -> check(completion.outcome()));
            List<Boolean> accepted = new ArrayList<>();
            for (Completion completion : completions) {
                accepted.add(finish(completion.lease(), completion.outcome(), completion.took()));
            }
            table.settleWaits();
            return accepted;
        }
    }

    private static void check(Outcome outcome) {
        if (outcome instanceof Outcome.Completed(Optional<String> result)
                && result.filter(json -> !JsonSyntax.isValue(json)).isPresent()) {
            throw new InvalidInputException("the result of a job is no JSON: give a value such as {}");
        }
    }

    private boolean finish(JobLease lease, Outcome outcome, Optional<Duration> took) {
        Optional<StoredJob> held = table.held(lease);
        if (held.isEmpty()) {
            return table.find(lease.org(), lease.id()).filter(job -> job.hasAccepted(lease)).isPresent();
        }
        StoredJob job = held.get();
        Instant now = world.now();
        table.queueOf(job).free(job, took);
        job.accept();
        switch (told(job, outcome)) {
            case Outcome.Completed completed -> {
                job.hasRun();
                job.note("");
                job.complete(completed.result(), now);
            }
            case Outcome.Failed failed -> fail(job, failed);
            case Outcome.Snoozed snoozed -> {
                job.hasRun();
                job.uncount();
                job.note(snoozed.note());
                job.schedule(now.plus(snoozed.delay()));
            }
            case Outcome.Cancelled cancelled -> cancel(job, cancelled.reason());
            case Outcome.NotBegun notBegun -> {
                boolean hasFailed = job.attempts() > 1 && job.cancelRequested().isEmpty();
                job.uncount();
                job.notBegun();
                job.note(notBegun.reason());
                job.end(hasFailed ? JobState.DEAD : JobState.CANCELLED, now);
            }
        }
        return true;
    }

    /** A job that was cancelled while it ran ends so, for that reason, unless it is done. */
    private static Outcome told(StoredJob job, Outcome outcome) {
        Optional<String> reason = job.cancelRequested();
        if (reason.isEmpty() || outcome instanceof Outcome.Completed) {
            return outcome;
        }
        return outcome instanceof Outcome.NotBegun
                ? new Outcome.NotBegun(reason.get())
                : new Outcome.Cancelled(reason.get());
    }

    private void cancel(StoredJob job, String reason) {
        job.hasRun();
        job.note(reason);
        job.end(JobState.CANCELLED, world.now());
    }

    private void fail(StoredJob job, Outcome.Failed failed) {
        Instant now = world.now();
        job.hasRun();
        job.fail(failed.errorClass(), failed.message(), failed.stackTrace());
        Optional<Instant> next = failed.retryAfter().map(now::plus).filter(at -> job.hasAttemptsLeft());
        if (next.filter(at -> !job.isOverdue(at)).isPresent()) {
            job.schedule(next.get());
        } else {
            job.end(JobState.DEAD, now);
            job.note(next.isPresent() ? "not tried again: its deadline would have passed" : "");
        }
    }

    /** Completes a job that this lease holds. */
    void complete(JobLease lease, Optional<String> result) {
        synchronized (world) {
            world.reach();
            if (table.held(lease).isEmpty()) {
                throw new StaleLeaseException("job " + lease.id() + " is no longer held with fence " + lease.fence()
                        + ": roll back, another attempt owns it");
            }
            Outcome completed = new Outcome.Completed(result);
            check(completed);
            finish(lease, completed, Optional.empty());
            table.settleWaits();
        }
    }

    Held heartbeat(Collection<JobLease> leases, Duration lease) {
        World.checkSize("leases", leases.size(), 0, JobStore.MAX_BATCH);
        synchronized (world) {
            world.reach();
            List<JobLease> prolonged = new ArrayList<>();
            List<JobLease> cancelled = new ArrayList<>();
            for (JobLease each : leases) {
                Optional<StoredJob> held = table.held(each);
                if (held.isPresent()) {
                    held.get().prolong(world.now().plus(lease));
                    prolonged.add(each);
                    if (held.get().cancelRequested().isPresent()) {
                        cancelled.add(each);
                    }
                }
            }
            return new Held(prolonged, cancelled);
        }
    }

    List<JobLease> report(List<Report> reports) {
        World.checkSize("reports of progress", reports.size(), 0, JobStore.MAX_BATCH);
        synchronized (world) {
            world.reach();
            List<JobLease> kept = new ArrayList<>();
            for (Report report : reports) {
                table.held(report.lease()).ifPresent(job -> {
                    job.say(new JobProgress(report.fraction(), report.message(), world.now()));
                    kept.add(report.lease());
                });
            }
            return kept;
        }
    }

    void release(Collection<JobLease> leases) {
        synchronized (world) {
            world.reach();
            leases.forEach(lease -> table.held(lease).ifPresent(job -> {
                table.queueOf(job).free(job);
                if (job.cancelRequested().isPresent()) {
                    cancel(job, job.cancelRequested().get());
                } else {
                    job.hasRun();
                    job.uncount();
                    table.comeBack(job);
                }
            }));
            table.settleWaits();
        }
    }

    Upkept maintain(int limit, Consumer<Lane> died) {
        synchronized (world) {
            world.reach();
            Instant now = world.now();
            List<StoredJob> due = table.due(limit);
            due.forEach(table::comeBack);
            List<StoredJob> late = table.some(job -> job.isExpired(now), limit);
            List<Expired> expired = new ArrayList<>();
            late.forEach(job -> {
                Lane lane = new Lane(job.org, job.request().kind().queue());
                expired.add(new Expired(lane, job.request().kind().name(), job.createdAt(), 1));
                expire(job);
                if (job.state() == JobState.DEAD) {
                    died.accept(lane);
                }
            });
            table.settleWaits();
            Map<String, Duration> thaws = new HashMap<>();
            table.queues().forEach((name, queue) -> queue.nextThaw().ifPresent(wait -> thaws.put(name, wait)));
            return new Upkept(due.size() == limit || late.size() == limit, false, thaws, expired, table.takeCame());
        }
    }

    private void expire(StoredJob job) {
        table.queueOf(job).free(job);
        if (job.cancelRequested().isPresent()) {
            cancel(job, job.cancelRequested().get());
        } else {
            fail(job, new Outcome.Failed(Duration.ZERO, "LeaseExpired", "the lease ended"));
        }
    }
}
