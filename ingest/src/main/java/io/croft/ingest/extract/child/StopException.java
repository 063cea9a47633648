package io.croft.ingest.extract.child;

import io.croft.ingest.extract.Outcome;
import org.jspecify.annotations.Nullable;

/** Ends the reading of a file with an outcome. Libraries may wrap it on its way. */
final class StopException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient Outcome outcome;

    StopException(Outcome outcome) {
        super(outcome.reason());
        this.outcome = outcome;
    }

    /** The one that a failure was caused by, if any. */
    static @Nullable StopException in(Throwable failure) {
        Throwable cause = failure;
        for (int i = 0; cause != null && i < 20; i++) {
            if (cause instanceof StopException stop) {
                return stop;
            }
            cause = cause.getCause();
        }
        return null;
    }

    Outcome outcome() {
        return outcome;
    }
}
