package io.croft.guard;

/** How often a call may be made where that is limited: each tier has its own limit. */
public enum Tier {
    /** Administration: a few a minute. */
    LOW,
    /** Writes. */
    STANDARD,
    /** Reads and searches: many a minute. */
    HIGH,
    /** What takes the time of thousands of other calls. */
    EXPENSIVE
}
