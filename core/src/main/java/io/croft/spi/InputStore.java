package io.croft.spi;

import io.croft.Org;
import io.croft.OrgId;
import io.croft.intake.IngestCounts;
import io.croft.intake.IngestStatus;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.search.Source;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * What documents and listings are made of, and how far that has come. An input is a revision of its document or listing
 * in the {@link ContentStore} of the same store, from the moment that it is accepted. Every method names the
 * organisation and touches no other's rows. Thread-safe.
 */
public interface InputStore {

    /** The most keys of one {@link #unused} call. */
    int MAX_KEYS = 1000;

    /**
     * Stores an input as a new revision, together with the job that begins to make it searchable, in one transaction.
     * Does nothing if the newest revision is of an input with the same hash and has not failed, or if the key is known.
     * The job's payload is the store's own: {@link #pending} reads it, and {@link ContentStore#pending} that of an
     * input without a file.
     *
     * @param kind  of a known queue
     * @param key   an idempotency key of the job
     * @param sight which documents may be replaced
     * @throws io.croft.InvalidInputException if the key was used for something else than this document or listing, or
     *                                        so long ago that its job is not kept any more; or the queue is not known
     * @throws io.croft.NotPermittedException if it would replace a document that is not seen; nothing was stored
     */
    Accepted accept(OrgId org, Input input, JobKind kind, Optional<String> key, Sight sight);

    /** The same by who sees all. */
    default Accepted accept(OrgId org, Input input, JobKind kind, Optional<String> key) {
        return accept(org, input, kind, key, Sight.ALL);
    }

    /**
     * Stores an input without a file as a new revision with its chunks, and enters the change into the log, in one
     * transaction: it needs no job. Does nothing if the newest revision is of an input with the same hash and has not
     * failed.
     *
     * @param modelId the model that made the vectors
     * @param chunks  as {@link ContentStore#writeChunks} takes them
     * @param sight   which documents may be replaced
     * @throws io.croft.InvalidInputException if the chunks are not so; nothing was written
     * @throws io.croft.NotPermittedException if it would replace a document that is not seen; nothing was written
     */
    Accepted load(OrgId org, Input input, String modelId, List<Chunk> chunks, Sight sight);

    /** The same by who sees all. */
    default Accepted load(OrgId org, Input input, String modelId, List<Chunk> chunks) {
        return load(org, input, modelId, chunks, Sight.ALL);
    }

    /**
     * What a job of a file has to do.
     *
     * @param payload the job's payload
     * @return empty if its revision was superseded or deleted since, so that there is nothing to do
     * @throws io.croft.InvalidInputException if the payload is not from this store
     */
    Optional<Pending> pending(OrgId org, String payload);

    /**
     * Gives a revision its title, text, fields and groups, enqueues the job that goes on with it, and completes this
     * one: all in one transaction, fenced. If the revision was superseded or deleted since, the job is completed and
     * nothing else is written.
     *
     * @param content what was read, with the id of the input
     * @param note    what could not be read of it, for people to read
     * @param next    the kind of the job that goes on, of a known queue; {@link ContentStore#pending} reads its payload
     * @return whether it was written
     * @throws io.croft.StaleLeaseException if the job is no longer this lease's; nothing was written
     */
    boolean read(JobLease lease, Pending pending, Content content, Optional<String> note, JobKind next);

    /**
     * Leaves a file to a job that recognises the text in its images: enqueues that and completes this one, in one
     * transaction, fenced. If the revision was superseded or deleted since, the job is completed and nothing else is
     * written.
     *
     * @param next the kind of that job, of a known queue; {@link #pending} reads its payload
     * @return whether it was written
     * @throws io.croft.StaleLeaseException if the job is no longer this lease's; nothing was written
     */
    boolean recognise(JobLease lease, Pending pending, JobKind next);

    /**
     * Says why a revision cannot become searchable, and completes its job: in one transaction, fenced. If the revision
     * was superseded or deleted since, the job is completed and nothing else is written.
     *
     * @return whether it was written
     * @throws io.croft.StaleLeaseException if the job is no longer this lease's; nothing was written
     */
    boolean fail(JobLease lease, Pending pending, IngestStatus.Failure failure);

    /**
     * How far the newest revision has come, whatever it is made of; empty if there never was one.
     *
     * @param sight what is not seen is as what there is not; where a file is not read yet, whose text it takes the
     *              place of is seen by whom that was for
     */
    Optional<Progress> progress(OrgId org, Source source, String id, Sight sight);

