package io.croft;

import java.time.Instant;
import java.util.Objects;

/**
 * What an export of an organisation holds; its manifest says the same.
 *
 * @param org       the life that was exported
 * @param finished  when the last of it was written, by this process's clock
 * @param documents how many private documents
 * @param listings  how many listings
 * @param jobs      how many jobs, live ones and those of which there is still a record
 * @param bytes     how long the whole file is
 */
public record ExportReceipt(Org org, Instant finished, long documents, long listings, long jobs, long bytes) {

    /** The version of the format; a reader refuses one that it does not know. */
    public static final int FORMAT_VERSION = 1;

    public ExportReceipt {
        Objects.requireNonNull(org, "org");
        Objects.requireNonNull(finished, "finished");
    }
}
