package io.croft.job;

import java.time.Instant;
import java.util.Objects;

/**
 * How far an attempt is, in its handler's own words.
 *
 * @param fraction 0 to 1
 * @param message  for people to read; up to {@value #MAX_MESSAGE_CHARS} characters, may be empty
 * @param at       when that was stored, by the database's clock
 */
public record JobProgress(double fraction, String message, Instant at) {

    /** The longest message. */
    public static final int MAX_MESSAGE_CHARS = 256;

    public JobProgress {
        Objects.requireNonNull(message, "message");
        Objects.requireNonNull(at, "at");
    }

    /** How far it is, without the message. */
    @Override
    public String toString() {
        return "JobProgress[fraction=" + fraction + ", at=" + at + "]";
    }
}
