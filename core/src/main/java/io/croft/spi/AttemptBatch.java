package io.croft.spi;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;

/**
 * The attempts that one process has ended since its last batch.
 *
 * @param writer the process's random id
 * @param number greater than that of the writer's last batch
 * @param counts at most {@value #MAX_COUNTS}, each organisation, queue and kind once
 */
public record AttemptBatch(UUID writer, long number, List<OrgCounts> counts) {

    /** The most counts of one batch. */
    public static final int MAX_COUNTS = 10_000;

    public AttemptBatch {
        Objects.requireNonNull(writer, "writer");
        counts = List.copyOf(counts);
        if (counts.size() > MAX_COUNTS) {
            throw new InvalidInputException("a batch of " + counts.size() + " counts: the most are " + MAX_COUNTS);
        }
    }

    /**
     * The attempts of one organisation and kind.
     *
     * @param org    the organisation
     * @param since  when the oldest of their jobs was enqueued, by the store's clock: if the organisation was created
     *               later, they were those of another life of it
     * @param counts the attempts
     */
    public record OrgCounts(OrgId org, Instant since, KindCounts counts) {

        public OrgCounts {
            Objects.requireNonNull(org, "org");
            Objects.requireNonNull(since, "since");
            Objects.requireNonNull(counts, "counts");
        }
    }
}
