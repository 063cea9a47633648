package io.croft.engine.job;

import io.croft.InvalidInputException;
import io.croft.job.JobSchedule;
import io.croft.job.JobSchedule.Missed;
import io.croft.job.JobSchedule.Timing;
import io.croft.spi.ScheduleStore.DueSchedule;
import io.croft.spi.ScheduleStore.Firing;
import io.croft.spi.ScheduleStore.Times;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/** Tells when schedules fire, and what of the times that have come gets a job. Thread-safe if its chance is. */
final class ScheduleTimes {

    /** How far missed times of a cron expression are counted one by one. */
    static final int MAX_COUNTED = 10_000;
    private static final Duration FIRST_WINDOW = Duration.ofHours(1);

    private final RandomGenerator random;

    ScheduleTimes(RandomGenerator random) {
        this.random = random;
    }

    /** The first time after this moment. */
    Times first(JobSchedule schedule, Instant now) {
        return putOff(schedule, next(schedule, now));
    }

    /**
     * What is to be done about a schedule that is due.
     *
     * @param now by the database's clock
     * @throws InvalidInputException if its times cannot be told
     */
    Firing firing(DueSchedule due, Instant now) {
        JobSchedule schedule = due.schedule();
        Come come = come(due, now, wanted(schedule.missed()));
        boolean late = come.last.getLast().plus(schedule.jitter()).plus(JobSchedule.GRACE).isBefore(now);
        List<Instant> times = switch (schedule.missed()) {
            case Missed.Skip skip -> late ? List.of() : come.last;
            case Missed.Once once -> come.last;
            case Missed.Each each -> come.last;
        };
        return new Firing(due, times, come.count - times.size(), putOff(schedule, come.next));
    }

    private static int wanted(Missed missed) {
        return switch (missed) {
            case Missed.Skip skip -> 1;
            case Missed.Once once -> 1;
            case Missed.Each each -> each.most();
        };
    }

    /**
     * The times that have come.
     *
     * @param last  the last of them, in order
     * @param count how many there are
     * @param next  the first that has not come
     */
    private record Come(List<Instant> last, long count, Instant next) {
    }

    private static Come come(DueSchedule due, Instant now, int wanted) {
        return switch (due.schedule().timing()) {
            case Timing.Every(Duration interval) -> {
                long more = Math.max(0, Duration.between(due.planned(), now).dividedBy(interval));
                Instant last = due.planned().plus(interval.multipliedBy(more));
                int kept = (int) Math.min(wanted, more + 1);
                List<Instant> times = IntStream.range(0, kept)
                        .mapToObj(i -> last.minus(interval.multipliedBy(kept - 1 - i))).toList();
                yield new Come(times, more + 1, last.plus(interval));
            }
            case Timing.Cron cron -> comeOfCron(due, now, wanted);
        };
    }

    private static Come comeOfCron(DueSchedule due, Instant now, int wanted) {
        Deque<Instant> last = new ArrayDeque<>(List.of(due.planned()));
        long count = 1;
        Instant next = next(due.schedule(), due.planned());
        while (!next.isAfter(now) && count < MAX_COUNTED) {
            add(last, next, wanted);
            count++;
            next = next(due.schedule(), next);
        }
        if (next.isAfter(now)) {
            return new Come(List.copyOf(last), count, next);
        }
        return new Come(lastOf(due.schedule(), due.planned(), now, wanted), count, next(due.schedule(), now));
    }

    /** Looks back as far as it must: the last times up to now, from {@code since} on, which is one. */
    private static List<Instant> lastOf(JobSchedule schedule, Instant since, Instant now, int wanted) {
        Deque<Instant> last = new ArrayDeque<>();
        Duration window = FIRST_WINDOW;
        while (last.size() < wanted) {
            Instant from = now.minus(window).isAfter(since) ? now.minus(window) : since;
            last.clear();
            last.add(from);
            for (Instant time = next(schedule, from); !time.isAfter(now); time = next(schedule, time)) {
                add(last, time, wanted + 1);
            }
            if (from.equals(since)) {
                return last.stream().skip(Math.max(0, last.size() - wanted)).toList();
            }
            last.removeFirst(); // where the look began, or one too many
            window = window.multipliedBy(4);
        }
        return List.copyOf(last);
    }

    private static void add(Deque<Instant> last, Instant time, int wanted) {
        last.add(time);
        if (last.size() > wanted) {
            last.removeFirst();
        }
    }

    private Times putOff(JobSchedule schedule, Instant planned) {
        if (schedule.jitter().isZero()) {
            return new Times(planned, planned);
        }
        long millis = Math.min(schedule.jitter().toMillis(),
                Duration.between(planned, next(schedule, planned)).toMillis());
        return new Times(planned, planned.plusMillis(random.nextLong(Math.max(1, millis))));
    }

    private static Instant next(JobSchedule schedule, Instant time) {
        return schedule.nextAfter(time).orElseThrow(() -> new InvalidInputException("schedule " + schedule.timing()
                + " does not occur in the 48 years after " + time + ": give it another expression"));
    }
}
