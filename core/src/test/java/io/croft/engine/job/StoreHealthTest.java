package io.croft.engine.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.StoreUnavailableException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.slf4j.event.Level;

/** One line when the store goes and one when it comes back. */
class StoreHealthTest {

    private final RecordedLog log = new RecordedLog();
    private final StoreHealth health = new StoreHealth(log);

    @Test
    void awayAndBack_isToldOnceEach() {
        health.run(() -> {
        });
        for (int i = 0; i < 5; i++) {
            assertThatThrownBy(() -> health.run(StoreHealthTest::unavailable)).isInstanceOf(
                    StoreUnavailableException.class);
        }
        for (int i = 0; i < 5; i++) {
            assertThat(health.ask(() -> 1)).isEqualTo(1);
        }

        assertThat(log.lines()).extracting(RecordedLog.Line::level).containsExactly(Level.WARN, Level.INFO);
        assertThat(log.lines().getFirst().text()).contains("cannot be reached").contains("jdbc:postgresql://nowhere");
        assertThat(log.lines().getLast().text()).contains("is back after");
    }

    @Test
    void answerToACallFromBefore_doesNotSayThatItIsBack() throws InterruptedException {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        Thread early = Thread.ofVirtual().start(() -> health.run(() -> {
            asked.countDown();
            Workers.eventually("it may answer", () -> answer.getCount() == 0);
        }));
        Workers.await(asked);
        assertThatThrownBy(() -> health.run(StoreHealthTest::unavailable))
                .isInstanceOf(StoreUnavailableException.class);

        answer.countDown();
        early.join();

        assertThat(log.lines()).extracting(RecordedLog.Line::level).isEqualTo(List.of(Level.WARN));
    }

    @Test
    void otherFailures_areNotItsConcern() {
        assertThatThrownBy(() -> health.run(() -> {
            throw new IllegalStateException("a bug");
        })).isInstanceOf(IllegalStateException.class);

        assertThat(log.lines()).isEmpty();
    }

    private static void unavailable() {
        throw new StoreUnavailableException("jdbc:postgresql://nowhere does not answer");
    }
}
