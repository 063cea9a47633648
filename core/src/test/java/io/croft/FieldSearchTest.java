package io.croft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import io.croft.search.SearchResults.Wait;
import io.croft.search.Sort;
import io.croft.search.Source;
import io.croft.spi.memory.InMemoryChunkIndex;
import io.croft.spi.memory.InMemoryStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Declared fields from the write to the answer, over both sources. */
class FieldSearchTest {

    private static final Fields FIELDS = Fields.declare().keyword("breed").keywords("tags").number("price")
            .instant("born").bool("sold").stored("note");
    private static final Instant SPRING = Instant.parse("2020-04-01T00:00:00Z");

    private final InMemoryStore store = new InMemoryStore();
    private final InMemoryChunkIndex.Disk disk = new InMemoryChunkIndex.Disk();
    private Croft croft = start(FIELDS);
    private final TenantContext acme = TenantContext.of(OrgId.named("acme"), Actor.user("u-1", Role.ADMIN));
    private final TenantContext other = TenantContext.of(OrgId.named("other"), Actor.user("u-2", Role.ADMIN));

    FieldSearchTest() {
        croft.orgs().create(acme);
        croft.orgs().create(other);
    }

    @AfterEach
    void stop() {
        croft.close();
    }

    @Test
    void filter_appliesToBothSources() {
        put(Document.text("p1", "a calm horse").withField("breed", "cob").withField("price", 900));
        put(Document.text("p2", "a calm horse").withField("breed", "shire").withField("price", 4000.5));
        publish(Listing.of("m1", "a calm horse").withField("breed", "cob").withField("price", 1200));
        publish(Listing.of("m2", "a calm horse").withField("price", 1300L).withField("born", SPRING));

        assertThat(ids(horses().filter(Filter.equals("breed", "cob")))).containsExactlyInAnyOrder("p1", "m1");
        assertThat(ids(horses().filter(Filter.range("price").atLeast(900).below(1300))))
                .containsExactlyInAnyOrder("p1", "m1");
        assertThat(ids(horses().filter(Filter.not(Filter.in("breed", List.of("cob", "shire"))))))
                .containsExactly("m2");
        assertThat(ids(horses().filter(Filter.range("born").after(SPRING.minusSeconds(1)).atMost(SPRING))))
                .containsExactly("m2");
        assertThat(ids(horses().mode(SearchMode.VECTOR).filter(Filter.prefix("breed", "s")))).containsExactly("p2");
        assertThat(ids(horses().filter(Filter.equals("breed", "none")))).isEmpty();
    }

    @Test
    void sort_byAFieldMergesBothSourcesAndPutsMissingValuesLast() {
        put(Document.text("b", "a calm horse").withField("price", 2));
        put(Document.text("d", "a calm horse"));
        publish(Listing.of("a", "a calm horse").withField("price", 1));
        publish(Listing.of("b", "a calm horse").withField("price", 2));
        publish(Listing.of("c", "a horse").withField("price", 10));
        publish(Listing.of("e", "a donkey").withField("price", 0));

        assertThat(hits(horses().sort(Sort.ascending("price")))).extracting(hit -> hit.source() + " " + hit.id())
                .containsExactly("MARKETPLACE a", "PRIVATE b", "MARKETPLACE b", "MARKETPLACE c", "PRIVATE d");
        assertThat(ids(horses().sort(Sort.descending("price")))).containsExactly("c", "b", "b", "a", "d");
        assertThat(ids(horses().sort(Sort.descending("price")).limit(2))).containsExactly("c", "b");
        assertThat(ids(horses().mode(SearchMode.VECTOR).sort(Sort.ascending("price")).limit(1))).containsExactly("e");
        assertThat(hits(horses().sort(Sort.ascending("price"))))
                .allSatisfy(hit -> assertThat(hit.score().value()).isPositive());
    }

    @Test
    void sort_byAFieldThenByScoreFindsTheBestOfManyThatAreEqual() {
        String plain = "a horse that is one of very many and nothing else";
        put(IntStream.range(0, 60).mapToObj(i -> Document.text("plain-" + i, plain).withField("sold", true))
                .toArray(Document[]::new));
        publish(IntStream.range(0, 60).mapToObj(i -> Listing.of("plain-" + i, plain).withField("sold", true))
                .toArray(Listing[]::new));
        put(Document.text("z-good", "horse").withField("sold", true));
        publish(Listing.of("z-better", "horse horse").withField("sold", true));
        publish(Listing.of("z-first", "some horse or other of quite some length").withField("sold", false));
        SearchQuery query = SearchQuery.of("horse").mode(SearchMode.TEXT).timeout(Duration.ofSeconds(20)).limit(3);

        assertThat(ids(query.sort(Sort.ascending("sold").thenByScore())))
                .containsExactly("z-first", "z-better", "z-good");
        assertThat(ids(query.sort(Sort.ascending("sold")))).containsExactly("z-first", "plain-0", "plain-1");
    }

