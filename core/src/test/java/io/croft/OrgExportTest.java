package io.croft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.audit.AuditEntry;
import io.croft.audit.AuditFilter;
import io.croft.content.Document;
import io.croft.content.Listing;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.spi.memory.InMemoryChunkIndex;
import io.croft.spi.memory.InMemoryStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An export is whole or fails, is of one organisation, and is written down. */
class OrgExportTest {

    private static final OrgId ORG = OrgId.named("acme");
    private static final TenantContext ADMIN = TenantContext.of(ORG, Actor.user("ada", Role.ADMIN));
    private static final TenantContext OPERATOR = TenantContext.of(ORG, Actor.superAdmin("ops"));
    private static final TenantContext OTHER = TenantContext.of(OrgId.named("other"), Actor.service("s"));
    private static final JobKind WORK = JobKind.of("work", "q");

    private final Croft croft = Croft.builder().store(new InMemoryStore()).index(new InMemoryChunkIndex())
            .embedder(new LengthEmbedder()).start(); // nobody works, so that nothing changes

    @AfterEach
    void stop() {
        croft.close();
    }

    private void fill() {
        croft.orgs().create(ADMIN);
        croft.orgs().create(OTHER);
        croft.documents().put(ADMIN, Document.text("b", "two\nlines \"quoted\" \\ \t\u0001\u2028 ü 😀")
                .withTitle("title").withField("price", 2.5).withField("a", "x"));
        croft.documents().put(ADMIN, Document.text("a", "other"));
        croft.marketplace().publish(ADMIN, Listing.of("l", "listed"));
        croft.documents().put(OTHER, Document.text("theirs", "secret of others"));
        croft.jobs().enqueue(ADMIN, JobRequest.of(WORK, "{\n \"n\": 1 }").withDelay(Duration.ofHours(1)).withTags("t")
                .withKey("k"));
    }

