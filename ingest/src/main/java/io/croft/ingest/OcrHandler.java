package io.croft.ingest;

import io.croft.QuotaExceededException;
import io.croft.ingest.extract.Extraction;
import io.croft.ingest.extract.Ocr;
import io.croft.ingest.extract.Outcome;
import io.croft.job.JobContext;
import io.croft.job.JobHandler;
import io.croft.job.JobResult;
import io.croft.spi.InputStore.Pending;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/**
 * Reads a file once more, with the text in its images, and hands that on to be embedded; where that takes too long or
 * fails, the text that there is without it. Completes as {@link ExtractHandler} does. Stateless; done twice, it does
 * the same.
 */
final class OcrHandler implements JobHandler {

    /** The text in its images is recognised again then. */
    private static final Duration UNTIL_THERE_IS_ROOM = Duration.ofMinutes(10);

    private final FileReading reading;

    OcrHandler(FileReading reading) {
        this.reading = reading;
    }

    @Override
    public JobResult handle(JobContext job) throws IOException, InterruptedException {
        Optional<Pending> pending = reading.pending(job);
        try {
            return pending.isPresent() && read(job, pending.get())
                    ? JobResult.completed()
                    : JobResult.completed(ExtractHandler.SUPERSEDED);
        } catch (QuotaExceededException e) {
            return NoRoom.putOff(e, UNTIL_THERE_IS_ROOM);
        }
    }

    private static boolean mayBeReadWithoutImages(Outcome.Status status) {
        return switch (status) {
            case TIMEOUT, CRASHED, LIMIT -> true;
            case EXTRACTED, NO_TEXT, OCR_MISSING, UNSUPPORTED, DAMAGED -> false;
        };
    }

    private boolean read(JobContext job, Pending pending) throws IOException, InterruptedException {
        try {
            Extraction whole = reading.extract(job, pending, Ocr.WHERE_NEEDED);
            if (mayBeReadWithoutImages(whole.outcome().status())) {
                Extraction rest = reading.extract(job, pending, Ocr.LATER);
                if (rest.isExtracted()) {
                    return reading.storeWithoutImages(job, pending, rest, whole.outcome());
                }
            }
            return reading.store(job, pending, whole);
        } catch (UnreadableException e) {
            return reading.fail(job, pending, e.failure());
        }
    }
}
