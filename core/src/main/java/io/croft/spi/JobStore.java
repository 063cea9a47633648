package io.croft.spi;

import io.croft.Org;
import io.croft.OrgId;
import io.croft.input.Shown;
import io.croft.job.DeadLetterFilter;
import io.croft.job.Job;
import io.croft.job.JobFlow;
import io.croft.job.JobId;
import io.croft.job.JobParent;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobStatus;
import io.croft.job.LaneStatus;
import io.croft.job.QueueLimits;
import io.croft.job.QueueStatus;
import io.croft.spi.ChangeFeed.Listening;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** Jobs. The clock is the database's. Thread-safe. */
public interface JobStore extends JobReading, JobAdministration {

    /** The most jobs of one claim, completion or heartbeat. */
    int MAX_BATCH = 1000;

    /** The most bytes of payload of one claim, about, unless the first job alone has more. */
    int MAX_CLAIM_BYTES = 1024 * 1024;

    /** How a queue becomes known, for messages about one that is not. */
    String MAKES_KNOWN = "setting its limits, enqueuing into it, or a process with a handler for it makes it known";

    /** Makes a queue known; does nothing if it is. Jobs can only be enqueued into known queues. */
    void registerQueue(String name);

    /**
     * Enqueues all or none, in a transaction of its own. The caller tells other processes of them.
     *
     * @return one receipt for each request, in order
     * @throws io.croft.InvalidInputException if a payload is no JSON object, or cannot be kept as it is; a queue is not
     *                                        known; a delay goes past a deadline; a key replaces a waiting job of
     *                                        another kind; or one comes after a job that is not known in the
     *                                        organisation, or after a name
     * @throws io.croft.UnknownOrgException   if the organisation does not exist or is not active
     */
    List<JobReceipt> enqueue(OrgId org, List<JobRequest> requests);

    /**
     * Enqueues all or none in the caller's transaction, which is neither ended nor changed in its settings, and whose
     * role needs EXECUTE on the enqueue function. If it throws, the caller rolls back. What was committed is among what
     * the next {@link #maintain} says came.
     */
    List<JobReceipt> enqueue(Connection transaction, OrgId org, List<JobRequest> requests);

    /**
     * Enqueues all or none of a flow's jobs, in a transaction of its own.
     *
     * <p>A job that comes after others is {@link io.croft.job.JobState#WAITING} while one of them has not ended as it
     * needs. What the end of a job means to others is committed with it, and done by the next {@link #maintain}, or by
     * the one after that where it was being enqueued just then: those that wait for nothing else may run, and what
     * needs the success of a job that was cancelled is cancelled, with a note, and so on.
     *
     * @return one receipt for each, in the order of {@link JobFlow#ordered}
     * @throws io.croft.InvalidInputException as {@link #enqueue(OrgId, List)}, and if there is a cycle
     * @throws io.croft.UnknownOrgException   if the organisation does not exist or is not active
     */
    List<JobReceipt> enqueue(OrgId org, JobFlow flow);

    /** The same in the caller's transaction, as {@link #enqueue(Connection, OrgId, List)} does it. */
    List<JobReceipt> enqueue(Connection transaction, OrgId org, JobFlow flow);

    /**
     * What a job of this organisation was enqueued after, by their ids. When it has ended itself, it is forgotten by
     * the next {@link #maintain}.
     */
    List<JobParent> parents(OrgId org, JobId id);

    /**
     * Leases jobs that are ready, fairly over organisations and never beyond their limits. Within a lane they are
     * taken, and listed, by priority and then in the order in which they became ready. Lanes share by their weight, as
     * the queue's {@link io.croft.job.Fairness} says; a lane is owed nothing for the time in which it had no job to
     * start.
     *
     * <p>Their payloads together have at most {@value #MAX_CLAIM_BYTES} bytes as the store keeps them, which may be an
     * estimate, unless that of the first job has more: what is claimed is held in memory, and a claim may hold up
     * others until its answer is read. What does not fit stays where it is in its lane, and the next claim begins with
     * it.
     *
     * <p>It may lease fewer than are ready, but after a {@link #maintain} without more to do, and while nobody else
     * claims or replaces jobs, or pauses or limits a queue, it leases at least one if any may start. While others hold
     * the lanes whose turn it is, it may wait for some tens of milliseconds.
     *
     * <p>A job whose deadline has passed is leased as well, as {@link ClaimedJob#overdue}: whoever claimed it ends it
     * as {@link Outcome.NotBegun}.
     *
     * <p>Where several jobs of one organisation are worth having together, it may look at fewer organisations; none is
     * served less for it over time.
     *
     * @param queue    the queue's name
     * @param want     the most jobs, 1 to {@link #MAX_BATCH}
     * @param worker   who claims, up to 128 characters, for people to read
     * @param lease    how long the claim lasts
     * @param together how many of one organisation pay, from 1
     * @return none if there is nothing to do, or the queue is not known
     */
    List<ClaimedJob> claim(String queue, int want, String worker, Duration lease, int together);

