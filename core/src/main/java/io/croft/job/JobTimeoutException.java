package io.croft.job;

import io.croft.CroftException;
import org.jspecify.annotations.Nullable;

/** An attempt ran longer than the timeout of its kind. It is retried like one that failed by itself. */
public final class JobTimeoutException extends CroftException {

    private static final long serialVersionUID = 1L;

    public JobTimeoutException(String message) {
        super(message);
    }

    public JobTimeoutException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
