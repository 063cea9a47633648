package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.job.JobId;
import io.croft.job.JobKey;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.spi.JobStore.Outcome;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * The contract of {@link io.croft.spi.JobStore}. What needs a JDBC connection is in {@link JobTransactionContract}.
 */
public abstract class JobStoreContract extends StoreContract
        implements
            JobLifeCases,
            JobBoundCases,
            JobRequestCases,
            JobAttemptCases,
            JobLeaseCases,
            JobCancelCases,
            JobProgressCases,
            JobSignalCases,
            JobKeyCases,
            JobReplaceCases,
            JobLimitCases,
            JobRateCases,
            JobQueueCases,
            JobFairnessCases,
            JobRepairCases,
            JobListCases,
            JobCountCases,
            JobRandomCases,
            JobFlowCases,
            JobTransitionCases {

    /** Lets the records of all jobs that have ended go, as their retention does one day, and no key. */
    protected abstract void forgetEndedJobs();

    @Test
    void key_ofAForgottenJobTellsHowThatEnded() {
        OrgId org = newOrg();
        JobRequest done = request().withKey(JobKey.of("done").forever());
        JobRequest discarded = request().withKey(JobKey.of("discarded").forever());
        JobId first = enqueue(org, done).id();
        finish(claimOne(), new Outcome.Completed(Optional.of("7")));
        JobId second = enqueue(org, discarded).id();
        jobs().discard(org, List.of(second), "enough");

        forgetEndedJobs();

        assertThat(jobs().find(org, first)).isEmpty();
        assertThat(jobs().find(org, second)).isEmpty();
        assertThat(enqueue(org, done))
                .isEqualTo(new JobReceipt(first, true, false, JobState.COMPLETED, Optional.of("7")));
        assertThat(enqueue(org, discarded))
                .isEqualTo(new JobReceipt(second, true, false, JobState.CANCELLED, Optional.empty()));
    }
}
