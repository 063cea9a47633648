package io.croft;

import org.jspecify.annotations.Nullable;

/**
 * The root of all that the library throws on purpose. The message says what was wrong, with which value, and what to
 * do; it never holds texts, vectors, payloads or credentials.
 */
public class CroftException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public CroftException(String message) {
        super(message);
    }

    public CroftException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
