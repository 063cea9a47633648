package io.croft.search;

import io.croft.InvalidInputException;
import java.time.Duration;
import java.util.Objects;

/**
 * How far an index of this process is behind the database.
 *
 * @param rows changes that are in its log and not yet applied to it; of the marketplace, more than {@value #MAX_ROWS}
 *             are told as that many
 * @param age  how long ago the oldest of them was entered, by the database's clock; zero if there is none
 */
public record Lag(long rows, Duration age) {

    /** The most changes that are counted one by one. */
    public static final int MAX_ROWS = 100_000;

    /** Everything is applied. */
    public static final Lag NONE = new Lag(0, Duration.ZERO);

    public Lag {
        Objects.requireNonNull(age, "age");
        if (rows < 0 || age.isNegative()) {
            throw new InvalidInputException("a lag of " + rows + " rows and " + age + " is less than none");
        }
    }
}
