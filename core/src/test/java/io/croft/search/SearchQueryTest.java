package io.croft.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.croft.InvalidInputException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SearchQueryTest {

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\n\t"})
    void of_refusesAnEmptyQuery(String text) {
        assertThatThrownBy(() -> SearchQuery.of(text)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("empty");
    }

    @Test
    void of_takesTheLongestQueryAndRefusesALongerOne() {
        assertThat(SearchQuery.of("ä".repeat(2048)).text()).hasSize(2048);
        assertThatThrownBy(() -> SearchQuery.of("ä".repeat(2048) + "x")).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("4097").hasMessageContaining("4096");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 1001, Integer.MAX_VALUE})
    void limit_outsideItsRangeIsRefusedWithItsValue(int limit) {
        assertThatThrownBy(() -> SearchQuery.of("x").limit(limit)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(Integer.toString(limit)).hasMessageContaining("1000");
    }

    @Test
    void timeout_outsideItsRangeIsRefused() {
        assertThatThrownBy(() -> SearchQuery.of("x").timeout(Duration.ZERO)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> SearchQuery.of("x").timeout(Duration.ofHours(1)))
                .isInstanceOf(InvalidInputException.class);
    }

    @Test
    void ofVector_bringsItToUnitLength() {
        float[] vector = SearchQuery.ofVector(new float[]{3, 4}).vector().orElseThrow();

        assertThat(vector[0]).isCloseTo(0.6f, within(1e-6f));
        assertThat(vector[1]).isCloseTo(0.8f, within(1e-6f));
    }

    @Test
    void ofVector_refusesWhatHasNoDirection() {
        assertThatThrownBy(() -> SearchQuery.ofVector(new float[]{0, 0})).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("zero");
        assertThatThrownBy(() -> SearchQuery.ofVector(new float[]{1, Float.NaN}))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("NaN at 1");
        assertThatThrownBy(() -> SearchQuery.ofVector(new float[0])).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> SearchQuery.ofVector(new float[4097])).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("4097");
    }

    @Test
    void mode_ofAQueryByVectorAloneCannotNeedText() {
        SearchQuery query = SearchQuery.ofVector(new float[]{1});

        assertThatThrownBy(() -> query.mode(SearchMode.HYBRID)).isInstanceOf(InvalidInputException.class);
        assertThat(query.mode(SearchMode.VECTOR).text()).isEmpty();
    }

    @Test
    void sources_mustNotBeEmpty() {
        assertThatThrownBy(() -> SearchQuery.of("x").sources(Set.of())).isInstanceOf(InvalidInputException.class);
    }

    @Test
    void vector_isACopy() {
        SearchQuery query = SearchQuery.of("x").withVector(new float[]{1, 0});
        query.vector().orElseThrow()[0] = 5;

        assertThat(query.vector().orElseThrow()[0]).isEqualTo(1);
    }

    @Test
    void similarTo_takesNoWordsAndNoVector() {
        SearchQuery query = SearchQuery.similarToDocument("d").limit(3);

        assertThat(query.mode()).isEqualTo(SearchMode.VECTOR);
        assertThat(query.example()).contains(new SearchQuery.Example(Source.PRIVATE, Optional.empty(), "d"));
        assertThatThrownBy(() -> query.mode(SearchMode.HYBRID)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("without words");
        assertThatThrownBy(() -> query.withVector(new float[]{1})).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("\"d\"");
    }

    @Test
    void options_areKeptWhenOthersChange() {
        SearchQuery query = SearchQuery.of("x").typos(Typos.EXACT).phrases(Phrases.REQUIRE).limit(5);

        assertThat(query.typos()).isEqualTo(Typos.EXACT);
        assertThat(query.phrases()).isEqualTo(Phrases.REQUIRE);
        assertThat(SearchQuery.of("x").typos()).isEqualTo(Typos.CORRECT);
        assertThat(SearchQuery.of("x").phrases()).isEqualTo(Phrases.PREFER);
    }

    @Test
    void ranking_optionsOutsideTheirLimitsAreRefused() {
        SearchQuery query = SearchQuery.of("otters");
        List<ThrowingCallable> bad = List.of(() -> Boost.recency(Duration.ZERO, 0.1),
                () -> Boost.recency(Duration.ofDays(4000), 0.1), () -> Boost.recency(Duration.ofDays(1), 0),
                () -> Boost.recency(Duration.ofDays(1), 0.31), () -> Boost.recency(Duration.ofDays(1), Double.NaN),
                () -> Boost.source(Source.PRIVATE, 0), () -> Boost.source(Source.PRIVATE, -0.31),
                () -> Boost.source(Source.PRIVATE, Double.NaN), () -> Boost.field("n", 1, 1, 0.1),
                () -> Boost.field("n", Double.NaN, 1, 0.1),
                () -> Boost.field("n", -Double.MAX_VALUE, Double.MAX_VALUE, 0.1), () -> Boost.field("n", 0, 1, 0),
                () -> Boost.field("n", 0, 1, 0.31), () -> Boost.field("a\nb", 0, 1, 0.1),
                () -> query.minScore(Double.NaN),
                () -> query.minScore(Double.POSITIVE_INFINITY), () -> query.atLeast(Source.PRIVATE, -1),
                () -> query.atMost(Source.MARKETPLACE, SearchQuery.MAX_LIMIT + 1), () -> query.diversity(-0.01),
                () -> query.diversity(1.01), () -> query.diversity(Double.NaN));

        assertThat(bad).allSatisfy(
                call -> assertThatThrownBy(call).isInstanceOf(InvalidInputException.class));
    }

    @Test
    void boost_replacesOneOfItsKind() {
        SearchQuery query = SearchQuery.of("otters").boost(Boost.recency(Duration.ofDays(1), 0.1))
                .boost(Boost.source(Source.PRIVATE, 0.1)).boost(Boost.source(Source.MARKETPLACE, 0.1))
                .boost(Boost.recency(Duration.ofDays(2), 0.2)).boost(Boost.source(Source.PRIVATE, 0.2));

        assertThat(query.boosts()).containsExactly(Boost.source(Source.MARKETPLACE, 0.1),
                Boost.recency(Duration.ofDays(2), 0.2), Boost.source(Source.PRIVATE, 0.2));
    }

    @Test
    void boosts_byFieldsReplaceThoseByTheSameFieldAndAreLimited() {
        SearchQuery query = SearchQuery.of("otters").boost(Boost.field("a", 0, 1, 0.1))
                .boost(Boost.field("b", 0, 1, 0.1)).boost(Boost.field("a", 0, 2, 0.2));
        assertThat(query.boosts()).containsExactly(Boost.field("b", 0, 1, 0.1), Boost.field("a", 0, 2, 0.2));

        SearchQuery full = SearchQuery.of("otters");
        for (int i = 0; i < SearchQuery.MAX_BOOSTS; i++) {
            full = full.boost(Boost.field("f" + i, 0, 1, 0.05));
        }
        SearchQuery many = full;
        assertThatThrownBy(() -> many.boost(Boost.field("x", 0, 1, 0.05))).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("field:x").hasMessageContaining("" + SearchQuery.MAX_BOOSTS);
        assertThat(many.boost(Boost.field("f3", 0, 2, 0.05)).boosts()).hasSize(SearchQuery.MAX_BOOSTS);
    }

    @Test
    void boosts_weighNoMoreThanAllTogetherMay() {
        SearchQuery most = SearchQuery.of("otters").boost(Boost.recency(Duration.ofDays(1), 0.3))
                .boost(Boost.source(Source.PRIVATE, -0.1)).boost(Boost.field("a", 0, 1, 0.1));

        assertThat(most.boosts()).hasSize(3);
        assertThatThrownBy(() -> most.boost(Boost.field("b", 0, 1, 0.01))).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("field:b").hasMessageContaining("" + Boost.MAX_TOTAL_WEIGHT);
        assertThat(most.boost(Boost.source(Source.PRIVATE, 0.1)).boosts()).hasSize(3);
    }

    @Test
    void toString_showsNoText() {
        assertThat(SearchQuery.of("secret otters").withVector(new float[]{0.25f, 1}).toString())
                .doesNotContain("secret").doesNotContain("0.2").contains("13 characters");
    }
}
