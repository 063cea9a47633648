package io.croft.limits;

import io.croft.InvalidInputException;
import java.time.Duration;

/**
 * How many calls for organisations one process has under way at once: a limit that follows what the process can do, and
 * beneath it a part of it that one organisation may have. What exceeds either is refused at once, with
 * {@link io.croft.CallRefusedException}, instead of waiting and making all others wait: so a process that is asked for
 * more than it can do goes on doing as much as it can.
 *
 * <p>There are two such limits, which do not know of one another: one for searches, which take the processors of this
 * process, and one for what asks the database, above all writing and enqueueing; with a
 * {@link io.croft.ShardedJobQueue} one for each database. So searches go on when the database is slow. Each begins at
 * {@value #START}, grows while calls take about as long as they do at ease, and shrinks when they take more than twice
 * as long and longer than {@code unnoticed}, between {@code least} and {@code most}. Each kind of call is compared with
 * itself.
 *
 * <p>Not counted, and never refused, are calls for no organisation and those on the life of one, and those of the tiers
 * {@link Tier#FREE}, {@link Tier#LOW}, so that operators can act, and {@link Tier#EXPENSIVE}, which need long by
 * nature. But of exports ({@code orgs().export}), which keep a connection to the database each, there are no more than
 * {@value #EXPORTS} at once and one of an organisation, whatever the bounds, whoever makes them, and also where load
 * is not shed. Each process limits by itself. Immutable and thread-safe.
 *
 * @param least     the lowest limit, 1 to {@value #MAX}: no fewer than keep processors and connections busy
 * @param most      the highest limit, {@code least} to {@value #MAX}
 * @param orgShare  the part of the limit that one organisation may have when no other has any, above 0 to 1. It may
 *                  always have as many calls as {@code orgShare / (1 - orgShare)} times the places that are free, so
 *                  the fewer are left, the fewer it may have, and it may have one while there is a place
 * @param unnoticed how long calls may take, whatever they take at ease, before the limit shrinks; 0 to 1 minute
 */
public record LoadShedding(int least, int most, double orgShare, Duration unnoticed) {

    /** The highest limit that can be set. */
    public static final int MAX = 100_000;

    /** How many exports there may be at once. */
    public static final int EXPORTS = 4;

    /** The limit at first, unless the bounds are other ones. */
    public static final int START = 200;

    private static final int DEFAULT_LEAST = 8;
    private static final int LEAST_PER_PROCESSOR = 2;
    private static final int DEFAULT_MOST = 1_000;
    private static final double DEFAULT_SHARE = 0.4;
    private static final Duration DEFAULT_UNNOTICED = Duration.ofMillis(50);
    private static final Duration MAX_UNNOTICED = Duration.ofMinutes(1);

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
        if (unnoticed.isNegative() || unnoticed.compareTo(MAX_UNNOTICED) > 0) {
            throw new InvalidInputException("unnoticed " + unnoticed + " is outside 0 to " + MAX_UNNOTICED);
        }
    }

    /**
     * What holds unless a host says otherwise: from twice as many calls as there are processors, and 8 at least, to
     * 1,000; one organisation may have four tenths of them; 50 ms are not noticed.
     */
    public static LoadShedding adaptive() {
        int least = Math.min(MAX, Math.max(DEFAULT_LEAST,
                LEAST_PER_PROCESSOR * Runtime.getRuntime().availableProcessors()));
        return new LoadShedding(least, Math.max(least, DEFAULT_MOST), DEFAULT_SHARE, DEFAULT_UNNOTICED);
    }

    /** The same with another lowest limit; a lower highest one becomes the same. */
    public LoadShedding withLeast(int least) {
        return new LoadShedding(least, Math.max(least, most), orgShare, unnoticed);
    }

    /** The same with another highest limit; a higher lowest one becomes the same. */
    public LoadShedding withMost(int most) {
        return new LoadShedding(Math.min(least, most), most, orgShare, unnoticed);
    }

    /** The same with another share of one organisation; 1 where there is but one, or all may have all. */
    public LoadShedding withOrgShare(double orgShare) {
        return new LoadShedding(least, most, orgShare, unnoticed);
    }

    /** The same with another time that is not noticed. */
    public LoadShedding withUnnoticed(Duration unnoticed) {
        return new LoadShedding(least, most, orgShare, unnoticed);
    }
}
