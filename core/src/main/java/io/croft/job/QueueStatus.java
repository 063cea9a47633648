package io.croft.job;

import java.util.Objects;

/**
 * One queue, over all organisations.
 *
 * @param ready    jobs that could run now, were it not for limits and pauses
 * @param running  attempts that are leased
 * @param runnable lanes of which a job may start now, as far as their own limits go
 * @param limits   what all organisations together may use
 * @param paused   whether nothing new starts
 */
public record QueueStatus(long ready, long running, long runnable, QueueLimits limits, boolean paused) {

    public QueueStatus {
        Objects.requireNonNull(limits, "limits");
    }
}
