package io.croft;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.content.Document;
import io.croft.content.Listing;
import io.croft.search.Fields;
import io.croft.search.Filter;
import io.croft.search.Hit;
import io.croft.search.SearchMode;
import io.croft.search.SearchQuery;
import io.croft.search.SearchResults;
import io.croft.search.SearchResults.Incomplete;
import io.croft.search.Source;
import io.croft.spi.IndexSession;
import io.croft.spi.IndexSession.CandidateQuery;
import io.croft.spi.memory.InMemoryChunkIndex;
import io.croft.spi.memory.InMemoryStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What becomes of queries while a part that they need is slow or hangs. */
class SlowPartsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final CountDownLatch release = new CountDownLatch(1);
    private final FaultyIndex index = new FaultyIndex(new InMemoryChunkIndex.Disk());
    private final Croft croft = Croft.builder().store(new InMemoryStore()).index(index).embedder(new Waiting())
            .handlers(new WholeTexts()).fields(Fields.declare().number("n")).start();
    private final TenantContext acme = TenantContext.of(OrgId.named("acme"), Actor.service("test"));
    private final TenantContext other = TenantContext.of(OrgId.named("other"), Actor.service("test"));

    SlowPartsTest() {
        croft.orgs().create(acme);
        croft.orgs().create(other);
        search(acme, SearchQuery.of("otters").timeout(PATIENCE)
                .after(croft.documents().put(acme, Document.text("d", "otters swim").withField("n", 1)))
                .after(croft.marketplace().publish(acme, Listing.of("l", "otters for sale").withField("n", 1))));
        search(other, SearchQuery.of("otters").timeout(PATIENCE)
                .after(croft.documents().put(other, Document.text("d", "otters dive"))));
    }

    @AfterEach
    void stop() {
        release.countDown();
        croft.close();
    }

    @Test
    void search_findsTheMarketplaceFree_howeverManySlowQueriesAnotherOrganisationHas() throws InterruptedException {
        int share = Runtime.getRuntime().availableProcessors();
        CountDownLatch begun = new CountDownLatch(share);
        index.sessions = session -> waiting(session, begun);
        List<CompletableFuture<SearchResults>> slow = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 10 * share; i++) {
                slow.add(CompletableFuture.supplyAsync(
                        () -> search(acme, SearchQuery.of("slow otters").timeout(PATIENCE)), threads));
            }
            begun.await();

            SearchResults results = search(other, SearchQuery.of("otters").timeout(PATIENCE));
            SearchResults late = search(acme, SearchQuery.of("otters").timeout(Duration.ofMillis(300)));
            release.countDown();

            assertThat(results.incomplete()).isEmpty();
            assertThat(results.hits()).extracting(Hit::source).contains(Source.MARKETPLACE);
            assertThat(late.incomplete()).singleElement().satisfies(lost -> {
                assertThat(lost.source()).isEqualTo(Source.MARKETPLACE);
                assertThat(lost.cause()).isEqualTo(Incomplete.Cause.TIMEOUT);
            });
            assertThat(late.hits()).extracting(Hit::source).containsOnly(Source.PRIVATE);
            assertThat(slow).allSatisfy(one -> assertThat(one.join().incomplete()).isEmpty());
        }
    }

    @Test
    void search_answersByWordsWhileTheEmbedderHangs() {
        SearchQuery query = SearchQuery.of("hanging otters").timeout(Duration.ofSeconds(1));

        SearchResults results = search(acme, query.facet("n", List.of(Filter.range("n").atLeast(0))));
        SearchResults byMeaning = search(acme, query.mode(SearchMode.VECTOR).timeout(Duration.ofMillis(100)));
        SearchResults page = search(acme, query.limit(1));
        SearchResults next = search(acme, query.limit(1).cursor(page.nextCursor().orElseThrow()));

        assertThat(results.hits()).extracting(Hit::source).containsExactlyInAnyOrder(Source.values());
        assertThat(results.hits()).allSatisfy(hit -> assertThat(hit.score().value()).isPositive());
        assertThat(results.incomplete()).extracting(Incomplete::source).containsExactlyInAnyOrder(Source.values());
        assertThat(results.incomplete()).extracting(Incomplete::cause).containsOnly(Incomplete.Cause.NOT_EMBEDDED);
        assertThat(results.facets().getFirst().counts().getFirst().documents()).isEqualTo(2);
        assertThat(byMeaning.hits()).isEmpty();
        assertThat(byMeaning.incomplete()).extracting(Incomplete::cause)
                .containsOnly(Incomplete.Cause.NOT_EMBEDDED);
        assertThat(next.hits()).hasSize(1).doesNotContainAnyElementsOf(page.hits());
    }

    /** Embeds a query that hangs once it is released. */
    private final class Waiting extends LengthEmbedder {

        @Override
        public float[] embedQuery(String text) {
            if (text.contains("hanging")) {
                try {
                    release.await();
                } catch (InterruptedException e) {
                    throw new CroftException("interrupted", e);
                }
            }
            return super.embedQuery(text);
        }
    }

    /** Waits before it finds candidates for a slow query. */
    private IndexSession waiting(IndexSession session, CountDownLatch begun) {
        return (IndexSession) Proxy.newProxyInstance(IndexSession.class.getClassLoader(),
                new Class<?>[]{IndexSession.class}, (proxy, called, arguments) -> {
                    if (called.getName().equals("candidates")
                            && ((CandidateQuery) arguments[0]).text().words().contains("slow")) {
                        begun.countDown();
                        release.await();
                    }
                    try {
                        return called.invoke(session, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private SearchResults search(TenantContext context, SearchQuery query) {
        return croft.search().search(context, query);
    }
}
