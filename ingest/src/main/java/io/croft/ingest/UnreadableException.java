package io.croft.ingest;

import io.croft.intake.IngestStatus.Failure;

/** There is no text in a file, and reading it once more would not change that. Has no stack trace. */
final class UnreadableException extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient Failure failure;

    UnreadableException(Failure failure) {
        super(failure.reason(), null, false, false);
        this.failure = failure;
    }

    Failure failure() {
        return failure;
    }
}
