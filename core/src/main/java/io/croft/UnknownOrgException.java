package io.croft;

import org.jspecify.annotations.Nullable;

/** The organisation does not exist or is being erased. Create it with {@code orgs().create(…)} first. */
public final class UnknownOrgException extends CroftException {

    private static final long serialVersionUID = 1L;

    public UnknownOrgException(String message) {
        super(message);
    }

    public UnknownOrgException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
