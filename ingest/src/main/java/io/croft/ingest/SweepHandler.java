package io.croft.ingest;

import io.croft.Org;
import io.croft.job.JobContext;
import io.croft.job.JobHandler;
import io.croft.job.JobResult;
import io.croft.spi.Blob;
import io.croft.spi.BlobStore;
import io.croft.spi.Processors;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Removes an organisation's files that no newest revision is made of, once a day. What was given within the last hour
 * stays: it is stored before its revision is. Stateless; done twice, it does the same.
 */
final class SweepHandler implements JobHandler {

    static final Duration EVERY = Duration.ofDays(1);
    private static final Duration SPARED = Duration.ofHours(1);

    private final Processors.Parts parts;

    SweepHandler(Processors.Parts parts) {
        this.parts = parts;
    }

    @Override
    public JobResult handle(JobContext job) {
        Optional<Org> org = parts.orgs().find(job.tenant().org());
        if (org.isPresent()) {
            sweep(job, org.get());
        }
        return JobResult.snooze(EVERY);
    }

    private void sweep(JobContext job, Org org) {
        Optional<String> after = Optional.empty();
        List<Blob> page = parts.blobs().list(org, after, BlobStore.MAX_PAGE);
        while (!page.isEmpty() && !job.isCancelled()) {
            Set<String> unused = parts.inputs().unused(org, page.stream().map(Blob::key).toList());
            unused.forEach(key -> parts.blobs().delete(org, key, SPARED));
            after = Optional.of(page.getLast().key());
            page = parts.blobs().list(org, after, BlobStore.MAX_PAGE);
        }
    }
}
