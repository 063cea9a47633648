package io.croft;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.content.Document;
import io.croft.content.Listing;
import io.croft.content.WriteReceipt;
import io.croft.search.Fields;
import io.croft.search.Filter;
import io.croft.search.Hit;
import io.croft.search.SearchQuery;
import io.croft.search.SearchQuery.Duplicates;
import io.croft.search.SearchResults;
import io.croft.search.SearchResults.Incomplete;
import io.croft.search.Sort;
import io.croft.search.Source;
import io.croft.spi.IndexSession;
import io.croft.spi.contract.Await;
import io.croft.spi.memory.InMemoryChunkIndex;
import io.croft.spi.memory.InMemoryStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Answers of a query that loses one of its sources on the way, or has one that lacks writes. */
class LostSourceTest {

    private static final int EACH = 30;
    private static final SearchQuery QUERY = SearchQuery.of("otters").timeout(Duration.ofSeconds(20)).limit(10)
            .duplicates(Duplicates.SHOWN)
            .facet("n", List.of(Filter.range("n").atLeast(0)));

    private final FaultyIndex index = new FaultyIndex(new InMemoryChunkIndex.Disk());
    private final Croft croft = Croft.builder().store(new InMemoryStore()).index(index).embedder(new LengthEmbedder())
            .handlers(new WholeTexts()).fields(Fields.declare().number("n"))
            .reranker(request -> Collections.nCopies(request.passages().size(), 1.0)).start();
    private final TenantContext acme = TenantContext.of(OrgId.named("acme"), Actor.service("test"));

    LostSourceTest() {
        croft.orgs().create(acme);
        List<WriteReceipt> receipts = new ArrayList<>(croft.documents().putAll(acme, IntStream.range(0, EACH)
                .mapToObj(i -> Document.text("d-" + i, "otters " + "swim ".repeat(i)).withField("n", i % 3)).toList()));
        receipts.addAll(croft.marketplace().publishAll(acme, IntStream.range(0, EACH)
                .mapToObj(i -> Listing.of("l-" + i, "otters " + "swims ".repeat(i)).withField("n", i % 3)).toList()));
        search(QUERY.after(receipts.get(EACH - 1)).after(receipts.getLast()));
    }

    @AfterEach
    void stop() {
        croft.close();
    }

    @Test
    void search_goesOnWithoutASourceWhosePassagesTextsOrVectorsCannotBeRead() {
        Map<String, SearchQuery> queries = Map.of("passages", QUERY, "texts", QUERY, "vectors", QUERY.diversity(0.3));
        queries.forEach((method, query) -> {
            assertThat(search(query).hits()).extracting(Hit::source).contains(Source.PRIVATE, Source.MARKETPLACE);
            index.sessions = FaultyIndex.failing(method, 0);

            SearchResults results = search(query);

            assertThat(results.hits()).as(method).hasSize(10).extracting(Hit::source).containsOnly(Source.PRIVATE);
            assertThat(results.incomplete()).singleElement().satisfies(lost -> {
                assertThat(lost.source()).isEqualTo(Source.MARKETPLACE);
                assertThat(lost.cause()).isEqualTo(Incomplete.Cause.FAILED);
            });
            assertThat(results.facets().getFirst().counts().getFirst().bySource())
                    .doesNotContainKey(Source.MARKETPLACE);
            assertThat(results.facets().getFirst().counts().getFirst().documents()).isEqualTo(EACH);
            recover();
        });
    }

    @Test
    void search_goesOnWithoutASourceThatCannotBeAskedForTies() {
        index.sessions = FaultyIndex.failing("candidates", 0);

        SearchResults results = search(QUERY.limit(5).sort(Sort.ascending("n").thenByScore()));

        assertThat(results.hits()).hasSize(5).extracting(Hit::source).containsOnly(Source.PRIVATE);
        assertThat(results.incomplete()).extracting(Incomplete::source).containsExactly(Source.MARKETPLACE);
    }

    @Test
    void search_saysSoWhenNoSourceIsLeft() {
        index.sessions = FaultyIndex.failing("passages", 0);
        index.privateSessions = FaultyIndex.failing("texts", 0);

        SearchResults results = search(QUERY);

        assertThat(results.hits()).isEmpty();
        assertThat(results.nextCursor()).isEmpty();
        assertThat(results.incomplete()).extracting(Incomplete::source).containsExactlyInAnyOrder(Source.values());
    }

    @Test
    void pages_bringLaterWhatASourceWouldNotShow() {
        for (SearchQuery query : List.of(QUERY, QUERY.sort(Sort.ascending("n")), QUERY.diversity(0.3))) {
            List<Hit> hits = new ArrayList<>();
            Optional<String> cursor = Optional.empty();
            for (int page = 0; page == 0 || cursor.isPresent(); page++) {
                UnaryOperator<IndexSession> session = page == 1
                        ? FaultyIndex.failing("passages", 0)
                        : UnaryOperator.identity();
                index.sessions = session;
                SearchResults results = search(cursor.map(query::cursor).orElse(query));
                assertThat(results.incomplete()).hasSize(page == 1 ? 1 : 0);
                hits.addAll(results.hits());
                cursor = results.nextCursor();
                recover();
            }

            assertThat(hits).extracting(hit -> hit.source() + hit.id()).doesNotHaveDuplicates().hasSize(2 * EACH);
        }
    }

    @Test
    void search_namesASourceThatLacksWrites_andAnswersFromWhatItHas() {
        index.failingApplies.set(Integer.MAX_VALUE);
        croft.documents().put(acme, Document.text("new", "otters"));

        Await.until("the failure is known", () -> !search(QUERY).incomplete().isEmpty());
        SearchResults results = search(QUERY);
        assertThat(results.incomplete()).singleElement().satisfies(stale -> {
            assertThat(stale.source()).isEqualTo(Source.PRIVATE);
            assertThat(stale.cause()).isEqualTo(Incomplete.Cause.STALE);
            assertThat(stale.detail()).contains("no space left");
        });
        assertThat(results.hits()).extracting(Hit::source).contains(Source.PRIVATE);
        assertThat(results.facets().getFirst().counts().getFirst().documents()).isEqualTo(2 * EACH);

        index.failingApplies.set(0);
        Await.until("it has caught up", () -> search(QUERY).incomplete().isEmpty());
        assertThat(search(QUERY.limit(100)).hits()).extracting(Hit::id).contains("new");
    }

    /** A source that failed is looked at again before it is asked the next time. */
    private void recover() {
        index.sessions = UnaryOperator.identity();
        Await.until("all sources answer", () -> search(QUERY).incomplete().isEmpty());
    }

    private SearchResults search(SearchQuery query) {
        return croft.search().search(acme, query);
    }
}
