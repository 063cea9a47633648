package io.croft;

import io.croft.limits.LoadReport;

/**
 * Is told how each call went, for a host's own metrics. It gets no ids, texts or messages, and the names are a few
 * dozen fixed ones, so that names and outcomes may become labels.
 *
 * <p>Told are the calls that reach the gate: what is refused before, because an argument is out of its range or the map
 * of databases does not know the organisation, is not. A call that has to be made again in another database
 * ({@link ShardedJobQueue}) is told once for each, as a list over several is. {@code jobs.await} is told of when its
 * wait begins, and not of how that ends.
 */
@FunctionalInterface
public interface CallObserver {

    /** For a host that does not want to know. */
    CallObserver NOBODY = (operation, outcome, tookNanos) -> {
    };

    /** How a call went. */
    enum Outcome {
        /** It returned. */
        OK,
        /** An argument was refused, with {@link InvalidInputException}. */
        INVALID,
        /** There is no such organisation, or it cannot be used, with {@link UnknownOrgException}. */
        UNKNOWN_ORG,
        /** The organisation is out of service, with {@link OrgSuspendedException}. */
        SUSPENDED,
        /** The actor may not do that, with {@link NotPermittedException}. */
        NOT_PERMITTED,
        /** Not now: a limit was reached, with {@link CallRefusedException} or {@link QuotaExceededException}. */
        REFUSED,
        /** The database could not be reached or was too slow, with {@link StoreUnavailableException}. */
        UNAVAILABLE,
        /** Anything else was thrown. */
        FAILED
    }

    /**
     * A call has ended. Called on its thread before it returns, by many threads at once; must be quick. What it throws
     * is logged and changes nothing for the caller.
     *
     * @param operation what was called, such as {@code documents.put}
     * @param tookNanos how long it took, from the gate on
     */
    void called(String operation, Outcome outcome, long tookNanos);

    /**
     * What {@link io.croft.limits.LoadShedding} did: at most every five seconds, by the next call then, if calls were
     * refused or a limit is another one. Otherwise as {@link #called}.
     */
    default void loadMeasured(LoadReport report) {
    }
}
