package io.croft.engine.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.CroftException;
import io.croft.OrgId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MarketThreadsTest {

    private static final int SHARE = 2;
    private static final OrgId ACME = OrgId.named("acme");
    private static final OrgId OTHER = OrgId.named("other");

    private final MarketThreads threads = new MarketThreads(SHARE);
    private final CountDownLatch release = new CountDownLatch(1);
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();

    @AfterEach
    void stop() {
        release.countDown();
        threads.close();
    }

    @Test
    void ask_leavesThreadsForOthersHoweverMuchOneOrganisationAsks() {
        List<MarketThreads.Question<Integer>> questions = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            questions.add(threads.ask(ACME, this::waiting));
        }

        assertThat(threads.ask(OTHER, () -> 7).answer().join()).isEqualTo(7);

        release.countDown();
        assertThat(questions).allSatisfy(question -> assertThat(question.answer().join()).isEqualTo(1));
        assertThat(most.get()).isBetween(1, SHARE);
    }

    @Test
    void ask_goesOnWithTheNextAfterOneThatFailed() {
        List<MarketThreads.Question<Integer>> questions = new ArrayList<>();
        for (int i = 0; i < 3 * SHARE; i++) {
            questions.add(threads.ask(ACME, () -> {
                throw new StackOverflowError();
            }));
        }

        assertThat(questions).allSatisfy(question -> assertThatThrownBy(() -> question.answer().join())
                .isInstanceOf(CompletionException.class).hasCauseInstanceOf(StackOverflowError.class));
        assertThat(threads.ask(ACME, () -> 7).answer().join()).isEqualTo(7);
    }

    @Test
    void giveUp_meansThatTheQuestionIsNeverAsked() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(SHARE);
        List<MarketThreads.Question<Integer>> first = new ArrayList<>();
        for (int i = 0; i < SHARE; i++) {
            first.add(threads.ask(ACME, () -> {
                begun.countDown();
                return waiting();
            }));
        }
        MarketThreads.Question<Integer> late = threads.ask(ACME, () -> {
            throw new IllegalStateException("it was asked");
        });
        begun.await();

        assertThat(late.giveUp()).isTrue();
        assertThat(first.getFirst().giveUp()).isFalse();

        release.countDown();
        assertThat(first).allSatisfy(question -> assertThat(question.answer().join()).isEqualTo(1));
        assertThat(threads.ask(ACME, () -> 7).answer().join()).isEqualTo(7);
        assertThat(late.answer()).isNotDone();
    }

    @Test
    void close_refusesWhatComesLater() {
        threads.close();

        for (int i = 0; i < 2 * SHARE; i++) {
            MarketThreads.Question<Integer> question = threads.ask(ACME, () -> 7);
            assertThatThrownBy(() -> question.answer().join()).hasCauseInstanceOf(CroftException.class)
                    .hasMessageContaining("closed");
        }
    }

    @Test
    void close_endsAllThatWait_inLineAndForAThread() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(SHARE);
        List<MarketThreads.Question<Integer>> left = new ArrayList<>();
        for (int org = 0; org < 10; org++) {
            OrgId one = OrgId.named("org-" + org);
            for (int i = 0; i < 2 * SHARE; i++) {
                left.add(threads.ask(one, () -> {
                    begun.countDown();
                    return waiting();
                }));
            }
        }
        begun.await();

        threads.close();

        assertThat(left).allSatisfy(question -> {
            try {
                assertThat(question.answer().get(20, TimeUnit.SECONDS)).isEqualTo(1); // it ran, and was interrupted
            } catch (ExecutionException e) {
                assertThat(e).hasCauseInstanceOf(CroftException.class).hasMessageContaining("closed");
            }
        });
    }

    @Test
    void ask_refusesAllThatWaitWhenThereIsNoThread_howeverManyThoseAre() {
        AtomicInteger left = new AtomicInteger(SHARE);
        ThreadFactory few = work -> {
            if (left.getAndDecrement() <= 0) {
                throw new OutOfMemoryError("unable to create native thread");
            }
            return new Thread(work);
        };
        MarketThreads full = new MarketThreads(SHARE, few);
        List<MarketThreads.Question<Integer>> questions = new ArrayList<>();
        for (int i = 0; i < 50_000; i++) {
            questions.add(full.ask(ACME, this::waiting));
        }

        release.countDown();

        assertThat(questions.subList(0, SHARE))
                .allSatisfy(question -> assertThat(question.answer().join()).isEqualTo(1));
        for (MarketThreads.Question<Integer> question : questions.subList(SHARE, questions.size())) {
            assertThatThrownBy(() -> question.answer().join()).hasCauseInstanceOf(CroftException.class);
        }
        left.set(2 * SHARE);
        assertThat(full.ask(ACME, () -> 7).answer().join()).as("its place is free again").isEqualTo(7);
        full.close();
    }

    private int waiting() {
        most.accumulateAndGet(running.incrementAndGet(), Math::max);
        try {
            release.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        running.decrementAndGet();
        return 1;
    }
}
