package io.croft.engine.search;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.content.Embedder;
import io.croft.content.EmbeddingModel;
import io.croft.engine.index.InterruptedSearchException;
import io.croft.search.SearchQuery;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds a query's vector: the given one, a remembered one, or a new one. What one organisation asked is remembered for
 * it alone: how fast an answer comes tells nobody what others have asked. A query that several ask at once is embedded
 * once. When the last of them gives it up, the embedder's thread is interrupted, and the next that asks begins anew; an
 * embedder that does not heed that keeps its thread and its place, and while all places are taken queries get no vector
 * at once. Thread-safe.
 */
final class QueryVectors {

    private static final long MAX_BYTES = 32L << 20;
    /** The most queries that are embedded at once. */
    static final int MAX_AT_ONCE = 256;
    /** The most of them of one organisation, so that no single one takes all the places. */
    static final int MAX_OF_ONE = 64;

    private static final long WARN_EVERY_NANOS = Duration.ofMinutes(1).toNanos();
    private static final Logger LOG = LoggerFactory.getLogger(QueryVectors.class);

    private final Embedder embedder;
    private final EmbeddingModel model;
    private final Logger log;
    private final AtomicLong warned = new AtomicLong(System.nanoTime() - WARN_EVERY_NANOS);
    private final Semaphore places = new Semaphore(MAX_AT_ONCE);
    private final ConcurrentMap<OrgId, Integer> taken = new ConcurrentHashMap<>();
    /** Also those that are being made. A failed one is not kept. */
    private final Cache<OrgText, Call> remembered;

    QueryVectors(Embedder embedder) {
        this(embedder, LOG);
    }

    /** One that writes into this log. */
    QueryVectors(Embedder embedder, Logger log) {
        this.embedder = embedder;
        this.log = log;
        this.model = embedder.model();
        int bytes = 200 + Float.BYTES * model.dimensions();
        this.remembered = Caffeine.newBuilder().executor(Runnable::run).maximumWeight(MAX_BYTES)
                .weigher((OrgText asked, Call call) -> bytes + 2 * asked.text().length()).build();
    }

    /** What came of it. */
    sealed interface Outcome {

        /**
         * There is a vector.
         *
         * @param values not to be changed
         */
        @SuppressWarnings("ArrayRecordComponent")
        record Made(float[] values) implements Outcome {
        }

        /**
         * There is none.
         *
         * @param why for the answer
         */
        record Missing(String why) implements Outcome {
        }
    }

    /** The vector, unless the embedder fails, is late, or has too much to do already. */
    Outcome of(OrgId org, SearchQuery query, long deadlineNanos) {
        if (query.vector().isPresent()) {
            float[] given = query.vector().get();
            if (given.length != model.dimensions()) {
                throw new InvalidInputException("the query vector has " + given.length + " dimensions; model "
                        + model.id() + " has " + model.dimensions());
            }
            return new Outcome.Made(given);
        }
        OrgText asked = new OrgText(org, query.text());
        while (true) {
            Call mine = new Call(asked);
            Call known = remembered.asMap().putIfAbsent(asked, mine);
            if (known == null) {
                begin(mine);
                return await(mine, deadlineNanos);
            }
            if (known.join()) {
                return await(known, deadlineNanos);
            }
            remembered.asMap().remove(asked, known); // given up a moment ago
        }
    }

    /** Remembers nothing more of what an organisation asked. */
    void forget(OrgId org) {
        remembered.asMap().keySet().removeIf(asked -> asked.org().equals(org));
    }

