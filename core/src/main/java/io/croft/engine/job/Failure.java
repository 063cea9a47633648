package io.croft.engine.job;

import io.croft.job.JobError;
import io.croft.spi.BoundedText;
import io.croft.spi.JobStore.Outcome;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Says in bounded text that a database can hold why an attempt failed. */
final class Failure {

    private static final int MAX_CAUSES = 5;

    private Failure() {
    }

    /** A failed attempt: the class of what was thrown, its message and those of its causes, and their stack traces. */
    static Outcome.Failed of(Throwable thrown, Optional<Duration> retryAfter) {
        return new Outcome.Failed(retryAfter, BoundedText.chars(thrown.getClass().getName(), JobError.MAX_TYPE_CHARS),
                BoundedText.chars(messages(thrown), JobError.MAX_MESSAGE_CHARS), StackText.of(thrown));
    }

    /** What was thrown and where, without its message: messages of handlers may hold their data. */
    static String forLog(Throwable thrown) {
        StackTraceElement[] trace = thrown.getStackTrace();
        return thrown.getClass().getName() + (trace.length == 0 ? "" : " at " + trace[0]);
    }

    private static String messages(Throwable thrown) {
        StringBuilder text = new StringBuilder(message(thrown));
        Throwable cause = cause(thrown);
        for (int i = 0; i < MAX_CAUSES && cause != null; i++) {
            text.append("; caused by ").append(cause.getClass().getName()).append(": ").append(message(cause));
            cause = cause(cause);
        }
        return text.toString();
    }

    /** The exception is the handler's: asking it for anything may throw too. */
    static @Nullable Throwable cause(Throwable thrown) {
        try {
            return thrown.getCause();
        } catch (RuntimeException | Error e) {
            return null; // the message that was read before says what it can
        }
    }

    static String message(Throwable thrown) {
        try {
            String message = thrown.getMessage();
            return message == null ? "no message" : message;
        } catch (RuntimeException | Error e) {
            return "its message could not be read: " + e.getClass().getName();
        }
    }
}
