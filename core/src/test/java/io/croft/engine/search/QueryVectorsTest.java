package io.croft.engine.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.content.Embedder;
import io.croft.content.EmbeddingModel;
import io.croft.engine.job.RecordedLog;
import io.croft.engine.search.QueryVectors.Outcome.Made;
import io.croft.engine.search.QueryVectors.Outcome.Missing;
import io.croft.search.SearchQuery;
import io.croft.spi.contract.Await;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class QueryVectorsTest {

    private static final OrgId ACME = OrgId.named("acme");
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final OrgId OTHER = OrgId.named("other");

    private final CountDownLatch release = new CountDownLatch(1);
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicInteger interrupts = new AtomicInteger();

    @AfterEach
    void release() {
        release.countDown();
    }

    private static long deadline(Duration from) {
        return System.nanoTime() + from.toNanos();
    }

    @Test
    void of_remembersForTheOrganisationThatAskedAlone() {
        release.countDown();
        QueryVectors vectors = new QueryVectors(new Waiting());
        for (OrgId org : List.of(ACME, ACME, OTHER)) {
            assertThat(vectors.of(org, SearchQuery.of("calm horse"), deadline(PATIENCE))).isInstanceOf(Made.class);
        }

        assertThat(asked).hasValue(2);
    }

    @Test
    void forget_leavesNothingOfTheOrganisationAndAllOfOthers() {
        release.countDown();
        QueryVectors vectors = new QueryVectors(new Waiting());
        vectors.of(ACME, SearchQuery.of("calm horse"), deadline(PATIENCE));
        vectors.of(OTHER, SearchQuery.of("calm horse"), deadline(PATIENCE));

        vectors.forget(ACME);

        vectors.of(OTHER, SearchQuery.of("calm horse"), deadline(PATIENCE));
        assertThat(asked).as("the other organisation's is remembered").hasValue(2);
        vectors.of(ACME, SearchQuery.of("calm horse"), deadline(PATIENCE));
        assertThat(asked).as("the forgotten one's is not").hasValue(3);
    }

    @Test
    void of_doesNotRememberTheThreadWithTheAnswer() {
        release.countDown();
        AtomicReference<WeakReference<Thread>> embedding = new AtomicReference<>();
        QueryVectors vectors = new QueryVectors(new Waiting() {
            @Override
            public List<float[]> embed(List<String> texts) {
                embedding.set(new WeakReference<>(Thread.currentThread()));
                return super.embed(texts);
            }
        });
        assertThat(vectors.of(ACME, SearchQuery.of("calm horse"), deadline(PATIENCE))).isInstanceOf(Made.class);

        Await.until("its thread is forgotten", () -> {
            System.gc();
            return embedding.get().get() == null;
        });
        assertThat(vectors.of(ACME, SearchQuery.of("calm horse"), deadline(PATIENCE))).isInstanceOf(Made.class);
        assertThat(asked).hasValue(1);
    }

    @Test
    void of_refusesAtOnceWhileCallsHang_andKeepsPlacesForOtherOrganisations() throws InterruptedException {
        QueryVectors vectors = new QueryVectors(new Waiting());
        for (int i = 0; i < QueryVectors.MAX_OF_ONE; i++) {
            assertThat(vectors.of(ACME, SearchQuery.of("query " + i), deadline(Duration.ZERO)))
                    .isInstanceOf(Missing.class);
        }

        assertThat(vectors.of(ACME, SearchQuery.of("one more"), Long.MAX_VALUE))
                .isInstanceOfSatisfying(Missing.class, none -> assertThat(none.why()).contains("64", "later"));
        assertThat(vectors.of(OTHER, SearchQuery.of("one more"), deadline(Duration.ZERO)))
                .isInstanceOfSatisfying(Missing.class, none -> assertThat(none.why()).contains("in time"));
        Await.until("all calls were told", () -> interrupts.get() == QueryVectors.MAX_OF_ONE + 1);
        assertThat(asked).hasValue(QueryVectors.MAX_OF_ONE + 1);

        release.countDown();
        Await.until("there is a place again",
                () -> vectors.of(ACME, SearchQuery.of("one more"), deadline(PATIENCE)) instanceof Made);
        assertThat(vectors.of(OTHER, SearchQuery.of("one more"), deadline(PATIENCE))).isInstanceOf(Made.class);
    }

    @Test
    void of_interruptsACallThatNobodyWaitsForAndBeginsAnew() throws InterruptedException {
        CountDownLatch interrupted = new CountDownLatch(1);
        AtomicBoolean hangs = new AtomicBoolean(true);
        QueryVectors vectors = new QueryVectors(new Waiting() {
            @Override
            public List<float[]> embed(List<String> texts) {
                if (hangs.get()) {
                    try {
                        release.await();
                    } catch (InterruptedException e) {
                        interrupted.countDown();
                        throw new IllegalStateException("interrupted", e);
                    }
                }
                return List.of(new float[]{1, 0});
            }
        });

        assertThat(vectors.of(ACME, SearchQuery.of("calm horse"), deadline(Duration.ofMillis(20))))
                .isInstanceOf(Missing.class);
        interrupted.await();
        hangs.set(false);

        assertThat(vectors.of(ACME, SearchQuery.of("calm horse"), deadline(PATIENCE))).isInstanceOf(Made.class);
    }

    @Test
    void of_forgetsAFailure_andDoesNotRepeatWhatTheEmbedderSaid() {
        release.countDown();
        RecordedLog log = new RecordedLog();
        QueryVectors vectors = new QueryVectors(new Waiting(), log);
        for (int i = 0; i < 2; i++) {
            assertThat(vectors.of(ACME, SearchQuery.of("fail"), deadline(PATIENCE)))
                    .isInstanceOfSatisfying(Missing.class, none -> assertThat(none.why())
                            .contains("IllegalStateException").doesNotContain("cannot embed"));
        }

        assertThat(asked).hasValue(2);
        assertThat(log.lines()).as("once a minute at most").singleElement().satisfies(line -> assertThat(line.text())
                .contains("IllegalStateException").doesNotContain("cannot embed"));
    }

    @ParameterizedTest
    @MethodSource("badVectors")
    void of_takesNoVectorThatIsNone(float[] bad, String named) {
        QueryVectors vectors = new QueryVectors(new Waiting() {
            @Override
            public List<float[]> embed(List<String> texts) {
                return List.of(bad);
            }
        });

        assertThat(vectors.of(ACME, SearchQuery.of("calm horse"), deadline(PATIENCE)))
                .isInstanceOfSatisfying(Missing.class, none -> assertThat(none.why()).contains("test", named));
    }

    @Test
    void of_refusesAGivenVectorOfAnotherLength() {
        QueryVectors vectors = new QueryVectors(new Waiting());

        assertThatThrownBy(() -> vectors.of(ACME, SearchQuery.ofVector(new float[]{1, 0, 0}), deadline(PATIENCE)))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("3 dimensions")
                .hasMessageContaining("has 2");
    }

    static Stream<Arguments> badVectors() {
        return Stream.of(Arguments.of(new float[]{1, 0, 0}, "3 dimensions instead of 2"),
                Arguments.of(new float[]{1, Float.NaN}, "NaN"), Arguments.of(new float[]{0, -0f}, "all zero"));
    }

    /** Embeds once it is released, and heeds no interrupt. */
    private class Waiting implements Embedder {

        @Override
        public EmbeddingModel model() {
            return new EmbeddingModel("test", 2, 0);
        }

        @Override
        public List<float[]> embed(List<String> texts) {
            asked.incrementAndGet();
            while (release.getCount() > 0) {
                try {
                    release.await();
                } catch (InterruptedException e) {
                    interrupts.incrementAndGet();
                }
            }
            if (texts.contains("fail")) {
                throw new IllegalStateException("cannot embed " + texts);
            }
            return texts.stream().map(text -> new float[]{1, 0}).toList();
        }
    }
}
