package io.croft;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.content.Document;
import io.croft.content.Listing;
import io.croft.content.WriteReceipt;
import io.croft.search.Fields;
import io.croft.search.Hit;
import io.croft.search.SearchMode;
import io.croft.search.SearchQuery;
import io.croft.search.SearchResults;
import io.croft.search.SearchResults.Incomplete;
import io.croft.search.SearchResults.Wait;
import io.croft.search.Sort;
import io.croft.search.Source;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexSession;
import io.croft.spi.IndexSession.Candidate;
import io.croft.spi.IndexSession.CandidateQuery;
import io.croft.spi.IndexSession.Passage;
import io.croft.spi.IndexSession.Sorted;
import io.croft.spi.IndexSession.Traits;
import io.croft.spi.memory.InMemoryChunkIndex;
import io.croft.spi.memory.InMemoryStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One publisher's many listings that no answer shows, and everybody else. */
class FloodTest {

    private static final String COPY = "one horse of very many that are said to be for sale by a dealer near the old"
            + " town bridge";
    private static final SearchQuery QUERY = SearchQuery.of("horse").mode(SearchMode.TEXT)
            .timeout(Duration.ofSeconds(20)).limit(5);

    private final FaultyIndex index = new FaultyIndex(new InMemoryChunkIndex.Disk());
    private final Croft croft = Croft.builder().store(new InMemoryStore()).index(index).embedder(new LengthEmbedder())
            .handlers(new WholeTexts()).fields(Fields.declare().number("price")).start();
    private final TenantContext acme = TenantContext.of(OrgId.named("acme"), Actor.service("test"));
    private final TenantContext dealer = TenantContext.of(OrgId.named("dealer"), Actor.service("test"));

    FloodTest() {
        croft.orgs().create(acme);
        croft.orgs().create(dealer);
    }

    @AfterEach
    void stop() {
        croft.close();
    }

    @Test
    void sortedPages_goOnBehindManyThatSayTheSame() {
        publish(dealer, COPY, 150);
        put(12);

        assertThat(search(QUERY.sort(Sort.ascending("price")))).extracting(Hit::id)
                .containsExactly("copy-0", "own-0", "own-1", "own-2", "own-3");
        assertThat(pages(QUERY.sort(Sort.ascending("price")))).hasSize(13).doesNotHaveDuplicates();
        assertThat(search(QUERY.sort(Sort.ascending("price").thenByScore()))).hasSize(5);
    }

    @Test
    void sortedPages_goOnBehindManyThatScoreTooLittle() {
        publish(dealer, COPY, 150);
        put(12);
        SearchQuery best = QUERY.duplicates(SearchQuery.Duplicates.SHOWN);
        double little = search(best.sort(Sort.ascending("price"))).getFirst().score().value();

        assertThat(pages(best.sort(Sort.ascending("price")).minScore(little * 1.01))).hasSize(12)
                .allSatisfy(id -> assertThat(id).startsWith("own-"));
    }

    @Test
    void sortedPage_hasTheLeastOfASourceWhoseHitsComeLate() {
        publish(dealer, COPY, 150);
        put(12);

        assertThat(search(QUERY.duplicates(SearchQuery.Duplicates.SHOWN).sort(Sort.ascending("price"))
                .atLeast(Source.PRIVATE, 2))).extracting(Hit::id)
                .containsExactly("copy-0", "copy-1", "copy-2", "own-0", "own-1");
        assertThat(search(QUERY.duplicates(SearchQuery.Duplicates.SHOWN).sort(Sort.ascending("price"))
                .atMost(Source.MARKETPLACE, 2))).extracting(Hit::id)
                .containsExactly("copy-0", "copy-1", "own-0", "own-1", "own-2");
    }

    @Test
    void answer_namesTheSourceThatFloodsIt() {
        put(2);
        index.sessions = FloodTest::flooded;

        for (SearchQuery query : List.of(QUERY, QUERY.sort(Sort.ascending("price")))) {
            SearchResults results = croft.search().search(acme, query);

            assertThat(results.hits()).extracting(Hit::id).contains("copy-0", "own-0", "own-1").hasSize(3);
            assertThat(results.incomplete()).singleElement().satisfies(cut -> {
                assertThat(cut.source()).isEqualTo(Source.MARKETPLACE);
                assertThat(cut.cause()).isEqualTo(Incomplete.Cause.CANDIDATES);
            });
            assertThat(results.nextCursor()).isEmpty();
        }
        assertThat(croft.search().search(acme, QUERY.limit(3)).incomplete()).isEmpty();
    }

    /** A marketplace that has any number of copies of one listing. */
    private static IndexSession flooded(IndexSession session) {
        return (IndexSession) Proxy.newProxyInstance(IndexSession.class.getClassLoader(),
                new Class<?>[]{IndexSession.class}, (proxy, method, arguments) -> switch (method.getName()) {
                    case "candidates" -> copies((CandidateQuery) arguments[0]);
                    case "sorted" -> copies((CandidateQuery) arguments[0]).stream()
                            .map(copy -> new Sorted(copy, Optional.empty())).toList();
                    case "passages" -> ((List<?>) arguments[0]).stream()
                            .map(copy -> new Passage("", COPY, List.of(), Map.of())).toList();
                    default -> {
                        try {
                            yield method.invoke(session, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    }
                });
    }

    private static List<Candidate> copies(CandidateQuery query) {
        return IntStream.range(0, query.perLeg()).mapToObj(i -> new Candidate(i,
                new ContentKey(OrgId.named("dealer"), "copy-" + i), 0, 0, 1, new Traits(Instant.EPOCH, 0xabcdef)))
                .toList();
    }

    private void publish(TenantContext publisher, String text, int count) {
        List<Listing> listings = IntStream.range(0, count)
                .mapToObj(i -> Listing.of("copy-" + i, text).withField("price", 1 + i / 1000.0)).toList();
        await(publisher, croft.marketplace().publishAll(publisher, listings));
    }

    /** Short ones that score more and cost more. */
    private void put(int count) {
        await(acme, croft.documents().putAll(acme, IntStream.range(0, count)
                .mapToObj(i -> Document.text("own-" + i, "horse").withField("price", 100 + i)).toList()));
    }

    private void await(TenantContext writer, List<WriteReceipt> receipts) {
        SearchQuery query = QUERY;
        for (WriteReceipt receipt : receipts.subList(Math.max(0, receipts.size() - 20), receipts.size())) {
            query = query.after(receipt);
        }
        assertThat(croft.search().search(writer, query).waits()).extracting(Wait::outcome)
                .containsOnly(Wait.Outcome.VISIBLE);
    }

    private List<Hit> search(SearchQuery query) {
        SearchResults results = croft.search().search(acme, query);
        assertThat(results.incomplete()).isEmpty();
        return results.hits();
    }

    private List<String> pages(SearchQuery query) {
        List<String> ids = new ArrayList<>();
        Optional<String> cursor = Optional.empty();
        do {
            SearchResults page = croft.search().search(acme, cursor.map(query::cursor).orElse(query));
            page.hits().forEach(hit -> ids.add(hit.id()));
            cursor = page.nextCursor();
        } while (cursor.isPresent());
        return ids;
    }
}
