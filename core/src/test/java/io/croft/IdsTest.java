package io.croft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.content.Document;
import io.croft.content.EmbeddingModel;
import io.croft.content.Listing;
import io.croft.content.WriteReceipt;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.job.WorkerSettings;
import io.croft.search.Fields;
import io.croft.search.Filter;
import io.croft.search.SearchQuery;
import io.croft.search.Source;
import io.croft.spi.memory.InMemoryChunkIndex;
import io.croft.spi.memory.InMemoryStore;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Ids that the database would take for others, or that would break a line of a log: no call takes one. */
class IdsTest {

    private static final List<String> BAD = List.of("", " ", "x".repeat(256), "é".repeat(128), "\ud800", "a\udc00",
            "\udc00\ud800", "a\0b", "a\nb", "a\rb", "\u001b[31m", "\u007f", "a\u0085b", "a\u2028b", "a\u2029b");

    private final Croft croft = Croft.builder().store(new InMemoryStore()).index(new InMemoryChunkIndex())
            .embedder(new LengthEmbedder()).handlers(new WholeTexts()).start();
    private final TenantContext acme = TenantContext.of(OrgId.named("acme"), Actor.service("test"));

    IdsTest() {
        croft.orgs().create(acme);
    }

    @AfterEach
    void stop() {
        croft.close();
    }

    @Test
    void ids_thatAreNoneAreRefusedByEveryCall() {
        Map<String, Consumer<String>> calls = Map.ofEntries(
                Map.entry("documents.delete", id -> croft.documents().delete(acme, id)),
                Map.entry("documents.find", id -> croft.documents().find(acme, id)),
                Map.entry("documents.status", id -> croft.documents().status(acme, id)),
                Map.entry("marketplace.withdraw", id -> croft.marketplace().withdraw(acme, id)),
                Map.entry("marketplace.find", id -> croft.marketplace().find(acme, id)),
                Map.entry("marketplace.status", id -> croft.marketplace().status(acme, id)),
                Map.entry("document", id -> Document.text(id, "x")), Map.entry("listing", id -> Listing.of(id, "x")),
                Map.entry("receipt",
                        id -> new WriteReceipt(acme.org(), new UUID(1, 1), Source.PRIVATE, id, 1, false,
                                Optional.empty())),
                Map.entry("similarToDocument", SearchQuery::similarToDocument),
                Map.entry("similarToListing", id -> SearchQuery.similarToListing(acme.org(), id)),
                Map.entry("job key", id -> JobRequest.of(JobKind.of("a", "q"), "{}").withKey(id)));

        calls.forEach((name, call) -> {
            for (String id : BAD) {
                assertThatThrownBy(() -> call.accept(id)).as(name).isInstanceOf(InvalidInputException.class)
                        .satisfies(e -> assertThat(String.valueOf(e.getMessage())).hasSizeLessThan(200)
                                .matches("\\P{Cntrl}+").doesNotContain("\u2028"));
            }
            call.accept("\ud83d\udc34 é 馬 ?");
        });
    }

    @Test
    void names_thatAreNoneAreRefused() {
        Map<String, Consumer<String>> calls = Map.of("actor", Actor::service, "request", acme::withRequestId,
                "model", name -> new EmbeddingModel(name, 2, 0),
                "worker", name -> WorkerSettings.defaults().withWorker(name));

        calls.forEach((what, call) -> {
            for (String name : BAD) {
                if (!name.equals("é".repeat(128))) {
                    assertThatThrownBy(() -> call.accept(name)).as(what).isInstanceOf(InvalidInputException.class)
                            .satisfies(e -> assertThat(String.valueOf(e.getMessage())).hasSizeLessThan(200)
                                    .matches("\\P{Cntrl}+").doesNotContain("\u2028"));
                }
            }
            assertThatThrownBy(() -> call.accept("é".repeat(129))).hasMessageContaining("129 characters")
                    .hasMessageContaining("1 to 128");
            call.accept("é".repeat(128));
            call.accept("\ud83d\udc34 é 馬 ?");
        });
    }

    @Test
    void delete_ofHalfASurrogatePairLeavesTheDocumentThatItWouldBecome() {
        croft.documents().put(acme, Document.text("?", "otters"));

        assertThatThrownBy(() -> croft.documents().delete(acme, "\ud800")).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("surrogate");
        assertThat(croft.documents().find(acme, "?")).isPresent();
    }

    @Test
    void messages_aboutFieldsStayOnOneLine() {
        String name = "a\nWARN forged" + "x".repeat(10_000);
        List<Consumer<String>> calls = List.of(field -> Document.text("d", "x").withField(field, "v"),
                field -> Fields.declare().keyword(field), field -> Fields.undeclared().keyword(field),
                field -> croft.search().search(acme, SearchQuery.of("x").filter(Filter.exists(field))),
                field -> Filter.in(field, List.of()), field -> SearchQuery.of("x").facet(field, 0),
                field -> SearchQuery.of("x").facet("n", List.of(Filter.range(field).atLeast(1))));

        for (Consumer<String> call : calls) {
            assertThatThrownBy(() -> call.accept(name)).isInstanceOf(InvalidInputException.class)
                    .satisfies(e -> assertThat(String.valueOf(e.getMessage())).hasSizeLessThan(400)
                            .matches("\\P{Cntrl}+"));
        }
    }
}
