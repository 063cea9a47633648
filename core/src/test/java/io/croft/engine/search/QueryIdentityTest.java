package io.croft.engine.search;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.search.Boost;
import io.croft.search.Filter;
import io.croft.search.Phrases;
import io.croft.search.SearchMode;
import io.croft.search.SearchQuery;
import io.croft.search.Sort;
import io.croft.search.Source;
import io.croft.search.Typos;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class QueryIdentityTest {

    @Test
    void of_differsWhereTheSameTextsAreCutOtherwise() {
        SearchQuery query = SearchQuery.of("x");
        List<SearchQuery> queries = List.of(query, SearchQuery.of("xHYBRID"), SearchQuery.of("x\ud800"),
                SearchQuery.of("x\udc00"), SearchQuery.of("x?"), query.withVector(new float[]{1, 0}),
                query.filter(Filter.equals("a", "b, value=c")), query.filter(Filter.equals("a, value=b", "c")),
                query.filter(Filter.equals("a", "1")), query.filter(Filter.equals("a", 1)),
                query.filter(Filter.equals("a", true)), query.filter(Filter.equals("a", "true")),
                query.filter(Filter.in("a", List.of("b", "c"))), query.filter(Filter.in("a", List.of("b, c"))),
                query.filter(Filter.in("a", List.of("b], [c"))), query.filter(Filter.prefix("a", "b")),
                query.filter(Filter.equals("a", "b")), query.filter(Filter.in("a", List.of("b"))),
                query.filter(Filter.all(Filter.exists("a"), Filter.exists("b"))),
                query.filter(Filter.any(Filter.exists("a"), Filter.exists("b"))),
                query.filter(Filter.all(Filter.exists("a], Exists[field=b"))),
                query.filter(Filter.all(Filter.all(Filter.exists("a")), Filter.exists("b"))),
                query.filter(Filter.all(Filter.all(Filter.exists("a"), Filter.exists("b")))),
                query.filter(Filter.not(Filter.exists("a"))), query.filter(Filter.exists("a")),
                query.filter(Filter.range("a").atLeast(1)), query.filter(Filter.range("a").above(1)),
                query.filter(Filter.range("a").atMost(1)), query.sort(Sort.ascending("a")),
                query.sort(Sort.descending("a")), query.sort(Sort.ascending("a").thenByScore()),
                query.boost(Boost.field("a", 0, 1, 0.1)), query.boost(Boost.field("a", 1, 0, 0.1)),
                query.boost(Boost.source(Source.PRIVATE, 0.1)), query.boost(Boost.recency(Duration.ofDays(1), 0.1)),
                query.atLeast(Source.PRIVATE, 1), query.atLeast(Source.MARKETPLACE, 1),
                query.atMost(Source.PRIVATE, 1), query.atMost(Source.PRIVATE, SearchQuery.MAX_LIMIT),
                query.minScore(0), query.diversity(0.5), query.typos(Typos.EXACT), query.phrases(Phrases.REQUIRE),
                query.mode(SearchMode.TEXT), query.sources(Set.of(Source.PRIVATE)),
                query.duplicates(SearchQuery.Duplicates.SHOWN), SearchQuery.similarToDocument("x"),
                SearchQuery.similarToListing(OrgId.named("a"), "x"),
                SearchQuery.similarToListing(OrgId.named("b"), "x"));

        assertThat(queries.stream().map(one -> HexFormat.of().formatHex(QueryIdentity.of(one))).toList())
                .doesNotHaveDuplicates();
        assertThat(QueryIdentity.of(query.limit(7).timeout(Duration.ofSeconds(9)).facet("n", 3).cursor("c")))
                .isEqualTo(QueryIdentity.of(SearchQuery.of("x")));
    }
}
