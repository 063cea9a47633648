package io.croft.ingest;

import io.croft.InvalidInputException;
import io.croft.content.Document;
import io.croft.intake.IngestStatus.Failure;
import io.croft.job.JobContext;
import io.croft.job.JobHandler;
import io.croft.job.JobResult;
import io.croft.spi.Content;
import io.croft.spi.InputStore.Pending;
import io.croft.spi.JobLease;
import io.croft.spi.Processors;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/**
 * Finds the text in a file and hands it on to be embedded. The store completes the job in the transaction that writes
 * the text and enqueues the next job, or that says why there is none; the result returned after that is not stored
 * again. Stateless; done twice, it does the same.
 */
final class ExtractHandler implements JobHandler {

    private static final String SUPERSEDED = "{\"superseded\":true}";

    private final Processors.Parts parts;

    ExtractHandler(Processors.Parts parts) {
        this.parts = parts;
    }

    @Override
    public JobResult handle(JobContext job) throws IOException {
        Optional<Pending> found = parts.inputs().pending(job.tenant().org(), job.payload());
        if (found.isEmpty()) {
            return JobResult.completed(SUPERSEDED);
        }
        Pending pending = found.get();
        JobLease lease = new JobLease(job.tenant().org(), job.id(), job.fence());
        boolean current;
        try {
            Content content = content(job, pending);
            current = parts.inputs().read(lease, pending, content, Processors.EMBED);
        } catch (UnreadableException e) {
            current = parts.inputs().fail(lease, pending, e.failure());
        }
        return current ? JobResult.completed() : JobResult.completed(SUPERSEDED);
    }

    private Content content(JobContext job, Pending pending) throws IOException, UnreadableException {
        String text;
        try (InputStream bytes = bytes(job, pending)) {
            text = PlainText.read(bytes, pending.file());
        }
        Content given = pending.content();
        Content content = new Content(given.id(), given.title(), text, given.fields());
        try {
            new Document(content.id(), content.title(), content.text(), content.fields());
            parts.check().accept(content);
        } catch (InvalidInputException e) {
            throw new UnreadableException(new Failure(String.valueOf(e.getMessage()), "give another file"));
        }
        return content;
    }

    private InputStream bytes(JobContext job, Pending pending) throws UnreadableException {
        return parts.orgs().find(job.tenant().org())
                .flatMap(org -> parts.blobs().open(org, pending.file().blob().key()))
                .orElseThrow(() -> new UnreadableException(new Failure("the file is not where files are kept",
                        "give the file again; if that happens often, check that all processes keep files in the same "
                                + "place")));
    }
}
