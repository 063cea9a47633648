package io.croft.spi;

import io.croft.Org;
import io.croft.OrgId;
import io.croft.content.ContentStatus;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.search.Source;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Documents, listings and their chunks. Every method names the organisation and touches no other's rows. Thread-safe.
 */
public interface ContentStore {

    /**
     * Stores new revisions, each together with a job of this kind that will make it searchable, in one transaction. The
     * job's payload is the store's own; {@link #pending} reads it. A later item with the same id is a later revision.
     *
     * @param items at most 1,000
     * @param kind  of a known queue
     * @param sight which documents may be replaced
     * @return one for each item, in order
     * @throws io.croft.InvalidInputException if there are too many, or the queue is not known; nothing was stored
     * @throws io.croft.NotPermittedException if one would replace a document that is not seen; nothing was stored
     */
    List<Stored> put(OrgId org, Source source, List<Content> items, JobKind kind, Sight sight);

    /** The same by who sees all. */
    default List<Stored> put(OrgId org, Source source, List<Content> items, JobKind kind) {
        return put(org, source, items, kind, Sight.ALL);
    }

    /**
     * Deletes: a new revision without content and chunks, entered into the change log in the same transaction.
     *
     * @param sight what is not seen is as what there is not
     * @return the new revision; empty if there is nothing with this id, or it is deleted already
     */
    Optional<Stored> delete(OrgId org, Source source, String id, Sight sight);

    /** The same by who sees all. */
    default Optional<Stored> delete(OrgId org, Source source, String id) {
        return delete(org, source, id, Sight.ALL);
    }

    /**
     * The newest revision's content; empty if there is none or it is deleted.
     *
     * @param sight what is not seen is as what there is not
     */
    Optional<Content> find(OrgId org, Source source, String id, Sight sight);

    /** The same for who sees all. */
    default Optional<Content> find(OrgId org, Source source, String id) {
        return find(org, source, id, Sight.ALL);
    }

    /**
     * How far the newest revision has come; empty if there never was one. What was deleted is seen by everybody.
     *
     * @param sight what is not seen is as what there is not
     */
    Optional<ContentStatus> status(OrgId org, Source source, String id, Sight sight);

    /** The same for who sees all. */
    default Optional<ContentStatus> status(OrgId org, Source source, String id) {
        return status(org, source, id, Sight.ALL);
    }

    /**
     * What a job from {@link #put} has to do.
     *
     * @param payload the job's payload
     * @return empty if its revision was superseded or deleted since, so that there is nothing to do
     * @throws io.croft.InvalidInputException if the payload is not from this store
     */
    Optional<Pending> pending(OrgId org, String payload);

    /**
     * Replaces the chunks, enters the change into the log, and completes the job: all in one transaction, fenced. If
     * the revision was superseded or deleted since, the job is completed and nothing else is written.
     *
     * @param modelId the model that made the vectors
     * @param chunks  at least one, in order, with finite vectors of one length
     * @return whether the chunks were written; false if the revision was superseded
     * @throws io.croft.StaleLeaseException   if the job is no longer this lease's; nothing was written
     * @throws io.croft.InvalidInputException if the chunks are not so; nothing was written, and the lease still holds
     */
    boolean writeChunks(JobLease lease, Pending pending, String modelId, List<Chunk> chunks);

    /**
     * The current chunks of these, for an index to hold, as of one moment. What the call returns is held in memory at
     * once, so it may stop early: it has one entry for each of the first of the keys, in their order, without chunks
     * where there are none; at least one entry if there is a key. Ask again for the rest.
     *
     * @param keys at most 1,000, none twice; for a private scope all are of its organisation
     */
    List<ContentChunks> chunks(IndexScope scope, List<ContentKey> keys);

    /**
     * Copies a page of an organisation's private documents to another one: newest revisions, with their groups, chunks
     * and the time at which they were put. What the other one has with the same id stays as it is. A revision whose
     * chunks are still to be made is stored together with a job of the other organisation that makes them. All of a
     * page that the other organisation gets, it gets at once, in one transaction.
     *
     * @param from  whose, in the life that it is copied from
     * @param to    who gets them, in the life that it is copied to
     * @param after the last id of the page before; empty for the first page
     * @param limit the most documents, 1 to 1,000; large ones make a page shorter
     * @param kind  of a known queue
     * @param sight only documents that are seen are copied
     * @return what became of the page; without an id to go on from after the last page
     * @throws io.croft.UnknownOrgException if either does not exist, is not active or lives another life; nothing of
     *                                      the page was copied
     */
    CopiedPage copy(Org from, Org to, Optional<String> after, int limit, JobKind kind, Sight sight);

    /** The same of all documents. */
    default CopiedPage copy(Org from, Org to, Optional<String> after, int limit, JobKind kind) {
        return copy(from, to, after, limit, kind, Sight.ALL);
    }

    /**
     * What became of a page that was copied.
     *
     * @param copied how many documents the other organisation has now, with chunks or with a job
     * @param queued how many of those have a job
     * @param kept   how many were left alone because their id was taken
     * @param last   the last document of the page; empty after the last page
     * @param newest the last document that came with its chunks, which entered the log last; empty if there is none
     */
    record CopiedPage(int copied, int queued, int kept, Optional<String> last, Optional<Stored> newest) {

        /** What comes after the last page. */
        public static final CopiedPage NONE = new CopiedPage(0, 0, 0, Optional.empty(), Optional.empty());

        public CopiedPage {
            Objects.requireNonNull(last, "last");
            Objects.requireNonNull(newest, "newest");
        }
    }

    /**
     * Gives all of an organisation's documents or listings in their newest revisions, as of one moment, by their ids.
     * No more of them is held than a page.
     *
     * @param life the organisation in the life whose documents are wanted, in service or suspended
     * @param each told of each, on this thread; the call ends with what it throws
     * @throws io.croft.UnknownOrgException if it does not live this life any more
     */
    void export(Org life, Source source, Consumer<Exported> each);

    /**
     * A document or listing as it is exported.
     *
     * @param content    its newest revision
     * @param revision   which one that is
     * @param searchable whether that revision has its chunks
     * @param createdAt  when there first was one with this id
     * @param updatedAt  when that revision was put
     */
    record Exported(Content content, long revision, boolean searchable, Instant createdAt, Instant updatedAt) {

        public Exported {
            Objects.requireNonNull(content, "content");
            Objects.requireNonNull(createdAt, "createdAt");
            Objects.requireNonNull(updatedAt, "updatedAt");
        }
    }

    /**
     * A page of everything that an index holds, which leaves out what has no chunks. The order of the keys is the
     * store's own and the same for all pages; what neither came nor went during a scan is in exactly one page.
     *
     * @param after the last key of the page before; empty for the first page
     * @param limit the most documents or listings, 1 to 1,000
     * @return empty after the last page
     */
    List<ContentChunks> scan(IndexScope scope, Optional<ContentKey> after, int limit);

    /**
     * An accepted revision.
     *
     * @param id       the document's or listing's id
     * @param revision its new revision
     * @param job      the job that makes it searchable; empty for a deletion
     */
    record Stored(String id, long revision, Optional<JobId> job) {

        public Stored {
            Objects.requireNonNull(job, "job");
        }
    }

    /**
     * A revision to be made searchable.
     *
     * @param source   private or marketplace
     * @param revision its revision
     * @param content  its content
     */
    record Pending(Source source, long revision, Content content) {

        public Pending {
            Objects.requireNonNull(source, "source");
            Objects.requireNonNull(content, "content");
        }
    }
}
