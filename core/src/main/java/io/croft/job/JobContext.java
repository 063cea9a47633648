package io.croft.job;

import io.croft.TenantContext;
import java.sql.Connection;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/** One attempt of a job, as its handler sees it. Used by the handler's thread. */
public interface JobContext {

    /** The organisation whose job it is, with the worker as the actor and the job's id as the request id. */
    TenantContext tenant();

    /** The job's id. */
    JobId id();

    /** The job's kind. */
    JobKind kind();

    /** The payload, a JSON object. */
    String payload();

    /** The job's tags. */
    Set<String> tags();

    /** When no further attempt of the job begins; this one goes on. */
    Optional<Instant> deadline();

    /** The number of this attempt, from 1. */
    int attempt();

    /** The most attempts; when this is the last one, failing makes the job a dead letter. */
    int maxAttempts();

    /** The fence of this attempt: greater than that of every earlier attempt. Hand it to systems that can check it. */
    long fence();

    /**
     * Whether the work has become useless: the lease is lost, the job was cancelled, its timeout is over, or the
     * process is stopping. A long handler asks now and then, and returns or throws. When the job was cancelled or its
     * timeout is over, the handler's thread is interrupted as well; that of a batch only when it is so for all its
     * jobs.
     */
    boolean isCancelled();

    /**
     * Says how far the work is, for those who look at the job or watch it. Costs next to nothing: the last word is kept
     * here and stored at most twice a second, with that of all other handlers of this process. It is gone when the
     * attempt has ended. Said after that, it is ignored. May be called by any thread.
     *
     * @param fraction 0 to 1; it may also fall
     * @param message  for people to read; what is longer than {@value JobProgress#MAX_MESSAGE_CHARS} characters is cut
     * @throws io.croft.InvalidInputException if the fraction is no number or outside 0 to 1
     */
    void progress(double fraction, String message);

    /**
     * The jobs that this one was enqueued after, and how they ended. Asks the database, so keep the answer.
     *
     * @throws io.croft.StoreUnavailableException if the database cannot be reached
     */
    JobParents parents();

    /**
     * The result of a job that this one was enqueued after. Asks the database.
     *
     * @param parent one of {@link #parents}
     * @return JSON; empty if it did not complete, completed without one, or its result is past its retention
     * @throws io.croft.StoreUnavailableException if the database cannot be reached
     */
    Optional<String> parentResult(JobParent parent);

    /**
     * Completes the job inside the handler's own transaction, so that its effects and its completion commit together.
     * Call it last and then commit; the handler then returns any completed result, which is not stored again. If the
     * transaction does not commit, the attempt counts as failed.
     *
     * @param transaction an open connection to the queue's database, autocommit off
     * @param result      JSON to keep, if any
     * @throws io.croft.StaleLeaseException if the job is no longer this attempt's: roll back
     */
    void completeIn(Connection transaction, Optional<String> result);
}
