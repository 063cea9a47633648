package io.croft.limits;

/** What a call costs, and so how often it may be made: each call is in one tier, and each tier has its own limits. */
public enum Tier {
    /** Answered from what this process remembers: never limited. */
    FREE,
    /** Administration: a few a minute. */
    LOW,
    /** Writes. */
    STANDARD,
    /** Reads and searches: many a minute. */
    HIGH,
    /** What takes the time, or the embeddings, of thousands of other calls. Counted exactly over all processes. */
    EXPENSIVE
}
