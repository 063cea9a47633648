package io.croft.ingest;

import io.croft.CroftException;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes an organisation's files that no newest revision is made of, once a day. What was given within the last hour
 * stays: it is stored before its revision is. Where it cannot be done, it waits, which is no failure: the job lasts as
 * long as its organisation. Stateless; done twice, it does the same.
 */
final class SweepHandler implements JobHandler {

    static final Duration EVERY = Duration.ofDays(1);
    private static final Duration SPARED = Duration.ofHours(1);
    private static final Duration AGAIN = Duration.ofHours(1);
    private static final Logger LOG = LoggerFactory.getLogger(SweepHandler.class);

    private final Processors.Parts parts;

    SweepHandler(Processors.Parts parts) {
        this.parts = parts;
    }

    @Override
    public JobResult handle(JobContext job) {
        try {
            parts.orgs().find(job.tenant().org()).ifPresent(org -> sweep(job, org));
            return JobResult.snooze(EVERY);
        } catch (CroftException e) {
            LOG.info("files of organisation {} are not looked through yet: {}", job.tenant().org(), e.getMessage());
            return JobResult.snooze(AGAIN, "files could not be looked through");
        }
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
