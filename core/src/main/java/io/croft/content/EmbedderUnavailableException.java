package io.croft.content;

import io.croft.CroftException;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The embedding model cannot be used for a while: it is away, overloaded or refuses whoever asks. No text is to blame,
 * so documents wait for it and do not fail.
 */
public final class EmbedderUnavailableException extends CroftException {

    private static final long serialVersionUID = 1L;

    private final Duration retryAfter;

    /**
     * For a while.
     *
     * @param retryAfter when to try again, not negative
     */
    public EmbedderUnavailableException(String message, Duration retryAfter, @Nullable Throwable cause) {
        super(message, cause);
        this.retryAfter = Objects.requireNonNull(retryAfter, "retryAfter");
    }

    /** When to try again: after that time. */
    public Duration retryAfter() {
        return retryAfter;
    }
}
