package io.croft.content;

import java.util.Objects;
import java.util.Optional;

/**
 * What became of the documents that were copied from one organisation to another.
 *
 * @param copied how many documents the other organisation got
 * @param queued how many of those are still to be embedded, by jobs of the other organisation
 * @param kept   how many were left out because the other organisation has their ids
 * @param last   what to give to {@code SearchQuery.after(…)} to search when all that needed no job is visible; empty if
 *               there was no such document
 */
public record CopyReceipt(long copied, long queued, long kept, Optional<WriteReceipt> last) {

    public CopyReceipt {
        Objects.requireNonNull(last, "last");
    }
}
