package io.croft;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * What is to be closed, the last first, whatever of it fails. Filled by one thread, then closed by any; what was closed
 * is not closed again.
 */
final class Closing {

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();

    void push(AutoCloseable part) {
        parts.push(part);
    }

    /** Closes everything and then throws the first failure, with the others in it. */
    void close() {
        RuntimeException first = closeAll();
        if (first != null) {
            throw first;
        }
    }

    /** Closes everything because of a failure, which takes in what fails beside it. */
    void closeAfter(Throwable failure) {
        RuntimeException more = closeAll();
        if (more != null) {
            failure.addSuppressed(more);
        }
    }

    private synchronized @Nullable RuntimeException closeAll() {
        RuntimeException first = null;
        while (!parts.isEmpty()) {
            try {
                parts.pop().close();
            } catch (Exception e) {
                if (e instanceof InterruptedException) {
                    Thread.currentThread().interrupt();
                }
                if (first == null) {
                    first = e instanceof RuntimeException unchecked
                            ? unchecked
                            : new CroftException("closing failed", e);
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        return first;
    }
}
