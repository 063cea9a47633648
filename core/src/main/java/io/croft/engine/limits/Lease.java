package io.croft.engine.limits;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.croft.spi.Gcra;
import io.croft.spi.RateStore.Answer;
import io.croft.spi.RateStore.Bucket;
import io.croft.spi.RateStore.Request;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What this process holds of one bucket that all processes share: a block of tokens, which it gives to calls without
 * asking anybody.
 *
 * <p>The fuller the shared bucket, the larger the block: an eighth of what is there. When the bucket runs low, blocks
 * are of one token and so each call asks. Before a block is used up the next one is asked for, beside the calls. Tokens
 * that nobody used for {@link #KEPT} are dropped, since the shared bucket has filled up again meanwhile. The first call
 * after such a pause is let through on credit, so that it waits for nobody: what it took is paid from the next block,
 * however long that is in coming, and until then nothing more is given on credit.
 *
 * <p>When the store does not answer, or not in time, this process limits by itself for {@link #ALONE}, as if the bucket
 * were its own. Thread-safe.
 */
final class Lease {

    /** A token was taken. */
    static final long TAKEN = 0;

    /** None is here: ask for some, wait for the answer, and take again. */
    static final long ASK = -1;

    /** How long tokens are kept that nobody uses. */
    static final Duration KEPT = Duration.ofSeconds(20);

    /** How long a process limits by itself before it asks again. */
    static final Duration ALONE = Duration.ofSeconds(5);

    private static final int MOST = 10_000;

    private final Bucket bucket;
    private final Function<Request, CompletableFuture<Answer>> store;
    private final LongSupplier nanoTime;
    @GuardedBy("this")
    private int tokens;
    @GuardedBy("this")
    private int block;
    /** What was given on credit and is not paid yet: one token at most. */
    @GuardedBy("this")
    private int owed;
    @GuardedBy("this")
    private long keptUntil;
    @GuardedBy("this")
    private long emptyUntil;
    @GuardedBy("this")
    private long aloneUntil;
    @GuardedBy("this")
    private long ownFullAt;
    @GuardedBy("this")
    private @Nullable CompletableFuture<Boolean> asked;

    /**
     * Holds nothing yet.
     *
     * @param store    answers requests, beside the call
     * @param nanoTime as {@link System#nanoTime()}
     */
    Lease(Bucket bucket, Function<Request, CompletableFuture<Answer>> store, LongSupplier nanoTime) {
        this.bucket = bucket;
        this.store = store;
        this.nanoTime = nanoTime;
        long now = nanoTime.getAsLong();
        this.keptUntil = now;
        this.emptyUntil = now;
        this.aloneUntil = now;
        this.ownFullAt = now;
    }

    /** Takes a token: {@link #TAKEN}, {@link #ASK}, or in how many nanoseconds there will be one. */
    synchronized long take() {
        long now = nanoTime.getAsLong();
        if (now - aloneUntil < 0) {
            return takeAlone(now);
        }
        boolean isStale = now - keptUntil >= 0;
        if (isStale) {
            tokens = 0;
        }
        if (tokens > 0) {
            tokens--;
            if (tokens < block / 2) {
                askBeside();
            }
            return TAKEN;
        }
        if (now - emptyUntil < 0) {
            return emptyUntil - now;
        }
        if (isStale && asked == null && owed == 0) {
            owed = 1;
            keptUntil = now + KEPT.toNanos();
            askBeside();
            return TAKEN;
        }
        return ASK;
    }

    private synchronized long takeAlone(long now) {
        if (Gcra.held(ownFullAt, now, bucket.rate()) < 1) {
            return Math.max(1, Gcra.wait(ownFullAt, now, bucket.rate(), 1));
        }
        ownFullAt = Gcra.take(ownFullAt, now, bucket.rate(), 1);
        return TAKEN;
    }

    /** Puts a token back that was taken for a call which is not made; one that was given on credit is owed no more. */
    synchronized void putBack() {
        if (owed > 0) {
            owed--;
        } else {
            tokens++;
        }
    }

    /** Asks for more, unless that is being done; complete when what came of it can be taken. */
    synchronized CompletableFuture<Boolean> ask() {
        askBeside();
        CompletableFuture<Boolean> underWay = asked;
        return underWay == null ? CompletableFuture.completedFuture(true) : underWay;
    }

    private synchronized void askBeside() {
        if (asked == null) {
            CompletableFuture<Boolean> answered =
                    store.apply(new Request(List.of(bucket), 1, MOST)).handle(this::answered);
            asked = answered.isDone() ? null : answered;
        }
    }

    private synchronized boolean answered(@Nullable Answer answer, @Nullable Throwable failure) {
        asked = null;
        if (answer == null || failure != null) {
            alone();
        } else if (answer.granted() > 0) {
            tokens += answer.granted() - owed;
            owed = 0;
            block = answer.granted();
            keptUntil = nanoTime.getAsLong() + KEPT.toNanos();
        } else {
            emptyUntil = nanoTime.getAsLong() + answer.waitNanos();
        }
        return true;
    }

    /** Does without the store for a while. */
    synchronized void alone() {
        aloneUntil = nanoTime.getAsLong() + ALONE.toNanos();
    }
}
