package io.croft;

import org.jspecify.annotations.Nullable;

/**
 * The job was taken away from its handler, because its lease ended or it was finished elsewhere. The handler's
 * transaction must be rolled back: another attempt owns the job.
 */
public final class StaleLeaseException extends CroftException {

    private static final long serialVersionUID = 1L;

    public StaleLeaseException(String message) {
        super(message);
    }

    public StaleLeaseException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
