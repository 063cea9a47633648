package io.croft.testing;

import io.croft.CroftException;
import org.jspecify.annotations.Nullable;

/** A drain did not come to the end that a test wants: it met its limit, or attempts failed. */
public final class DrainException extends CroftException {

    private static final long serialVersionUID = 1L;

    private final transient Drained drained;

    DrainException(String message, @Nullable Throwable cause, Drained drained) {
        super(message, cause);
        this.drained = drained;
    }

    /** What it had done by then. */
    public Drained drained() {
        return drained;
    }
}
