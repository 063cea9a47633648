package io.croft.benchmarks.jobs;

import io.croft.job.RateLimit;
import java.util.Arrays;

/**
 * How attempts that started keep to a rate limit, and how much of it they used while there were always jobs.
 *
 * @param started how many there were
 * @param tooMany those that found no whole token in the bucket: so many more than the rate allows started in some time
 * @param allowed how many it allowed from the first to the last
 */
record RateCheck(int started, int tooMany, double allowed) {

    /** Of a token: the database counts with microseconds. */
    private static final double SLACK = 1e-3;

    /**
     * Looks at them as a bucket does that is full at the first.
     *
     * @param seconds when they started, in any order
     */
    static RateCheck of(RateLimit limit, double[] seconds) {
        double[] times = seconds.clone();
        Arrays.sort(times);
        double tokens = limit.burst();
        int tooMany = 0;
        for (int i = 0; i < times.length; i++) {
            double waited = i == 0 ? 0 : times[i] - times[i - 1];
            tokens = Math.min(limit.burst(), tokens + waited * limit.perSecond());
            if (tokens < 1 - SLACK) {
                tooMany++;
            } else {
                tokens--;
            }
        }
        double length = times.length == 0 ? 0 : times[times.length - 1] - times[0];
        return new RateCheck(times.length, tooMany,
                times.length == 0 ? 0 : limit.burst() + length * limit.perSecond());
    }

    /** Which part of those that started was too much. */
    double tooMuch() {
        return started == 0 ? 0 : (double) tooMany / started;
    }

    /** Which part of what it allowed did not start. A bucket holds part of a token in the end: one is not counted. */
    double refused() {
        return allowed == 0 ? 0 : Math.max(0, allowed - 1 - started) / allowed;
    }
}
