package io.croft;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * How large an organisation is and when it was last active. It is read from counters, so it costs the same however much
 * an organisation has.
 *
 * @param org          the organisation
 * @param documents    its private documents, searchable yet or not
 * @param listings     its listings in the marketplace
 * @param chunks       the chunks of both that are stored
 * @param bytes        what both take in the database, about, indexes not counted: texts, titles and fields, chunks
 *                     with their texts and vectors, and files that are kept there
 * @param queuedJobs   its jobs that are ready, scheduled, or wait for others, over all queues; may lag by one round of
 *                     upkeep
 * @param runningJobs  its attempts that are leased; may lag by one round of upkeep
 * @param lastWritten  when its documents or listings were last written, deleted or made searchable, by the database's
 *                     clock; empty if they never were
 * @param lastSearched the beginning of the last hour in which it searched, as far as searches are counted; empty if
 *                     none is known
 */
public record OrgSummary(Org org, long documents, long listings, long chunks, long bytes, long queuedJobs,
        long runningJobs, Optional<Instant> lastWritten, Optional<Instant> lastSearched) {

    public OrgSummary {
        Objects.requireNonNull(org, "org");
        Objects.requireNonNull(lastWritten, "lastWritten");
        Objects.requireNonNull(lastSearched, "lastSearched");
    }

    /** The later of both times; that of its creation if there is neither. */
    public Instant lastActive() {
        Instant latest = org.createdAt();
        if (lastWritten.isPresent() && lastWritten.get().isAfter(latest)) {
            latest = lastWritten.get();
        }
        return lastSearched.isPresent() && lastSearched.get().isAfter(latest) ? lastSearched.get() : latest;
    }
}
