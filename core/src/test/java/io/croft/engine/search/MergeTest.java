package io.croft.engine.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.CroftException;
import io.croft.OrgId;
import io.croft.content.EmbeddingModel;
import io.croft.engine.search.Merge.Leg;
import io.croft.engine.search.Merge.Ranked;
import io.croft.search.RelevanceScorer;
import io.croft.search.SearchMode;
import io.croft.search.Source;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexSession.Candidate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MergeTest {

    private static final EmbeddingModel MODEL = new EmbeddingModel("test", 3, 0);
    private static final OrgId ORG = OrgId.named("acme");

    private final Merge merge = new Merge(RelevanceScorer.calibrated(), MODEL);

    @Test
    void rank_putsBothSourcesIntoOneOrder() {
        List<Ranked> ranked = merge.rank(List.of(
                new Leg(Source.PRIVATE, List.of(chunk("a", 0, 0.9f), chunk("b", 0, 0.3f))),
                new Leg(Source.MARKETPLACE, List.of(chunk("c", 0, 0.6f)))), SearchMode.VECTOR, 0, 10);

        assertThat(ranked).extracting(one -> one.candidate().key().id()).containsExactly("a", "c", "b");
    }

    @Test
    void rank_keepsTheBestChunkOfEachDocument() {
        List<Ranked> ranked = merge.rank(List.of(
                new Leg(Source.PRIVATE, List.of(chunk("a", 0, 0.5f), chunk("a", 1, 0.9f), chunk("b", 0, 0.7f)))),
                SearchMode.VECTOR, 0, 10);

        assertThat(ranked).extracting(one -> one.candidate().key().id()).containsExactly("a", "b");
        assertThat(ranked.getFirst().candidate().ordinal()).isEqualTo(1);
    }

    @Test
    void rank_keepsADocumentAndAListingOfTheSameIdApart() {
        List<Ranked> ranked = merge.rank(List.of(new Leg(Source.PRIVATE, List.of(chunk("a", 0, 0.5f))),
                new Leg(Source.MARKETPLACE, List.of(chunk("a", 0, 0.5f)))), SearchMode.VECTOR, 0, 10);

        assertThat(ranked).extracting(one -> one.signals().source()).containsExactly(Source.PRIVATE,
                Source.MARKETPLACE);
    }

    @Test
    void rank_doesNotDependOnTheOrderOfCandidates() {
        List<Candidate> candidates = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            candidates.add(chunk("d" + i, 0, 0.5f));
        }
        List<Ranked> straight = merge.rank(List.of(new Leg(Source.PRIVATE, candidates)), SearchMode.VECTOR, 0, 20);
        Collections.shuffle(candidates, new Random(7));

        assertThat(merge.rank(List.of(new Leg(Source.PRIVATE, candidates)), SearchMode.VECTOR, 0, 20))
                .isEqualTo(straight).hasSize(20);
    }

    @Test
    void rank_refusesAScorerThatLosesCandidates() {
        Merge broken = new Merge(request -> List.of(), MODEL);

        assertThatThrownBy(() -> broken.rank(List.of(new Leg(Source.PRIVATE, List.of(chunk("a", 0, 1)))),
                SearchMode.VECTOR, 0, 10)).isInstanceOf(CroftException.class).hasMessageContaining("0 scores for 1");
    }

    private static Candidate chunk(String id, int ordinal, float cosine) {
        return new Candidate(0, new ContentKey(ORG, id), ordinal, cosine, 0);
    }
}
