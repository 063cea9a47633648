package io.croft.spi;

import io.croft.OrgId;
import io.croft.job.CancelReceipt;
import io.croft.job.JobId;
import io.croft.job.LaneLimits;
import io.croft.job.QueueLimits;
import io.croft.spi.JobStore.Pausable;
import java.time.Duration;
import java.util.List;

/** The part of a {@link JobStore} that repairs, limits and pauses. Thread-safe. */
public interface JobAdministration {

    /**
     * Lets dead letters run again with all their attempts: the first of these ids that is one after {@code first}, and
     * each further id {@code step} later. A deadline that has passed by then is lifted.
     *
     * @return those that were dead letters
     */
    List<JobId> redrive(OrgId org, List<JobId> ids, Duration first, Duration step);

    /** The same, all at once. */
    default List<JobId> redrive(OrgId org, List<JobId> ids) {
        return redrive(org, ids, Duration.ZERO, Duration.ZERO);
    }

    /** Cancels dead letters and jobs that wait, in a line or for others; returns those that were. */
    List<JobId> discard(OrgId org, List<JobId> ids, String reason);

    /** Cancels those of these that are dead letters, but none that is redriven meanwhile; returns the cancelled. */
    List<JobId> discardDead(OrgId org, List<JobId> ids, String reason);

    /**
     * Cancels dead letters and jobs that wait, and marks those that run: their next {@link JobStore#heartbeat} says so,
     * and unless they complete they end as cancelled. A job that was marked before keeps that reason. One that an open
     * transaction holds is left alone, and named in the receipt.
     */
    CancelReceipt cancel(OrgId org, List<JobId> ids, String reason);

    /**
     * Sets the limits of a lane of a known queue, whether it has had jobs or not; until then it has
     * {@link LaneLimits#DEFAULT}. They hold for claims that begin later; attempts that run are not touched. A lane that
     * gets a rate limit begins with all its tokens; one that had a rate limit keeps the tokens it has, up to the new
     * burst.
     *
     * @throws io.croft.InvalidInputException if the queue is not known
     * @throws io.croft.UnknownOrgException   if the organisation does not exist or is not active
     */
    void setLimits(OrgId org, String queue, LaneLimits limits);

    /**
     * Lets nothing of it start until it is resumed; holds for claims that begin later. Pausing twice is pausing once.
     *
     * @throws io.croft.InvalidInputException if the queue is not known
     * @throws io.croft.UnknownOrgException   if the organisation does not exist or is not active
     */
    void pause(Pausable what);

    /** Ends this pause and no other; the errors are those of {@link #pause}. */
    void resume(Pausable what);

    /**
     * Sets the limits of a queue. They hold for claims that end later: none goes on with what they were. Attempts that
     * run are not touched, but count.
     *
     * @throws io.croft.InvalidInputException if the queue is not known
     */
    void setLimits(String queue, QueueLimits limits);
}
