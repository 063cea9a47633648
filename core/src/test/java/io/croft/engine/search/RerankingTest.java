package io.croft.engine.search;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.engine.job.RecordedLog;
import io.croft.engine.search.Reranking.Outcome;
import io.croft.search.Reranker;
import io.croft.search.Score;
import io.croft.search.SearchQuery;
import io.croft.search.SearchResults;
import io.croft.search.Signals;
import io.croft.search.Source;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexSession.Candidate;
import io.croft.spi.IndexSession.ChunkText;
import io.croft.spi.IndexSession.Traits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class RerankingTest {

    private static final SearchQuery QUERY = SearchQuery.of("calm horse");

    @Test
    void rerank_ordersTheFirstHitsByTheNewScores() {
        List<Reranker.Request> asked = new ArrayList<>();

        Outcome outcome = rerank(3, request -> {
            asked.add(request);
            return List.of(0.1, 7.0, 7.0);
        });

        assertThat(ids(outcome)).containsExactly("d1", "d2", "d0", "d3", "d4");
        assertThat(outcome.status()).isEqualTo(SearchResults.Reranking.DONE);
        assertThat(outcome.order().getFirst().score()).isEqualTo(new Score(7, List.of(new Score.Part("reranker", 7))));
        assertThat(asked).singleElement().satisfies(request -> {
            assertThat(request.text()).isEqualTo("calm horse");
            assertThat(request.passages()).extracting(Reranker.Passage::text).containsExactly("text of d0",
                    "text of d1", "text of d2");
        });
    }

    @Test
    @SuppressWarnings("NullAway") // what a host's reranker must not do
    void rerank_keepsTheOrderWhenTheRerankerMisbehaves() {
        List<Reranker> bad = List.of(request -> {
            throw new IllegalStateException("broken");
        }, request -> null, request -> List.of(1.0), request -> Collections.nCopies(Integer.MAX_VALUE, 1.0),
                request -> List.of(1.0, Double.POSITIVE_INFINITY, 2.0), request -> List.of(1.0, Double.NaN, 2.0),
                request -> Arrays.asList(1.0, null, 2.0),
                request -> {
                    throw new StackOverflowError();
                });

        for (Reranker reranker : bad) {
            Outcome outcome = rerank(3, reranker);

            assertThat(ids(outcome)).containsExactly("d0", "d1", "d2", "d3", "d4");
            assertThat(outcome.status()).isEqualTo(SearchResults.Reranking.FAILED);
        }
    }

    @Test
    void rerank_logsNothingOfWhatAnExceptionSays() {
        RecordedLog log = new RecordedLog();
        Reranking reranking = new Reranking(new RerankSettings(Optional.of(request -> {
            throw new IllegalStateException("cannot read " + request.text());
        }), 3, Duration.ofSeconds(20)), log);

        rerank(3, reranking);

        assertThat(log.lines()).isNotEmpty().allSatisfy(line -> assertThat(line.text()).doesNotContain("calm horse"));
        assertThat(log.lines().getFirst().text()).contains("IllegalStateException");
    }

    @Test
    void rerank_runsOnAPlatformThread() {
        List<Boolean> threads = new CopyOnWriteArrayList<>();

        rerank(3, request -> {
            threads.add(!Thread.currentThread().isVirtual() && Thread.currentThread().isDaemon());
            return List.of(1.0, 2.0, 3.0);
        });

        assertThat(threads).containsExactly(true);
    }

    @Test
    void rerank_doesNotWaitForARerankerThatHangs() throws InterruptedException {
        CountDownLatch interrupted = new CountDownLatch(1);

        Outcome outcome = rerank(3, request -> {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                interrupted.countDown();
            }
            return List.of();
        });

        assertThat(outcome.status()).isEqualTo(SearchResults.Reranking.TIMEOUT);
        assertThat(ids(outcome)).containsExactly("d0", "d1", "d2", "d3", "d4");
        interrupted.await();
    }

    @Test
    void rerank_isNotAskedWithoutWordsOrHits() {
        Reranking reranking = reranking(3, request -> {
            throw new AssertionError("asked");
        });

        assertThat(reranking.wanted(SearchQuery.ofVector(new float[]{1, 0}))).isZero();
        assertThat(reranking.rerank(new Sources.Read<>(List.of(), List.of(), List.of()), QUERY, Long.MAX_VALUE)
                .status()).isEqualTo(SearchResults.Reranking.NONE);
    }

    private static Outcome rerank(int top, Reranker reranker) {
        return rerank(top, reranking(top, reranker));
    }

    private static Outcome rerank(int top, Reranking reranking) {
        List<Ranked> order = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            order.add(new Ranked(new Candidate(i, new ContentKey(OrgId.named("acme"), "d" + i), 0, 0, 0, Traits.NONE),
                    new Signals(Source.PRIVATE, 0, 0), Score.of(List.of(new Score.Part("x", 1 - 0.1 * i)))));
        }
        List<Ranked> first = order.subList(0, top);
        List<ChunkText> texts = first.stream()
                .map(hit -> new ChunkText("", "text of " + hit.candidate().key().id())).toList();
        return reranking.rerank(new Sources.Read<>(order, first, texts), QUERY,
                System.nanoTime() + Duration.ofSeconds(30).toNanos());
    }

    private static Reranking reranking(int top, Reranker reranker) {
        return new Reranking(new RerankSettings(Optional.of(reranker), top, Duration.ofMillis(200)));
    }

    private static List<String> ids(Outcome outcome) {
        return outcome.order().stream().map(ranked -> ranked.candidate().key().id()).toList();
    }
}
