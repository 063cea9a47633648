package io.croft.spi.contract;

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
}
