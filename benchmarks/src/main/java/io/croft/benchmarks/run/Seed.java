package io.croft.benchmarks.run;

import java.util.concurrent.ThreadLocalRandom;

/** Where the chance of a random run comes from: {@code -Dcroft.seed=…} replays one. */
public final class Seed {

    static final String PROPERTY = "croft.seed";

    private Seed() {
    }

    /** The given seed or a new one; printed, so that it can be given again. */
    public static long choose(String what) {
        String given = System.getProperty(PROPERTY, "");
        long seed =
                given.isBlank() ? ThreadLocalRandom.current().nextLong(1_000_000_000L) : Long.parseLong(given.strip());
        System.out.println(what + ": replay with -D" + PROPERTY + "=" + seed);
        return seed;
    }
}
