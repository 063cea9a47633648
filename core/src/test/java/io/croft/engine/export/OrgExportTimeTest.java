package io.croft.engine.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.Actor;
import io.croft.CroftException;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.Orgs;
import io.croft.TenantContext;
import io.croft.audit.AuditFilter;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.search.Source;
import io.croft.spi.Content;
import io.croft.spi.memory.InMemoryStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;

/** How long an export may take. */
class OrgExportTimeTest {

    private static final TenantContext ACME = TenantContext.of(OrgId.named("acme"), Actor.superAdmin("ops"));
    private static final JobKind KIND = JobKind.of("work", "work");

    private final InMemoryStore store = new InMemoryStore();
    private final Org org = store.orgs().create(ACME);
    private long now = Long.MAX_VALUE - Duration.ofMinutes(10).toNanos(); // the clock overflows soon

    /** Each time somebody looks at the clock, so much has gone by. */
    private OrgExport export(Duration step) {
        return new OrgExport(store.jobs(), Optional.of(store.content()), store.audit(), () -> now += step.toNanos());
    }

    private static boolean isWhole(ByteArrayOutputStream written) throws IOException {
        boolean whole = false;
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(written.toByteArray()))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                whole |= entry.getName().equals("manifest.json");
            }
        }
        return whole;
    }

    private int exported() {
        return store.audit().list(org.id(), org.incarnation(), AuditFilter.ALL.withAction("orgs.exported"),
                Optional.empty(), 10).size();
    }

    private void assertEndsBeforeItIsWhole() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Duration third = Orgs.MAX_EXPORT.dividedBy(3);

        assertThatThrownBy(() -> export(third).write(ACME, org, out)).isExactlyInstanceOf(CroftException.class)
                .hasMessageContaining(org.id().toString()).hasMessageContaining("longer than " + Orgs.MAX_EXPORT);

        assertThat(isWhole(out)).isFalse();
        assertThat(exported()).isZero();
    }

    @Test
    void exportOfDocuments_endsWhenItHasTakenTooLong() throws IOException {
        store.jobs().registerQueue(KIND.queue());
        for (String id : List.of("a", "b", "c")) {
            store.content().put(org.id(), Source.PRIVATE, List.of(new Content(id, "", "text", Map.of())), KIND);
        }

        assertEndsBeforeItIsWhole();

        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThat(export(Duration.ofMinutes(1)).write(ACME, org, out).documents()).isEqualTo(3);
        assertThat(isWhole(out)).isTrue();
        assertThat(exported()).isEqualTo(1);
    }

    @Test
    void exportOfJobs_endsWhenItHasTakenTooLong() throws IOException {
        store.jobs().registerQueue(KIND.queue());
        for (int i = 0; i < 3; i++) {
            store.jobs().enqueue(org.id(), List.of(JobRequest.of(KIND, "{}")));
        }

        assertEndsBeforeItIsWhole();
    }
}
