package io.croft.guard;

import io.croft.CroftException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Asks the store for callers that may not wait as long as it takes: beside them, on a virtual thread, once for all who
 * ask for the same key at the same time. Whoever gives up leaves the question to go on; it is not interrupted, which
 * would cost a connection, and ends when the store does. At most {@value #MOST} are asked at once. Thread-safe.
 *
 * @param <K> what is asked for
 * @param <V> what is known of it
 */
public final class Lookups<K, V> {

    /** The most questions at once. */
    static final int MOST = 1000;

    private final String name;
    private final Function<K, V> question;
    private final BiConsumer<K, V> remember;
    private final Map<K, CompletableFuture<V>> asked = new ConcurrentHashMap<>();
    private final Semaphore free = new Semaphore(MOST);

    /**
     * Questions of one kind.
     *
     * @param name     of their threads
     * @param question asks the store
     * @param remember told of each answer, unless its key was forgotten since it was asked for; must be quick
     */
    public Lookups(String name, Function<K, V> question, BiConsumer<K, V> remember) {
        this.name = name;
        this.question = question;
        this.remember = remember;
    }

    /**
     * What is known of a key; empty if the store did not say so in this time, or is being asked too much.
     *
     * @throws CroftException what the store throws, or if the thread is interrupted
     */
    public Optional<V> ask(K key, long nanos) {
        CompletableFuture<V> answer = asked.computeIfAbsent(key, this::begin);
        if (answer == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(answer.get(Math.max(0, nanos), TimeUnit.NANOSECONDS));
        } catch (TimeoutException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CroftException("interrupted while the store was asked", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof CroftException cause
                    ? cause
                    : new CroftException("the store could not be asked: " + e.getCause(), e.getCause());
        }
    }

    /** Asks without waiting, unless that is being done or too much is: whoever remembers is told of the answer. */
    void askBeside(K key) {
        asked.computeIfAbsent(key, this::begin);
    }

    /** Whoever asks for this key from now on learns what is known from now on. */
    public void forget(K key, Runnable forgetting) {
        asked.compute(key, (same, answer) -> {
            forgetting.run();
            return null;
        });
    }

    @SuppressWarnings("ReferenceEquality") // this very question, not one that was asked after forgetting
    private @Nullable CompletableFuture<V> begin(K key) {
        if (!free.tryAcquire()) {
            return null;
        }
        CompletableFuture<V> answer = new CompletableFuture<>();
        Thread.ofVirtual().name(name).start(() -> {
            try {
                V found = question.apply(key);
                asked.computeIfPresent(key, (same, current) -> {
                    if (current != answer) {
                        return current;
                    }
                    remember.accept(key, found);
                    return null;
                });
                answer.complete(found);
            } catch (RuntimeException | Error e) {
                answer.completeExceptionally(e);
            } finally {
                asked.remove(key, answer);
                free.release();
            }
        });
        return answer;
    }
}
