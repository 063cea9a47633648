package io.croft;

import org.jspecify.annotations.Nullable;

/** A value given by the caller is outside what is accepted. Nothing was changed; the same call fails again. */
public final class InvalidInputException extends CroftException {

    private static final long serialVersionUID = 1L;

    public InvalidInputException(String message) {
        super(message);
    }

    public InvalidInputException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