    /** The same for jobs that are as well had one by one. */
    default List<ClaimedJob> claim(String queue, int want, String worker, Duration lease) {
        return claim(queue, want, worker, lease, 1);
    }

    /**
     * Ends attempts, over any organisations, in one transaction. An attempt whose job was cancelled meanwhile
     * ({@link #cancel}) and that does not complete ends as cancelled, for that reason, whatever its outcome.
     *
     * @param completions at most {@link #MAX_BATCH}, no job twice
     * @return for each, in order, whether it was accepted: true also if this very attempt's completion had been
     *         accepted before, which then changes nothing and is remembered at least until another attempt of the job
     *         ends; false if the job was taken away from it, by the end of its lease or a release, or is not known
     * @throws io.croft.InvalidInputException if a result is no JSON, or cannot be kept; nothing was ended
     */
    List<Boolean> finish(List<Completion> completions);

    /**
     * Completes a job in the caller's transaction, taking no lock on its lane.
     *
     * @throws io.croft.StaleLeaseException if the job is no longer this lease's: the caller rolls back
     */
    void completeIn(Connection transaction, JobLease lease, Optional<String> result);

    /**
     * Prolongs leases from now on. A lease that has run out is held until {@link #maintain} takes it away.
     *
     * @return those that were still held and are prolonged
     */
    Held heartbeat(Collection<JobLease> leases, Duration lease);

    /**
     * Keeps how far attempts are, in place of what was said before, until they end.
     *
     * @param reports at most {@link #MAX_BATCH}, none twice
     * @return those that were kept; others are no longer held, or their rows were in use just then
     */
    List<JobLease> report(List<Report> reports);

    /**
     * Puts jobs back into their lanes at once, without counting the attempt. Leases no longer held are passed over;
     * jobs that were cancelled meanwhile end so.
     */
    void release(Collection<JobLease> leases);

    /**
     * One round of upkeep: jobs that waited for others go on once these have ended, jobs whose time has come become
     * ready, lanes learn of what came and was freed, those whose rate limit lets a job start again become runnable,
     * expired leases count as failed attempts, or end jobs that were cancelled. Each process calls it several times a
     * second; it must bear being called by several at once. What became ready by a transaction that was committed
     * before the call is known to claims after it, unless there is more to do or another process was at it; or, where
     * to look at everything takes long because somebody's old transaction is open, by a later call, within twenty
     * times as long as that takes.
     *
     * <p>Where more jobs are due than that, lanes take turns: each has about as many of its own made ready.
     *
     * @param limit the most rows of each sort
     * @param died  gets each lane in which an expired lease made a dead letter, once or several times
     */
    Upkept maintain(int limit, Consumer<Lane> died);

    /**
     * The same for rounds that follow one another closely: a store may leave expired leases to the next
     * {@link #maintain}.
     */
    default Upkept advance(int limit, Consumer<Lane> died) {
        return maintain(limit, died);
    }

    /** The same for whom dead letters are no concern. */
    default Upkept maintain(int limit) {
        return maintain(limit, lane -> {
        });
    }

    /**
     * Gives all of an organisation's jobs of which there is a record, as of one moment: those that are live or dead by
     * their ids, then those that have ended by theirs. No more of them is held than a page.
     *
     * @param life the organisation in the life whose jobs are wanted, in service or suspended
     * @param each told of each, on this thread; the call ends with what it throws
     * @throws io.croft.UnknownOrgException if it does not live this life any more
     */
    void export(Org life, Consumer<Job> each);

    /** A job of this organisation. */
    Optional<Job> find(OrgId org, JobId id);

    /**
     * Where jobs stand, of any organisations, as of one moment.
     *
     * @param jobs at most {@link #MAX_BATCH}
     * @return for each, in order; empty if there is no record of it in this organisation
     */
    List<Optional<JobStatus>> statuses(List<Watched> jobs);

    /** Dead letters of this organisation that the filter lets pass, by id. */
    List<Job> deadLetters(OrgId org, DeadLetterFilter filter, Optional<JobId> after, int limit);

