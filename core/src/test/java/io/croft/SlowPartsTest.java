package io.croft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What becomes of queries while a part that they need is slow or hangs. */
class SlowPartsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final CountDownLatch release = new CountDownLatch(1);
    private final FaultyIndex index = new FaultyIndex(new InMemoryChunkIndex.Disk());
    private final Croft croft = Croft.builder().store(new InMemoryStore()).index(index).embedder(new Waiting())
            .handlers(new WholeTexts()).fields(Fields.declare().number("n"))
            .reranker(request -> Collections.nCopies(request.passages().size(), 1.0))
            .withoutLoadShedding().start(); // many more searches wait here than one organisation may have
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
    void search_thatIsInterrupted_throws_andNobodyElseIsToldThatTheMarketplaceLacksAnything()
            throws InterruptedException, ExecutionException, TimeoutException {
        CountDownLatch begun = new CountDownLatch(1);
        index.sessions = session -> waiting(session, begun);
        index.opening = scope -> await(release); // so that a suspicion would not be over at once
        CompletableFuture<Throwable> ended = new CompletableFuture<>();
        Thread asking = Thread.ofVirtual().start(() -> {
            try {
                search(acme, SearchQuery.of("slow otters").timeout(PATIENCE));
                ended.complete(new AssertionError("it answered"));
            } catch (CroftException e) {
                ended.complete(Thread.currentThread().isInterrupted() ? e : new AssertionError("not interrupted", e));
            }
        });
        begun.await();
        asking.interrupt();

        assertThat(ended.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isInstanceOf(CroftException.class)
                .hasMessageContaining("interrupted");
        assertThat(search(other, SearchQuery.of("otters").timeout(PATIENCE)).incomplete()).isEmpty();
    }

    @Test
    void search_thatIsInterruptedWhileAnIndexIsBeingOpened_throws() {
        TenantContext cold = TenantContext.of(OrgId.named("cold"), Actor.service("test"));
        croft.orgs().create(cold);
        index.opening = scope -> await(release);
        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(() -> search(cold, SearchQuery.of("otters").timeout(PATIENCE)))
                    .isInstanceOf(CroftException.class).hasMessageContaining("interrupted");
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void search_answersFromTheMarketplaceWhileThePrivateIndexIsBeingOpened() {
        TenantContext cold = TenantContext.of(OrgId.named("cold"), Actor.service("test"));
        croft.orgs().create(cold);
        index.opening = scope -> await(release);

        SearchResults results = search(cold, SearchQuery.of("otters").timeout(Duration.ofSeconds(1)));

        assertThat(results.hits()).extracting(Hit::id).containsExactly("l");
        assertThat(results.incomplete()).singleElement().satisfies(late -> {
            assertThat(late.source()).isEqualTo(Source.PRIVATE);
            assertThat(late.cause()).isEqualTo(Incomplete.Cause.TIMEOUT);
        });
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

    @Test
    void search_answersByWordsWhenTheEmbedderFails() {
        SearchResults results = search(acme, SearchQuery.of("failing otters").timeout(PATIENCE));
        SearchResults byMeaning = search(acme,
                SearchQuery.of("failing otters").timeout(PATIENCE).mode(SearchMode.VECTOR));

        assertThat(results.hits()).extracting(Hit::source).containsExactlyInAnyOrder(Source.values());
        assertThat(byMeaning.hits()).isEmpty();
        assertThat(List.of(results, byMeaning)).allSatisfy(answer -> assertThat(answer.incomplete()).hasSize(2)
                .allSatisfy(lost -> {
                    assertThat(lost.cause()).isEqualTo(Incomplete.Cause.NOT_EMBEDDED);
                    assertThat(lost.detail()).contains("IllegalStateException").doesNotContain("otters");
                }));
    }

    @Test
    void search_bringsTheHitsThatCouldBeReadInTime_andTheOthersOnTheNextPage() {
        SearchQuery query = SearchQuery.of("otters").timeout(PATIENCE).limit(3);
        search(acme, query.after(croft.marketplace().publish(acme, Listing.of("m", "otters dive")))
                .after(croft.marketplace().publish(acme, Listing.of("n", "otters eat"))));
        index.sessions = session -> instead(session, "passages", arguments -> {
            List<?> candidates = (List<?>) arguments[0];
            return new Object[]{candidates.subList(0, 1), arguments[1], arguments[2]};
        });

        SearchResults results = search(acme, query.sources(Set.of(Source.MARKETPLACE)));

        assertThat(results.hits()).hasSize(1);
        assertThat(results.incomplete()).singleElement().satisfies(late -> {
            assertThat(late.source()).isEqualTo(Source.MARKETPLACE);
            assertThat(late.cause()).isEqualTo(Incomplete.Cause.TIMEOUT);
            assertThat(late.detail()).contains("read in time");
        });
        index.sessions = UnaryOperator.identity();
        SearchResults next = search(acme, query.sources(Set.of(Source.MARKETPLACE))
                .cursor(results.nextCursor().orElseThrow()));
        assertThat(next.incomplete()).isEmpty();
        assertThat(Stream.concat(results.hits().stream(), next.hits().stream()).map(Hit::id))
                .containsExactlyInAnyOrder("l", "m", "n");
    }

    @Test
    void search_keepsItsOrderIfTheRerankersTextsCannotBeReadInTime() {
        index.sessions = session -> instead(session, "texts", arguments -> new Object[]{arguments[0],
                System.nanoTime() - 1});

        SearchResults results = search(acme, SearchQuery.of("otters").timeout(PATIENCE));

        assertThat(results.reranking()).isEqualTo(SearchResults.Reranking.TIMEOUT);
        assertThat(results.hits()).extracting(Hit::source).containsExactlyInAnyOrder(Source.values());
        assertThat(results.incomplete()).isEmpty();
        index.sessions = UnaryOperator.identity();
        assertThat(search(acme, SearchQuery.of("otters").timeout(PATIENCE)).reranking())
                .isEqualTo(SearchResults.Reranking.DONE);
    }

    @Test
    void search_tellsUntilWhenHitsMayBeRead() {
        AtomicLong until = new AtomicLong();
        index.sessions = session -> instead(session, "passages", arguments -> {
            until.set((long) arguments[2]);
            return arguments;
        });

        long start = System.nanoTime();
        search(acme, SearchQuery.of("otters").timeout(Duration.ofMinutes(2)));

        assertThat(Duration.ofNanos(until.get() - start)).isBetween(Duration.ofMinutes(2), Duration.ofMinutes(3));
    }

    /** Embeds a query that hangs once it is released, and never one that fails. */
    private final class Waiting extends LengthEmbedder {

        @Override
        public float[] embedQuery(String text) {
            if (text.contains("hanging")) {
                await(release);
            }
            if (text.contains("failing")) {
                throw new IllegalStateException("cannot embed " + text);
            }
            return super.embedQuery(text);
        }
    }

    /** Waits before it finds candidates for a slow query. */
    private IndexSession waiting(IndexSession session, CountDownLatch begun) {
        return instead(session, "candidates", arguments -> {
            if (((CandidateQuery) arguments[0]).text().words().contains("slow")) {
                begun.countDown();
                await(release);
            }
            return arguments;
        });
    }

    /** A session that is asked for something with other arguments. */
    private static IndexSession instead(IndexSession session, String method, UnaryOperator<Object[]> change) {
        return (IndexSession) Proxy.newProxyInstance(IndexSession.class.getClassLoader(),
                new Class<?>[]{IndexSession.class}, (proxy, called, arguments) -> {
                    try {
                        return called.invoke(session,
                                called.getName().equals(method) ? change.apply(arguments) : arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new CroftException("interrupted", e);
        }
    }

    private SearchResults search(TenantContext context, SearchQuery query) {
        return croft.search().search(context, query);
    }
}
