package io.croft.spi.memory;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.atomic.AtomicReference;

/** A clock that stands still until it is told to go on. Thread-safe. */
public final class SettableClock implements InstantSource {

    private final AtomicReference<Instant> now;

    /** Begins at the present. */
    public SettableClock() {
        this(Instant.now());
    }

    /** Begins at this time, to the microsecond. */
    public SettableClock(Instant start) {
        now = new AtomicReference<>(start.truncatedTo(ChronoUnit.MICROS));
    }

    @Override
    public Instant instant() {
        return now.get();
    }

    /** Goes on to this time, unless it is past it. */
    public void advanceTo(Instant time) {
        now.updateAndGet(instant -> instant.isAfter(time) ? instant : time);
    }

    /** Goes on by this much. */
    public void advance(Duration time) {
        now.updateAndGet(instant -> instant.plus(time));
    }
}