    /** The same for who sees all. */
    default Optional<Progress> progress(OrgId org, Source source, String id) {
        return progress(org, source, id, Sight.ALL);
    }

    /**
     * Enqueues jobs, as {@link ContentStore#put} does, for a page of documents or listings that are searchable by the
     * vectors of another model than this, in the order of their ids and without new revisions: until its job has ended,
     * each is as it was. What has a job that has not ended is passed over.
     *
     * @param after the last id of the page before; empty for the first page
     * @param limit 1 to {@value #MAX_KEYS}
     * @param kind  of a known queue
     */
    Reembedded reembed(OrgId org, Source source, String modelId, Optional<String> after, int limit, JobKind kind);

    /** How many documents or listings are searchable by the vectors of another model than this. */
    long outdated(OrgId org, Source source, String modelId);

    /**
     * A page of what is embedded again.
     *
     * @param queued how many jobs were enqueued
     * @param last   the last id of the page; empty after the last page
     */
    record Reembedded(int queued, Optional<String> last) {

        public Reembedded {
            Objects.requireNonNull(last, "last");
        }
    }

    /** How many documents or listings are at which step. */
    IngestCounts counts(OrgId org, Source source);

    /**
     * Those of these keys of blobs that no newest revision is made of. Forgets inputs that were superseded.
     *
     * @param keys at most {@value #MAX_KEYS}
     */
    Set<String> unused(Org org, Collection<String> keys);

    /**
     * What a revision is made of.
     *
     * @param source  whether it is a document or a listing
     * @param hash    the SHA-256, in hexadecimal digits, of all that makes a difference for what becomes of it
     * @param file    the file that its text is read from; empty if the text is given
     * @param content its id, title, text, fields and groups; without a text if that is read from the file
     */
    record Input(Source source, String hash, Optional<File> file, Content content) {

        public Input {
            Objects.requireNonNull(source, "source");
            Blob.checkKey(hash);
            Objects.requireNonNull(file, "file");
            Objects.requireNonNull(content, "content");
        }
    }

    /**
     * A file.
     *
     * @param blob what it holds
     * @param name its name
     * @param type the type that it is said to be of
     */
    record File(Blob blob, String name, Optional<String> type) {

        public File {
            Objects.requireNonNull(blob, "blob");
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(type, "type");
        }

        /** What it holds, without its name. */
        @Override
        public String toString() {
            return "File[blob=" + blob + "]";
        }
    }

    /**
     * The answer to an input.
     *
     * @param revision  its revision, or the one that says the same already
     * @param job       the job of that; empty if that needs none, or it is past its retention
     * @param unchanged whether nothing was stored
     */
    record Accepted(long revision, Optional<JobId> job, boolean unchanged) {

        public Accepted {
            Objects.requireNonNull(job, "job");
        }
    }

    /**
     * A file to be read.
     *
     * @param source   whether it becomes a document or a listing
     * @param revision the revision
     * @param file     the file
     * @param content  its id, and the title, fields and groups that were given
     */
    record Pending(Source source, long revision, File file, Content content) {

        public Pending {
            Objects.requireNonNull(source, "source");
            Objects.requireNonNull(file, "file");
            Objects.requireNonNull(content, "content");
        }
    }

    /** Where a revision is. */
    enum Step {
        /** Its file is to be read. */
        EXTRACT,
        /** The text in its file's images is to be recognised. */
        OCR,
        /** Its text is to be cut, embedded and written. */
        EMBED,
        /** Its chunks are stored. */
        INDEXED,
        /** It did not become searchable. */
        FAILED,
        /** It is a deletion. */
        DELETED
    }

    /**
     * How far a revision has come.
     *
     * @param revision the newest revision
     * @param step     the step that it waits for or is in, or how it ended
     * @param job      the job of that step, or the one that failed
     * @param failure  why it failed
     * @param note     what could not be read of it
     * @param putOff   why its job was put off last, if that has not ended and said so
     */
    record Progress(long revision, Step step, Optional<JobId> job, Optional<IngestStatus.Failure> failure,
            Optional<String> note, Optional<String> putOff) {

        public Progress {
            Objects.requireNonNull(step, "step");
            Objects.requireNonNull(job, "job");
            Objects.requireNonNull(failure, "failure");
            Objects.requireNonNull(note, "note");
            Objects.requireNonNull(putOff, "putOff");
        }
    }
}
