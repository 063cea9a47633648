package io.croft;

import io.croft.content.Embedder;
import io.croft.job.JobHandler;
import io.croft.job.JobKind;
import io.croft.job.JobResult;
import io.croft.spi.Chunk;
import io.croft.spi.ContentStore;
import io.croft.spi.JobLease;
import io.croft.spi.Processors;
import java.util.List;
import java.util.Map;

/** Makes one chunk of each text. */
final class WholeTexts implements Processors {

    @Override
    public Map<JobKind, JobHandler> handlers(ContentStore content, Embedder embedder) {
        return Map.of(EMBED, job -> {
            JobLease lease = new JobLease(job.tenant().org(), job.id(), job.fence());
            content.pending(job.tenant().org(), job.payload()).ifPresent(pending -> {
                String text = pending.content().text();
                content.writeChunks(lease, pending, embedder.model().id(),
                        List.of(new Chunk(0, 0, text.length(), text, embedder.embedQuery(text))));
            });
            return JobResult.completed();
        });
    }
}
