package io.croft.job;

import io.croft.InvalidInputException;
import io.croft.input.Ids;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An idempotency key: of all that is enqueued with it in an organisation, one is a job and the others are its
 * duplicates. Immutable; each method returns a changed copy.
 *
 * <p>A key has a {@link Window}, in which it is known, and says with {@link Repeat} what a duplicate does to a job that
 * still waits. Both count as the one says who enqueues: the window as it was when the job was new, what to do as the
 * duplicate says. A key is one for all kinds and queues of its organisation. It outlives the job's own record.
 *
 * <pre>{@code
 * JobKey.of("invoice-7")                                                        // once in 30 days
 * JobKey.of("invoice-7").forever()                                              // once
 * JobKey.of("price-7").replacing()                                              // the newest of those that wait
 * JobKey.of("reindex-7").debouncing(Duration.ofSeconds(2), Duration.ofMinutes(1)) // when it has become quiet
 * }</pre>
 *
 * <p>While its job runs, or waits for other jobs, a duplicate changes nothing: the receipt says
 * {@link JobState#RUNNING} or {@link JobState#WAITING} and not replaced. A job
 * whose caller must not miss a change reads what it works on when it begins, or its caller enqueues again without the
 * key.
 */
public final class JobKey {

    /** What the library's own keys begin with; the queue refuses such keys from hosts. */
    public static final String OWN_PREFIX = "croft.";
    /** The longest key, in bytes of UTF-8. */
    public static final int MAX_BYTES = 255;
    /** How long a key is known by default, from when its job was enqueued. */
    public static final Duration DEFAULT_LIFE = Duration.ofDays(30);
    /** The longest life, and how far ahead {@link #until} may lie. */
    public static final Duration MAX_LIFE = Duration.ofDays(3660);
    /** The longest time to become quiet. */
    public static final Duration MAX_QUIET = Duration.ofDays(7);
    /** The longest time that a job can be put off by {@link #debouncing}. */
    public static final Duration MAX_PUT_OFF = Duration.ofDays(366);

    private static final Duration MIN_LIFE = Duration.ofSeconds(1);
    private static final Duration MIN_QUIET = Duration.ofMillis(1);

    private final String text;
    private final @Nullable Window window;
    private final Repeat repeat;

    private JobKey(String text, @Nullable Window window, Repeat repeat) {
        this.text = text;
        this.window = window;
        this.repeat = repeat;
    }

    /** How long a key is known. However short it is, a key is known until its job has ended. */
    public sealed interface Window {

        /** Until the job has ended. A dead letter has not: it can be redriven. */
        record WhileLive() implements Window {
        }

        /**
         * For so long from when the job was enqueued.
         *
         * @param life 1 second to 10 years
         */
        record Lasting(Duration life) implements Window {

            public Lasting {
                if (life.compareTo(MIN_LIFE) < 0 || life.compareTo(MAX_LIFE) > 0) {
                    throw new InvalidInputException("key life " + life + " is outside 1 second to 10 years: forever() "
                            + "and whileLive() say more or less");
                }
            }
        }

        /**
         * Until this time by the database's clock.
         *
         * @param end at most 10 years ahead
         */
        record Until(Instant end) implements Window {

            public Until {
                if (end.isAfter(Instant.now().plus(MAX_LIFE))) {
                    throw new InvalidInputException(
                            "key until " + end + " is more than 10 years ahead: say forever() instead");
                }
            }
        }

        /** Always. */
        record Forever() implements Window {
        }
    }

    /** What a duplicate does to a job that waits, that is one which is ready or scheduled, also for a retry. */
    public sealed interface Repeat {

        /** Nothing. */
        record Keep() implements Repeat {
        }

        /** Takes its place. */
        record Replace() implements Repeat {
        }

        /**
         * Takes its place and puts it off.
         *
         * @param quiet  for so long nobody must have enqueued
         * @param atMost from when the job was enqueued, however often it was put off
         */
        record Debounce(Duration quiet, Duration atMost) implements Repeat {

            public Debounce {
                if (quiet.compareTo(MIN_QUIET) < 0 || quiet.compareTo(MAX_QUIET) > 0) {
                    throw new InvalidInputException("a quiet time of " + quiet + " is outside 1 ms to 7 days");
                }
                if (atMost.compareTo(quiet) < 0 || atMost.compareTo(MAX_PUT_OFF) > 0) {
                    throw new InvalidInputException("a job that becomes quiet after " + quiet
                            + " cannot be put off by at most " + atMost + ": that must be no less, and up to 366 days");
                }
            }
        }
    }

    /**
     * A key that keeps the first job and is known for {@link #DEFAULT_LIFE}.
     *
     * @param text 1 to {@value #MAX_BYTES} bytes of UTF-8, one line, not all blank
     * @throws InvalidInputException if it is none; the message does not show it
     */
    public static JobKey of(String text) {
        int bytes = text.getBytes(StandardCharsets.UTF_8).length;
        if (text.isBlank() || bytes > MAX_BYTES) {
            throw new InvalidInputException("idempotency key has " + bytes + " bytes and must have 1 to " + MAX_BYTES
                    + ", not all blank");
        }
        Ids.checkLine("idempotency key", text);
        return new JobKey(text, null, new Repeat.Keep());
    }

    /**
     * The same, known until the job has ended; then it can be enqueued anew. A dead letter keeps it, until it is
     * redriven and ends, or is discarded. The default of {@link #replacing} and {@link #debouncing}.
     */
    public JobKey whileLive() {
        return new JobKey(text, new Window.WhileLive(), repeat);
    }

    /**
     * The same, known for so long from when the job is enqueued.
     *
     * @param life 1 second to 10 years
     * @throws InvalidInputException if it is outside that
     */
    public JobKey lasting(Duration life) {
        return new JobKey(text, new Window.Lasting(life), repeat);
    }

    /**
     * The same, known until this time by the database's clock.
     *
     * @param end at most 10 years ahead
     * @throws InvalidInputException if it is later
     */
    public JobKey until(Instant end) {
        return new JobKey(text, new Window.Until(end), repeat);
    }

    /** The same, known always. Such keys are kept until their organisation is erased: 100 bytes or more for each. */
    public JobKey forever() {
        return new JobKey(text, new Window.Forever(), repeat);
    }

    /** The same; a duplicate changes nothing. The default. */
    public JobKey keeping() {
        return new JobKey(text, window, new Repeat.Keep());
    }

    /**
     * The same; a duplicate replaces what a waiting job says, under the same id: payload, priority, run-at, deadline,
     * tags and most attempts, as its request has them or leaves them to their defaults. When it was enqueued, the
     * attempts that it has used and its key's window stay. One that waits for a retry does not run sooner than it would
     * have. One that stands in line with the same priority keeps its place; with another, the next upkeep moves it.
     *
     * <p>Unless a window is chosen, the key is known {@link #whileLive}.
     */
    public JobKey replacing() {
        return new JobKey(text, window, new Repeat.Replace());
    }

    /**
     * The same; a duplicate replaces a waiting job as {@link #replacing} does and puts it off: it runs once nobody has
     * enqueued it for {@code quiet}, and at the latest {@code atMost} after it was first enqueued, with the newest
     * payload. The request leaves run-at and delay out. A job that waits for a retry is not made to run sooner.
     *
     * <p>Unless a window is chosen, the key is known {@link #whileLive}.
     *
     * @param quiet  1 ms to 7 days
     * @param atMost from {@code quiet} to 366 days
     * @throws InvalidInputException if one is outside that
     */
    public JobKey debouncing(Duration quiet, Duration atMost) {
        return new JobKey(text, window, new Repeat.Debounce(quiet, atMost));
    }

    /** The key itself. */
    public String text() {
        return text;
    }

    /** How long it is known. */
    public Window window() {
        if (window != null) {
            return window;
        }
        return repeat instanceof Repeat.Keep ? new Window.Lasting(DEFAULT_LIFE) : new Window.WhileLive();
    }

    /** What a duplicate does to a job that waits. */
    public Repeat repeat() {
        return repeat;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof JobKey key && key.text.equals(text) && key.window().equals(window())
                && key.repeat.equals(repeat);
    }

    @Override
    public int hashCode() {
        return Objects.hash(text, window(), repeat);
    }

    /** How it is used, without its text. */
    @Override
    public String toString() {
        return "JobKey[" + window() + ", " + repeat + "]";
    }
}
