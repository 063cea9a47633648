package io.croft.engine.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.CroftException;
import io.croft.OrgId;
import io.croft.content.Embedder;
import io.croft.content.EmbeddingModel;
import io.croft.search.SearchQuery;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class QueryVectorsTest {

    private static final OrgId ACME = OrgId.named("acme");
    private static final OrgId OTHER = OrgId.named("other");

    private final CountDownLatch release = new CountDownLatch(1);
    private final AtomicInteger asked = new AtomicInteger();

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
        try (QueryVectors vectors = new QueryVectors(new Waiting())) {
            for (OrgId org : List.of(ACME, ACME, OTHER)) {
                assertThat(vectors.of(org, SearchQuery.of("calm horse"), deadline(Duration.ofMinutes(1)))).isPresent();
            }
        }
        assertThat(asked).hasValue(2);
    }

    @Test
    void of_keepsPlacesForOtherOrganisations() {
        try (QueryVectors vectors = new QueryVectors(new Waiting())) {
            for (int i = 0; i < QueryVectors.MAX_OF_ONE; i++) {
                assertThat(vectors.of(ACME, SearchQuery.of("query " + i), deadline(Duration.ZERO))).isEmpty();
            }

            assertThatThrownBy(() -> vectors.of(ACME, SearchQuery.of("one more"), deadline(Duration.ZERO)))
                    .isInstanceOf(CroftException.class).hasMessageContaining("64").hasMessageContaining("later");
            assertThat(vectors.of(OTHER, SearchQuery.of("one more"), deadline(Duration.ZERO))).isEmpty();

            release.countDown();
            assertThat(vectors.of(ACME, SearchQuery.of("query 7"), deadline(Duration.ofMinutes(1)))).isPresent();
            assertThat(vectors.of(OTHER, SearchQuery.of("one more"), deadline(Duration.ofMinutes(1)))).isPresent();
        }
    }

    @Test
    void of_forgetsAFailureAndDoesNotRepeatWhatTheEmbedderSaid() {
        release.countDown();
        try (QueryVectors vectors = new QueryVectors(new Waiting())) {
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> vectors.of(ACME, SearchQuery.of("fail"), deadline(Duration.ofMinutes(1))))
                        .isInstanceOf(CroftException.class).hasMessageContaining("IllegalStateException")
                        .hasMessageNotContaining("cannot embed");
            }
        }
        assertThat(asked).hasValue(2);
    }

    /** Embeds once it is released. */
    private final class Waiting implements Embedder {

        @Override
        public EmbeddingModel model() {
            return new EmbeddingModel("test", 2, 0);
        }

        @Override
        public List<float[]> embed(List<String> texts) {
            asked.incrementAndGet();
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (texts.contains("fail")) {
                throw new IllegalStateException("cannot embed " + texts);
            }
            return texts.stream().map(text -> new float[]{1, 0}).toList();
        }
    }
}
