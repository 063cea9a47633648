package io.croft.benchmarks.neighbours;

import java.time.Duration;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * When calls are due and whose they are. All of it is known before the first one, so it follows from the seed alone and
 * not from how fast calls are answered.
 *
 * @param time  how long calls come
 * @param nanos when each is due, from the beginning; ascending
 * @param orgs  whose each is, by the organisation's number
 */
@SuppressWarnings("ArrayRecordComponent")
record Arrivals(Duration time, long[] nanos, int[] orgs) {

    static final Arrivals NONE = new Arrivals(Duration.ZERO, new long[0], new int[0]);

    /**
     * Calls of organisations that know nothing of one another: a Poisson process of each, all with the same rate.
     *
     * @param perSecond of all of them together
     * @param firstOrg  the number of the first of them
     * @param orgs      how many there are
     */
    static Arrivals poisson(SplittableRandom random, double perSecond, Duration time, int firstOrg, int orgs) {
        LongStream.Builder nanos = LongStream.builder();
        IntStream.Builder whose = IntStream.builder();
        for (double next = gap(random, perSecond); next < time.toNanos(); next += gap(random, perSecond)) {
            nanos.add((long) next);
            whose.add(firstOrg + random.nextInt(orgs));
        }
        return new Arrivals(time, nanos.build().toArray(), whose.build().toArray());
    }

    /** The time to the next one is distributed exponentially. */
    private static double gap(SplittableRandom random, double perSecond) {
        return -Math.log(1 - random.nextDouble()) * 1e9 / perSecond;
    }

    /** Both, each when it is due; of two at the same moment this one's is first. */
    Arrivals and(Arrivals other) {
        int count = count() + other.count();
        long[] bothNanos = new long[count];
        int[] bothOrgs = new int[count];
        int mine = 0;
        for (int i = 0; i < count; i++) {
            int theirs = i - mine;
            boolean isMine = theirs == other.count() || (mine < count() && nanos[mine] <= other.nanos[theirs]);
            bothNanos[i] = isMine ? nanos[mine] : other.nanos[theirs];
            bothOrgs[i] = isMine ? orgs[mine] : other.orgs[theirs];
            mine += isMine ? 1 : 0;
        }
        return new Arrivals(time.compareTo(other.time) > 0 ? time : other.time, bothNanos, bothOrgs);
    }

    int count() {
        return nanos.length;
    }
}
