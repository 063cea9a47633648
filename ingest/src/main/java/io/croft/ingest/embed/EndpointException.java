package io.croft.ingest.embed;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An endpoint gave no vectors. */
final class EndpointException extends Exception {

    private static final long serialVersionUID = 1L;

    /** What it means. */
    enum Meaning {
        /** It may work the next time: no connection, no time, overloaded, an answer that breaks off. */
        PASSING,
        /** It refuses whoever asks, or is not there: somebody must set it right. */
        REFUSED,
        /** It refuses these texts, or gives what are no vectors of the model. */
        UNUSABLE
    }

    private final Meaning meaning;
    private final transient Optional<Duration> retryAfter;

    EndpointException(Meaning meaning, String message, Optional<Duration> retryAfter, @Nullable Throwable cause) {
        super(message, cause);
        this.meaning = meaning;
        this.retryAfter = retryAfter;
    }

    EndpointException(Meaning meaning, String message, @Nullable Throwable cause) {
        this(meaning, message, Optional.empty(), cause);
    }

    Meaning meaning() {
        return meaning;
    }

    /** When it wants to be asked again. */
    Optional<Duration> retryAfter() {
        return retryAfter;
    }
}