    /** The ids alone of what {@link #deadLetters} gives. */
    List<JobId> deadLetterIds(OrgId org, DeadLetterFilter filter, Optional<JobId> after, int limit);

    /** How many dead letters a lane has; it counts no further than {@code atMost}. */
    int countDeadLetters(Lane lane, int atMost);

    /**
     * The same administration, for somebody: what each call does is written down in its transaction. A call that finds
     * no job to do it to writes nothing down.
     */
    JobAdministration by(Acting who);

    /**
     * The organisation's lanes by the name of the queue, from counters, also those that were only given limits or a
     * pause. Any other lane that is empty may be left out; what came or was freed may be counted only by the next
     * {@link #maintain}.
     */
    Map<String, LaneStatus> lanes(OrgId org);

    /** The queues by name, from counters as in {@link #lanes(OrgId)}. */
    Map<String, QueueStatus> queues();

    /**
     * The limits of a queue.
     *
     * @throws io.croft.InvalidInputException if the queue is not known
     */
    QueueLimits limits(String queue);

    /** Schedules, which enqueue jobs into this store. */
    ScheduleStore schedules();

    /**
     * What a round of upkeep came to.
     *
     * @param more    whether there is more to do right now
     * @param held    whether it passed over lanes that another round or call has just locked, or has not looked at
     *                everything: what was enqueued can perhaps be claimed only after that has committed, or another
     *                round has looked, and nobody tells of it then
     * @param thaws   the queues where lanes wait for their rate limits, with the time until the first of them may go on
     *                if a round finds it then; queues whose lanes wait longest may be left out
     * @param expired the attempts whose leases it ended
     * @param came    how many jobs it told lanes of whose becoming ready nobody has told, by queue: those that were
     *                promoted, redriven, given back, tried again at once, let go by others that ended, or enqueued in a
     *                caller's transaction
     */
    record Upkept(boolean more, boolean held, Map<String, Duration> thaws, List<Expired> expired,
            Map<String, Integer> came) {

        public Upkept {
            thaws = Map.copyOf(thaws);
            expired = List.copyOf(expired);
            came = Map.copyOf(came);
        }
    }

    /**
     * Attempts of one kind whose leases ended.
     *
     * @param lane     the lane of their jobs
     * @param kind     the name of the kind
     * @param since    when the oldest of their jobs was enqueued
     * @param attempts how many
     */
    record Expired(Lane lane, String kind, Instant since, int attempts) {

        public Expired {
            Objects.requireNonNull(lane, "lane");
            Objects.requireNonNull(kind, "kind");
            Objects.requireNonNull(since, "since");
        }
    }

    /**
     * What a heartbeat found.
     *
     * @param leases    those that are held
     * @param cancelled of those, the ones whose jobs were cancelled while they run
     */
    record Held(List<JobLease> leases, List<JobLease> cancelled) {

        public Held {
            leases = List.copyOf(leases);
            cancelled = List.copyOf(cancelled);
        }
    }

    /**
     * How far an attempt is.
     *
     * @param lease    whose attempt
     * @param fraction 0 to 1
     * @param message  up to {@link io.croft.job.JobProgress#MAX_MESSAGE_CHARS} characters
     */
    record Report(JobLease lease, double fraction, String message) {

        /** How far it is, without the message. */
        @Override
        public String toString() {
            return "Report[lease=" + lease + ", fraction=" + fraction + "]";
        }
    }

    /**
     * A job that is watched.
     *
     * @param org whose it is
     * @param id  the job
     */
    record Watched(OrgId org, JobId id) {
    }

    /**
     * Tells other processes soon what they would else find by looking. Returns at once, and never fails: what it tells
     * of is committed. Signals may be lost, and said several times they may be told once. A store that can tell nobody
     * does nothing, which is the default.
     */
    default void signal(Signal signal) {
        // nobody is told
    }

    /**
     * Hears the signals of all processes, perhaps also of this one, until it is closed. A store that hears nothing is
     * the default.
     *
     * @param heard gets them on a thread of the store's own: it must return at once and not throw
     */
    default Listening listen(Consumer<Signal> heard) {
        return Listening.DEAF;
    }

    /** What processes tell each other. */
    sealed interface Signal {

        /**
         * Jobs came into a queue that may run, and this was committed.
         *
         * @param queue its name
         */
        record Enqueued(String queue) implements Signal {
        }

        /** Jobs were cancelled while they run: their next heartbeats tell which. */
        record Cancelled() implements Signal {
        }

        /** Not told, but heard: signals may have been lost until now. */
        record Missed() implements Signal {
        }
    }

