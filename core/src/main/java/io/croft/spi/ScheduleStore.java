package io.croft.spi;

import io.croft.OrgId;
import io.croft.job.JobId;
import io.croft.job.JobRequest;
import io.croft.job.JobSchedule;
import io.croft.job.ScheduleStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Schedules. The clock is the database's; when times come is told by the callers, since only they know calendars: a
 * caller reads what is due, works out what is to be done, and says so naming the revision that it read. Whoever is
 * first has fired it, all others change nothing. So no call leaves a lock behind while its caller thinks. Thread-safe.
 */
public interface ScheduleStore {

    /** The most schedules of one {@link #due} or {@link #fire}. */
    int MAX_BATCH = 100;

    /**
     * Makes a schedule known, or changes it, as {@link io.croft.job.JobSchedules#put} says.
     *
     * @param planner tells the first time, if it is needed
     * @throws io.croft.InvalidInputException if the queue is not known, the payload is no JSON object, or there are too
     *                                        many
     * @throws io.croft.UnknownOrgException   if the organisation does not exist or is not active
     */
    void put(ScheduleId key, JobSchedule schedule, JobRequest job, Planner planner);

    /** Forgets a schedule and its rounds; returns whether there was one. */
    boolean remove(ScheduleId key);

    /** Lets it rest; returns whether there is one. */
    boolean pause(ScheduleId key);

    /** Lets it go on from now, if it rests; returns whether there is one. */
    boolean resume(ScheduleId key, Planner planner);

    /** Enqueues its job now. */
    Optional<JobId> trigger(OrgId org, String name);

    /** Begins a round of a schedule of all organisations; returns whether there is one. */
    boolean triggerGlobal(String name);

    /** The schedule. */
    Optional<ScheduleStatus> find(ScheduleId key);

    /** The organisation's schedules by name, in the order of their UTF-8; those of all organisations for none. */
    List<ScheduleStatus> list(Optional<OrgId> org, Optional<String> after, int limit);

    /**
     * What is due now: of active organisations, not paused, without a problem; those due longest first. If more is due
     * than is asked for, organisations take turns, and those of all organisations count as one: none has a second
     * schedule among them before each of the others has its first.
     *
     * @param limit 1 to {@link #MAX_BATCH}
     */
    Due due(int limit);

    /**
     * Does what callers worked out, all in one transaction or each in its own: enqueues the jobs, and moves the
     * schedule on. Waits for nobody.
     *
     * @param firings at most {@link #MAX_BATCH}, no schedule twice
     * @return for each, in order, what became of it
     */
    List<Fired> fire(List<Firing> firings);

    /**
     * Notes that it cannot be fired: it is not due until it is put again. Waits for nobody.
     *
     * @return whether it was noted: not if it has changed since, or somebody is just at it
     */
    boolean fail(DueSchedule schedule, String problem);

    /**
     * Goes on with one of the rounds under way, if there is one that nobody else is at: enqueues a job for each of the
     * next organisations. A round whose jobs cannot be enqueued ends, and its schedule rests as after {@link #fail}.
     *
     * @param orgs how many of them, 1 to 1,000
     */
    Progress advance(int orgs);

    /**
     * Which schedule.
     *
     * @param org  whose; empty for one of all organisations
     * @param name its name
     */
    record ScheduleId(Optional<OrgId> org, String name) {

        public ScheduleId {
            Objects.requireNonNull(org, "org");
            Objects.requireNonNull(name, "name");
        }

        /** Of an organisation. */
        public static ScheduleId of(OrgId org, String name) {
            return new ScheduleId(Optional.of(org), name);
        }

        /** Of all organisations. */
        public static ScheduleId global(String name) {
            return new ScheduleId(Optional.empty(), name);
        }
    }

    /**
     * A time.
     *
     * @param planned as the schedule says
     * @param fireAt  the same, put off by its jitter
     */
    record Times(Instant planned, Instant fireAt) {

        public Times {
            Objects.requireNonNull(planned, "planned");
            Objects.requireNonNull(fireAt, "fireAt");
        }
    }

    /** Tells a schedule's first time. Called once or several times, and must have no effect. */
    @FunctionalInterface
    interface Planner {

        /**
         * The first time.
         *
         * @param now by the database's clock
         * @throws io.croft.InvalidInputException if it cannot be told
         */
        Times first(JobSchedule schedule, Instant now);
    }

    /**
     * What is due.
     *
     * @param now       by the database's clock
     * @param schedules them
     * @param untilNext until the first of those that are not due yet; empty if there is none
     */
    record Due(Instant now, List<DueSchedule> schedules, Optional<Duration> untilNext) {

        public Due {
            schedules = List.copyOf(schedules);
        }
    }

    /**
     * A schedule that is due.
     *
     * @param id       the store's number for it
     * @param revision rises with every change
     * @param key      which
     * @param kept     when, as it is kept: see {@link #schedule}
     * @param queue    the queue of its jobs
     * @param planned  its time, without jitter
     */
    record DueSchedule(long id, long revision, ScheduleId key, Supplier<JobSchedule> kept, String queue,
            Instant planned) {

        public DueSchedule {
            Objects.requireNonNull(key, "key");
            Objects.requireNonNull(kept, "kept");
            Objects.requireNonNull(planned, "planned");
        }

        /**
         * When. Read only now, so that one which was written past the API and is none does not fail the others.
         *
         * @throws io.croft.InvalidInputException if what is kept is no schedule
         */
        public JobSchedule schedule() {
            return kept.get();
        }
    }

    /**
     * What is to be done with a schedule that is due.
     *
     * @param due    as it was read
     * @param times  the times that get a job each, in order; up to {@link JobSchedule#MAX_MISSED}
     * @param missed how many others were passed over
     * @param next   its next time
     */
    record Firing(DueSchedule due, List<Instant> times, long missed, Times next) {

        public Firing {
            times = List.copyOf(times);
        }
    }

    /** What became of a firing. */
    enum Fired {
        /** It was done. */
        DONE,
        /**
         * It was done without a job: the job of the time before is live, a round is under way, or its organisation
         * would have more jobs than it may.
         */
        OVERLAPPED,
        /** Nothing was done: somebody else was first, is at it, or it was changed, or its organisation is gone. */
        NOT_HERE
    }

    /**
     * What was done for a round.
     *
     * @param jobs    how many jobs were enqueued
     * @param queue   into which queue; empty if there was no round to go on with
     * @param problem which schedule now rests, and why, if its round could not go on
     */
    record Progress(int jobs, Optional<String> queue, Optional<String> problem) {
    }
}