    @Test
    void facets_countOverBothSources() {
        put(Document.text("p1", "a horse").withField("breed", "cob").withField("tags", List.of("calm", "old")));
        put(Document.text("p2", "a horse").withField("breed", "shire").withField("price", 10));
        publish(Listing.of("m1", "a horse").withField("breed", "cob").withField("tags", List.of("calm"))
                .withField("price", 20));
        publish(Listing.of("m2", "a donkey").withField("breed", "cob").withField("price", 30));

        SearchResults results = search(horses().limit(1).facet("breed", 10).facet("tags", 1)
                .facet("price", List.of(Filter.range("price").below(20), Filter.range("price").atLeast(20)))
                .facet("sold", 2));

        assertThat(results.hits()).hasSize(1);
        assertThat(results.facets()).extracting(one -> one.field()).containsExactly("breed", "tags", "price", "sold");
        assertThat(results.facets().get(0).counts()).containsExactly(
                new Count("cob", 2, Map.of(Source.PRIVATE, 1L, Source.MARKETPLACE, 1L)),
                new Count("shire", 1, Map.of(Source.PRIVATE, 1L)));
        assertThat(results.facets().get(1).counts()).extracting(Count::value).containsExactly("calm");
        assertThat(results.facets().get(2).counts()).containsExactly(
                new Count("(…, 20)", 1, Map.of(Source.PRIVATE, 1L)),
                new Count("[20, …)", 1, Map.of(Source.MARKETPLACE, 1L)));
        assertThat(results.facets().get(3).counts()).isEmpty();
        assertThat(search(horses().mode(SearchMode.VECTOR).facet("breed", 10)).facets().getFirst().counts())
                .extracting(Count::documents).containsExactly(3L, 1L);
        assertThat(search(horses().sources(Set.of(Source.PRIVATE)).sort(Sort.ascending("price")).facet("breed", 10))
                .facets().getFirst().counts()).extracting(Count::documents).containsExactly(1L, 1L);
    }

    @Test
    void put_refusesFieldsThatAreNotAsDeclared() {
        Document horse = Document.text("d", "a horse");

        assertThatThrownBy(() -> put(horse.withField("colour", "bay"))).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("\"d\"").hasMessageContaining("\"colour\"")
                .hasMessageContaining("price (number)");
        assertThatThrownBy(() -> put(horse.withField("price", "cheap"))).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("\"price\"").hasMessageContaining("number").hasMessageContaining("1.5e3")
                .hasMessageNotContaining("cheap");
        assertThatThrownBy(() -> put(horse.withField("born", "in May"))).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("\"born\"").hasMessageContaining("instant");
        assertThatThrownBy(() -> put(horse.withField("sold", "no"))).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("bool");
        assertThatThrownBy(() -> put(horse.withField("breed", "x".repeat(1025))))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("1025");
        assertThatThrownBy(() -> publish(Listing.of("l", "a horse").withField("tags", "a\n\nb")))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("\"tags\"");
        assertThat(croft.documents().find(acme, "d")).isEmpty();
        assertThat(croft.marketplace().find(other, "l")).isEmpty();
        put(horse.withField("note", "x".repeat(8000)).withField("tags", List.of()));
        assertThat(croft.documents().find(acme, "d").orElseThrow().fields()).containsOnlyKeys("note");
    }

    @Test
    void put_refusesMoreIndexedFieldsThanALongTextMayHave() {
        croft.close();
        croft = start(Fields.declare().keywords("a").keywords("b").keywords("c").stored("shown"));
        List<String> values = IntStream.range(100, 200).mapToObj(i -> i + "x".repeat(77)).toList(); // 8,099 bytes
        Document all = Document.text("d", "x".repeat(1 << 20)).withField("a", values).withField("b", values);

        assertThatThrownBy(() -> put(all.withField("c", values))).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("\"d\"").hasMessageContaining("24297 bytes").hasMessageContaining("1024 chunks")
                .hasMessageContaining("24880128").hasMessageContaining("16777216").hasMessageContaining("split");
        assertThatThrownBy(() -> publish(new Listing("l", "", all.text(), all.withField("c", values).fields())))
                .hasMessageContaining("16777216");
        assertThat(croft.documents().find(acme, "d")).isEmpty();

        put(all.withField("shown", "x".repeat(8000)));
        put(Document.text("e", "x".repeat(512 << 10)).withField("a", values).withField("b", values)
                .withField("c", values));
        assertThat(croft.documents().find(acme, "d")).isPresent();
    }