    private Outcome await(Call call, long deadlineNanos) {
        try {
            return call.outcome.get(Math.max(0, deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return new Outcome.Missing("the query was not embedded in time: make the embedder faster, or raise"
                    + " SearchQuery.timeout");
        } catch (InterruptedException e) {
            throw new InterruptedSearchException("interrupted while the query was embedded", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("an outcome that is an exception", e); // none is completed so
        } finally {
            if (call.leave()) {
                remembered.asMap().remove(call.asked, call);
            }
        }
    }

    /** Of others too that joined it a moment ago. */
    private void refuse(Call call) {
        remembered.asMap().remove(call.asked, call);
        call.outcome.complete(new Outcome.Missing("too many queries are being embedded already (" + MAX_OF_ONE
                + " of one organisation, " + MAX_AT_ONCE + " in all): ask again later"));
    }

    private void begin(Call call) {
        OrgId org = call.asked.org();
        if (!takePlace(org)) {
            refuse(call);
            return;
        }
        try {
            call.start(() -> {
                try {
                    float[] vector = embedder.embedQuery(call.asked.text());
                    String fault = fault(vector);
                    if (fault == null) {
                        call.outcome.complete(new Outcome.Made(vector));
                        remembered.asMap().putIfAbsent(call.asked, call); // if all had given it up
                    } else {
                        fail(call, fault);
                    }
                } catch (RuntimeException | Error e) {
                    fail(call, by(e));
                } finally {
                    call.ended();
                    leavePlace(org);
                }
            });
        } catch (RuntimeException | Error e) { // the machine has no thread left
            leavePlace(org);
            fail(call, by(e));
        }
    }

    private boolean takePlace(OrgId org) {
        if (!places.tryAcquire()) {
            return false;
        }
        if (taken.merge(org, 1, Integer::sum) > MAX_OF_ONE) {
            leavePlace(org);
            return false;
        }
        return true;
    }

    private void leavePlace(OrgId org) {
        taken.computeIfPresent(org, (one, count) -> count == 1 ? null : count - 1);
        places.release();
    }

    /** Not remembered, and told to those who still wait for it. */
    private void fail(Call call, String why) {
        if (remembered.asMap().remove(call.asked, call)) {
            warn(why);
        }
        call.outcome.complete(new Outcome.Missing("the query was not embedded: " + why));
    }

    /** An embedder's own message may hold the text. */
    private static String by(Throwable cause) {
        return "its embedder failed, by " + cause.getClass().getName();
    }

    /** Once a minute at most: what fails once often fails in every query. */
    private void warn(String why) {
        long now = System.nanoTime();
        long last = warned.get();
        if (now - last >= WARN_EVERY_NANOS && warned.compareAndSet(last, now)) {
            log.warn("a query was not embedded: {}; it is answered by its words alone, and the results say so", why);
        }
    }

    /** What is wrong with the vector; null if nothing is. */
    private @Nullable String fault(float[] vector) {
        if (vector.length != model.dimensions()) {
            return "model " + model.id() + " gave a vector of " + vector.length + " dimensions instead of "
                    + model.dimensions() + ": its embedder contradicts itself";
        }
        boolean zero = true;
        for (float value : vector) {
            if (!Float.isFinite(value)) {
                return "model " + model.id() + " gave a vector that holds " + value;
            }
            zero &= value == 0;
        }
        return zero ? "model " + model.id() + " gave a vector that is all zero, which has no direction" : null;
    }

    private record OrgText(OrgId org, String text) {
    }

    /** A query that is being embedded or was, and those that wait for it. */
    private static final class Call {

        private final OrgText asked;
        private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        private final ReentrantLock lock = new ReentrantLock();
        @GuardedBy("lock")
        private int waiting = 1;
        @GuardedBy("lock")
        private @Nullable Thread thread;

        Call(OrgText asked) {
            this.asked = asked;
        }

        void start(Runnable task) {
            lock.lock();
            try {
                thread = Thread.ofPlatform().name("croft-embed-query").daemon().start(task);
            } finally {
                lock.unlock();
            }
        }

        /** Its thread is done with it, and is not kept as long as the answer is. */
        void ended() {
            lock.lock();
            try {
                thread = null;
            } finally {
                lock.unlock();
            }
        }

        /** Returns false if all had given it up. */
        boolean join() {
            lock.lock();
            try {
                if (waiting == 0 && !outcome.isDone()) {
                    return false;
                }
                waiting++;
                return true;
            } finally {
                lock.unlock();
            }
        }

        /** Returns true, and ends it, if it is not done and nobody waits any more. */
        boolean leave() {
            lock.lock();
            try {
                waiting--;
                if (waiting > 0 || outcome.isDone()) {
                    return false;
                }
                if (thread != null) {
                    thread.interrupt();
                }
                return true;
            } finally {
                lock.unlock();
            }
        }
    }
}
