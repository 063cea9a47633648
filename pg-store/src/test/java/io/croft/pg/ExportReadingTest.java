package io.croft.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.croft.Actor;
import io.croft.Croft;
import io.croft.CroftException;
import io.croft.ExportReceipt;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.job.Job;
import io.croft.job.JobFilter;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.search.Source;
import io.croft.spi.Content;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Outcome;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads an export back as {@code docs/export.md} tells a reader to, and finds all that the organisation has. */
class ExportReadingTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static TestDatabase database;
    private static PgStore store;
    private static Croft croft;
    private static TestContent content;

    @TempDir
    private Path folder;

    @BeforeAll
    static void open() {
        database = TestDatabase.prepared();
        store = database.builder().poolSize(10).open();
        croft = Croft.builder().store(store).withoutAnalytics().start();
        content = new TestContent(store);
    }

    @AfterAll
    static void close() {
        croft.close();
    }

    /** What a reader makes of an export. */
    private record Read(JsonNode manifest, Map<String, List<JsonNode>> files) {

        /** Refuses what is not whole, or of a format that it does not know. */
        static Read of(Path file) throws IOException {
            try (ZipFile zip = new ZipFile(file.toFile(), StandardCharsets.UTF_8)) {
                ZipEntry last = zip.getEntry("manifest.json");
                if (last == null) {
                    throw new IOException("the export is not whole");
                }
                JsonNode manifest = JSON.readTree(zip.getInputStream(last));
                if (!manifest.get("format").asText().equals("croft-export") || manifest.get("version").asInt() != 1) {
                    throw new IOException("not an export that this program can read");
                }
                Map<String, List<JsonNode>> files = new HashMap<>();
                for (Map.Entry<String, JsonNode> lines : manifest.get("lines").properties()) {
                    List<JsonNode> read = lines(zip, lines.getKey());
                    if (read.size() != lines.getValue().asLong()) {
                        throw new IOException(lines.getKey() + " lacks lines");
                    }
                    files.put(lines.getKey(), read);
                }
                return new Read(manifest, files);
            }
        }

        private static List<JsonNode> lines(ZipFile zip, String name) throws IOException {
            List<JsonNode> read = new ArrayList<>();
            try (BufferedReader lines = new BufferedReader(
                    new InputStreamReader(zip.getInputStream(zip.getEntry(name)), StandardCharsets.UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    read.add(JSON.readTree(line));
                }
            }
            return read;
        }

        List<JsonNode> file(String name) {
            return Optional.ofNullable(files.get(name)).orElseThrow();
        }
    }

    private Read export(TenantContext context) throws IOException {
        Path file = folder.resolve(context.org() + ".zip");
        ExportReceipt receipt;
        try (OutputStream out = Files.newOutputStream(file)) {
            receipt = croft.orgs().export(context, out);
        }
        assertThat(receipt.bytes()).isEqualTo(Files.size(file));
        return Read.of(file);
    }

    private static TenantContext context(OrgId org) {
        return TenantContext.of(org, Actor.service("export"));
    }

    @Test
    void export_isReadBack() throws IOException {
        OrgId org = content.newOrg();
        OrgId other = content.newOrg();
        content.ready(other, Source.PRIVATE, "theirs", "another org's");
        Content odd = new Content("odd \"id\" \\ ü", "title\t", "lines\nof\r\n\u2028text \"\\ 😀 \u007f",
                Map.of("n", "1", "k", "\"x\""));
        store.content().put(org, Source.PRIVATE, List.of(odd), content.kind());
        content.ready(org, Source.PRIVATE, "ready", "text");
        content.ready(org, Source.MARKETPLACE, "listing", "listed");
        content.ready(org, Source.PRIVATE, "gone", "text");
        store.content().delete(org, Source.PRIVATE, "gone");
        content.deadLetter(org);
        String payload = "{\"deep\":{\"x\":[1,2.50,null,\"line\\nend \\u2028\"]}}";
        JobId done = store.jobs().enqueue(org, List.of(JobRequest.of(content.kind(), payload).withKey("k")
                .withTags("a", "b").withDeadline(Instant.now().plus(Duration.ofDays(1))))).getFirst().id();
        store.jobs().finish(List.of(new Completion(content.claim(done).lease(),
                new Outcome.Completed(Optional.of("[\"result\",{}]")))));
        store.jobs().enqueue(org, List.of(JobRequest.of(content.kind(), "{}").withDelay(Duration.ofHours(1))));

        Read read = export(context(org));

        assertThat(read.manifest().get("org").asText()).isEqualTo(org.toString());
        assertThat(Instant.parse(read.manifest().get("exportedAt").asText())).isBefore(Instant.now().plusSeconds(1));
        assertThat(read.file("documents.jsonl")).extracting(one -> one.get("id").asText())
                .containsExactly(odd.id(), "ready");
        JsonNode document = read.file("documents.jsonl").getFirst();
        assertThat(document.get("title").asText()).isEqualTo(odd.title());
        assertThat(document.get("text").asText()).isEqualTo(odd.text());
        assertThat(JSON.convertValue(document.get("fields"), Object.class)).isEqualTo(odd.fields());
        assertThat(document.get("searchable").asBoolean()).isFalse();
        assertThat(read.file("documents.jsonl").getLast().get("searchable").asBoolean()).isTrue();
        assertThat(read.file("listings.jsonl")).singleElement()
                .satisfies(one -> assertThat(one.get("text").asText()).isEqualTo("listed"));
        assertJobs(org, read.file("jobs.jsonl"));
        JsonNode job = read.file("jobs.jsonl").stream().filter(one -> one.get("id").asLong() == done.value())
                .findFirst().orElseThrow();
        assertThat(job.get("payload")).isEqualTo(JSON.readTree(payload));
        assertThat(job.get("result")).isEqualTo(JSON.readTree("[\"result\",{}]"));
        assertThat(JSON.convertValue(job.get("tags"), Object.class)).isEqualTo(List.of("a", "b"));
    }

    /** Each of the organisation's jobs has its line, with what can be known of it. */
    private static void assertJobs(OrgId org, List<JsonNode> lines) {
        List<JobId> all = store.jobs().list(org, JobFilter.ALL, Optional.empty(), 1000).jobs().stream()
                .map(one -> one.id()).toList();
        assertThat(lines).extracting(one -> new JobId(one.get("id").asLong())).hasSameElementsAs(all)
                .hasSameSizeAs(all);
        for (JsonNode line : lines) {
            Job job = store.jobs().find(org, new JobId(line.get("id").asLong())).orElseThrow();
            assertThat(JobState.valueOf(line.get("state").asText())).isEqualTo(job.state());
            assertThat(line.get("kind").asText()).isEqualTo(job.kind());
            assertThat(line.get("queue").asText()).isEqualTo(job.queue());
            assertThat(line.get("attempts").asInt()).isEqualTo(job.attempts());
            assertThat(Instant.parse(line.get("createdAt").asText())).isEqualTo(job.createdAt());
            assertThat(Optional.ofNullable(line.get("key")).map(JsonNode::asText)).isEqualTo(job.key());
            assertThat(Optional.ofNullable(line.get("finishedAt")).map(at -> Instant.parse(at.asText())))
                    .isEqualTo(job.finishedAt());
            assertThat(Optional.ofNullable(line.get("errorType")).map(JsonNode::asText))
                    .isEqualTo(job.error().map(error -> error.type()));
        }
    }

    @Test
    void export_ofAnEmptyOrgIsWhole() throws IOException {
        OrgId org = content.newOrg();

        Read read = export(context(org));

        assertThat(read.files().values()).hasSize(3).allMatch(List::isEmpty);
    }

    /** Documents of many pages, of which some hold but one. */
    @Test
    void export_givesLargeDocumentsWhole() throws IOException {
        OrgId org = content.newOrg();
        Random random = new Random(7);
        Map<String, String> texts = new HashMap<>();
        for (int i = 0; i < 30; i++) {
            int length = i % 10 == 0 ? 9 << 20 : random.nextInt(200_000) + 1;
            String text = random.ints(length, 'a', 'z').collect(StringBuilder::new,
                    (all, c) -> all.append((char) c), StringBuilder::append).toString();
            texts.put("d-" + i, text);
            content.put(org, Source.PRIVATE, "d-" + i, text);
        }

        Read read = export(context(org));

        Map<String, String> found = new HashMap<>();
        read.file("documents.jsonl").forEach(one -> found.put(one.get("id").asText(), one.get("text").asText()));
        assertThat(found.keySet()).isEqualTo(texts.keySet());
        texts.forEach((id, text) -> assertThat(text.equals(found.get(id))).as(id).isTrue());
    }

    @Test
    void export_whoseStreamFailsGivesItsConnectionBack() {
        OrgId org = content.newOrg();
        JobKind kind = content.kind();
        store.jobs().enqueue(org, List.of(JobRequest.of(kind, "{\"x\":\"" + "y".repeat(100_000) + "\"}")));
        OutputStream full = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("the disk is full");
            }
        };

        for (int i = 0; i < 30; i++) { // more than there are connections
            assertThatThrownBy(() -> croft.orgs().export(context(org), full)).isInstanceOf(CroftException.class)
                    .hasMessageContaining("the disk is full");
        }

        assertThat(database.count("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                + " AND state LIKE 'idle in transaction%'")).isZero();
    }
}
