package io.croft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.content.CopyReceipt;
import io.croft.content.Document;
import io.croft.content.Listing;
import io.croft.content.WriteReceipt;
import io.croft.intake.ImportReport;
import io.croft.intake.Imported;
import io.croft.intake.IngestReceipt;
import io.croft.intake.IngestStatus;
import io.croft.intake.Upload;
import io.croft.search.FacetCounts;
import io.croft.search.Fields;
import io.croft.search.Hit;
import io.croft.search.SearchMode;
import io.croft.search.SearchQuery;
import io.croft.search.SearchResults;
import io.croft.search.SearchResults.Wait;
import io.croft.search.Sort;
import io.croft.search.Source;
import io.croft.spi.contract.Await;
import io.croft.spi.contract.Seed;
import io.croft.spi.memory.InMemoryChunkIndex;
import io.croft.spi.memory.InMemoryStore;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Of documents for some groups nobody else learns anything, whatever is asked. */
class GroupsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final OrgId ORG = OrgId.named("acme");
    private static final TenantContext ADMIN = TenantContext.of(ORG, Actor.user("ada", Role.ADMIN));
    private static final TenantContext BOARD = member("bo", "board", "all hands");
    private static final TenantContext STAFF = member("sam", "staff");
    private static final TenantContext NOBODY = member("nick");

    private final Croft croft = Croft.builder().store(new InMemoryStore()).index(new InMemoryChunkIndex())
            .embedder(new LengthEmbedder()).handlers(new WholeTexts())
            .fields(Fields.declare().keyword("kind").number("price")).start();

    private static TenantContext member(String id, String... groups) {
        return TenantContext.of(ORG, Actor.user(id, Role.MEMBER).inGroups(groups));
    }

    @BeforeEach
    void moveIn() {
        croft.orgs().create(ADMIN);
    }

    @AfterEach
    void stop() {
        croft.close();
    }

    private WriteReceipt put(TenantContext org, Document document) {
        WriteReceipt receipt = croft.documents().put(org, document);
        croft.search().search(org, SearchQuery.of("wait").after(receipt).timeout(PATIENCE));
        return receipt;
    }

    private SearchResults search(TenantContext context, SearchQuery query) {
        SearchResults results = croft.search().search(context, query.timeout(PATIENCE));
        assertThat(results.incomplete()).isEmpty();
        return results;
    }

    private List<String> ids(TenantContext context, SearchQuery query) {
        return search(context, query).hits().stream().map(Hit::id).sorted().toList();
    }

    @Test
    void search_findsWhatIsForItsAskersGroups() {
        put(ADMIN, Document.text("plan", "merger plan").withGroups(List.of("board")));
        put(ADMIN, Document.text("rota", "staff rota plan").withGroups(List.of("staff", "all hands")));
        put(ADMIN, Document.text("menu", "lunch plan"));
        croft.marketplace().publish(ADMIN, Listing.of("listing", "plan of a stable"));
        TenantContext service = TenantContext.of(ORG, Actor.service("s"));
        TenantContext operator = TenantContext.of(ORG, Actor.superAdmin("ops"));
        for (SearchMode mode : List.of(SearchMode.TEXT, SearchMode.HYBRID)) {
            SearchQuery query = SearchQuery.of("plan").mode(mode).sources(Set.of(Source.PRIVATE));

            for (TenantContext all : List.of(ADMIN, service, operator)) {
                assertThat(ids(all, query)).containsExactly("menu", "plan", "rota");
            }
            assertThat(ids(BOARD, query)).containsExactly("menu", "plan", "rota");
            assertThat(ids(STAFF, query)).containsExactly("menu", "rota");
            assertThat(ids(NOBODY, query)).containsExactly("menu");
            assertThat(ids(NOBODY, query.sort(Sort.ascending("price")))).containsExactly("menu");
        }
    }

    @Test
    void document_thatIsNotSeen_isAsOneThatThereIsNot() {
        WriteReceipt receipt = put(ADMIN, Document.text("plan", "merger plan").withGroups(List.of("board")));

        assertThat(croft.documents().find(BOARD, "plan").orElseThrow().groups()).containsExactly("board");
        for (TenantContext other : List.of(STAFF, NOBODY)) {
            assertThat(croft.documents().find(other, "plan")).isEmpty();
            assertThat(croft.documents().status(other, "plan")).isEmpty();
            assertThat(croft.documents().delete(other, "plan")).isEmpty();
            assertThat(refusal(other, SearchQuery.similarToDocument("plan"), "plan"))
                    .isEqualTo(refusal(other, SearchQuery.similarToDocument("none"), "none"));
            assertThat(outcome(other, receipt)).isEqualTo(outcome(other, new WriteReceipt(ORG, receipt.life(),
                    Source.PRIVATE, "none", 1, false, receipt.job())));
        }
        assertThat(outcome(BOARD, receipt)).isEqualTo(Wait.Outcome.VISIBLE);
        assertThat(croft.documents().find(ADMIN, "plan")).isPresent();
        put(ADMIN, Document.text("other", "another plan"));
        assertThat(ids(BOARD, SearchQuery.similarToDocument("plan"))).containsExactly("other");
        assertThat(ids(STAFF, SearchQuery.similarToDocument("other"))).isEmpty();
    }

    @Test
    void putForFewer_hidesTheOldTextWhileTheNewOneIsNotSearchable() {
        put(ADMIN, Document.text("plan", "merger plan"));
        put(ADMIN, Document.text("rota", "rota plan").withGroups(List.of("board")));
        assertThat(ids(STAFF, SearchQuery.of("plan"))).containsExactly("plan");
        croft.jobs().admin().pauseAll(ADMIN);

        croft.documents().put(ADMIN, Document.text("plan", "secret").withGroups(List.of("board")));
        croft.documents().put(ADMIN, Document.text("rota", "secret").withGroups(List.of("staff")));

        Await.until("the old texts are hidden", () -> ids(STAFF, SearchQuery.of("plan")).isEmpty()
                && ids(BOARD, SearchQuery.of("plan")).equals(List.of("plan")));
        assertThat(ids(ADMIN, SearchQuery.of("plan"))).containsExactly("plan", "rota");
        croft.jobs().admin().resumeAll(ADMIN);
        Await.until("the new texts are found", () -> ids(STAFF, SearchQuery.of("secret")).equals(List.of("rota"))
                && ids(BOARD, SearchQuery.of("secret")).equals(List.of("plan")));
    }

    private String refusal(TenantContext context, SearchQuery query, String id) {
        try {
            return "found " + search(context, query);
        } catch (InvalidInputException e) {
            return String.valueOf(e.getMessage()).replace("\"" + id + "\"", "ID");
        }
    }

    private Wait.Outcome outcome(TenantContext context, WriteReceipt receipt) {
        return croft.search().search(context, SearchQuery.of("plan").after(receipt).timeout(PATIENCE)).waits()
                .getFirst().outcome();
    }

    @Test
    void input_isForItsGroups() throws Exception {
        Document plan = Document.text("plan", "merger plan").withGroups(List.of("board"));
        IngestReceipt receipt = croft.ingest().document(BOARD, plan);
        assertThat(croft.ingest().await(BOARD, receipt, PATIENCE).state()).isEqualTo(IngestStatus.State.INDEXED);
        search(ADMIN, SearchQuery.of("wait").after(receipt.write()));

        assertThat(croft.documents().find(ADMIN, "plan").orElseThrow().groups()).containsExactly("board");
        assertThat(ids(BOARD, SearchQuery.of("plan"))).containsExactly("plan");
        for (TenantContext other : List.of(STAFF, NOBODY)) {
            assertThat(ids(other, SearchQuery.of("plan"))).isEmpty();
            assertThat(croft.ingest().status(other, Source.PRIVATE, "plan")).isEmpty();
            assertThatThrownBy(() -> croft.ingest().await(other, receipt, PATIENCE))
                    .isInstanceOf(InvalidInputException.class);
            assertThatThrownBy(() -> croft.ingest().watch(other, Source.PRIVATE, "plan", status -> {
            })).isInstanceOf(InvalidInputException.class);
            for (String id : List.of("plan", "new")) {
                assertThatThrownBy(() -> croft.ingest().document(other, Document.text(id, "merger plan")
                        .withGroups(List.of("board")))).isInstanceOf(NotPermittedException.class);
                assertThatThrownBy(() -> croft.ingest().upload(other, Upload.document(id, "plan.txt")
                        .withGroups(List.of("board")), InputStream.nullInputStream()))
                        .isInstanceOf(NotPermittedException.class);
                assertThatThrownBy(() -> croft.ingest().imported(other, Imported.text(Source.PRIVATE, id, "mine")
                        .withGroups(List.of("board")))).isInstanceOf(NotPermittedException.class);
            }
            assertThatThrownBy(() -> croft.ingest().document(other, Document.text("plan", "mine")))
                    .isInstanceOf(NotPermittedException.class);
            assertThat(croft.ingest().importAll(other, List.of(Imported.text(Source.PRIVATE, "plan", "mine"),
                    Imported.text(Source.PRIVATE, "open-" + other.actor().id(), "mine")).iterator()))
                    .extracting(ImportReport::written, ImportReport::refused).containsExactly(1L, 1L);
        }
        assertThat(croft.ingest().document(BOARD, plan).unchanged()).isTrue();
        assertThat(croft.ingest().document(ADMIN, plan.withGroups(List.of("staff"))).unchanged()).isFalse();
        assertThat(croft.documents().find(BOARD, "plan")).isEmpty();
    }

    @Test
    void member_writesWhatHeSeesAndNothingElse() {
        put(ADMIN, Document.text("plan", "merger plan").withGroups(List.of("board")));

        assertThatThrownBy(() -> croft.documents().put(STAFF, Document.text("plan", "mine")))
                .isInstanceOf(NotPermittedException.class).hasMessageContaining("\"plan\"");
        assertThatThrownBy(() -> croft.documents().putAll(STAFF, List.of(Document.text("a", "mine"),
                Document.text("b", "theirs").withGroups(List.of("board")))))
                .isInstanceOf(NotPermittedException.class).hasMessageContaining("\"b\"");
        assertThat(croft.documents().find(ADMIN, "a")).isEmpty();
        croft.documents().put(STAFF, Document.text("a", "ours").withGroups(List.of("board", "staff")));
        croft.documents().put(BOARD, Document.text("plan", "new plan").withGroups(List.of("board")));
        croft.documents().put(ADMIN, Document.text("c", "theirs").withGroups(List.of("nobody is in this")));
        assertThat(croft.documents().delete(BOARD, "a")).isPresent();
    }

    @Test
    void copy_isOfWhatItsAskerSees() {
        TenantContext other = TenantContext.of(OrgId.named("other"), Actor.user("sam", Role.MEMBER));
        TenantContext otherAdmin = TenantContext.of(other.org(), ADMIN.actor());
        croft.orgs().create(otherAdmin);
        put(ADMIN, Document.text("plan", "merger plan").withGroups(List.of("board")));
        put(ADMIN, Document.text("menu", "lunch plan"));

        CopyReceipt copied = croft.documents().copyAll(STAFF, other);

        assertThat(copied.copied()).isEqualTo(1);
        assertThat(croft.documents().find(otherAdmin, "plan")).isEmpty();
        assertThat(croft.documents().copyAll(ADMIN, otherAdmin).copied()).isEqualTo(1);
        assertThat(croft.documents().find(otherAdmin, "plan").orElseThrow().groups()).containsExactly("board");
        assertThat(croft.documents().find(other, "plan")).isEmpty();
    }

    @Test
    void words_ofWhatIsNotSeen_correctNothingAndAreNotKnown() {
        put(ADMIN, Document.text("plan", "merger").withGroups(List.of("board")));
        put(ADMIN, Document.text("menu", "lunch"));
        SearchQuery mistyped = SearchQuery.of("mergre").sources(Set.of(Source.PRIVATE)).mode(SearchMode.TEXT);

        assertThat(search(BOARD, mistyped).corrections()).isNotEmpty();
        assertThat(search(STAFF, mistyped).corrections()).isEmpty();
        put(ADMIN, Document.text("note", "merges")); // is near to a word that only the board knows
        assertThat(search(STAFF, mistyped.limit(5)).corrections().toString()).doesNotContain("merger");
        assertThat(search(STAFF, SearchQuery.of("merger").sources(Set.of(Source.PRIVATE)).mode(SearchMode.TEXT))
                .hits()).extracting(Hit::id).containsExactly("note");
    }

    @Test
    void cursor_isOfOneAsker() {
        for (int i = 0; i < 10; i++) {
            put(ADMIN, Document.text("d" + i, "plan number" + i)
                    .withGroups(i % 2 == 0 ? List.of() : List.of("board")));
        }
        SearchQuery query = SearchQuery.of("plan").sources(Set.of(Source.PRIVATE)).limit(2);
        String ofBoard = search(BOARD, query).nextCursor().orElseThrow();
        String ofAdmin = search(ADMIN, query).nextCursor().orElseThrow();

        for (String cursor : List.of(ofBoard, ofAdmin)) {
            assertThatThrownBy(() -> search(STAFF, query.cursor(cursor))).isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("not one of this query");
        }
        assertThat(pages(STAFF, query)).containsExactlyInAnyOrder("d0", "d2", "d4", "d6", "d8");
        assertThat(pages(BOARD, query)).hasSize(10);
    }

    private List<String> pages(TenantContext context, SearchQuery query) {
        List<String> all = new ArrayList<>();
        Optional<String> next = Optional.empty();
        do {
            SearchResults page = search(context, next.map(query::cursor).orElse(query));
            page.hits().forEach(hit -> all.add(hit.id()));
            next = page.nextCursor();
        } while (next.isPresent());
        return all;
    }

    /** Scores, counts, snippets and corrections too: with hidden documents or without them, it is the same answer. */
    @Test
    void answers_areAsIfNothingElseWereThere() {
        Random random = Seed.random("answers_areAsIfNothingElseWereThere");
        TenantContext bare = TenantContext.of(OrgId.named("bare"), Actor.user("sam", Role.MEMBER).inGroups("staff"));
        croft.orgs().create(TenantContext.of(bare.org(), ADMIN.actor()));
        String[] words = {"saddle", "bridle", "pony", "gelding", "stable", "meadow"};
        for (int i = 0; i < 40; i++) {
            StringBuilder text = new StringBuilder(words[random.nextInt(words.length)]);
            for (int word = random.nextInt(8); word > 0; word--) {
                text.append(' ').append(words[random.nextInt(words.length)]);
            }
            Document document = Document.text("d" + i, text.toString()).withField("kind", "k" + random.nextInt(3))
                    .withField("price", random.nextInt(100))
                    .withGroups(List.of(List.<String>of(), List.of("staff"), List.of("board", "staff"),
                            List.of("board")).get(random.nextInt(4)));
            put(ADMIN, document);
            if (document.groups().isEmpty() || document.groups().contains("staff")) {
                put(TenantContext.of(bare.org(), ADMIN.actor()), document);
            }
        }
        for (String text : List.of("saddle", "pony meadow", "sadle bridel", "\"stable meadow\" gelding", "unicorn")) {
            for (SearchMode mode : List.of(SearchMode.TEXT, SearchMode.HYBRID)) {
                SearchQuery query = SearchQuery.of(text).mode(mode).sources(Set.of(Source.PRIVATE)).limit(50)
                        .facet("kind", 10);
                for (SearchQuery one : List.of(query, query.sort(Sort.descending("price")), query.diversity(0.3))) {
                    assertThat(shown(search(STAFF, one))).as(text + " " + mode).isEqualTo(shown(search(bare, one)));
                }
            }
        }
    }

    private static Map<String, Object> shown(SearchResults results) {
        Map<String, Object> shown = new TreeMap<>();
        shown.put("hits", results.hits().stream()
                .map(hit -> "%s %.5f %s %s".formatted(hit.id(), hit.score().value(), hit.snippet(), hit.fields()))
                .toList());
        shown.put("corrections", results.corrections());
        for (FacetCounts facet : results.facets()) {
            shown.put("facet " + facet.field(), Objects.toString(facet));
        }
        return shown;
    }
}
