package io.croft.pg.queue;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;

/**
 * From where rounds of upkeep read what lanes are to be told.
 *
 * <p>What was settled leaves entries in an index, which stay for as long as any transaction is open that is older; a
 * round that begins with the first passes them all. Once that takes long, a round begins where the one before the
 * last left nothing, so that what was numbered before then and committed since is mostly found too; and all is read
 * again when {@value #SHARE} times as long has gone by as it took. As long counts the least of the last
 * {@value #LOOKS} times, so that one is not taken for slow because its process had to wait for a processor.
 * Thread-safe.
 */
final class WakeReading {

    /** Up to here each round reads all: as long as nothing is in the way it takes a tenth of that. */
    static final Duration SHORT = Duration.ofMillis(2);
    static final int SHARE = 20;
    static final int LOOKS = 3;

    private final LongSupplier nanoTime;
    private final AtomicReference<Place> place;

    WakeReading() {
        this(System::nanoTime);
    }

    WakeReading(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.place = new AtomicReference<>(new Place(0, 0, new Looks(0, 0, 0), nanoTime.getAsLong()));
    }

    /** Where the next round is to begin; 0 for the beginning. */
    long from() {
        Place now = place.get();
        return nanoTime.getAsLong() - now.allAtNanos >= 0 ? 0 : Math.min(now.before, now.last);
    }

    /**
     * A round has read.
     *
     * @param from where it began
     * @param next up to where it left nothing that it could see
     * @param took how long it read
     */
    void read(long from, long next, Duration took) {
        long now = nanoTime.getAsLong();
        place.updateAndGet(one -> {
            if (from > 0) {
                return new Place(one.last, next, one.looks, one.allAtNanos);
            }
            Looks looks = one.looks.and(took.toNanos());
            long least = looks.least();
            return new Place(one.last, next, looks, least <= SHORT.toNanos() ? now : now + SHARE * least);
        });
    }

    /**
     * How far rounds have got.
     *
     * @param before     where the one before the last left nothing
     * @param last       where the last one did
     * @param looks      how long it took to read all
     * @param allAtNanos when all is read again
     */
    private record Place(long before, long last, Looks looks, long allAtNanos) {
    }

    /**
     * How long it took to read all, in nanoseconds.
     *
     * @param first  the time before the second
     * @param second the time before the third
     * @param third  the last time
     */
    private record Looks(long first, long second, long third) {

        Looks and(long took) {
            return new Looks(/* first= */ second, /* second= */ third, /* third= */ took);
        }

        long least() {
            return Math.min(first, Math.min(second, third));
        }
    }
}
