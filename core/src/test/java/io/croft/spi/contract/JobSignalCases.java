package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.spi.ChangeFeed.Listening;
import io.croft.spi.JobStore.Signal;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

/** What processes tell each other of jobs. */
interface JobSignalCases extends JobFixture {

    /** Listens, and returns when signals are heard. */
    private Listening listen(Queue<Signal> heard) {
        Listening listening = jobs().listen(heard::add);
        Await.until("it hears", () -> listening.hears() && heard.contains(new Signal.Missed()));
        return listening;
    }

    @Test
    default void signals_areHeardByAllWhoListen() {
        Queue<Signal> one = new ConcurrentLinkedQueue<>();
        Queue<Signal> two = new ConcurrentLinkedQueue<>();
        try (Listening first = listen(one); Listening second = listen(two)) {
            assertThat(first).isNotSameAs(second);

            jobs().signal(new Signal.Enqueued(queue()));
            jobs().signal(new Signal.Enqueued("another-queue_1.2"));
            jobs().signal(new Signal.Cancelled());

            for (Queue<Signal> heard : List.of(one, two)) {
                Await.until("all are heard", () -> heard.contains(new Signal.Enqueued(queue()))
                        && heard.contains(new Signal.Enqueued("another-queue_1.2"))
                        && heard.contains(new Signal.Cancelled()));
            }
        }
    }

    @Test
    default void signals_ofManyQueuesAreAllHeard() {
        Queue<Signal> heard = new ConcurrentLinkedQueue<>();
        try (Listening listening = listen(heard)) {
            for (int i = 0; i < 500; i++) {
                jobs().signal(new Signal.Enqueued("x".repeat(60) + i));
            }

            for (int i = 0; i < 500; i++) {
                Signal signal = new Signal.Enqueued("x".repeat(60) + i);
                Await.until("it is heard", () -> heard.contains(signal));
            }
            assertThat(listening.hears()).isTrue();
        }
    }

    @Test
    default void closedListener_hearsNothing() {
        Queue<Signal> closed = new ConcurrentLinkedQueue<>();
        Queue<Signal> open = new ConcurrentLinkedQueue<>();
        Listening ended = listen(closed);
        ended.close();
        ended.close();
        assertThat(ended.hears()).isFalse();
        try (Listening listening = listen(open)) {
            jobs().signal(new Signal.Enqueued("after"));
            Await.until("it is heard", () -> open.contains(new Signal.Enqueued("after")));
            assertThat(listening.hears()).isTrue();
        }

        assertThat(closed).doesNotContain(new Signal.Enqueued("after"));
    }
}
