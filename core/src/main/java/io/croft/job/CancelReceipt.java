package io.croft.job;

import java.util.List;

/**
 * What became of jobs that a person cancelled. Those that are in no list had ended before or are not known to the
 * organisation.
 *
 * @param cancelled those that did not run and are cancelled now
 * @param told      those that run: they end when their handlers do
 * @param held      those to which nothing was done, because for more than half a second somebody held them: most likely
 *                  a transaction that is still open and replaces the job or completes it. Cancel them again once that
 *                  has ended
 */
public record CancelReceipt(List<JobId> cancelled, List<JobId> told, List<JobId> held) {

    public CancelReceipt {
        cancelled = List.copyOf(cancelled);
        told = List.copyOf(told);
        held = List.copyOf(held);
    }
}
