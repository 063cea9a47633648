package io.croft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.ErasureReceipt;
import io.croft.analytics.SearchAnalytics;
import io.croft.analytics.SearchReport;
import io.croft.analytics.SearchReport.SourceFigures;
import io.croft.analytics.SearchReport.TopQuery;
import io.croft.analytics.TextRetention;
import io.croft.content.ContentStatus;
import io.croft.content.CopyReceipt;
import io.croft.content.Document;
import io.croft.content.Listing;
import io.croft.content.WriteReceipt;
import io.croft.job.JobHandler;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobResult;
import io.croft.job.JobState;
import io.croft.search.Hit;
import io.croft.search.Lag;
import io.croft.search.Phrases;
import io.croft.search.RelevanceScorer;
import io.croft.search.SearchMode;
import io.croft.search.SearchQuery;
import io.croft.search.SearchResults;
import io.croft.search.SearchResults.Incomplete;
import io.croft.search.SearchResults.Wait;
import io.croft.search.Source;
import io.croft.search.Typos;
import io.croft.spi.BlobStore;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Outcome;
import io.croft.spi.Processors;
import io.croft.spi.contract.Await;
import io.croft.spi.memory.InMemoryChunkIndex;
import io.croft.spi.memory.InMemoryStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The core put together over stores in memory. */
class CroftTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final InMemoryStore store = new InMemoryStore();
    private final InMemoryChunkIndex.Disk disk = new InMemoryChunkIndex.Disk();
    private final FaultyIndex index = new FaultyIndex(disk);
    private final Croft croft = builder(store, index).start();
    private final TenantContext acme = newOrg("acme");
    private final TenantContext other = newOrg("other");

    @AfterEach
    void stop() {
        croft.close();
    }

    @Test
    void search_findsAWriteAfterItsReceiptAndNotAfterItsDeletion() {
        WriteReceipt put = croft.documents().put(acme, Document.text("d", "otters swim").withField("k", "v"));

        SearchResults found = search(croft, acme, "otters", put);
        assertThat(found.waits()).extracting(Wait::outcome).containsExactly(Wait.Outcome.VISIBLE);
        assertThat(found.hits()).singleElement().satisfies(hit -> {
            assertThat(hit.source()).isEqualTo(Source.PRIVATE);
            assertThat(hit.fields()).containsEntry("k", "v");
            assertThat(hit.score().parts()).hasSize(2);
        });
        WriteReceipt gone = croft.documents().delete(acme, "d").orElseThrow();
        assertThat(search(croft, acme, "otters", gone).hits()).isEmpty();
        assertThat(croft.documents().delete(acme, "d")).isEmpty();
    }

    @Test
    void lag_isOfTheIndexesThatWereOpened() {
        assertThat(croft.search().lag(acme)).doesNotContainKey(Source.PRIVATE);
        search(croft, acme, "otters", croft.documents().put(acme, Document.text("d", "otters swim")));

        Await.until("nothing is left to apply", () -> Lag.NONE.equals(croft.search().lag(acme).get(Source.PRIVATE)));
        assertThat(croft.search().lag(acme)).containsKey(Source.MARKETPLACE);
        assertThat(croft.search().lag(other)).doesNotContainKey(Source.PRIVATE);
        TenantContext nobody = TenantContext.of(OrgId.named("nobody"), Actor.service("test"));
        assertThatThrownBy(() -> croft.search().lag(nobody)).isInstanceOf(UnknownOrgException.class);
    }

    @Test
    void search_findsWritesWhoseChunksAreReadInParts() {
        search(croft, acme, "x", croft.documents().put(acme, Document.text("first", "otters"))); // opens the index
        store.readAtMost(3);
        List<WriteReceipt> receipts = croft.documents().putAll(acme, IntStream.range(0, 20)
                .mapToObj(i -> Document.text("d-" + i, "otters swim")).toList());

        SearchResults found = search(croft, acme, "otters", receipts.toArray(WriteReceipt[]::new));

        assertThat(found.waits()).hasSize(20).extracting(Wait::outcome).containsOnly(Wait.Outcome.VISIBLE);
        assertThat(found.hits()).hasSize(10);
    }

    @Test
    void search_mixesBothSourcesAndSeesNoOtherOrgsDocuments() {
        WriteReceipt mine = croft.documents().put(acme, Document.text("same", "otters swim upstream"));
        search(croft, other, "x", croft.documents().put(other, Document.text("same", "otters of another house")));
        WriteReceipt sold = croft.marketplace().publish(other, Listing.of("same", "otters for sale"));

        SearchResults results = croft.search().search(acme, SearchQuery.of("otters").after(mine).timeout(PATIENCE));
        SearchResults others = search(croft, other, "otters", sold);
        assertThat(croft.search().search(acme, SearchQuery.of("otters")).hits())
                .extracting(hit -> hit.source() + " " + hit.org())
                .containsExactlyInAnyOrder("PRIVATE " + acme.org(), "MARKETPLACE " + other.org());
        assertThat(results.hits()).extracting(hit -> hit.snippet()).doesNotContain("otters of another house");
        assertThat(others.hits()).hasSize(2);
        assertThat(croft.search().search(acme, SearchQuery.of("otters").sources(Set.of(Source.MARKETPLACE))).hits())
                .extracting(hit -> hit.source()).containsOnly(Source.MARKETPLACE);
    }

    @Test
    void search_namesASourceThatFailsAndAnswersFromTheOther() {
        search(croft, acme, "otters", croft.documents().put(acme, Document.text("d", "otters swim")));
        index.sessions = session -> instead(session, () -> {
            throw new CroftException("broken");
        });

        SearchResults results = croft.search().search(acme, SearchQuery.of("otters"));
        assertThat(results.hits()).hasSize(1);
        assertThat(results.incomplete()).extracting(Incomplete::source, Incomplete::cause)
                .containsExactly(org.assertj.core.groups.Tuple.tuple(Source.MARKETPLACE, Incomplete.Cause.FAILED));
    }

    @Test
    void search_namesASourceThatIsLateAndAnswersFromTheOther() {
        search(croft, acme, "otters", croft.documents().put(acme, Document.text("d", "otters swim")));
        CountDownLatch release = new CountDownLatch(1);
        index.sessions = session -> instead(session, () -> {
            try {
                release.await(20, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });

        SearchResults results = croft.search().search(acme,
                SearchQuery.of("otters").mode(SearchMode.VECTOR).timeout(Duration.ofMillis(200)));
        release.countDown();
        assertThat(results.hits()).hasSize(1);
        assertThat(results.incomplete()).extracting(Incomplete::source, Incomplete::cause)
                .containsExactly(org.assertj.core.groups.Tuple.tuple(Source.MARKETPLACE, Incomplete.Cause.TIMEOUT));
    }

    @Test
    void search_goesOnWhileTheStoreIsAwayAndCatchesUpAfterwards() {
        search(croft, acme, "otters", croft.documents().put(acme, Document.text("d", "otters swim")));
        store.goAway();

        assertThat(croft.search().search(acme, SearchQuery.of("otters")).hits()).hasSize(1);
        assertThatThrownBy(() -> croft.documents().put(acme, Document.text("e", "x")))
                .isInstanceOf(StoreUnavailableException.class);
        store.comeBack();
        assertThat(search(croft, acme, "badgers", croft.documents().put(acme, Document.text("e", "badgers dig")))
                .hits()).extracting(hit -> hit.id()).contains("e");
    }

    @Test
    void follower_triesAgainFromTheIndexsOwnCheckpointWhenAnApplicationFails() {
        search(croft, acme, "otters", croft.documents().put(acme, Document.text("d", "otters swim")));
        index.failingApplies.set(2);

        SearchResults results = search(croft, acme, "badgers",
                croft.documents().put(acme, Document.text("e", "badgers dig")));
        assertThat(results.waits()).extracting(Wait::outcome).containsExactly(Wait.Outcome.VISIBLE);
        assertThat(index.failingApplies).hasValue(0);
    }

    @Test
    void follower_catchesUpWithAnIndexThatWasOpenedWhileTheStoreWasAway() {
        search(croft, acme, "otters", croft.documents().put(acme, Document.text("d", "otters swim")));
        croft.close();
        FaultyIndex reopened = new FaultyIndex(disk);
        try (Croft second = builder(store, reopened).start()) {
            assertThat(second.search().search(other, SearchQuery.of("x")).incomplete()).isEmpty();
            second.documents().put(acme, Document.text("e", "badgers dig"));
            Await.until("it is stored", () -> second.documents().status(acme, "e").orElseThrow()
                    .state() == ContentStatus.State.READY);
            store.goAway();
            assertThat(search(second, acme, "otters").hits()).hasSize(1);
            store.comeBack();

            Await.until("it is found", () -> search(second, acme, "badgers").hits().size() == 2);
        }
    }

    @Test
    void follower_looksAtAnIndexAgainThatASearchCouldNotRead() {
        search(croft, acme, "otters", croft.marketplace().publish(acme, Listing.of("l", "otters for sale")));
        int opened = index.opened.get();
        index.sessions = session -> instead(session, () -> {
            throw new CroftException("damaged");
        });
        assertThat(croft.search().search(acme, SearchQuery.of("otters")).incomplete()).hasSize(1);

        index.sessions = UnaryOperator.identity();
        Await.until("it was opened again", () -> index.opened.get() > opened);
        assertThat(search(croft, acme, "otters").hits()).hasSize(1);
    }

    @Test
    void follower_rebuildsAnIndexThatSaysItIsDamaged_withoutASearchThatFails() {
        search(croft, acme, "otters", croft.documents().put(acme, Document.text("d", "otters swim")));
        IndexScope.PrivateIndex scope = index.privateIndexes().stream().filter(one -> one.org().equals(acme.org()))
                .findFirst().orElseThrow();
        int opened = index.opened.get();

        index.findDamage(scope);

        Await.until("it was looked at", () -> index.opened.get() > opened);
        Await.until("it was rebuilt", () -> search(croft, acme, "otters").incomplete().isEmpty());
        assertThat(search(croft, acme, "otters").hits()).hasSize(1);
    }

    @Test
    void follower_ofAnotherProcessSeesWhatThisOneWrote() {
        try (Croft second = builder(store, new FaultyIndex(new InMemoryChunkIndex.Disk())).start()) {
            assertThat(search(second, acme, "otters").hits()).isEmpty();
            croft.documents().put(acme, Document.text("d", "otters swim"));
            croft.marketplace().publish(other, Listing.of("l", "otters for sale"));

            Await.until("both are found", () -> search(second, acme, "otters").hits().size() == 2);
        }
    }

    @Test
    void follower_rebuildsAnIndexThatIsOffTheLog() {
        search(croft, acme, "otters", croft.marketplace().publish(acme, Listing.of("l", "otters for sale")));
        croft.close();
        InMemoryStore restored = new InMemoryStore();
        try (Croft second = builder(restored, new FaultyIndex(disk)).start()) {
            second.orgs().create(acme);

            SearchResults results = search(second, acme, "otters");
            assertThat(results.incomplete()).isEmpty();
            assertThat(results.hits()).isEmpty();
        }
    }

    @Test
    void start_goesOnFromWhatAnEarlierProcessCommitted() {
        search(croft, acme, "otters", croft.documents().put(acme, Document.text("d", "otters swim")));
        croft.close();
        try (Croft second = builder(store, new FaultyIndex(disk)).start()) {
            assertThat(search(second, acme, "otters").hits()).hasSize(1);
            assertThat(search(second, acme, "badgers",
                    second.documents().put(acme, Document.text("e", "badgers dig"))).hits()).isNotEmpty();
        }
    }

    @Test
    void search_doesNotTakeAWriteOfAnotherLifeForOneOfThis() {
        WriteReceipt before = croft.documents().put(acme, Document.text("d", "otters swim"));
        WriteReceipt listing = croft.marketplace().publish(acme, Listing.of("l", "otters for sale"));
        croft.orgs().erase(acme);
        croft.orgs().create(acme);
        WriteReceipt after = croft.documents().put(acme, Document.text("d", "otters dive"));
        assertThat(search(croft, acme, "otters", after).waits()).extracting(Wait::outcome)
                .containsExactly(Wait.Outcome.VISIBLE);

        assertThat(search(croft, acme, "otters", before).waits()).extracting(Wait::outcome)
                .containsExactly(Wait.Outcome.FAILED);
        assertThat(search(croft, acme, "otters", listing).waits()).extracting(Wait::outcome)
                .containsExactly(Wait.Outcome.FAILED);
    }

    @Test
    void erase_leavesNothingToBeFoundAndARecreatedOrgIsEmpty() {
        search(croft, acme, "otters", croft.documents().put(acme, Document.text("d", "otters swim")));
        ErasureReceipt receipt = croft.orgs().erase(acme);

        assertThat(receipt.org().id()).isEqualTo(acme.org());
        assertThat(receipt.rows().documents()).isEqualTo(1);
        assertThat(receipt.rows().chunks()).isEqualTo(1);
        assertThatThrownBy(() -> croft.search().search(acme, SearchQuery.of("otters")))
                .isInstanceOf(UnknownOrgException.class).hasMessageContaining(acme.org().toString());
        assertThat(index.privateIndexes()).noneMatch(scope -> scope.org().equals(acme.org()));
        croft.orgs().create(acme);
        assertThat(search(croft, acme, "otters").hits()).isEmpty();
    }

    @Test
    void erase_removesTheIndexAlsoWhereFilesCannotBeRemoved() {
        FaultyIndex ofSecond = new FaultyIndex(new InMemoryChunkIndex.Disk());
        BlobStore away = (BlobStore) Proxy.newProxyInstance(CroftTest.class.getClassLoader(),
                new Class<?>[]{BlobStore.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("erase")) {
                        throw new StoreUnavailableException("the disk is away");
                    }
                    return method.getName().equals("lives") ? Set.of() : null;
                });
        try (Croft second = builder(new InMemoryStore(), ofSecond).blobs(away).start()) {
            second.orgs().create(acme);
            search(second, acme, "otters", second.documents().put(acme, Document.text("d", "otters swim")));

            ErasureReceipt receipt = second.orgs().erase(acme);

            assertThat(receipt.rows().documents()).isEqualTo(1);
            assertThat(ofSecond.privateIndexes()).isEmpty();
        }
    }

    /** Else its key would keep every later one from being enqueued. */
    @Test
    void reembed_redrivesWhatIsADeadLetter() {
        JobId job = croft.ingest().reembed(acme, Source.PRIVATE);
        store.jobs().maintain(100);
        ClaimedJob claimed = store.jobs().claim(Processors.REEMBED.queue(), 1, "test", PATIENCE).getFirst();
        store.jobs().finish(List.of(new Completion(claimed.lease(),
                new Outcome.Failed(Optional.empty(), "Broken", "it never works", ""))));
        assertThat(croft.jobs().find(acme, job).orElseThrow().state()).isEqualTo(JobState.DEAD);

        assertThat(croft.ingest().reembed(acme, Source.PRIVATE)).isEqualTo(job);

        assertThat(croft.jobs().find(acme, job).orElseThrow().state()).isEqualTo(JobState.READY);
    }

    @Test
    void copyAll_makesAnIndependentCopy() {
        WriteReceipt put = croft.documents().put(acme, Document.text("d", "otters swim"));
        search(croft, acme, "otters", put);

        CopyReceipt copied = croft.documents().copyAll(acme, other);
        CopyReceipt again = croft.documents().copyAll(acme, other);

        assertThat(copied).extracting(CopyReceipt::copied, CopyReceipt::queued, CopyReceipt::kept)
                .containsExactly(1L, 0L, 0L);
        assertThat(again).isEqualTo(new CopyReceipt(0, 0, 1, Optional.empty()));
        SearchResults found = search(croft, other, "otters", copied.last().orElseThrow());
        assertThat(found.waits()).extracting(Wait::outcome).containsExactly(Wait.Outcome.VISIBLE);
        assertThat(found.hits()).singleElement()
                .satisfies(hit -> assertThat(hit.org()).isEqualTo(other.org()));
        search(croft, acme, "otters", croft.documents().delete(acme, "d").orElseThrow());
        assertThat(search(croft, other, "otters").hits()).hasSize(1);
    }

    @Test
    void copyAll_refusesItselfAndUnknownOrganisations() {
        TenantContext unknown = TenantContext.of(OrgId.named("nobody"), acme.actor());

        assertThatThrownBy(() -> croft.documents().copyAll(acme, acme)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(acme.org().toString());
        assertThatThrownBy(() -> croft.documents().copyAll(acme, unknown)).isInstanceOf(UnknownOrgException.class);
        assertThatThrownBy(() -> croft.documents().copyAll(unknown, acme)).isInstanceOf(UnknownOrgException.class);
    }

    @Test
    void after_saysThatAWriteHasFailedOrIsNotReadyInTime() {
        croft.close();
        try (Croft failing = builder(store, new FaultyIndex(new InMemoryChunkIndex.Disk()))
                .handlers((content, embedder) -> Map.of(Processors.EMBED, job -> JobResult.cancel("no"))).start()) {
            WriteReceipt failed = failing.documents().put(acme, Document.text("d", "otters swim"));
            assertThat(search(failing, acme, "otters", failed).waits()).extracting(Wait::outcome)
                    .containsExactly(Wait.Outcome.FAILED);
        }
        try (Croft idle = builder(store, new FaultyIndex(new InMemoryChunkIndex.Disk()))
                .handlers((content, embedder) -> Map.of()).start()) {
            WriteReceipt waiting = idle.documents().put(acme, Document.text("d", "otters swim"));
            assertThat(idle.search().search(acme,
                    SearchQuery.of("otters").after(waiting).timeout(Duration.ofMillis(300))).waits())
                    .extracting(Wait::outcome).containsExactly(Wait.Outcome.TIMEOUT);
        }
    }

    @Test
    void after_refusesAnotherOrgsReceipt() {
        WriteReceipt foreign = croft.documents().put(other, Document.text("d", "otters swim"));

        assertThatThrownBy(() -> croft.search().search(acme, SearchQuery.of("otters").after(foreign)))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("another organisation");
    }

    @Test
    void phrases_filterBothSourcesAndGiveWayOnlyIfNothingHasThem() {
        WriteReceipt mine = croft.documents().put(acme, Document.text("right", "otters swim upstream"));
        WriteReceipt wrong = croft.documents().put(acme, Document.text("wrong", "swim otters upstream"));
        search(croft, other, "x", croft.marketplace().publish(other, Listing.of("sold", "where otters swim")));

        SearchResults both = search(croft, acme, "upstream \"otters swim\"", mine, wrong);
        assertThat(both.hits()).extracting(Hit::id).containsExactlyInAnyOrder("right", "sold");
        assertThat(both.unmetPhrases()).isEmpty();
        assertThat(both.hits().getFirst().snippetHtml()).contains("<mark>otters</mark>");
        SearchResults unmet = search(croft, acme, "\"upstream otters\"");
        assertThat(unmet.hits()).hasSize(3);
        assertThat(unmet.unmetPhrases()).containsExactly("upstream otters");
        SearchResults required = croft.search().search(acme,
                SearchQuery.of("\"upstream otters\"").phrases(Phrases.REQUIRE));
        assertThat(required.hits()).isEmpty();
        assertThat(required.unmetPhrases()).isEmpty();
    }

    @Test
    void typos_areCorrectedByTheWordsOfEitherSource_andByNoOtherOrgs() {
        WriteReceipt mine = croft.documents().put(acme, Document.text("mine", "otters swim"));
        search(croft, other, "x", croft.marketplace().publish(other, Listing.of("sold", "badgers dig")));
        search(croft, other, "x", croft.documents().put(other, Document.text("secret", "weasels ottirs hide")));

        SearchResults found = search(croft, acme, "oters bagders weesels", mine);
        assertThat(found.corrections()).containsExactly(Map.entry("oters", List.of("otters")),
                Map.entry("bagders", List.of("badgers")));
        SearchResults text = croft.search().search(acme, SearchQuery.of("oters bagders").mode(SearchMode.TEXT));
        assertThat(text.hits()).extracting(Hit::id).containsExactlyInAnyOrder("mine", "sold");
        assertThat(text.hits()).extracting(Hit::snippetHtml).contains("<mark>otters</mark> swim");
        assertThat(croft.search().search(acme, SearchQuery.of("weesels").mode(SearchMode.TEXT)).hits()).isEmpty();
        SearchResults others = croft.search().search(other, SearchQuery.of("weesels").mode(SearchMode.TEXT));
        assertThat(others.corrections()).containsEntry("weesels", List.of("weasels"));
    }

    @Test
    void typos_areLeftWhereTheQuerySaysSo_orAnySourceKnowsTheWord() {
        search(croft, acme, "x", croft.documents().put(acme, Document.text("mine", "otters swim")));
        search(croft, other, "x", croft.marketplace().publish(other, Listing.of("sold", "oters are a band")));

        assertThat(search(croft, acme, "oters").corrections()).isEmpty();
        assertThat(croft.search().search(acme, SearchQuery.of("ottrs").typos(Typos.EXACT)).corrections()).isEmpty();
        assertThat(search(croft, acme, "\"ottrs swim\"").corrections()).isEmpty();
        assertThat(search(croft, acme,
                "ottrs" + IntStream.range(0, 100).mapToObj(i -> " x" + i).collect(Collectors.joining())).corrections())
                .as("of a query of more than 100 words").isEmpty();
        assertThat(search(croft, acme, "ottrs").corrections()).containsOnlyKeys("ottrs");
    }

    @Test
    void query_ofTooManyWordsIsRefused() {
        String many = IntStream.range(0, 1025).mapToObj(i -> Integer.toString(i, 36)).collect(Collectors.joining(" "));

        assertThatThrownBy(() -> croft.search().search(acme, SearchQuery.of(many)))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("1025").hasMessageContaining("1024");
        assertThat(croft.search().search(acme, SearchQuery.of(many.substring(0, many.lastIndexOf(' ')))).incomplete())
                .isEmpty();
    }

    @Test
    void similarTo_findsWhatIsLikeADocumentAndLeavesItOut() {
        List<WriteReceipt> receipts = croft.documents().putAll(acme, List.of(Document.text("a", "x".repeat(10)),
                Document.text("b", "x".repeat(12)), Document.text("c", "x".repeat(60))));
        WriteReceipt sold = croft.marketplace().publish(acme, Listing.of("a", "x".repeat(11)));
        search(croft, acme, "x", receipts.toArray(WriteReceipt[]::new));

        List<Hit> hits = croft.search().search(acme,
                SearchQuery.similarToDocument("a").after(sold).timeout(PATIENCE)).hits();
        assertThat(hits).extracting(hit -> hit.source() + " " + hit.id()).containsExactly("MARKETPLACE a", "PRIVATE b",
                "PRIVATE c");
        assertThat(croft.search().search(other, SearchQuery.similarToListing(acme.org(), "a")).hits()).isEmpty();
        assertThat(croft.search().search(acme, SearchQuery.similarTo(hits.getFirst()).limit(2)).hits())
                .extracting(hit -> hit.source() + " " + hit.id()).containsExactlyInAnyOrder("PRIVATE a", "PRIVATE b");
        assertThat(croft.search().search(acme, SearchQuery.similarToDocument("c")
                .sources(Set.of(Source.MARKETPLACE))).hits()).extracting(Hit::source).containsOnly(Source.MARKETPLACE);
    }

    @Test
    void similarTo_doesNotTellAnotherOrgsDocumentFromNone() {
        Hit foreign = search(croft, other, "otters", croft.documents().put(other, Document.text("d", "otters swim")))
                .hits().getFirst();

        assertThatThrownBy(() -> croft.search().search(acme, SearchQuery.similarTo(foreign)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("document \"d\" is not found: give one that exists and is visible already, see"
                        + " after(receipt)");
        assertThatThrownBy(() -> croft.search().search(acme, SearchQuery.similarToDocument("d")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("document \"d\" is not found: give one that exists and is visible already, see"
                        + " after(receipt)");
        assertThatThrownBy(() -> croft.search().search(acme, SearchQuery.similarToListing(other.org(), "d")))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("listing \"d\" is not found");
    }

    @Test
    void scorer_canBeReplacedAndItsFailureReachesTheCaller() {
        croft.close();
        RelevanceScorer broken = request -> {
            throw new IllegalStateException("scorer");
        };
        try (Croft second = builder(store, new FaultyIndex(disk)).scorer(broken).start()) {
            assertThatThrownBy(() -> search(second, acme, "otters")).hasMessageContaining("scorer");
        }
    }

    @Test
    void analytics_reportWhatWasSearchedAndClicked() {
        search(croft, acme, "x", croft.documents().put(acme, Document.text("d", "otters swim")));
        search(croft, other, "x", croft.marketplace().publish(other, Listing.of("l", "otters for sale")));
        Instant from = Instant.now();
        SearchReport before = croft.analytics().report(acme, from, from.plusSeconds(1));
        croft.analytics().keepTexts(acme, TextRetention.KEEP);

        SearchResults found = search(croft, acme, "Otters");
        search(croft, acme, "otters");
        SearchResults none = croft.search().search(acme, SearchQuery.of("unicorns").mode(SearchMode.TEXT));
        search(croft, other, "secrets");
        Hit listing = found.hits().stream().filter(hit -> hit.source() == Source.MARKETPLACE).findFirst().orElseThrow();
        croft.search().clicked(acme, found, listing);
        croft.search().clicked(other, found.id(), Source.PRIVATE, 1); // another organisation's search
        croft.search().clicked(acme, UUID.randomUUID(), Source.PRIVATE, 1);

        Instant to = Instant.now().plusSeconds(1);
        SearchReport report = croft.analytics().report(acme, from, to);
        assertThat(none.hits()).isEmpty();
        assertThat(report.searches()).isEqualTo(before.searches() + 3);
        assertThat(report.searchesByMode()).containsEntry(SearchMode.TEXT, 1L);
        assertThat(report.zeroResults()).isEqualTo(1);
        assertThat(report.sources().getOrDefault(Source.MARKETPLACE, new SourceFigures(0, 0, 0)).clicked())
                .isEqualTo(1);
        assertThat(report.clickedShare(Source.MARKETPLACE)).isEqualTo(1);
        assertThat(report.shownShare(Source.PRIVATE)).isBetween(.4, .9);
        assertThat(report.clickRank()).isEqualTo(1.0 / (1 + found.hits().indexOf(listing)));
        assertThat(report.topQueries()).containsExactly(new TopQuery("otters", 2, 0), new TopQuery("unicorns", 1, 1));
        assertThat(report.topZeroResultQueries()).containsExactly(new TopQuery("unicorns", 1, 1));
        assertThat(report.latency().orElseThrow().p50()).isPositive();
        assertThat(report.dropped()).isZero();
        SearchReport overall = croft.analytics().overall(Actor.superAdmin("operator"), from, to);
        assertThat(overall.searches())
                .isEqualTo(report.searches() + croft.analytics().report(other, from, to).searches());
        assertThat(overall.topQueries()).isEmpty();
        assertThat(croft.analytics().report(other, from, to).topQueries()).as("not allowed").isEmpty();
    }

    @Test
    void analytics_doNotKeepSearchesFromBeingAnsweredWhileTheStoreIsAway() {
        search(croft, acme, "otters", croft.documents().put(acme, Document.text("d", "otters swim")));
        Instant from = Instant.now();
        long before = croft.analytics().report(acme, from, from.plusSeconds(1)).searches();
        store.goAway();
        for (int i = 0; i < 100; i++) {
            assertThat(search(croft, acme, "otters").hits()).hasSize(1);
        }
        assertThatThrownBy(() -> croft.analytics().report(acme, from, from.plusSeconds(1)))
                .isInstanceOf(StoreUnavailableException.class);
        store.comeBack();

        assertThat(croft.analytics().report(acme, from, Instant.now().plusSeconds(1)).searches())
                .isEqualTo(before + 100);
    }

    @Test
    void analytics_areStoredWhenItIsClosedAndErasedWithTheOrg() {
        Instant from = Instant.now();
        search(croft, acme, "otters");
        croft.close();
        try (Croft second = builder(store, new FaultyIndex(disk)).start()) {
            assertThat(second.analytics().report(acme, from, Instant.now().plusSeconds(1)).searches()).isEqualTo(1);
            second.orgs().erase(acme);
            second.orgs().create(acme);

            assertThat(second.analytics().report(acme, from, Instant.now().plusSeconds(1)).searches()).isZero();
        }
    }

    @Test
    void analytics_refuseWhatCannotBeReported() {
        Instant now = Instant.now();
        SearchAnalytics analytics = croft.analytics();

        assertThatThrownBy(() -> analytics.overall(Actor.user("u-7", Role.ADMIN), now, now.plusSeconds(1)))
                .isInstanceOf(NotPermittedException.class).hasMessageContaining("u-7").hasMessageContaining("ADMIN");
        assertThatThrownBy(() -> analytics.report(acme, now, now)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("after");
        assertThatThrownBy(() -> analytics.report(acme, now.minus(Duration.ofDays(367)), now))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("366 days");
        assertThatThrownBy(() -> analytics.report(acme, Instant.MIN, Instant.MAX))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("2000");
        TenantContext unknown = TenantContext.of(OrgId.named("unknown"), Actor.service("test"));
        assertThatThrownBy(() -> analytics.report(unknown, now, now.plusSeconds(1)))
                .isInstanceOf(UnknownOrgException.class);
        assertThatThrownBy(() -> croft.search().clicked(acme, UUID.randomUUID(), Source.PRIVATE, 0))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("place 0");
        SearchResults results =
                search(croft, acme, "otters", croft.documents().put(acme, Document.text("d", "otters")));
        Hit hit = results.hits().getFirst();
        SearchResults others = search(croft, other, "otters");
        assertThatThrownBy(() -> croft.search().clicked(acme, others, hit)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("none of the answer");
    }

    @Test
    void analytics_canBeLeftOut() {
        croft.close();
        try (Croft second = builder(store, new FaultyIndex(disk)).withoutAnalytics().start()) {
            SearchResults results = search(second, acme, "otters");
            second.search().clicked(acme, results.id(), Source.PRIVATE, 1);

            assertThatThrownBy(second::analytics).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(".withoutAnalytics()");
        }
        try (Croft third = builder(store, new FaultyIndex(disk)).start()) {
            Instant now = Instant.now();
            assertThat(third.analytics().report(acme, now.minusSeconds(3600), now.plusSeconds(1)).searches()).isZero();
        }
    }

    @Test
    void start_forJobsAloneNamesWhatIsMissingForSearch() {
        try (Croft jobs = Croft.builder().store(new InMemoryStore()).start()) {
            assertThatThrownBy(jobs::search).isInstanceOf(IllegalStateException.class).hasMessageContaining(".index(");
            assertThat(jobs.jobs()).isNotNull();
        }
        assertThatThrownBy(() -> Croft.builder().start()).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(".store(");
        assertThatThrownBy(() -> Croft.builder().store(new InMemoryStore()).index(new InMemoryChunkIndex()).start())
                .isInstanceOf(IllegalStateException.class).hasMessageContaining(".embedder(");
    }

    @Test
    void handler_givenTwiceForAKindIsRefused() {
        JobHandler handler = job -> JobResult.completed();
        Croft.Builder builder = Croft.builder().handler(JobKind.of("a", "q"), handler);

        assertThatThrownBy(() -> builder.handler(JobKind.of("a", "other"), handler))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("a has two handlers");
    }

    private TenantContext newOrg(String name) {
        TenantContext who = TenantContext.of(OrgId.named(name), Actor.service("test"));
        croft.orgs().create(who);
        return who;
    }

    private static SearchResults search(Croft croft, TenantContext who, String text, WriteReceipt... after) {
        SearchQuery query = SearchQuery.of(text).timeout(PATIENCE);
        for (WriteReceipt receipt : after) {
            query = query.after(receipt);
        }
        return croft.search().search(who, query);
    }

    private static Croft.Builder builder(InMemoryStore store, FaultyIndex index) {
        return Croft.builder().store(store).index(index).embedder(new LengthEmbedder()).handlers(new WholeTexts());
    }

    /** A session that does something else before it looks for candidates. */
    private static IndexSession instead(IndexSession session, Runnable first) {
        return (IndexSession) Proxy.newProxyInstance(IndexSession.class.getClassLoader(),
                new Class<?>[]{IndexSession.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("candidates")) {
                        first.run();
                    }
                    try {
                        return method.invoke(session, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
