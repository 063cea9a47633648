package io.croft.engine.index;

import io.croft.CroftException;

/** The thread that searches was interrupted while it waited, and is again: nothing is wrong with what it waited for. */
public final class InterruptedSearchException extends CroftException {

    private static final long serialVersionUID = 1L;

    /** Interrupts the calling thread again. */
    public InterruptedSearchException(String message, InterruptedException cause) {
        super(message, cause);
        Thread.currentThread().interrupt();
    }
}
