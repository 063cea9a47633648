package io.croft.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.CroftException;
import io.croft.ingest.InferenceThreads.Purpose;
import io.croft.spi.contract.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InferenceThreadsTest {

    private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch release = new CountDownLatch(1);
    private final List<String> ran = Collections.synchronizedList(new ArrayList<>());

    @AfterEach
    void endCallers() {
        release.countDown();
        callers.close();
    }

    @Test
    void run_returnsResultsInOrder() {
        try (InferenceThreads threads = new InferenceThreads(3, Duration.ofMinutes(1))) {
            List<Callable<float[]>> work = IntStream.range(0, 50)
                    .<Callable<float[]>>mapToObj(i -> () -> new float[]{i}).toList();

            List<float[]> results = threads.run(work, Purpose.PASSAGE);

            assertThat(results).extracting(result -> (int) result[0]).containsExactlyElementsOf(
                    IntStream.range(0, 50).boxed().toList());
        }
    }

    @Test
    void run_usesNoMoreThreadsThanAllowed() {
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        try (InferenceThreads threads = new InferenceThreads(2, Duration.ofMinutes(1))) {
            Callable<float[]> work = () -> {
                most.accumulateAndGet(running.incrementAndGet(), Math::max);
                Await.pass(Duration.ofMillis(2));
                running.decrementAndGet();
                return new float[0];
            };

            List<Future<List<float[]>>> calls = IntStream.range(0, 8)
                    .mapToObj(i -> callers.submit(() -> threads.run(Collections.nCopies(5, work), Purpose.PASSAGE)))
                    .toList();

            assertThat(calls).allSatisfy(call -> assertThat(call.get(1, TimeUnit.MINUTES)).hasSize(5));
            assertThat(most).hasValue(2);
        }
    }

    @Test
    void run_letsQueriesOvertakePassages() throws Exception {
        try (InferenceThreads threads = new InferenceThreads(1, Duration.ofMinutes(1))) {
            CountDownLatch begun = new CountDownLatch(1);
            Future<?> first = callers.submit(() -> threads.run(List.of(blocking(begun)), Purpose.PASSAGE));
            begun.await();
            Future<?> passages = callers.submit(
                    () -> threads.run(List.of(named("passage 1"), named("passage 2")), Purpose.PASSAGE));
            Await.until("both passages wait", () -> threads.waiting() == 2);
            Future<?> query = callers.submit(() -> threads.run(List.of(named("query")), Purpose.QUERY));
            Await.until("the query waits too", () -> threads.waiting() == 3);

            release.countDown();
            first.get(1, TimeUnit.MINUTES);
            passages.get(1, TimeUnit.MINUTES);
            query.get(1, TimeUnit.MINUTES);

            assertThat(ran).containsExactly("query", "passage 1", "passage 2");
        }
    }

    @Test
    void run_letsPassagesGoOnHoweverManyQueriesCome() throws Exception {
        try (InferenceThreads threads = new InferenceThreads(1, Duration.ofMinutes(1))) {
            CountDownLatch begun = new CountDownLatch(1);
            Future<?> first = callers.submit(() -> threads.run(List.of(blocking(begun)), Purpose.PASSAGE));
            begun.await();
            Future<?> passages = callers.submit(
                    () -> threads.run(List.of(named("passage 1"), named("passage 2")), Purpose.PASSAGE));
            Await.until("both passages wait", () -> threads.waiting() == 2);
            Future<?> queries = callers.submit(
                    () -> threads.run(Collections.nCopies(20, named("query")), Purpose.QUERY));
            Await.until("the queries wait too", () -> threads.waiting() == 22);

            release.countDown();
            first.get(1, TimeUnit.MINUTES);
            passages.get(1, TimeUnit.MINUTES);
            queries.get(1, TimeUnit.MINUTES);

            assertThat(ran).hasSize(22);
            assertThat(ran.indexOf("passage 1")).isEqualTo(4);
            assertThat(ran.indexOf("passage 2")).isEqualTo(9);
        }
    }

    @Test
    void run_failsWhenItTakesTooLong_andRunsNoneOfTheRest() throws Exception {
        try (InferenceThreads threads = new InferenceThreads(1, Duration.ofMillis(50))) {
            assertThatThrownBy(
                    () -> threads.run(List.of(blocking(new CountDownLatch(1)), named("rest")), Purpose.PASSAGE))
                    .isInstanceOf(CroftException.class)
                    .hasMessageContaining("2 texts took longer than PT0.05S").hasMessageContaining("maxWait");

            release.countDown();
            Await.until("the queue is empty", () -> threads.waiting() == 0);
        }
        assertThat(ran).isEmpty();
    }

    @Test
    void run_refusesMoreThanCanWait() throws Exception {
        try (InferenceThreads threads = new InferenceThreads(1, Duration.ofMinutes(1))) {
            CountDownLatch begun = new CountDownLatch(1);
            Future<?> first = callers.submit(() -> threads.run(List.of(blocking(begun)), Purpose.PASSAGE));
            begun.await();
            Future<?> many = callers.submit(() -> threads.run(
                    Collections.nCopies(InferenceThreads.MAX_WAITING, named("passage")), Purpose.PASSAGE));
            Await.until("the queue is full", () -> threads.waiting() == InferenceThreads.MAX_WAITING);

            assertThatThrownBy(() -> threads.run(List.of(named("one more")), Purpose.QUERY))
                    .isInstanceOf(CroftException.class).hasMessageContaining("10000");

            release.countDown();
            first.get(1, TimeUnit.MINUTES);
            many.get(1, TimeUnit.MINUTES);
            assertThat(ran).hasSize(InferenceThreads.MAX_WAITING).doesNotContain("one more");
        }
    }

    @Test
    void run_passesOnAFailure() {
        IllegalStateException broken = new IllegalStateException("broken");
        try (InferenceThreads threads = new InferenceThreads(1, Duration.ofMinutes(1))) {
            Callable<float[]> failing = () -> {
                throw broken;
            };

            assertThatThrownBy(() -> threads.run(List.of(failing), Purpose.PASSAGE))
                    .isInstanceOf(CroftException.class).hasMessageContaining("broken").hasCause(broken);
        }
    }

    @Test
    void run_keepsTheInterruptOfItsCaller() throws Exception {
        try (InferenceThreads threads = new InferenceThreads(1, Duration.ofMinutes(1))) {
            CountDownLatch begun = new CountDownLatch(1);
            CompletableFuture<Boolean> flag = new CompletableFuture<>();
            Thread caller = Thread.ofVirtual().start(() -> {
                try {
                    threads.run(List.of(blocking(begun)), Purpose.PASSAGE);
                    flag.completeExceptionally(new AssertionError("it was not interrupted"));
                } catch (CroftException e) {
                    flag.complete(Thread.currentThread().isInterrupted());
                }
            });
            begun.await();

            caller.interrupt();

            assertThat(flag.get(1, TimeUnit.MINUTES)).isTrue();
            release.countDown();
        }
    }

    @Test
    void close_endsCallsThatWait_andRefusesLaterOnes() throws Exception {
        InferenceThreads threads = new InferenceThreads(1, Duration.ofMinutes(1));
        CountDownLatch begun = new CountDownLatch(1);
        Future<List<float[]>> running = callers.submit(() -> threads.run(List.of(blocking(begun)), Purpose.PASSAGE));
        begun.await();
        Future<List<float[]>> waiting = callers.submit(() -> threads.run(List.of(named("waiting")), Purpose.PASSAGE));
        Await.until("a call waits", () -> threads.waiting() == 1);

        threads.close();
        release.countDown();

        assertThatThrownBy(() -> waiting.get(1, TimeUnit.MINUTES)).isInstanceOf(ExecutionException.class)
                .cause().isInstanceOf(CroftException.class).hasMessageContaining("closed");
        assertThat(running.get(1, TimeUnit.MINUTES)).hasSize(1);
        assertThatThrownBy(() -> threads.run(List.of(named("late")), Purpose.QUERY))
                .isInstanceOf(CroftException.class).hasMessageContaining("closed");
        assertThat(ran).isEmpty();
    }

    /** Work that ends when it is released, however often its thread is interrupted, as native code does. */
    private Callable<float[]> blocking(CountDownLatch begun) {
        return () -> {
            begun.countDown();
            boolean released = false;
            while (!released) {
                try {
                    released = release.await(1, TimeUnit.MINUTES);
                } catch (InterruptedException e) {
                    released = release.getCount() == 0;
                }
            }
            return new float[0];
        };
    }

    private Callable<float[]> named(String name) {
        return () -> {
            ran.add(name);
            return new float[0];
        };
    }
}
