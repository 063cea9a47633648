package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.job.After;
import io.croft.job.JobId;
import io.croft.spi.ChangeFeed.Listening;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Signal;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

/** What processes tell each other of jobs, and what upkeep finds that is to be told. */
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

    @Test
    default void maintain_leavesAnEnqueueToWhoeverMadeIt() {
        OrgId org = newOrg();
        enqueue(org, 3);
        enqueue(org, request().withDelay(Duration.ofHours(1)));
        JobId key = enqueue(org, request().withKey("one").withDelay(Duration.ofHours(1))).id();
        assertThat(enqueue(org, request().withKey("one")).id()).isEqualTo(key);

        assertThat(came()).isZero();
    }

    @Test
    default void maintain_saysWhatBecameReadyByItself() {
        OrgId org = newOrg();
        unlimited(org);
        JobId first = enqueue(org);
        enqueue(org, request().withAfter(After.success(first)));
        enqueue(org, request().withAfter(After.end(first)));
        ClaimedJob claimed = claimOne();
        assertThat(came()).isZero();

        jobs().release(List.of(claimed.lease()));
        assertThat(came()).as("given back").isEqualTo(1);

        assertThat(finish(claimOne(), COMPLETED)).isTrue();
        assertThat(came()).as("let go by one that ended").isEqualTo(2);
        assertThat(came()).as("told once").isZero();
        complete(claimAll());

        JobId dead = deadLetter(org);
        jobs().redrive(org, List.of(dead));
        assertThat(came()).as("redriven").isEqualTo(1);
        complete(claimAll());

        enqueue(org, request().withDelay(Duration.ofMillis(50)));
        eventually("its time comes", () -> came() == 1);
    }
}
