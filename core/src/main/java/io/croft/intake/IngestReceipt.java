package io.croft.intake;

import io.croft.content.WriteReceipt;
import java.util.Objects;

/**
 * The answer to an input.
 *
 * @param write     its revision and its first job; for {@code SearchQuery.after(…)}, which waits until it can be found
 * @param unchanged whether it said what the newest revision says already, or its key was used before, so that nothing
 *                  is done again: the revision is that one
 */
public record IngestReceipt(WriteReceipt write, boolean unchanged) {

    public IngestReceipt {
        Objects.requireNonNull(write, "write");
    }
}
