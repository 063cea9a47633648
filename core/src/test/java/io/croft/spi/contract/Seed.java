package io.croft.spi.contract;

import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;

/** Chance that can be repeated: the seed is printed, and given again with {@code -Dcroft.seed=…}. */
public final class Seed {

    private Seed() {
    }

    /**
     * A generator with the given seed, or else with a new one, which is printed.
     *
     * @param test whose it is, for the line that is printed
     */
    public static Random random(String test) {
        long seed = Long.getLong("croft.seed", ThreadLocalRandom.current().nextLong());
        System.out.println(test + ": repeat with -Dcroft.seed=" + seed);
        return new Random(seed);
    }
}