    @Test
    void query_refusesWhatTheDeclarationDoesNotAllow() {
        refused(horses().filter(Filter.equals("colour", "bay")), "\"colour\"", "not declared", "price (number)");
        refused(horses().filter(Filter.all(Filter.exists("price"), Filter.not(Filter.equals("price", "5")))),
                "\"price\"",
                "number", "keyword");
        refused(horses().filter(Filter.equals("breed", 5)), "\"breed\"", "keyword", "number 5");
        refused(horses().filter(Filter.in("born", 5)), "\"born\"", "instant");
        refused(horses().filter(Filter.equals("sold", SPRING)), "\"sold\"", "bool", "2020-04-01");
        refused(horses().filter(Filter.range("price").before(SPRING)), "\"price\"", "number");
        refused(horses().filter(Filter.range("price")), "\"price\"", "no end");
        refused(horses().filter(Filter.range("breed").below(5)), "\"breed\"", "ranges");
        refused(horses().filter(Filter.prefix("price", "5")), "\"price\"", "prefix");
        refused(horses().filter(Filter.exists("note")), "\"note\"", "only stored");
        refused(horses().sort(Sort.ascending("tags")), "\"tags\"", "several values");
        refused(horses().sort(Sort.ascending("colour")), "\"colour\"", "not declared");
        refused(horses().facet("price", 10), "\"price\"", "ranges");
        refused(horses().facet("note", 10), "\"note\"", "only stored");
        refused(horses().facet("breed", List.of(Filter.range("breed").below(5))), "\"breed\"", "ranges");
    }

    @Test
    void undeclaredFields_areOnlyShown() {
        croft.close();
        croft = start(Fields.undeclared());
        put(Document.text("d", "a horse").withField("price", "cheap"));

        assertThat(hits(horses())).singleElement()
                .satisfies(hit -> assertThat(hit.fields()).containsEntry("price", "cheap"));
        refused(horses().filter(Filter.exists("price")), "\"price\"", "only stored", "Fields.declare()");
    }

    @Test
    void declaration_thatChangedAppliesToWhatWasWrittenBefore() {
        put(Document.text("a", "a horse").withField("note", "5"));
        put(Document.text("b", "a horse").withField("note", "cheap"));
        search(horses());
        croft.close();

        croft = start(Fields.declare().number("note"));

        assertThat(ids(horses().filter(Filter.equals("note", 5)))).containsExactly("a");
        assertThat(ids(horses().sort(Sort.ascending("note")))).containsExactly("a", "b");
    }

    private void refused(SearchQuery query, String... parts) {
        assertThatThrownBy(() -> croft.search().search(acme, query)).isInstanceOf(InvalidInputException.class)
                .hasMessageContainingAll(parts);
    }

    private static SearchQuery horses() {
        return SearchQuery.of("horse").timeout(Duration.ofSeconds(20));
    }

    /** Returns when they are visible. */
    private void put(Document... documents) {
        await(acme, croft.documents().putAll(acme, List.of(documents)));
    }

    private void publish(Listing... listings) {
        await(other, croft.marketplace().publishAll(other, List.of(listings)));
    }

    private void await(TenantContext writer, List<WriteReceipt> receipts) {
        SearchQuery query = horses();
        for (WriteReceipt receipt : receipts) {
            query = query.after(receipt);
        }
        assertThat(croft.search().search(writer, query).waits()).extracting(Wait::outcome)
                .containsOnly(Wait.Outcome.VISIBLE);
    }

    private SearchResults search(SearchQuery query) {
        SearchResults results = croft.search().search(acme, query);
        assertThat(results.incomplete()).isEmpty();
        return results;
    }

    private List<Hit> hits(SearchQuery query) {
        return search(query).hits();
    }

    private List<String> ids(SearchQuery query) {
        return hits(query).stream().map(Hit::id).toList();
    }

    private Croft start(Fields fields) {
        return Croft.builder().store(store).index(new InMemoryChunkIndex(disk)).embedder(new LengthEmbedder())
                .handlers(new WholeTexts()).fields(fields).start();
    }
}
