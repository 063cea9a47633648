package io.croft.limits;

import io.croft.InvalidInputException;

/**
 * How many calls for organisations one process has under way at once: a limit that follows what the process can do, and
 * beneath it a part of it that one organisation may have. What exceeds either is refused at once, with
 * {@link io.croft.CallRefusedException}, instead of waiting and making all others wait: so a process that is asked for
 * more than it can do goes on doing as much as it can.
 *
 * <p>The limit grows while calls take about as long as they do at ease, and shrinks when they take more than twice as
 * long, between {@code least} and {@code most}. Each kind of call is compared with itself. Not counted, and never
 * refused, are calls for no organisation and those on the life of one, so that operators can act, and those of the tier
 * {@link Tier#FREE}. Each process limits by itself.
 *
 * @param least    the lowest limit, 1 to {@value #MAX}: give no fewer than keep the processors busy
 * @param most     the highest limit, {@code least} to {@value #MAX}
 * @param orgShare the part of the limit that one organisation may have, above 0 to 1; it may always have one call
 */
public record LoadShedding(int least, int most, double orgShare) {

    /** The highest limit that can be set. */
    public static final int MAX = 100_000;

    private static final int DEFAULT_LEAST = 8;
    private static final int LEAST_PER_PROCESSOR = 2;
    private static final int DEFAULT_MOST = 1_000;
    private static final double DEFAULT_SHARE = 0.5;

    public LoadShedding {
        if (least < 1 || least > MAX) {
            throw new InvalidInputException("a lowest limit of " + least + " calls at once is outside 1 to " + MAX);
        }
        if (most < least || most > MAX) {
            throw new InvalidInputException("a highest limit of " + most + " calls at once is outside " + least + " to "
                    + MAX);
        }
        if (!(orgShare > 0 && orgShare <= 1)) {
            throw new InvalidInputException("a share of " + orgShare + " for one organisation is outside 0 to 1");
        }
    }

    /**
     * From twice as many calls as there are processors, and 8 at least, to 1,000; one organisation may have half of
     * them.
     */
    public static LoadShedding adaptive() {
        int least = Math.max(DEFAULT_LEAST, LEAST_PER_PROCESSOR * Runtime.getRuntime().availableProcessors());
        return new LoadShedding(least, Math.max(least, DEFAULT_MOST), DEFAULT_SHARE);
    }

    /** The same with another lowest limit. */
    public LoadShedding withLeast(int least) {
        return new LoadShedding(least, most, orgShare);
    }

    /** The same with another highest limit. */
    public LoadShedding withMost(int most) {
        return new LoadShedding(least, most, orgShare);
    }

    /** The same with another share of one organisation; 1 where there is but one, or all may have all. */
    public LoadShedding withOrgShare(double orgShare) {
        return new LoadShedding(least, most, orgShare);
    }
}
