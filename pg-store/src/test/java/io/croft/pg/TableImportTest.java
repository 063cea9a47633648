package io.croft.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.Actor;
import io.croft.Croft;
import io.croft.CroftException;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.content.ContentStatus;
import io.croft.content.Embedder;
import io.croft.content.EmbeddingModel;
import io.croft.intake.ImportReport;
import io.croft.intake.Imported;
import io.croft.search.Source;
import io.croft.spi.memory.InMemoryChunkIndex;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TableImportTest {

    private static final int ROWS = 1_200;

    private final TestDatabase database = TestDatabase.prepared();
    private final TenantContext acme = TenantContext.of(OrgId.named("acme"), Actor.service("test"));
    private Croft croft;

    /** Of the model that made the host's vectors; embeds nothing. */
    private static final class NoEmbedder implements Embedder {

        @Override
        public EmbeddingModel model() {
            return new EmbeddingModel("theirs", 2, 0);
        }

        @Override
        public List<float[]> embed(List<String> texts) {
            throw new CroftException("nothing is to be embedded");
        }
    }

    @BeforeEach
    void open() {
        croft = Croft.builder().store(database.open()).index(new InMemoryChunkIndex()).embedder(new NoEmbedder())
                .start();
        croft.orgs().create(acme);
    }

    @AfterEach
    void close() {
        croft.close();
    }

    private void table(String type, String vector) {
        database.execute("CREATE TABLE article (id int PRIMARY KEY, title text, body text, v " + type + ")");
        database.execute("INSERT INTO article SELECT i, 'Title ' || i, 'What article ' || i || ' says.', " + vector
                + " FROM generate_series(1, " + ROWS + ") i");
    }

    private TableImport articles() {
        return TableImport.of(database.superuserSource(), "SELECT id, title, body, v FROM article ORDER BY id",
                row -> Imported.text(Source.PRIVATE, "article-" + row.getInt("id"), row.getString("body"))
                        .withTitle(row.getString("title")).withVector(TableImport.vector(row, "v")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {"real[] | ARRAY[3, 4]::real[]",
            "double precision[] | ARRAY[3, 4]::double precision[]", "bytea | '\\x0000404000008040'::bytea",
            "jsonb | '[3, 4]'::jsonb", "text | '[3,4]'"})
    void run_bringsRowsWithTheirVectors(String type, String vector) {
        table(type, vector);

        ImportReport report = articles().run(croft.ingest(), acme);

        assertThat(report).isEqualTo(new ImportReport(ROWS, ROWS, 0, 0, List.of(), true));
        assertThat(report.isComplete()).isTrue();
        assertThat(croft.documents().status(acme, "article-7").orElseThrow().state())
                .isEqualTo(ContentStatus.State.READY);
        assertThat(croft.documents().find(acme, "article-7").orElseThrow().text()).isEqualTo("What article 7 says.");
        assertThat(database.count("SELECT count(*) FROM croft.private_chunk WHERE model_id = 'theirs' "
                + "AND vector = '\\x9a99193fcdcc4c3f'")).as("of unit length").isEqualTo(ROWS);
    }

    @Test
    void run_againBringsOnlyWhatHasChanged() {
        table("text", "'[3,4]'");
        articles().run(croft.ingest(), acme);
        database.execute("UPDATE article SET body = 'Another' WHERE id = 5");
        database.execute("UPDATE article SET v = '[4,3]' WHERE id = 6");
        database.execute("UPDATE article SET v = 'broken' WHERE id = 7");

        ImportReport report = articles().run(croft.ingest(), acme);

        assertThat(report).extracting(ImportReport::written, ImportReport::unchanged, ImportReport::refused)
                .containsExactly(2L, ROWS - 3L, 1L);
        assertThat(report.problems()).singleElement().asString().contains("item 7").doesNotContain("broken");
        assertThat(croft.documents().status(acme, "article-5").orElseThrow().revision()).isEqualTo(2);
    }

    @Test
    void run_countsRowsWithoutATextAndBringsThoseWithoutATitle() {
        table("text", "'[3,4]'");
        database.execute("UPDATE article SET title = NULL WHERE id = 5");
        database.execute("UPDATE article SET body = NULL WHERE id = 6");

        ImportReport report = articles().run(croft.ingest(), acme);

        assertThat(report).extracting(ImportReport::written, ImportReport::refused).containsExactly(ROWS - 1L, 1L);
        assertThat(report.problems()).singleElement().asString().contains("item 6", "text");
        assertThat(croft.documents().find(acme, "article-5").orElseThrow().title()).isEmpty();
    }

    @Test
    void run_saysThatAQueryFails() {
        assertThatThrownBy(() -> articles().run(croft.ingest(), acme)).isInstanceOf(CroftException.class)
                .hasMessageContaining("42P01");
    }
}
