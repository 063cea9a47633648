package io.croft.engine.job;

import io.croft.CroftException;
import io.croft.InvalidInputException;
import io.croft.OrgMovedException;
import io.croft.OrgSuspendedException;
import io.croft.StoreUnavailableException;
import io.croft.UnknownOrgException;
import io.croft.spi.ScheduleStore;
import io.croft.spi.ScheduleStore.Due;
import io.croft.spi.ScheduleStore.DueSchedule;
import io.croft.spi.ScheduleStore.Fired;
import io.croft.spi.ScheduleStore.Firing;
import io.croft.spi.ScheduleStore.Progress;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fires the schedules that are due, and goes on with the rounds of those of all organisations.
 *
 * <p>Every process has one, and all of them look at the same schedules. There is no leader: whoever is first to tell
 * the store what a schedule is to do has fired it, and the others, who read the same revision, change nothing. One that
 * stops between reading and telling holds up nobody, and finds when it goes on that it is too late. Looks as soon as
 * the next schedule is due, and every {@link #POLL} for what others put. Thread-safe.
 */
final class Scheduler {

    static final Duration POLL = Duration.ofSeconds(1);
    /** How long it leaves schedules to others who were quicker. */
    static final Duration LEFT = Duration.ofMillis(50);
    /** How many organisations get their job in one transaction. */
    static final int ROUND_BATCH = 500;
    /** How many jobs of several schedules are enqueued in one transaction. */
    static final int MAX_JOBS = 200;

    private static final Logger LOG = LoggerFactory.getLogger(Scheduler.class);

    private final ScheduleStore store;
    private final StoreHealth health;
    private final ScheduleTimes times;
    private final Upkeep upkeep;
    private final Loop loop = new Loop("croft-schedule", this::look, Loop.LONGEST_BACKOFF);

    Scheduler(ScheduleStore store, StoreHealth health, ScheduleTimes times, Upkeep upkeep) {
        this.store = store;
        this.health = health;
        this.times = times;
        this.upkeep = upkeep;
    }

    void start() {
        loop.start();
    }

    void stop() {
        loop.stop();
    }

    void join(long nanos) throws InterruptedException {
        loop.join(nanos);
    }

    /** A schedule was put or let go on: it may be due sooner than those that were known. */
    void wake() {
        loop.wake();
    }

    /** Fires all that is due, on the thread that asks. */
    void lookUntilIdle() {
        long wait;
        do {
            wait = look();
        } while (wait == 0);
    }

    private long look() {
        Due due = health.ask(() -> store.due(ScheduleStore.MAX_BATCH));
        boolean fired = fire(firings(due));
        Progress round = health.ask(() -> store.advance(ROUND_BATCH));
        round.queue().ifPresent(queue -> enqueued(queue, round.jobs()));
        round.problem().ifPresent(problem -> LOG.error("A round cannot go on, and rests until it is put again: {}",
                problem));
        if (fired || round.queue().isPresent()) {
            return 0;
        }
        Duration wait = due.schedules().isEmpty() ? due.untilNext().orElse(POLL) : LEFT;
        return Math.min(wait.toNanos(), POLL.toNanos());
    }

    /** What is to be done; a schedule that cannot be read, or whose times cannot be told, is noted as such. */
    private List<Firing> firings(Due due) {
        List<Firing> firings = new ArrayList<>();
        for (DueSchedule schedule : due.schedules()) {
            firing(schedule, due.now()).ifPresent(firings::add);
        }
        return firings;
    }

    private Optional<Firing> firing(DueSchedule due, Instant now) {
        try {
            return Optional.of(times.firing(due, now));
        } catch (InvalidInputException | DateTimeException | ArithmeticException e) {
            fail(due, e);
            return Optional.empty();
        }
    }

    /** Fires them, no more in one transaction than make {@link #MAX_JOBS}; returns whether any was fired here. */
    private boolean fire(List<Firing> firings) {
        boolean fired = false;
        int from = 0;
        int jobs = 0;
        for (int i = 0; i < firings.size(); i++) {
            jobs += firings.get(i).times().size();
            if (i + 1 == firings.size() || jobs + firings.get(i + 1).times().size() > MAX_JOBS) {
                fired |= fireTogether(firings.subList(from, i + 1));
                from = i + 1;
                jobs = 0;
            }
        }
        return fired;
    }

    private boolean fireTogether(List<Firing> firings) {
        try {
            return tell(firings, health.ask(() -> store.fire(firings)));
        } catch (StoreUnavailableException e) {
            throw e;
        } catch (CroftException e) {
            LOG.debug("{} schedules could not be fired together and are fired one by one", firings.size(), e);
            boolean fired = false;
            for (Firing firing : firings) {
                fired |= fireAlone(firing);
            }
            return fired;
        }
    }

    private boolean fireAlone(Firing firing) {
        try {
            return tell(List.of(firing), health.ask(() -> store.fire(List.of(firing))));
        } catch (StoreUnavailableException e) {
            throw e;
        } catch (UnknownOrgException | OrgMovedException | OrgSuspendedException e) {
            LOG.debug("schedule {} is not fired: its organisation is suspended, being erased, or moves",
                    firing.due().id(), e);
        } catch (CroftException e) {
            fail(firing.due(), e);
        }
        return false;
    }

    private boolean tell(List<Firing> firings, List<Fired> fired) {
        boolean any = false;
        for (int i = 0; i < fired.size(); i++) {
            any |= fired.get(i) != Fired.NOT_HERE;
            if (fired.get(i) == Fired.DONE) {
                enqueued(firings.get(i).due().queue(), firings.get(i).times().size());
            }
        }
        return any;
    }

    private void enqueued(String queue, int jobs) {
        if (jobs > 0) {
            upkeep.ask(queue);
            upkeep.tell(queue, jobs);
        }
    }

    private void fail(DueSchedule due, RuntimeException why) {
        String whose = due.key().org().map(org -> "organisation " + org).orElse("all organisations");
        if (health.ask(() -> store.fail(due, String.valueOf(why.getMessage())))) {
            LOG.error("Schedule \"{}\" of {} cannot be fired and rests until it is put again", due.key().name(), whose,
                    why);
        } else {
            LOG.debug("schedule \"{}\" of {} cannot be fired, and somebody else is just at it", due.key().name(), whose,
                    why);
        }
    }
}
