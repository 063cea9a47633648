package io.croft.job;

import io.croft.Actor;
import java.util.List;
import java.util.Optional;

/**
 * Schedules that enqueue a job in every organisation, for the host's operators. Work of the host itself, which is for
 * no organisation in particular, is none of these: it belongs to an organisation of the host's own, with a schedule of
 * {@link JobSchedules}. Thread-safe.
 *
 * <p>When such a schedule fires, a round begins: organisations get their jobs in batches, by their ids, each batch in a
 * transaction of its own, by whichever processes run. Every organisation that is active when its batch comes gets
 * exactly one; one that is created while a round is under way may be left out of it. A round goes on after any crash
 * where it was. What the schedule says of overlaps holds for each organisation by itself; besides, a time that comes
 * while a round of it is under way is passed over if overlapping jobs are. Limits, pauses and fairness are those of
 * each organisation's lane.
 *
 * <p>Every method throws {@link io.croft.NotPermittedException} if the actor is no super admin,
 * {@link io.croft.InvalidInputException} if a value is out of its range, and
 * {@link io.croft.StoreUnavailableException} if the database cannot be reached. All of it is otherwise as
 * {@link JobSchedules} says.
 */
public interface GlobalSchedules {

    /** Makes a schedule known, or changes the one of that name; a round under way goes on with what it says then. */
    ScheduleStatus put(Actor operator, String name, JobSchedule schedule, JobRequest job);

    /** Forgets a schedule; a round under way ends. Returns whether there was one. */
    boolean remove(Actor operator, String name);

    /** Lets a schedule rest, and a round under way with it. Returns whether it exists. */
    boolean pause(Actor operator, String name);

    /** Lets a schedule go on with its next time from now, and a round under way where it was. */
    boolean resume(Actor operator, String name);

    /** Begins a round now, beside any that is under way. Returns whether the schedule exists. */
    boolean trigger(Actor operator, String name);

    /** The schedule of that name. */
    Optional<ScheduleStatus> find(Actor operator, String name);

    /** The schedules by name, as {@link JobSchedules#list} gives them. */
    List<ScheduleStatus> list(Actor operator, Optional<String> after, int limit);
}
