package io.croft.job;

import java.util.Objects;

/**
 * Why an attempt failed.
 *
 * @param type       the class of what was thrown, up to {@value #MAX_TYPE_CHARS} characters
 * @param message    its message and those of its causes, up to {@value #MAX_MESSAGE_CHARS} characters; empty for none
 * @param stackTrace where it was thrown, and its causes, as Java prints it: whole lines, up to
 *                   {@value #MAX_STACK_BYTES} bytes of UTF-8; empty where no handler threw, such as when a lease ended
 */
public record JobError(String type, String message, String stackTrace) {

    /** The longest name of a class, in characters. */
    public static final int MAX_TYPE_CHARS = 255;

    /** The longest message, in characters. */
    public static final int MAX_MESSAGE_CHARS = 8 * 1024;

    /** The longest stack trace, in bytes of UTF-8. */
    public static final int MAX_STACK_BYTES = 16 * 1024;

    public JobError {
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(message, "message");
        Objects.requireNonNull(stackTrace, "stackTrace");
    }

    /** The class alone: messages and traces may hold data. */
    @Override
    public String toString() {
        return "JobError[" + type + "]";
    }
}
