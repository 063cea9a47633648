package io.croft.benchmarks.neighbours;

import io.croft.job.JobContext;
import io.croft.job.JobKind;
import io.croft.job.JobResult;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/** The handler of the jobs: tells when each one begins, and takes the same time for all without computing anything. */
final class TimedWork {

    static final JobKind KIND = JobKind.of("bench.timed", "bench-neighbours");
    static final Duration TIME = Duration.ofMillis(20);

    /** More jobs than a run has: a job's number is that of its run times this and its own. */
    private static final long RUN = 1_000_000_000L;

    private final LongAdder begun = new LongAdder();
    private volatile Run current = new Run(0, new Fates(Arrivals.NONE, 0));

    /** A run of this number. */
    private record Run(long number, Fates fates) {
    }

    /** Tells these of jobs that begin from now on. */
    void begin(Fates fates) {
        current = new Run(current.number() + 1, fates);
    }

    /** The payload of a job of the current run. */
    String payload(int call) {
        return "{\"n\":" + (current.number() * RUN + call) + "}";
    }

    /** The payload of a job that is of no run. */
    static String payload() {
        return "{}";
    }

    /** How many jobs have begun. */
    long begun() {
        return begun.sum();
    }

    JobResult handle(JobContext job) {
        long now = System.nanoTime();
        begun.increment();
        Run run = current;
        String digits = job.payload().replaceAll("[^0-9]", ""); // the database writes the object in its own way
        long number = digits.isEmpty() ? -1 : Long.parseLong(digits);
        if (number >= 0 && number / RUN == run.number()) {
            run.fates().answered((int) (number % RUN), now);
        }
        LockSupport.parkNanos(TIME.toNanos());
        return JobResult.completed();
    }
}
