package io.croft.ingest;

import io.croft.QuotaExceededException;
import io.croft.ingest.extract.Extraction;
import io.croft.ingest.extract.Ocr;
import io.croft.job.JobContext;
import io.croft.job.JobHandler;
import io.croft.job.JobResult;
import io.croft.spi.InputStore.Pending;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/**
 * Finds the text in a file and hands it on to be embedded, or to be recognised where it is in images. The store
 * completes the job in the transaction that writes the text or enqueues the next job, or that says why there is no
 * text; the result returned after that is not stored again. Stateless; done twice, it does the same.
 */
final class ExtractHandler implements JobHandler {

    static final String SUPERSEDED = "{\"superseded\":true}";

    /** The file is read again then. */
    private static final Duration UNTIL_THERE_IS_ROOM = Duration.ofMinutes(1);

    private final FileReading reading;

    ExtractHandler(FileReading reading) {
        this.reading = reading;
    }

    @Override
    public JobResult handle(JobContext job) throws IOException, InterruptedException {
        Optional<Pending> pending = reading.pending(job);
        try {
            return pending.isPresent() && read(job, pending.get())
                    ? JobResult.completed()
                    : JobResult.completed(SUPERSEDED);
        } catch (QuotaExceededException e) {
            return NoRoom.putOff(e, UNTIL_THERE_IS_ROOM);
        }
    }

    private boolean read(JobContext job, Pending pending) throws IOException, InterruptedException {
        try {
            Ocr ocr = reading.canRecogniseText() ? Ocr.LATER : Ocr.WHERE_NEEDED;
            Extraction extraction = reading.extract(job, pending, ocr);
            return (ocr == Ocr.LATER && !extraction.pagesWithoutText().isEmpty())
                    ? reading.recognise(job, pending)
                    : reading.store(job, pending, extraction);
        } catch (UnreadableException e) {
            return reading.fail(job, pending, e.failure());
        }
    }
}