    /** The files of an export, in their order. */
    private static Map<String, List<String>> files(ByteArrayOutputStream written) throws IOException {
        Map<String, List<String>> files = new LinkedHashMap<>();
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(written.toByteArray()),
                StandardCharsets.UTF_8)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                String text = new String(zip.readAllBytes(), StandardCharsets.UTF_8);
                assertThat(text.isEmpty() || text.endsWith("\n")).isTrue();
                files.put(entry.getName(), text.isEmpty() ? List.of() : List.of(text.split("\n")));
            }
        }
        return files;
    }

    @Test
    void export_holdsALineForEachThing() throws IOException {
        fill();
        ByteArrayOutputStream out = new ByteArrayOutputStream();

        ExportReceipt receipt = croft.orgs().export(ADMIN, out);

        Map<String, List<String>> files = files(out);
        assertThat(files.keySet()).containsExactly("documents.jsonl", "listings.jsonl", "jobs.jsonl", "manifest.json");
        List<String> documents = Objects.requireNonNull(files.get("documents.jsonl"));
        assertThat(documents).hasSize(2);
        assertThat(documents.get(0)).startsWith("{\"id\":\"a\",\"title\":\"\",\"text\":\"other\",\"fields\":{},"
                + "\"revision\":1,\"searchable\":false,\"createdAt\":\"").endsWith("Z\"}");
        assertThat(documents.get(1)).contains("\"text\":\"two\\nlines \\\"quoted\\\" \\\\ \\t\\u0001\\u2028 ü 😀\"",
                "\"title\":\"title\"", "\"fields\":{\"a\":\"x\",\"price\":\"2.5\"}");
        assertThat(files.get("listings.jsonl")).singleElement().asString().contains("\"text\":\"listed\"");
        assertThat(files.get("jobs.jsonl")).hasSize(4)
                .anyMatch(line -> line.contains("\"kind\":\"work\",\"queue\":\"q\",\"state\":\"SCHEDULED\","
                        + "\"priority\":\"NORMAL\",\"tags\":[\"t\"],\"key\":\"k\",\"attempts\":0,\"maxAttempts\":")
                        && line.contains("\"payload\":{  \"n\": 1 }") && line.contains("\"runAt\":\""));
        assertThat(files.get("manifest.json")).singleElement().asString()
                .startsWith("{\"format\":\"croft-export\",\"version\":1,\"org\":\"" + ORG + "\",\"incarnation\":\""
                        + receipt.org().incarnation() + "\",\"state\":\"ACTIVE\",")
                .endsWith("\"lines\":{\"documents.jsonl\":2,\"listings.jsonl\":1,\"jobs.jsonl\":4}}");
        assertThat(receipt.documents()).isEqualTo(2);
        assertThat(receipt.listings()).isEqualTo(1);
        assertThat(receipt.jobs()).isEqualTo(4);
        assertThat(receipt.bytes()).isEqualTo(out.size());
        assertThat(files.toString()).doesNotContain("theirs").doesNotContain("secret of others");
    }

    @Test
    void export_isWrittenDown() {
        fill();
        croft.orgs().export(ADMIN, OutputStream.nullOutputStream());

        List<AuditEntry> entries = croft.audit().list(ADMIN, AuditFilter.ALL, Optional.empty(), 10).entries();

        assertThat(entries).extracting(AuditEntry::action).contains("orgs.export", "orgs.exported");
        assertThat(entries).filteredOn(entry -> entry.action().equals("orgs.exported")).singleElement()
                .satisfies(entry -> {
                    assertThat(entry.actor()).isEqualTo(ADMIN.actor());
                    assertThat(entry.after()).isEqualTo(Map.of("documents", "2", "listings", "1", "jobs", "4"));
                });
    }

    @Test
    void export_isForWhoAdministersTheOrg() {
        fill();
        TenantContext member = TenantContext.of(ORG, Actor.user("u", Role.MEMBER));

        assertThatThrownBy(() -> croft.orgs().export(member, OutputStream.nullOutputStream()))
                .isInstanceOf(NotPermittedException.class).hasMessageContaining("MEMBER");
        croft.orgs().suspend(OPERATOR);
        assertThatThrownBy(() -> croft.orgs().export(ADMIN, OutputStream.nullOutputStream()))
                .isInstanceOf(OrgSuspendedException.class);
        assertThat(croft.orgs().export(OPERATOR, OutputStream.nullOutputStream()).documents()).isEqualTo(2);
        TenantContext unknown = TenantContext.of(OrgId.named("unknown"), OPERATOR.actor());
        assertThatThrownBy(() -> croft.orgs().export(unknown, OutputStream.nullOutputStream()))
                .isInstanceOf(UnknownOrgException.class);
    }

    /** Wherever its stream fails. */
    @Test
    void export_whoseStreamFailsHasNoManifest() {
        fill();
        long whole = croft.orgs().export(ADMIN, OutputStream.nullOutputStream()).bytes();

        for (long room = 0; room < whole; room += 7) {
            Full out = new Full(room);
            assertThatThrownBy(() -> croft.orgs().export(ADMIN, out)).as("room for " + room)
                    .isExactlyInstanceOf(CroftException.class).hasMessageContaining(ORG.toString())
                    .hasMessageContaining("the disk is full").hasCauseInstanceOf(IOException.class);
            assertThat(out.closed).isFalse();
        }
        assertThat(croft.audit().list(ADMIN, AuditFilter.ALL.withAction("orgs.exported"), Optional.empty(), 10)
                .entries()).hasSize(1);
    }

    @Test
    void export_leavesItsStreamOpen() {
        fill();
        Full out = new Full(Long.MAX_VALUE);

        croft.orgs().export(ADMIN, out);

        assertThat(out.closed).isFalse();
    }

    /** Takes only so many bytes. */
    private static final class Full extends OutputStream {

        private long room;
        private boolean closed;

        Full(long room) {
            this.room = room;
        }

        @Override
        public void write(int b) throws IOException {
            if (--room < 0) {
                throw new IOException("the disk is full");
            }
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
