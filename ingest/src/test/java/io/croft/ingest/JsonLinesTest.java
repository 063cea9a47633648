package io.croft.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.croft.Actor;
import io.croft.Croft;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.content.ContentStatus;
import io.croft.intake.ImportReport;
import io.croft.intake.Imported;
import io.croft.search.Source;
import io.croft.spi.memory.InMemoryChunkIndex;
import io.croft.spi.memory.InMemoryStore;
import java.io.StringReader;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonLinesTest {

    private static final String LINES = """
            {"id": 7, "text": "Saddles are oiled.", "title": "Tack", "fields": {"year": 2026, "none": null}, "vector": [3, 4]}

            {"id": "b", "text": "Bridles are cleaned.", "vector": null, "more": {"of": ["this"]}}
            {"id": "c", "text": "Reins", "vector": [1, 2, 3]}
            no JSON at all, with nothing to be repeated
            """;

    private final TenantContext acme = TenantContext.of(OrgId.named("acme"), Actor.service("test"));

    @Test
    void item_isWhatTheLineSays() {
        Imported item = JsonLines.item(Source.MARKETPLACE, LINES.lines().findFirst().orElseThrow());

        assertThat(item.id()).isEqualTo("7");
        assertThat(item.title()).isEqualTo("Tack");
        assertThat(item.fields()).containsOnly(Map.entry("year", "2026"));
        assertThat(item.vector().orElseThrow()).containsExactly(new float[]{.6f, .8f}, within(1e-6f));
    }

    @Test
    void item_isForTheGroupsThatTheLineNames() {
        String line = "{\"id\": \"a\", \"text\": \"b\", \"groups\": [\"board\", \"staff\"]}";

        assertThat(JsonLines.item(Source.PRIVATE, line).groups()).containsExactlyInAnyOrder("board", "staff");
        assertThat(JsonLines.item(Source.PRIVATE, "{\"id\":\"a\",\"text\":\"b\",\"groups\":null}").groups()).isEmpty();
        assertThatThrownBy(() -> JsonLines.item(Source.MARKETPLACE, line)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("for everybody");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "{", "{}", "{\"id\":\"a\"}", "{\"id\":\"a\",\"text\":\"b\"} x",
            "{\"id\":\"a\",\"text\":[\"secret\"]}", "{\"id\":\"a\",\"text\":\"b\",\"groups\":\"secret\"}",
            "{\"id\":\"a\",\"text\":\"b\",\"groups\":[7]}", "{\"id\":\"a\",\"text\":\"b\",\"vector\":[0,0]}",
            "{\"id\":\"a\",\"text\":\"b\",\"vector\":[\"secret\"]}", "{\"id\":\"a\",\"text\":\"b\",\"fields\":[]}",
            "{\"id\":\"a\",\"text\":\"b\",\"vector\":[1e39]}", "{\"id\":\"a\",\"text\":\"secret"})
    void item_refusesWhatIsNone(String line) {
        assertThatThrownBy(() -> JsonLines.item(Source.PRIVATE, line)).isInstanceOf(InvalidInputException.class)
                .hasMessageNotContaining("secret").hasNoCause();
    }

    @Test
    void run_bringsEachLineOnce() throws Exception {
        try (Croft croft = Croft.builder().store(new InMemoryStore()).index(new InMemoryChunkIndex())
                .embedder(new WordEmbedder(40)).start()) {
            croft.orgs().create(acme);

            ImportReport first = JsonLines.run(croft.ingest(), acme, Source.PRIVATE, new StringReader(LINES));
            ImportReport second = JsonLines.run(croft.ingest(), acme, Source.PRIVATE, new StringReader(LINES));

            assertThat(first).extracting(ImportReport::read, ImportReport::written, ImportReport::unchanged,
                    ImportReport::refused).containsExactly(4L, 2L, 0L, 2L);
            assertThat(first.problems()).hasSize(2).noneMatch(problem -> problem.contains("repeated"));
            assertThat(first.problems().getFirst()).contains("\"c\"").contains("3 dimensions");
            assertThat(second).extracting(ImportReport::written, ImportReport::unchanged).containsExactly(0L, 2L);
            assertThat(second.isComplete()).isFalse();
            assertThat(croft.documents().status(acme, "7").orElseThrow().state()).isEqualTo(ContentStatus.State.READY);
            assertThat(croft.documents().status(acme, "b").orElseThrow().state())
                    .isEqualTo(ContentStatus.State.QUEUED);
        }
    }
}
