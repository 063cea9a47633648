package io.croft.engine.index;

import io.croft.CroftException;
import io.croft.search.SearchResults.Incomplete;

/** An index could not be searched, though nothing is known to be wrong with its files. */
public final class IndexNotReadyException extends CroftException {

    private static final long serialVersionUID = 1L;

    private final Incomplete.Cause reason;

    IndexNotReadyException(Incomplete.Cause reason, String message) {
        super(message);
        this.reason = reason;
    }

    /** With what kept it from being searched. */
    public IndexNotReadyException(Incomplete.Cause reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    /** Why not. */
    public Incomplete.Cause reason() {
        return reason;
    }
}
