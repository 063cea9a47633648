package io.croft.job;

import java.util.List;

/**
 * What became of jobs that a person cancelled. Those that are in neither list had ended before or are not known to the
 * organisation; or their state changed all the while: cancel them again if {@link JobQueue#find} still says so.
 *
 * @param cancelled those that did not run and are cancelled now
 * @param told      those that run: they end when their handlers do
 */
public record CancelReceipt(List<JobId> cancelled, List<JobId> told) {

    public CancelReceipt {
        cancelled = List.copyOf(cancelled);
        told = List.copyOf(told);
    }
}
