package io.croft.ingest.crawl;

import io.croft.spi.SitePace;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Sees to it that a host is asked for one thing at a time, and left alone in between, whoever asks: the threads of this
 * process, first come, first served, and through a {@link SitePace} those of others. Thread-safe.
 */
final class HostPace {

    /** How often a waiting thread looks whether it is to stop. */
    private static final Duration LOOK = Duration.ofMillis(200);
    /** How often it looks whether another process has asked. */
    private static final Duration LOOK_AT_OTHERS = Duration.ofMillis(500);

    private final ConcurrentHashMap<String, Host> hosts = new ConcurrentHashMap<>();
    private final Optional<SitePace> others;
    private final UUID holder = UUID.randomUUID();
    private final Duration longest;

    /**
     * Over these processes.
     *
     * @param others  those of this process alone if empty
     * @param longest the most time that asking takes
     */
    HostPace(Optional<SitePace> others, Duration longest) {
        this.others = others;
        this.longest = longest;
    }

    /** Leaves a host alone for a while, or longer if it is to be left alone anyway. */
    void rest(String host, Duration time) {
        restHere(host, time);
        if (time.isPositive()) {
            others.ifPresent(sites -> sites.rest(host, time));
        }
    }

    private void restHere(String host, Duration time) {
        long until = System.nanoTime() + time.toNanos();
        Host entered = enter(host);
        entered.free.accumulateAndGet(until, (now, then) -> now - then > 0 ? now : then);
        leave(host);
    }

    /** How long a host is still to be left alone. */
    Duration left(String host) {
        Host known = hosts.get(host);
        Duration here = known == null
                ? Duration.ZERO
                : Duration.ofNanos(Math.max(0, known.free.get() - System.nanoTime()));
        Duration there = others.map(sites -> sites.left(host)).orElse(Duration.ZERO);
        return here.compareTo(there) > 0 ? here : there;
    }

    /**
     * Asks the host when its time has come.
     *
     * @param delay how long it is left alone afterwards
     * @return empty if it was told to stop, or was interrupted, before; then nothing was asked
     */
    <T> Optional<T> ask(String host, Duration delay, BooleanSupplier stop, Supplier<T> question) {
        return ask(host, delay, stop, question, answer -> delay);
    }

    /**
     * The same, where the answer says how long.
     *
     * @param delay how long it is left alone where there is no answer
     * @param after how long it is left alone after an answer
     */
    <T> Optional<T> ask(String host, Duration delay, BooleanSupplier stop, Supplier<T> question,
            Function<T, Duration> after) {
        Host entered = enter(host);
        try {
            while (!entered.turn.tryAcquire(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
                if (stop.getAsBoolean()) {
                    return Optional.empty();
                }
            }
            try {
                if (!wait(entered, stop) || !take(host, delay, stop)) {
                    return Optional.empty();
                }
                return Optional.of(answer(host, delay, question, after));
            } finally {
                entered.turn.release();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        } finally {
            leave(host);
        }
    }

    /**
     * If the turn cannot be given back, because the store is away, it ends by itself: later than it had to, never too
     * early.
     */
    private <T> T answer(String host, Duration delay, Supplier<T> question, Function<T, Duration> after) {
        T answer;
        Duration rest;
        try {
            answer = question.get();
            rest = after.apply(answer);
        } catch (RuntimeException | Error e) {
            try {
                restHere(host, delay);
                others.ifPresent(sites -> sites.release(host, holder, delay));
            } catch (RuntimeException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
        restHere(host, rest);
        others.ifPresent(sites -> sites.release(host, holder, rest));
        return answer;
    }

    /** Whoever dies while asking may have asked just now: so the turn outlasts the asking by the delay. */
    private boolean take(String host, Duration delay, BooleanSupplier stop) throws InterruptedException {
        if (others.isEmpty()) {
            return true;
        }
        while (!stop.getAsBoolean()) {
            Duration left = others.get().take(host, holder, longest.plus(delay));
            if (left.isZero()) {
                return true;
            }
            TimeUnit.NANOSECONDS.sleep(Math.min(left.toNanos(), LOOK_AT_OTHERS.toNanos()));
        }
        return false;
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
