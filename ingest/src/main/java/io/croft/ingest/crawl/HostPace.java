package io.croft.ingest.crawl;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Sees to it that this process asks a host for one thing at a time, and leaves it alone in between, whoever asks.
 * Thread-safe.
 */
final class HostPace {

    /** How often a waiting thread looks whether it is to stop. */
    private static final Duration LOOK = Duration.ofMillis(200);

    private final ConcurrentHashMap<String, Host> hosts = new ConcurrentHashMap<>();

    /** Leaves a host alone for a while, or longer if it is to be left alone anyway. */
    void rest(String host, Duration time) {
        long until = System.nanoTime() + time.toNanos();
        Host entered = enter(host);
        entered.free.accumulateAndGet(until, (now, then) -> now - then > 0 ? now : then);
        leave(host);
    }

    /** How long a host is still to be left alone. */
    Duration left(String host) {
        Host known = hosts.get(host);
        return known == null ? Duration.ZERO : Duration.ofNanos(Math.max(0, known.free.get() - System.nanoTime()));
    }

    /**
     * Asks the host when its time has come.
     *
     * @param delay how long it is left alone afterwards
     * @return empty if it was told to stop, or was interrupted, before; then nothing was asked
     */
    <T> Optional<T> ask(String host, Duration delay, BooleanSupplier stop, Supplier<T> question) {
        Host entered = enter(host);
        try {
            while (!entered.turn.tryAcquire(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
                if (stop.getAsBoolean()) {
                    return Optional.empty();
                }
            }
            try {
                return wait(entered, stop) ? Optional.of(question.get()) : Optional.empty();
            } finally {
                rest(host, delay);
                entered.turn.release();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        } finally {
            leave(host);
        }
    }

    private static boolean wait(Host host, BooleanSupplier stop) throws InterruptedException {
        while (!stop.getAsBoolean()) {
            long left = host.free.get() - System.nanoTime();
            if (left <= 0) {
                return true;
            }
            TimeUnit.NANOSECONDS.sleep(Math.min(left, LOOK.toNanos()));
        }
        return false;
    }

    private Host enter(String name) {
        return hosts.compute(name, (key, known) -> {
            Host host = known == null ? new Host() : known;
            host.users++;
            return host;
        });
    }

    /** Forgets hosts that nobody asks or has asked of late. */
    private void leave(String name) {
        hosts.computeIfPresent(name, (key, host) -> {
            host.users--;
            return host;
        });
        hosts.forEach((key, host) -> hosts.computeIfPresent(key,
                (again, one) -> one.users == 0 && one.free.get() - System.nanoTime() < 0 ? null : one));
    }

    private static final class Host {

        private final Semaphore turn = new Semaphore(1, true);
        private final AtomicLong free = new AtomicLong(System.nanoTime());
        /** Changed within the map's own lock of the entry alone. */
        private int users;
    }
}
