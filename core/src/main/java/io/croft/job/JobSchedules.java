package io.croft.job;

import io.croft.TenantContext;
import java.util.List;
import java.util.Optional;

/**
 * The schedules of one organisation: each has a name and enqueues a job at its times. Any process that runs fires any
 * schedule that is due; each time fires once, whichever processes run, and none of them has to be there. The clock is
 * the database's. Thread-safe.
 *
 * <p>A host puts its schedules whenever it starts. Every method throws {@link io.croft.UnknownOrgException} for an
 * organisation that does not exist, {@link io.croft.InvalidInputException} for a value out of its range, and
 * {@link io.croft.StoreUnavailableException} if the database cannot be reached.
 */
public interface JobSchedules {

    /** The most schedules of an organisation, and the most of all organisations together. */
    int MAX_SCHEDULES = 1000;

    /** The most rows of one call. */
    int MAX_PAGE = 1000;

    /** The longest name, in bytes of UTF-8. */
    int MAX_NAME_BYTES = 255;

    /**
     * Makes a schedule known, or changes the one of that name. If nothing about it is new, nothing is changed. If its
     * times or its jitter are new, the next one is counted from now; else it stays, and with the rest new, jobs to come
     * have that. A pause stays.
     *
     * @param name     1 to {@value #MAX_NAME_BYTES} bytes of UTF-8 on one line, not all blank
     * @param schedule when
     * @param job      what to enqueue each time: kind, payload, priority, tags and most attempts; run-at, delay,
     *                 deadline and key are refused
     * @return the schedule as it is now
     * @throws io.croft.InvalidInputException also if it would be one more than {@value #MAX_SCHEDULES}; the kind has
     *                                        its handler here in another queue; the payload is no JSON object; or every
     *                                        missed time is to get its job while overlapping ones are passed over
     */
    ScheduleStatus put(TenantContext context, String name, JobSchedule schedule, JobRequest job);

    /** Forgets a schedule; jobs that it enqueued stay. Returns whether there was one. */
    boolean remove(TenantContext context, String name);

    /** Lets a schedule rest until it is resumed: times that pass meanwhile are not missed. Returns if it exists. */
    boolean pause(TenantContext context, String name);

    /**
     * Lets a schedule go on with its next time from now. Returns whether it exists.
     *
     * @throws io.croft.InvalidInputException also if this process cannot read it or tell its times
     */
    boolean resume(TenantContext context, String name);

    /**
     * Enqueues the job of a schedule now, whatever it says of overlaps, and also while it is paused. Its times stay as
     * they are.
     *
     * @return the job; empty if there is no such schedule
     */
    Optional<JobId> trigger(TenantContext context, String name);

    /** The schedule of that name. */
    Optional<ScheduleStatus> find(TenantContext context, String name);

    /**
     * The organisation's schedules, by name.
     *
     * @param after the last name of the page before; empty for the first page
     * @param limit 1 to {@value #MAX_PAGE}
     */
    List<ScheduleStatus> list(TenantContext context, Optional<String> after, int limit);

    /** Schedules that enqueue a job in every organisation, for the host's operators. */
    GlobalSchedules global();
}
