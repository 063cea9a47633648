package io.croft.engine.content;

import io.croft.OrgId;
import io.croft.job.JobId;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.spi.JobStore;
import java.util.List;

/** Jobs of which an organisation has one at a time, by a key that is known until it has ended. */
final class KeptJobs {

    private KeptJobs() {
    }

    /** Enqueues it, unless it is there; one that is a dead letter, which keeps its key, is redriven. */
    static JobId enqueue(JobStore jobs, OrgId org, JobRequest request) {
        JobReceipt receipt = jobs.enqueue(org, List.of(request)).getFirst();
        if (receipt.duplicate() && receipt.state() == JobState.DEAD) {
            jobs.redrive(org, List.of(receipt.id()));
        }
        return receipt.id();
    }
}
