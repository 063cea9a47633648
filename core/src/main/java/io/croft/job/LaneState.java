package io.croft.job;

/** Why jobs of a lane start, or do not. Where several of these hold, the first does. */
public enum LaneState {
    /** It, its organisation or its queue is paused. */
    PAUSED,
    /** As many of its attempts are leased as it may have. */
    AT_LIMIT,
    /** No job is ready. */
    IDLE,
    /** Its rate limit lets none start yet. */
    THROTTLED,
    /** Its jobs start when workers have room, and the queue's own limit lets them. */
    RUNNABLE
}
