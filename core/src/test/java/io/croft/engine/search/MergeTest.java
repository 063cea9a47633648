package io.croft.engine.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.croft.CroftException;
import io.croft.OrgId;
import io.croft.content.EmbeddingModel;
import io.croft.engine.search.Merge.Finds;
import io.croft.search.Boost;
import io.croft.search.RelevanceScorer;
import io.croft.search.Score;
import io.croft.search.SearchMode;
import io.croft.search.SearchQuery;
import io.croft.search.SearchQuery.Duplicates;
import io.croft.search.Source;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexSession.Candidate;
import io.croft.spi.IndexSession.Traits;
import io.croft.spi.contract.Seed;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class MergeTest {

    private static final EmbeddingModel MODEL = new EmbeddingModel("test", 3, 0);
    private static final OrgId ORG = OrgId.named("acme");
    private static final Instant NOW = Instant.parse("2026-05-17T10:00:00Z");
    private static final SearchQuery VECTOR = SearchQuery.of("words").mode(SearchMode.VECTOR);

    private final Merge merge = new Merge(RelevanceScorer.calibrated(), MODEL);

    @Test
    void rank_putsBothSourcesIntoOneOrder() {
        assertThat(ids(VECTOR, mine(chunk("a", 0, 0.9f), chunk("b", 0, 0.3f)), market(chunk("c", 0, 0.6f))))
                .containsExactly("a", "c", "b");
    }

    @Test
    void rank_keepsTheBestChunkOfEachDocument() {
        List<Ranked> ranked = rank(VECTOR, mine(chunk("a", 0, 0.5f), chunk("a", 1, 0.9f), chunk("b", 0, 0.7f)));

        assertThat(ranked).extracting(one -> one.candidate().key().id()).containsExactly("a", "b");
        assertThat(ranked.getFirst().candidate().ordinal()).isEqualTo(1);
    }

    @Test
    void rank_keepsADocumentAndAListingOfTheSameIdApart() {
        assertThat(rank(VECTOR, mine(chunk("a", 0, 0.5f)), market(chunk("a", 0, 0.5f))))
                .extracting(one -> one.signals().source()).containsExactly(Source.PRIVATE, Source.MARKETPLACE);
    }

    @Test
    void rank_doesNotDependOnTheOrderOfCandidates() {
        List<Candidate> candidates = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            candidates.add(chunk("d" + i, 0, 0.5f));
        }
        List<Ranked> straight = rank(VECTOR, new Finds(Source.PRIVATE, candidates));
        Collections.shuffle(candidates, new Random(7));

        assertThat(rank(VECTOR, new Finds(Source.PRIVATE, candidates))).isEqualTo(straight).hasSize(50);
    }

    @Test
    void rank_collapsesNearDuplicatesAndThePrivateOneWins() {
        long text = 0x5555_0f0f_1234_9abcL;
        Finds own = mine(chunk("worse copy", 0.5f, text ^ 0b111), chunk("other", 0.4f, ~text));
        Finds public_ = market(chunk("original", 0.9f, text), chunk("again", 0.8f, text ^ 1L << 63),
                chunk("four bits away", 0.7f, text ^ 0b1111 << 8), chunk("no signature", 0.6f, 0),
                chunk("none either", 0.3f, 0));

        assertThat(ids(VECTOR, own, public_)).containsExactly("four bits away", "no signature", "worse copy", "other",
                "none either");
        assertThat(ids(VECTOR.duplicates(Duplicates.SHOWN), own, public_)).hasSize(7);
        assertThat(ids(VECTOR, public_)).containsExactly("original", "four bits away", "no signature", "none either");
    }

    @Test
    void rank_keepsTheListingOfWhichAnotherPublisherHasABetterCopy() {
        long text = 0x5555_0f0f_1234_9abcL;
        Candidate copy = new Candidate(0, new ContentKey(OrgId.named("copier"), "copy"), 0, 0.9f, 0,
                new Traits(NOW, text));
        Candidate again = new Candidate(0, new ContentKey(OrgId.named("copier"), "again"), 0, 0.8f, 0,
                new Traits(NOW, text));

        assertThat(ids(VECTOR, market(copy, again, chunk("original", 0.5f, text)))).containsExactly("copy",
                "original");
        assertThat(ids(VECTOR, mine(chunk("own", 0.3f, text)), market(copy, chunk("original", 0.5f, text))))
                .containsExactly("own");
    }

    @Test
    void rank_addsPriorsAsPartsAndNoMoreThanTheirWeight() {
        SearchQuery query = VECTOR.boost(Boost.recency(Duration.ofDays(10), 0.2))
                .boost(Boost.source(Source.PRIVATE, 0.1)).boost(Boost.source(Source.MARKETPLACE, -0.05));
        Finds own = mine(written("now", NOW), written("half", NOW.minus(Duration.ofDays(10))),
                written("later", NOW.plusSeconds(60)));

        List<Ranked> ranked = rank(query, own, market(written("old", Instant.EPOCH)));

        assertThat(ranked).extracting(one -> one.candidate().key().id()).containsExactly("later", "now", "half", "old");
        assertThat(ranked.get(0).score().value()).isCloseTo(0.5 + 0.2 + 0.1, within(1e-6));
        assertThat(ranked.get(2).score().value()).isCloseTo(0.5 + 0.1 + 0.1, within(1e-6));
        assertThat(ranked.get(3).score().value()).isCloseTo(0.5 - 0.05, within(1e-6));
        assertThat(ranked.get(3).score().parts()).extracting(Score.Part::name).containsExactly("vector", "text",
                "recency", "source", "source");
    }

    @Test
    void rank_addsWhatANumberIsWorthBetweenItsEnds() {
        SearchQuery query = VECTOR.boost(Boost.field("rating", 1, 5, 0.2)).boost(Boost.field("price", 100, 0, 0.1));

        List<Ranked> ranked = rank(query, mine(numbered("none", Map.of()), numbered("least", Map.of("rating", 1.0)),
                numbered("half", Map.of("rating", 3.0)), numbered("beyond", Map.of("rating", 9.0, "price", -5.0)),
                numbered("below", Map.of("rating", -9.0, "price", 25.0))));

        Map<String, Double> added = new HashMap<>();
        ranked.forEach(one -> added.put(one.candidate().key().id(), one.score().value() - 0.5));
        assertThat(added.get("beyond")).isCloseTo(0.3, within(1e-6));
        assertThat(added.get("half")).isCloseTo(0.1, within(1e-6));
        assertThat(added.get("below")).isCloseTo(0.075, within(1e-6));
        assertThat(added.get("least")).isCloseTo(0, within(1e-6));
        assertThat(added.get("none")).isCloseTo(0, within(1e-6));
        assertThat(ranked).allSatisfy(one -> assertThat(one.score().parts()).extracting(Score.Part::name)
                .containsExactly("vector", "text", "field:rating", "field:price"));
    }

    @Test
    void rank_explainsEveryScoreByPartsThatAddUp() {
        Random random = Seed.random("rank_explainsEveryScoreByPartsThatAddUp");
        for (int round = 0; round < 500; round++) {
            SearchQuery query = SearchQuery.of("words").mode(List.of(SearchMode.values()).get(random.nextInt(3)))
                    .boost(Boost.recency(Duration.ofMinutes(1 + random.nextInt(1_000_000)),
                            0.01 + random.nextDouble() * 0.09))
                    .boost(Boost.source(List.of(Source.values()).get(random.nextInt(2)),
                            random.nextDouble() * 0.09 + 0.01))
                    .boost(Boost.field("n", random.nextGaussian() * 1e6, random.nextGaussian(), 0.3));
            List<Candidate> candidates = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                candidates.add(new Candidate(i, new ContentKey(ORG, "d" + i), 0, random.nextFloat() * 2 - 1,
                        random.nextFloat() * 40, new Traits(NOW.minusSeconds(random.nextInt(100_000_000)), 0,
                                random.nextBoolean() ? Map.of() : Map.of("n", random.nextGaussian() * 1e6))));
            }

            for (Ranked ranked : rank(query, new Finds(List.of(Source.values()).get(random.nextInt(2)), candidates))) {
                assertThat(ranked.score().parts().stream().mapToDouble(Score.Part::value).sum())
                        .isCloseTo(ranked.score().value(), within(1e-6));
                assertThat(ranked.score().value()).isBetween(-0.0, 1 + Boost.MAX_TOTAL_WEIGHT);
            }
        }
    }

    @Test
    void rank_leavesOutWhatScoresTooLittle() {
        assertThat(
                ids(VECTOR.minScore(0.5), mine(chunk("a", 0, 0.9f), chunk("b", 0, 0.4f)), market(chunk("c", 0, 0.5f))))
                .containsExactly("a", "c");
    }

    @Test
    @SuppressWarnings("NullAway") // what a host's scorer must not do
    void rank_refusesAScorerThatLosesCandidates() {
        assertThatThrownBy(() -> rankedBy(request -> List.of())).isInstanceOf(CroftException.class)
                .hasMessageContaining("0 scores for 1");
        assertThatThrownBy(() -> rankedBy(request -> Collections.nCopies(1, null))).isInstanceOf(CroftException.class)
                .hasMessageContaining("null");
    }

    @Test
    void rank_refusesAScorerThatThrowsOrReturnsNaN() {
        assertThatThrownBy(() -> rankedBy(request -> {
            throw new IllegalStateException("broken");
        })).isInstanceOf(CroftException.class).hasMessageContaining("MergeTest")
                .hasMessageContaining("IllegalStateException").hasMessageNotContaining("broken");
        assertThatThrownBy(() -> rankedBy(request -> List.of(
                Score.of(List.of(new Score.Part("x", Double.NaN)))))).isInstanceOf(CroftException.class)
                .hasMessageContaining("NaN");
    }

    @Test
    void rank_doesNotWaitForAScorerThatHangs() {
        CountDownLatch never = new CountDownLatch(1);

        assertThatThrownBy(() -> rankedBy(request -> {
            try {
                never.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return List.of();
        }, System.nanoTime() + Duration.ofMillis(20).toNanos())).isInstanceOf(CroftException.class)
                .hasMessageContaining("did not return");
    }

    private static void rankedBy(RelevanceScorer scorer) {
        rankedBy(scorer, System.nanoTime() + Duration.ofSeconds(30).toNanos());
    }

    private static void rankedBy(RelevanceScorer scorer, long deadlineNanos) {
        new Merge(scorer, MODEL).rank(List.of(mine(chunk("a", 0, 1f))),
                new Merge.Ask(VECTOR, 0, Optional.empty(), NOW, deadlineNanos));
    }

    private List<Ranked> rank(SearchQuery query, Finds... finds) {
        return merge.rank(List.of(finds), new Merge.Ask(query, 0, Optional.empty(), NOW, Long.MAX_VALUE)).best();
    }

    private List<String> ids(SearchQuery query, Finds... finds) {
        return rank(query, finds).stream().map(one -> one.candidate().key().id()).toList();
    }

    private static Finds mine(Candidate... candidates) {
        return new Finds(Source.PRIVATE, List.of(candidates));
    }

    private static Finds market(Candidate... candidates) {
        return new Finds(Source.MARKETPLACE, List.of(candidates));
    }

    private static Candidate chunk(String id, int ordinal, float cosine) {
        return new Candidate(0, new ContentKey(ORG, id), ordinal, cosine, 0, Traits.NONE);
    }

    private static Candidate chunk(String id, float cosine, long signature) {
        return new Candidate(0, new ContentKey(ORG, id), 0, cosine, 0, new Traits(NOW, signature));
    }

    private static Candidate numbered(String id, Map<String, Double> numbers) {
        return new Candidate(0, new ContentKey(ORG, id), 0, 0.5f, 0, new Traits(NOW, 0, numbers));
    }

    private static Candidate written(String id, Instant at) {
        return new Candidate(0, new ContentKey(ORG, id), 0, 0.5f, 0, new Traits(at, 0));
    }
}
