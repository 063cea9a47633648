package io.croft.examples.product;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.croft.Croft;
import io.croft.InvalidInputException;
import io.croft.TenantContext;
import io.croft.content.Document;
import io.croft.content.Listing;
import io.croft.content.WriteReceipt;
import io.croft.search.FacetCounts.Count;
import io.croft.search.Fields;
import io.croft.search.Filter;
import io.croft.search.Hit;
import io.croft.search.SearchMode;
import io.croft.search.SearchQuery;
import io.croft.search.SearchResults;
import io.croft.search.Sort;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Declared fields through a real Postgres and real Lucene folders. */
class FieldTest {

    private static final Fields FIELDS = Fields.declare().keyword("breed").keywords("tags").number("price")
            .instant("born").bool("sold").stored("note");
    private static final Instant SPRING = Instant.parse("2020-04-01T12:00:00.000001Z");

    private final TenantContext acme = Host.member("acme");

    @Test
    void fields_areFilteredSortedAndCountedOverBothSources(@TempDir Path folder) throws SQLException {
        try (Croft croft = Host.builder(Host.newDatabase(), folder).fields(FIELDS).start()) {
            croft.orgs().create(acme);
            List<WriteReceipt> documents = croft.documents().putAll(acme, List.of(
                    Document.text("d1", "A calm horse. " + "It likes the forest. ".repeat(200))
                            .withField("breed", "cob")
                            .withField("price", 900).withField("born", SPRING)
                            .withField("tags", List.of("calm", "old")),
                    Document.text("d2", "A quick horse").withField("breed", "shire").withField("sold", true)));
            List<WriteReceipt> listings = croft.marketplace().publishAll(acme, List.of(
                    Listing.of("l1", "A young horse").withField("breed", "cob").withField("price", 1200.5)
                            .withField("tags", List.of("calm")),
                    Listing.of("l2", "A donkey").withField("price", 10).withField("note", "sold as seen")));
            SearchQuery horses = SearchQuery.of("horse").timeout(Duration.ofSeconds(30));
            for (WriteReceipt receipt : List.of(documents.getLast(), documents.getFirst(), listings.getFirst(),
                    listings.getLast())) {
                horses = horses.after(receipt);
            }

            SearchResults results = croft.search().search(acme, horses.sort(Sort.descending("price"))
                    .facet("breed", 10).facet("tags", 10).facet("sold", 2)
                    .facet("price", List.of(Filter.range("price").below(1000), Filter.range("price").atLeast(1000))));

            assertThat(results.incomplete()).isEmpty();
            assertThat(results.hits()).extracting(Hit::id).containsExactly("l1", "d1", "d2");
            assertThat(results.facets().get(0).counts()).extracting(Count::value, Count::documents)
                    .containsExactly(tuple("cob", 2L),
                            tuple("shire", 1L));
            assertThat(results.facets().get(1).counts()).extracting(Count::documents).containsExactly(2L, 1L);
            assertThat(results.facets().get(2).counts()).extracting(Count::value).containsExactly("true");
            assertThat(results.facets().get(3).counts()).extracting(Count::documents).containsExactly(1L, 1L);
            assertThat(ids(croft, Filter.equals("born", SPRING))).containsExactly("d1");
            assertThat(ids(croft, Filter.all(Filter.equals("tags", "calm"), Filter.range("price").above(900))))
                    .containsExactly("l1");
            assertThat(ids(croft, Filter.not(Filter.exists("breed")))).containsExactly("l2");
        }
    }

    @Test
    void fields_thatWereDeclaredLaterApplyToWhatIsStored(@TempDir Path folder) throws SQLException {
        String database = Host.newDatabase();
        try (Croft croft = Host.builder(database, folder).start()) {
            croft.orgs().create(acme);
            WriteReceipt receipt = croft.documents().put(acme, Document.text("d", "A calm horse")
                    .withField("price", 900).withField("breed", "cob"));
            assertThat(Host.searchAfter(croft, acme, "horse", receipt).hits()).hasSize(1);
            assertThatThrownBy(() -> ids(croft, Filter.equals("price", 900))).isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("only stored");
        }

        try (Croft croft = Host.builder(database, folder).fields(FIELDS).start()) {
            assertThat(ids(croft, Filter.equals("price", 900))).containsExactly("d");
            assertThatThrownBy(() -> croft.documents().put(acme, Document.text("e", "x").withField("colour", "bay")))
                    .isInstanceOf(InvalidInputException.class).hasMessageContaining("\"colour\"");
            assertThat(croft.documents().find(acme, "d").orElseThrow().fields()).containsEntry("price", "900");
        }
    }

    private List<String> ids(Croft croft, Filter filter) {
        SearchResults results = croft.search().search(acme, SearchQuery.of("calm horse").mode(SearchMode.HYBRID)
                .filter(filter).timeout(Duration.ofSeconds(30)));
        assertThat(results.incomplete()).isEmpty();
        return results.hits().stream().map(Hit::id).toList();
    }
}
