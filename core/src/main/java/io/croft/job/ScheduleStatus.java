package io.croft.job;

import io.croft.OrgId;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * A schedule and how far it is. Times are by the database's clock.
 *
 * @param org         whose it is; empty for one of all organisations
 * @param name        its name
 * @param schedule    when its jobs are enqueued; empty if this process cannot read that, which a newer one may have
 *                    written: then there is a problem
 * @param kind        the name of its jobs' kind
 * @param queue       the name of their queue
 * @param payload     what they get, JSON
 * @param priority    their priority
 * @param tags        their tags
 * @param maxAttempts their most attempts
 * @param paused      whether it rests
 * @param nextAt      when it fires next, jitter included; empty while it is paused or has a problem
 * @param lastTime    the last of its times that got a job, or was passed over as one that overlaps
 * @param lastFiredAt when that was
 * @param lastJob     the last job that it or {@link JobSchedules#trigger} enqueued; never of a schedule of all
 *                    organisations
 * @param fired       how many times got a job, or, of a schedule of all organisations, a job in each
 * @param missed      how many times were passed over because they were missed
 * @param overlapped  how many times were passed over because the job before was live, or the organisation would have
 *                    had more jobs than it may
 * @param problem     why it cannot be fired or read, for people: it does not fire until it is put again
 */
public record ScheduleStatus(Optional<OrgId> org, String name, Optional<JobSchedule> schedule, String kind,
        String queue, String payload, JobPriority priority, Set<String> tags, int maxAttempts, boolean paused,
        Optional<Instant> nextAt, Optional<Instant> lastTime, Optional<Instant> lastFiredAt, Optional<JobId> lastJob,
        long fired, long missed, long overlapped, Optional<String> problem) {

    public ScheduleStatus {
        Objects.requireNonNull(org, "org");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(schedule, "schedule");
        Objects.requireNonNull(priority, "priority");
        tags = Set.copyOf(tags);
        Objects.requireNonNull(problem, "problem");
    }

    /** What it is and when it fires next, without payload and tags. */
    @Override
    public String toString() {
        return "ScheduleStatus[" + org.map(id -> "org=" + id).orElse("all orgs") + ", name=" + name
                + schedule.map(when -> ", " + when).orElse("") + ", kind=" + kind + ", queue=" + queue
                + (paused ? ", paused" : "")
                + nextAt.map(at -> ", nextAt=" + at).orElse("") + problem.map(why -> ", problem=" + why).orElse("")
                + "]";
    }
}