    /**
     * What can be paused, each by itself: a lane starts jobs if it ({@link Lane}), its organisation and its queue are
     * not.
     */
    sealed interface Pausable {

        /**
         * One organisation in all queues, also where it has no lane yet.
         *
         * @param org the organisation
         */
        record Org(OrgId org) implements Pausable {
        }

        /**
         * One queue for all organisations.
         *
         * @param queue its name
         */
        record Queue(String queue) implements Pausable {
        }
    }

    /**
     * The jobs of an organisation in a queue.
     *
     * @param org   the organisation
     * @param queue the queue's name
     */
    record Lane(OrgId org, String queue) implements Pausable {

        public Lane {
            Objects.requireNonNull(org, "org");
            Objects.requireNonNull(queue, "queue");
        }
    }

    /**
     * A leased attempt.
     *
     * @param lease       what proves it
     * @param kind        the name of the kind
     * @param payload     JSON object
     * @param attempt     its number, from 1
     * @param maxAttempts the most
     * @param createdAt   when the job was enqueued
     * @param tags        its tags
     * @param deadline    when no attempt may begin any more
     * @param overdue     whether the deadline had passed when it was claimed
     */
    record ClaimedJob(JobLease lease, String kind, String payload, int attempt, int maxAttempts, Instant createdAt,
            Set<String> tags, Optional<Instant> deadline, boolean overdue) {

        public ClaimedJob {
            Objects.requireNonNull(lease, "lease");
            tags = Set.copyOf(tags);
        }

        /** Which attempt it is, without the payload. */
        @Override
        public String toString() {
            return "ClaimedJob[lease=" + lease + ", kind=" + kind + ", attempt=" + attempt + "]";
        }
    }

    /**
     * How an attempt ended.
     *
     * @param lease   whose attempt
     * @param outcome how
     * @param took    how long it kept a worker busy, by that process's clock, for which its lane is charged: a
     *                millisecond at least, and no more than the time since its claim, which counts if this is empty
     */
    record Completion(JobLease lease, Outcome outcome, Optional<Duration> took) {

        public Completion {
            Objects.requireNonNull(lease, "lease");
            Objects.requireNonNull(outcome, "outcome");
            Objects.requireNonNull(took, "took");
        }

        /** Of one of which is only known when it was claimed. */
        public Completion(JobLease lease, Outcome outcome) {
            this(lease, outcome, Optional.empty());
        }
    }

    /** How an attempt ended. */
    sealed interface Outcome {

        /**
         * Done.
         *
         * @param result JSON to keep, if any
         */
        record Completed(Optional<String> result) implements Outcome {

            /** How long the result is. */
            @Override
            public String toString() {
                return "Completed[" + result.map(json -> "result of " + Shown.length(json)).orElse("no result") + "]";
            }
        }

        /**
         * Failed: again after the delay, or a dead letter if the attempts are used up, or if the next one would begin
         * after the job's deadline.
         *
         * @param retryAfter until the next attempt; empty for a dead letter at once
         * @param errorClass of the exception, up to {@value io.croft.job.JobError#MAX_TYPE_CHARS} characters
         * @param message    any text; bounded by the store to {@value io.croft.job.JobError#MAX_MESSAGE_CHARS}
         *                   characters, as {@link BoundedText} does it
         * @param stackTrace any text; bounded by the store to {@value io.croft.job.JobError#MAX_STACK_BYTES} bytes
         */
        record Failed(Optional<Duration> retryAfter, String errorClass, String message, String stackTrace)
                implements
                    Outcome {

            /** A failure that is repeated, without a stack trace. */
            public Failed(Duration retryAfter, String errorClass, String message) {
                this(Optional.of(retryAfter), errorClass, message, "");
            }

            /** The class and when it is repeated, without the message and the trace. */
            @Override
            public String toString() {
                return "Failed[retryAfter=" + retryAfter + ", errorClass=" + errorClass + "]";
            }
        }

        /**
         * Put off; the attempt is not counted.
         *
         * @param delay until the next attempt
         * @param note  why, for people to read; empty for none
         */
        record Snoozed(Duration delay, String note) implements Outcome {
        }

        /**
         * Ended without being done.
         *
         * @param reason why
         */
        record Cancelled(String reason) implements Outcome {
        }

        /**
         * Ended before its handler was called; the attempt is not counted. Of a job that was tried before and failed it
         * makes a dead letter, which keeps that error; any other is cancelled.
         *
         * @param reason why
         */
        record NotBegun(String reason) implements Outcome {
        }
    }
}
