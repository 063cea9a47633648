package io.croft;

import java.time.Instant;
import java.util.Objects;

/**
 * What erasing an organisation removed, for whoever must account for it. It holds nothing of what was erased but
 * counts.
 *
 * @param org       the life that was ended; created again under the same id, the organisation is another one
 * @param finished  when the last of it was removed, by this process's clock
 * @param rows      what was removed from the database
 * @param index     what was removed from this process's disk. Other processes that hold a copy of the organisation's
 *                  index are not counted: each removes its own within {@link Orgs#ELSEWHERE_GONE_WITHIN}
 */
public record ErasureReceipt(Org org, Instant finished, Rows rows, IndexFiles index) {

    public ErasureReceipt {
        Objects.requireNonNull(org, "org");
        Objects.requireNonNull(finished, "finished");
        Objects.requireNonNull(rows, "rows");
        Objects.requireNonNull(index, "index");
    }

    /**
     * Rows of the database. Where an erasure was begun before and failed midway, those of that attempt are not counted.
     *
     * @param documents private documents, deleted ones that were still remembered included
     * @param listings  listings, withdrawn ones that were still remembered included
     * @param chunks    the chunks of both, with their vectors
     * @param changes   entries of the organisation's change log
     * @param jobs      jobs, schedules, and what the queue knew of them
     * @param analytics counts and texts of searches
     * @param quotas    limits that were set for it
     * @param blobs     files that documents and listings were made of, where the database has them
     */
    public record Rows(long documents, long listings, long chunks, long changes, long jobs, long analytics,
            long quotas, long blobs) {

        /** No rows. */
        public static final Rows NONE = new Rows(0, 0, 0, 0, 0, 0, 0, 0);

        /** Both together. */
        public Rows plus(Rows other) {
            return new Rows(documents + other.documents, listings + other.listings, chunks + other.chunks,
                    changes + other.changes, jobs + other.jobs, analytics + other.analytics, quotas + other.quotas,
                    blobs + other.blobs);
        }
    }

    /**
     * Files of an index. Bytes that a search under way still reads are given back when it ends.
     *
     * @param files     how many were deleted
     * @param bytes     how large they were together
     * @param filesLeft how many could not be deleted, which the log says why; they are out of reach, and tried again at
     *                  the next start
     */
    public record IndexFiles(long files, long bytes, long filesLeft) {

        /** No files. */
        public static final IndexFiles NONE = new IndexFiles(0, 0, 0);

        /** Both together. */
        public IndexFiles plus(IndexFiles other) {
            return new IndexFiles(files + other.files, bytes + other.bytes, filesLeft + other.filesLeft);
        }
    }
}
