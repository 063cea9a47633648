package io.croft.spi;

import io.croft.CroftException;

/** A search in an index was stopped because its deadline had passed, or could only wait for it. */
public final class SearchTimeoutException extends CroftException {

    private static final long serialVersionUID = 1L;

    public SearchTimeoutException(String message) {
        super(message);
    }
}
