package io.croft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.content.Document;
import io.croft.content.Listing;
import io.croft.content.WriteReceipt;
import io.croft.search.Boost;
import io.croft.search.Fields;
import io.croft.search.Hit;
import io.croft.search.SearchMode;
import io.croft.search.SearchQuery;
import io.croft.search.SearchQuery.Duplicates;
import io.croft.search.SearchResults;
import io.croft.search.Sort;
import io.croft.search.Source;
import io.croft.spi.contract.Seed;
import io.croft.spi.memory.InMemoryChunkIndex;
import io.croft.spi.memory.InMemoryStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Pages of one query, through the whole core over stores in memory. */
class PagesTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final SearchQuery QUERY =
            SearchQuery.of("otters").timeout(PATIENCE).duplicates(Duplicates.SHOWN);

    private final InMemoryStore store = new InMemoryStore();
    private final Croft croft = start();
    private final TenantContext acme = newOrg("acme");
    private final TenantContext other = newOrg("other");

    @AfterEach
    void stop() {
        croft.close();
    }

    @Test
    void pages_giveWhatOneLongAnswerGives() {
        fill(60, 60);
        for (SearchQuery query : List.of(QUERY, QUERY.boost(Boost.source(Source.PRIVATE, 0.01)),
                QUERY.minScore(0.3))) {
            List<String> whole = names(croft.search().search(acme, query.limit(200)).hits());

            assertThat(names(pages(query.limit(7)))).isEqualTo(whole).doesNotHaveDuplicates().hasSizeGreaterThan(50);
        }
    }

    @Test
    void pages_sortedByAFieldGiveWhatOneLongAnswerGives() {
        fill(60, 60);
        for (SearchQuery query : List.of(QUERY.sort(Sort.ascending("n")), QUERY.sort(Sort.descending("n")),
                QUERY.mode(SearchMode.VECTOR).sort(Sort.ascending("n")))) {
            List<String> whole = names(croft.search().search(acme, query.limit(200)).hits());
            String first = croft.search().search(acme, query.limit(7)).nextCursor().orElseThrow();

            assertThat(names(pages(query.limit(7)))).isEqualTo(whole).doesNotHaveDuplicates().hasSize(120);
            assertThatThrownBy(() -> croft.search().search(acme, QUERY.cursor(first)))
                    .isInstanceOf(InvalidInputException.class);
        }
    }

    @Test
    void pages_keepToTheFirstOnesCorrectionsAndPhrases() {
        fill(20, 0);
        SearchQuery typo = SearchQuery.of("ottrrs").mode(SearchMode.TEXT).timeout(PATIENCE).limit(7)
                .duplicates(Duplicates.SHOWN);
        SearchQuery phrase = SearchQuery.of("\"swim swim swim\"").mode(SearchMode.TEXT).timeout(PATIENCE).limit(7)
                .duplicates(Duplicates.SHOWN);
        SearchQuery unmet = SearchQuery.of("\"swim otters\"").mode(SearchMode.TEXT).timeout(PATIENCE).limit(7)
                .duplicates(Duplicates.SHOWN);
        SearchResults first = croft.search().search(acme, typo);
        SearchResults without = croft.search().search(acme, unmet);

        search(acme, croft.documents().put(acme, Document.text("known", "ottrrs swim otters")));

        SearchResults second = croft.search().search(acme, typo.cursor(first.nextCursor().orElseThrow()));
        assertThat(second.corrections()).isEqualTo(first.corrections()).containsKey("ottrrs");
        assertThat(names(second.hits())).hasSize(7).doesNotContain("P/known");
        SearchResults more = croft.search().search(acme, unmet.cursor(without.nextCursor().orElseThrow()));
        assertThat(more.unmetPhrases()).isEqualTo(without.unmetPhrases()).hasSize(1);
        assertThat(more.hits()).hasSize(7);
        assertThat(names(pages(phrase))).hasSize(17).doesNotContain("P/d-0", "P/d-1", "P/d-2", "P/known");
    }

    @Test
    void pages_haveThePhrasesToTheEndWhereAnythingHasThem() {
        fill(3, 3);
        WriteReceipt last = croft.documents().putAll(acme, IntStream.range(0, 5)
                .mapToObj(i -> Document.text("dens-" + i, "otters dig deep dens " + "x".repeat(i))).toList()).getLast();
        SearchQuery query = SearchQuery.of("otters \"deep dens\"").timeout(PATIENCE).duplicates(Duplicates.SHOWN);
        search(acme, last);

        for (SearchQuery each : List.of(query, query.sort(Sort.descending("n")))) {
            assertThat(pages(each.limit(2))).hasSize(5).allMatch(hit -> hit.id().startsWith("dens-"));
            SearchResults scoresTooLittle = croft.search().search(acme, each.minScore(5));
            assertThat(scoresTooLittle.hits()).isEmpty();
            assertThat(scoresTooLittle.unmetPhrases()).isEmpty();
        }
    }

    @Test
    void pages_withQuotasOrDiversityGiveEveryHitOnce() {
        fill(40, 40);
        for (SearchQuery query : List.of(QUERY.diversity(0.3), QUERY.atLeast(Source.MARKETPLACE, 3))) {
            assertThat(names(pages(query.limit(7)))).doesNotHaveDuplicates().hasSize(80);
        }
        SearchResults page = croft.search().search(acme, QUERY.limit(7).atLeast(Source.MARKETPLACE, 3));
        assertThat(page.hits()).filteredOn(hit -> hit.source() == Source.MARKETPLACE).hasSizeGreaterThanOrEqualTo(3);
    }

    @Test
    void pages_areStableWhileDocumentsChange() {
        Random random = Seed.random("pages_areStableWhileDocumentsChange");
        fill(60, 60);
        List<String> whole = names(croft.search().search(acme, QUERY.limit(200)).hits());
        List<String> shown = new ArrayList<>();
        List<String> deleted = new ArrayList<>();
        Optional<String> cursor = Optional.empty();
        int round = 0;

        do {
            SearchQuery query = QUERY.limit(7);
            SearchResults page = croft.search().search(acme, cursor.map(query::cursor).orElse(query));
            shown.addAll(names(page.hits()));
            cursor = page.nextCursor();
            // the best there could be, a shown one that changes, and one that goes
            WriteReceipt best = croft.documents().put(acme, Document.text("new-" + round++, "otters otters otters"));
            WriteReceipt again = croft.documents().put(acme, Document.text(
                    shown.getFirst().substring(2), "otters " + "swim ".repeat(random.nextInt(40))));
            String victim = "d-" + random.nextInt(60);
            croft.documents().delete(acme, victim).ifPresent(receipt -> deleted.add("P/" + victim));
            croft.search().search(acme, QUERY.after(best).after(again));
        } while (cursor.isPresent());

        assertThat(shown).doesNotHaveDuplicates();
        List<String> expected = new ArrayList<>(whole);
        expected.removeIf(name -> deleted.contains(name) && !shown.contains(name));
        List<String> known = new ArrayList<>(shown);
        known.removeIf(name -> name.startsWith("P/new-"));
        assertThat(known).containsExactlyElementsOf(expected);
        assertThat(shown).noneMatch(name -> name.startsWith("P/new-"));
    }

    @Test
    void pages_endAtTheGreatestDepth() {
        fill(700, 400);

        List<Hit> hits = pages(QUERY.limit(300));

        assertThat(names(hits)).hasSize(SearchQuery.MAX_DEPTH).doesNotHaveDuplicates();
    }

    @Test
    void pages_goOnInAnotherProcessAndWithoutTheDatabase() {
        fill(20, 20);
        SearchResults first = croft.search().search(acme, QUERY.limit(5));
        String cursor = first.nextCursor().orElseThrow();
        List<String> second = names(croft.search().search(acme, QUERY.limit(5).cursor(cursor)).hits());

        try (Croft elsewhere = start()) {
            assertThat(names(elsewhere.search().search(acme, QUERY.limit(5).cursor(cursor)).hits())).isEqualTo(second);
        }
        store.goAway();
        assertThat(names(croft.search().search(acme, QUERY.limit(5).cursor(cursor)).hits())).isEqualTo(second);
        store.comeBack();
    }

    @Test
    void pages_ofAnotherOrganisationAreRefused() {
        fill(20, 20);
        String cursor = croft.search().search(acme, QUERY.limit(5)).nextCursor().orElseThrow();

        assertThatThrownBy(() -> croft.search().search(other, QUERY.cursor(cursor)))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("cursor");
    }

    @Test
    void nextCursor_isEmptyOnTheLastPage() {
        fill(3, 0);

        assertThat(croft.search().search(acme, QUERY.limit(10)).nextCursor()).isEmpty();
        assertThat(croft.search().search(acme, QUERY.limit(3)).nextCursor()).isEmpty();
        assertThat(croft.search().search(acme, QUERY.limit(2)).nextCursor()).isPresent();
        assertThat(croft.search().search(acme, SearchQuery.of("unicorn").minScore(2)).nextCursor()).isEmpty();
    }

    private List<Hit> pages(SearchQuery query) {
        List<Hit> hits = new ArrayList<>();
        SearchResults page = croft.search().search(acme, query);
        hits.addAll(page.hits());
        while (page.nextCursor().isPresent()) {
            assertThat(page.hits()).isNotEmpty();
            page = croft.search().search(acme, query.cursor(page.nextCursor().get()));
            hits.addAll(page.hits());
        }
        return hits;
    }

    private static List<String> names(List<Hit> hits) {
        return hits.stream().map(hit -> (hit.source() == Source.PRIVATE ? "P/" : "M/") + hit.id()).toList();
    }

    /** Texts that all have the word, each of another length. */
    private void fill(int documents, int listings) {
        List<WriteReceipt> receipts = croft.documents().putAll(acme, IntStream.range(0, documents)
                .mapToObj(i -> Document.text("d-" + i, "otters " + "swim ".repeat(i % 83)).withField("n", "" + i % 13))
                .toList());
        search(acme, receipts.getLast());
        if (listings > 0) {
            receipts = croft.marketplace().publishAll(other, IntStream.range(0, listings)
                    .mapToObj(
                            i -> Listing.of("l-" + i, "otters " + "swims ".repeat(i % 79)).withField("n", "" + i % 11))
                    .toList());
            search(other, receipts.getLast());
        }
    }

    /** Waits until this write and so all before it are visible. */
    private void search(TenantContext who, WriteReceipt receipt) {
        croft.search().search(who, QUERY.after(receipt));
    }

    private Croft start() {
        return Croft.builder().store(store).index(new InMemoryChunkIndex()).embedder(new LengthEmbedder())
                .handlers(new WholeTexts()).fields(Fields.declare().number("n")).start();
    }

    private TenantContext newOrg(String name) {
        TenantContext who = TenantContext.of(OrgId.named(name), Actor.service("test"));
        croft.orgs().create(who);
        return who;
    }
}
