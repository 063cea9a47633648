package io.croft.spi;

import io.croft.OrgId;
import java.time.Duration;

/**
 * The tokens that organisations spend on embedding in a day, which is UTC's by the store's clock. Every method names
 * the organisation and touches no other's rows. Thread-safe.
 */
public interface SpendStore {

    /**
     * Spends tokens, if less than the budget is spent today: so the last to spend may go beyond it, and nobody is kept
     * waiting for ever by wanting more than a day's.
     *
     * @param tokens 0 or more
     * @param budget the most of a day, 1 or more
     * @return zero if they are spent; else how long it is until the next day
     */
    Duration take(OrgId org, long tokens, long budget);

    /** Gives back tokens that were taken and not spent, if they are of today. */
    void giveBack(OrgId org, long tokens);

    /** What is spent today. */
    long spent(OrgId org);
}
