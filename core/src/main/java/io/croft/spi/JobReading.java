package io.croft.spi;

import io.croft.OrgId;
import io.croft.job.JobCounts;
import io.croft.job.JobFilter;
import io.croft.job.JobId;
import io.croft.job.JobState;
import io.croft.job.JobSummary;
import io.croft.job.LaneCounts;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The part of a {@link JobStore} that looks at many jobs at once. No call costs more the more jobs there are or were: a
 * list has a bound on what it looks at, and everything else comes from counters. Thread-safe.
 */
public interface JobReading {

    /**
     * An organisation's jobs that the filter lets pass, live and ended, those with the greatest ids first.
     *
     * @param before only jobs with smaller ids
     * @param limit  1 to {@link JobStore#MAX_BATCH}
     */
    Listed list(OrgId org, JobFilter filter, Optional<JobId> before, int limit);

    /**
     * How many jobs an organisation has, by the name of the queue, as far as the counters know: what came, or changed
     * its state, may be counted only by the next {@link JobStore#maintain}.
     */
    Map<String, JobCounts> counts(OrgId org);

    /** The same of one queue over all organisations; none if the queue is not known. */
    JobCounts counts(String queue);

    /**
     * The lanes of a queue that have jobs in a state, those with the most first, of equally many those with the greater
     * organisation's id.
     *
     * @param by    {@link JobState#WAITING}, SCHEDULED, READY, RUNNING or DEAD
     * @param after only lanes that come after this place
     * @param limit 1 to {@link JobStore#MAX_BATCH}
     * @return none if the queue is not known
     */
    List<LaneCounts> lanes(String queue, JobState by, Optional<LanePlace> after, int limit);

    /**
     * Adds a batch to what is counted in the present hour, in one transaction. A batch whose number is not greater than
     * the last one of its writer is left out: it has been added before. So are counts of organisations' lives that are
     * over, and of queues that are not known.
     */
    void count(AttemptBatch batch);

    /** An organisation's counts in the hours that begin from {@code from} up to, but not at, {@code to}. */
    List<KindCounts> counted(OrgId org, Instant from, Instant to);

    /** The counts over all organisations, also those that are gone, in these hours. */
    List<KindCounts> counted(Instant from, Instant to);

    /**
     * A part of a list.
     *
     * @param jobs those found, in order
     * @param next where to go on; empty if there are no more
     */
    record Listed(List<JobSummary> jobs, Optional<JobId> next) {

        public Listed {
            jobs = List.copyOf(jobs);
            Objects.requireNonNull(next, "next");
        }
    }

    /**
     * A lane's place among those of its queue.
     *
     * @param jobs how many it has in the state that they are ordered by
     * @param org  whose it is
     */
    record LanePlace(long jobs, OrgId org) {
    }
}
