package io.croft.job;

/** How the workers of a process learn of jobs that another process has enqueued, or found to be ready. */
public enum Waking {
    /**
     * They are told, where the store can do so, and poll beside it; so it is by default. A store that finds that it
     * hears nothing, as behind a pooler that shares sessions by transaction, leaves it at polling.
     */
    SIGNALS,
    /** They poll, and tell nobody of what is enqueued or found here. Holds no connection. */
    POLL
}
