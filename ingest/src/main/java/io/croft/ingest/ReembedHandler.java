package io.croft.ingest;

import io.croft.InvalidInputException;
import io.croft.QuotaExceededException;
import io.croft.StoreUnavailableException;
import io.croft.job.JobContext;
import io.croft.job.JobHandler;
import io.croft.job.JobResult;
import io.croft.search.Source;
import io.croft.spi.InputStore;
import io.croft.spi.Processors;
import java.time.Duration;
import java.util.Optional;

/**
 * Enqueues jobs that embed again what another model made searchable. Stateless; done twice, it enqueues none twice:
 * what is done, or has a job, is passed over. Where the organisation may have no more jobs, or the store is away, it
 * waits.
 */
final class ReembedHandler implements JobHandler {

    private static final int PAGE = 200;
    private static final Duration UNTIL_THERE_IS_ROOM = Duration.ofSeconds(2);
    private static final Duration UNTIL_THE_STORE_IS_BACK = Duration.ofSeconds(30);

    private final Processors.Parts parts;

    ReembedHandler(Processors.Parts parts) {
        this.parts = parts;
    }

    @Override
    public JobResult handle(JobContext job) {
        Source source = source(job.payload());
        String model = parts.embedder().model().id();
        Optional<String> after = Optional.empty();
        long queued = 0;
        int size = PAGE;
        while (!job.isCancelled()) {
            try {
                InputStore.Reembedded page =
                        parts.inputs().reembed(job.tenant().org(), source, model, after, size, Processors.EMBED);
                queued += page.queued();
                job.progress(0, "enqueued: " + queued);
                after = page.last();
                if (after.isEmpty()) {
                    return JobResult.completed("{\"enqueued\":" + queued + "}");
                }
            } catch (QuotaExceededException e) {
                if (size == 1) {
                    return NoRoom.putOff(e, UNTIL_THERE_IS_ROOM);
                }
                size /= 2; // as many as the organisation may have waiting
            } catch (StoreUnavailableException e) {
                return JobResult.snooze(UNTIL_THE_STORE_IS_BACK, "the database could not be reached");
            }
        }
        return JobResult.snooze(Duration.ZERO);
    }

    private static Source source(String payload) {
        for (Source source : Source.values()) {
            if (payload.contains("\"" + source.name() + "\"")) {
                return source;
            }
        }
        throw new InvalidInputException("the payload of a job of " + Processors.REEMBED.name() + " names no source");
    }
}
