package io.croft.content;

import io.croft.OrgId;
import io.croft.input.Ids;
import io.croft.job.JobId;
import io.croft.search.Source;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/**
 * Proof of an accepted write. Give it to {@code SearchQuery.after(…)} to search only when the write is visible.
 *
 * @param org      the organisation that wrote
 * @param life     its incarnation when it wrote; erased and created again, it is another one's write
 * @param source   {@link Source#PRIVATE} for a document, {@link Source#MARKETPLACE} for a listing
 * @param id       the document's or listing's id
 * @param revision its revision, from 1; every write of the same id counts one up
 * @param deletion whether it removed what had this id
 * @param job      the job that makes it searchable; empty for a deletion or a copy, which need none
 */
public record WriteReceipt(OrgId org, UUID life, Source source, String id, long revision, boolean deletion,
        Optional<JobId> job) {

    public WriteReceipt {
        Objects.requireNonNull(org, "org");
        Objects.requireNonNull(life, "life");
        Objects.requireNonNull(source, "source");
        Ids.check("write", id);
        Objects.requireNonNull(job, "job");
    }
}
