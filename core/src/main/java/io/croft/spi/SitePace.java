package io.croft.spi;

import java.time.Duration;
import java.util.UUID;

/**
 * Whose turn it is to ask a site, over all processes and organisations: a site is asked for one thing at a time, and
 * left alone in between. It says when, never who asks or what. The clock is the store's. Thread-safe.
 *
 * <p>Sites go by the names of their hosts, in lower case. Times are 0 to {@link #MAX_TIME}; what is longer counts as
 * that.
 */
public interface SitePace {

    /** The longest time that a site is held, or left alone. */
    Duration MAX_TIME = Duration.ofDays(1);

    /**
     * Takes the turn, if the site may be asked and nobody else has it. Whoever has it takes it again.
     *
     * @param holder who asks: another one in each process
     * @param hold   how long nobody else gets it, unless it is given back before: longer than asking takes
     * @return zero if the turn was taken; else how long it is, at most, until it can be had. Nobody is told before
     */
    Duration take(String host, UUID holder, Duration hold);

    /**
     * Gives the turn back, and has the site left alone. Does nothing if the holder does not have it any more.
     *
     * @param rest from now on, unless it is to be left alone for longer anyway
     */
    void release(String host, UUID holder, Duration rest);

    /** Has a site left alone from now on, unless it is to be for longer anyway, whoever has the turn. */
    void rest(String host, Duration time);

    /** How long a site is still to be left alone, whoever has the turn. */
    Duration left(String host);
}
