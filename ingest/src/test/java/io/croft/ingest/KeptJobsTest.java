package io.croft.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.Actor;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.intake.Upload;
import io.croft.job.JobHandler;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.job.JobResult;
import io.croft.search.Source;
import io.croft.spi.FileIntake;
import io.croft.spi.InputStore.Accepted;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.Processors;
import io.croft.spi.Sight;
import io.croft.spi.memory.InMemoryStore;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Jobs that an organisation has for a long time do not use up their attempts while the store is away. */
class KeptJobsTest {

    private final InMemoryStore store = new InMemoryStore();
    private final OrgId org = OrgId.named("riding-school");

    /** Takes in none. */
    private static final class NoFiles implements FileIntake {

        @Override
        public Accepted accept(Org life, Sight sight, Upload upload, InputStream content) {
            return new Accepted(1, Optional.empty(), true);
        }

        @Override
        public void delete(Org life, Sight sight, Source source, String id) {
            // there is none
        }
    }

    private Attempt claim(JobKind kind, String payload) {
        store.orgs().create(TenantContext.of(org, Actor.superAdmin("test")));
        store.jobs().registerQueue(kind.queue());
        store.jobs().enqueue(org, List.of(JobRequest.of(kind, payload)));
        store.jobs().maintain(100);
        ClaimedJob job = store.jobs().claim(kind.queue(), 1, "test", Duration.ofMinutes(5)).getFirst();
        return new Attempt(job, Integer.MAX_VALUE);
    }

    private JobHandler handler(JobKind kind) {
        Processors.Parts parts = new Processors.Parts(store.orgs(), store.content(), store.inputs(), store.crawls(),
                store.sites(), store.spends(), store.blobs(), new NoFiles(), new WordEmbedder(40), content -> {
                });
        return kind.equals(Processors.SWEEP) ? new SweepHandler(parts) : new ReembedHandler(parts);
    }

    private void waits(JobKind kind, String payload) throws Exception {
        Attempt attempt = claim(kind, payload);
        store.goAway();

        JobResult result = handler(kind).handle(attempt);

        assertThat(result).isInstanceOfSatisfying(JobResult.Snooze.class, snooze -> {
            assertThat(snooze.delay()).isBetween(Duration.ofSeconds(1), Duration.ofHours(1));
            assertThat(snooze.reason()).isNotBlank();
        });
    }

    @Test
    void sweep_waitsWhileTheStoreIsAway() throws Exception {
        waits(Processors.SWEEP, "{}");
    }

    @Test
    void reembed_waitsWhileTheStoreIsAway() throws Exception {
        waits(Processors.REEMBED, "{\"source\":\"PRIVATE\"}");
    }
}
