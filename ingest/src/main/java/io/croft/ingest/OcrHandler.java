package io.croft.ingest;

import io.croft.ingest.extract.Ocr;
import io.croft.job.JobContext;
import io.croft.job.JobHandler;
import io.croft.job.JobResult;
import io.croft.spi.InputStore.Pending;
import java.io.IOException;
import java.util.Optional;

/**
 * Reads a file once more, with the text in its images, and hands that on to be embedded. Completes as
 * {@link ExtractHandler} does. Stateless; done twice, it does the same.
 */
final class OcrHandler implements JobHandler {

    private final FileReading reading;

    OcrHandler(FileReading reading) {
        this.reading = reading;
    }

    @Override
    public JobResult handle(JobContext job) throws IOException, InterruptedException {
        Optional<Pending> pending = reading.pending(job);
        return pending.isPresent() && read(job, pending.get())
                ? JobResult.completed()
                : JobResult.completed(ExtractHandler.SUPERSEDED);
    }

    private boolean read(JobContext job, Pending pending) throws IOException, InterruptedException {
        try {
            return reading.store(job, pending, reading.extract(job, pending, Ocr.WHERE_NEEDED));
        } catch (UnreadableException e) {
            return reading.fail(job, pending, e.failure());
        }
    }
}
