package io.croft;

import org.jspecify.annotations.Nullable;

/** The database cannot be reached or did not answer. Nothing is known to have changed; the call may be repeated. */
public final class StoreUnavailableException extends CroftException {

    private static final long serialVersionUID = 1L;

    public StoreUnavailableException(String message) {
        super(message);
    }

    public StoreUnavailableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
