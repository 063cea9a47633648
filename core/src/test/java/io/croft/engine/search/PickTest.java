package io.croft.engine.search;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.search.Score;
import io.croft.search.SearchQuery;
import io.croft.search.Signals;
import io.croft.search.Source;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexSession.Candidate;
import io.croft.spi.IndexSession.Traits;
import io.croft.spi.contract.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** How a page's hits are chosen from all that rank: quotas, diversity, near-duplicates. */
class PickTest {

    private static final SearchQuery QUERY = SearchQuery.of("words");

    @Test
    void quotas_takeTheBestWithoutAny() {
        assertThat(picked("PPMPM", 3, QUERY)).isEqualTo("P0 P1 M2");
    }

    @Test
    void quotas_giveTheLeastInTheOrderOfTheScores() {
        assertThat(picked("PPPPPMM", 4, QUERY.atLeast(Source.MARKETPLACE, 2))).isEqualTo("P0 P1 M5 M6");
        assertThat(picked("PPPPPM", 4, QUERY.atLeast(Source.MARKETPLACE, 3))).isEqualTo("P0 P1 P2 M5");
        assertThat(picked("PPPP", 3, QUERY.atLeast(Source.MARKETPLACE, 3))).isEqualTo("P0 P1 P2");
    }

    @Test
    void quotas_keepToTheMost() {
        assertThat(picked("PPPMPM", 4, QUERY.atMost(Source.PRIVATE, 1))).isEqualTo("P0 M3 M5");
        assertThat(picked("PPPMPM", 4, QUERY.atMost(Source.PRIVATE, 0))).isEqualTo("M3 M5");
        assertThat(picked("MMPP", 3, QUERY.atMost(Source.PRIVATE, 1).atLeast(Source.PRIVATE, 2)))
                .isEqualTo("M0 M1 P2");
        assertThat(picked("MMPP", 2, QUERY.atLeast(Source.PRIVATE, 9).atLeast(Source.MARKETPLACE, 9)))
                .isEqualTo("P2 P3");
    }

    @Test
    void diversity_passesOverWhatIsLikeWhatCameBefore() {
        List<Ranked> pool = order("PPPP");
        List<float[]> vectors = List.of(new float[]{1, 0}, new float[]{1, 0}, new float[]{0, 1}, new float[0]);

        assertThat(Diversity.order(pool, vectors, 0.5, 4)).extracting(PickTest::name)
                .containsExactly("P0", "P2", "P3", "P1");
        assertThat(Diversity.order(pool, vectors, 0, 4)).isEqualTo(pool);
        assertThat(Diversity.order(pool, vectors, 0.5, 2)).extracting(PickTest::name)
                .containsExactly("P0", "P2", "P1", "P3");
        assertThat(Diversity.order(List.of(), List.of(), 0.5, 2)).isEmpty();
    }

    @Test
    void diversity_ofAnyScoresOrdersAll() {
        for (List<Double> scores : List.of(List.of(1.7e308, 0.0, -1.7e308), List.of(-1.0, -2.0, -3.0),
                List.of(Double.MIN_VALUE, 0.0, 0.0), List.of(-1.7e308, -1.7e308, -1.7e308))) {
            List<Ranked> pool = new ArrayList<>();
            for (double score : scores) {
                pool.add(order("PPP").get(pool.size()).scored(Score.of(List.of(new Score.Part("reranker", score)))));
            }

            assertThat(Diversity.order(pool, List.of(new float[]{1, 0}, new float[]{0, 1}, new float[]{0.6f, 0.8f}),
                    0.2, 3)).extracting(PickTest::name).containsExactly("P0", "P1", "P2");
        }
    }

    @Test
    void nearDuplicates_areThoseWithinThreeBits() {
        Random random = Seed.random("nearDuplicates_areThoseWithinThreeBits");
        for (int round = 0; round < 2000; round++) {
            NearDuplicates known = new NearDuplicates();
            List<Long> signatures = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                long signature = random.nextLong();
                signatures.add(signature);
                known.add(signature);
            }
            long asked = signatures.get(random.nextInt(20));
            for (int flips = random.nextInt(6); flips > 0; flips--) {
                asked ^= 1L << random.nextInt(64);
            }
            long one = asked;

            boolean near = signatures.stream().anyMatch(other -> Long.bitCount(other ^ one) <= 3);

            assertThat(known.has(one)).isEqualTo(near);
        }
        assertThat(new NearDuplicates().add(0)).isTrue();
    }

    private static String picked(String sources, int limit, SearchQuery query) {
        return String.join(" ", Quotas.pick(order(sources), limit, query).stream().map(PickTest::name).toList());
    }

    private static String name(Ranked ranked) {
        return ranked.candidate().key().id();
    }

    /** Hits of these sources, each scoring less than the one before. */
    private static List<Ranked> order(String sources) {
        List<Ranked> order = new ArrayList<>();
        for (int i = 0; i < sources.length(); i++) {
            Source source = sources.charAt(i) == 'P' ? Source.PRIVATE : Source.MARKETPLACE;
            double score = 1 - 0.1 * i;
            order.add(new Ranked(new Candidate(i, new ContentKey(OrgId.named("acme"), "" + sources.charAt(i) + i), 0,
                    0, 0, Traits.NONE), new Signals(source, score, 0), Score.of(List.of(new Score.Part("x", score)))));
        }
        return order;
    }
}
