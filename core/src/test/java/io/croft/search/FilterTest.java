package io.croft.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class FilterTest {

    private static final Filter ONE = Filter.equals("kind", "cob");

    @Test
    void filter_mayHaveAHundredFiltersAndNoMore() {
        Filter hundred = Filter.all(Collections.nCopies(99, ONE).toArray(Filter[]::new));
        Filter more = Filter.all(Collections.nCopies(100, ONE).toArray(Filter[]::new));

        assertThat(SearchQuery.of("x").filter(hundred).filter()).hasValue(hundred);
        assertThatThrownBy(() -> SearchQuery.of("x").filter(more)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("100");
    }

    @Test
    void filter_mayBeEightDeepAndNoDeeper() {
        Filter deep = ONE;
        for (int i = 1; i < 8; i++) {
            deep = Filter.not(deep);
        }
        Filter eight = deep;

        assertThat(SearchQuery.of("x").filter(eight).filter()).isPresent();
        assertThatThrownBy(() -> SearchQuery.of("x").filter(Filter.not(eight)))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("8");
    }

    @Test
    void filter_thatHoldsItselfManyTimesOverIsRefusedAtOnce() {
        Filter bomb = ONE;
        for (int i = 0; i < 7; i++) {
            bomb = Filter.all(Collections.nCopies(90, bomb).toArray(Filter[]::new));
        }
        Filter large = bomb;
        Filter deep = ONE;
        for (int i = 0; i < 100_000; i++) {
            deep = Filter.not(deep);
        }
        Filter hole = deep;

        assertThatThrownBy(() -> SearchQuery.of("x").filter(large)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> SearchQuery.of("x").filter(hole)).isInstanceOf(InvalidInputException.class);
    }

    @Test
    void in_mayHaveSoManyValuesAndNoMore() {
        List<String> most = Collections.nCopies(1024, "x");
        Filter in = Filter.in("kind", most);

        assertThat(SearchQuery.of("x").filter(in).filter()).isPresent();
        assertThatThrownBy(() -> SearchQuery.of("x").filter(Filter.any(in, Filter.in("kind", List.of("y")))))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("1024");
        assertThatThrownBy(() -> Filter.in("kind", Collections.nCopies(1025, "x")))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("1025");
        assertThatThrownBy(() -> Filter.in("kind", List.of())).isInstanceOf(InvalidInputException.class);
    }

    @Test
    void filters_ofNothingAreRefused() {
        assertThatThrownBy(Filter::all).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(Filter::any).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> Filter.prefix("kind", "")).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> Filter.equals("kind", "")).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> Filter.equals("price", Double.NaN)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> Filter.range("price").below(Double.POSITIVE_INFINITY))
                .isInstanceOf(InvalidInputException.class);
    }

    @Test
    void range_isWrittenAsAnInterval() {
        assertThat(Filter.range("price").atLeast(5).below(9.5).label()).isEqualTo("[5, 9.5)");
        assertThat(Filter.range("price").above(5).label()).isEqualTo("(5, …)");
        assertThat(Filter.range("price").atMost(5).label()).isEqualTo("(…, 5]");
    }

    @Test
    void facets_areLimitedInNumberAndSize() {
        SearchQuery query = SearchQuery.of("x");
        for (int i = 0; i < 50; i++) {
            query = query.facet("kind", 1);
        }
        SearchQuery full = query;

        assertThat(full.facets()).hasSize(50);
        assertThatThrownBy(() -> full.facet("tags", 1)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("\"tags\"").hasMessageContaining("50");
        assertThatThrownBy(() -> SearchQuery.of("x").facet("kind", 0)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> SearchQuery.of("x").facet("kind", 1001)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("1001").hasMessageContaining("1000");
        assertThatThrownBy(() -> SearchQuery.of("x").facet("price", List.of()))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> SearchQuery.of("x").facet("price",
                Collections.nCopies(101, Filter.range("price").below(1)))).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("101");
        assertThatThrownBy(() -> SearchQuery.of("x").facet("price", List.of(Filter.range("cost").below(1))))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("\"cost\"");
    }
}
