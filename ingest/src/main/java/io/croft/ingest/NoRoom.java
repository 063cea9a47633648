package io.croft.ingest;

import io.croft.OrgQuotas.Resource;
import io.croft.QuotaExceededException;
import io.croft.job.JobResult;
import java.time.Duration;

/** What a job does whose organisation may have no more jobs, so that it cannot enqueue the next one: it waits. */
final class NoRoom {

    private static final String REASON =
            "the organisation may have no more jobs that wait: this one goes on when some have run";

    private NoRoom() {
    }

    /**
     * Puts the job off.
     *
     * @param delay as long as it costs to come so far again
     * @throws QuotaExceededException this one, if it is for something else, for which waiting does not make room
     */
    static JobResult putOff(QuotaExceededException e, Duration delay) {
        if (e.resource() != Resource.QUEUED_JOBS) {
            throw e;
        }
        return JobResult.snooze(delay, REASON);
    }
}
