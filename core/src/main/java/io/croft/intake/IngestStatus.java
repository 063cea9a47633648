package io.croft.intake;

import io.croft.job.JobId;
import io.croft.search.Source;
import java.util.Objects;
import java.util.Optional;

/**
 * How far the newest revision of a document or listing has come on its way to being searchable.
 *
 * @param source   whether it is a document or a listing
 * @param id       its id
 * @param revision the newest revision
 * @param state    how far that has come
 * @param job      the job of the step that it waits for or is in, or that failed; empty if there is none
 * @param failure  why it failed, for {@link State#FAILED}
 * @param note     what could not be read of its file, in a sentence: pages whose text is in images where that cannot be
 *                 recognised
 * @param putOff   why it has to wait, for {@link State#QUEUED}, if its step was put off: the embedding model is away,
 *                 the day's budget is spent
 */
public record IngestStatus(Source source, String id, long revision, State state, Optional<JobId> job,
        Optional<Failure> failure, Optional<String> note, Optional<String> putOff) {

    /** The states of a revision; the last three are ends, until there is a newer one. */
    public enum State {
        /** Stored; waits for its first step or the next one. */
        QUEUED,
        /** Its file is being read. */
        EXTRACTING,
        /** The text in its file's images is being recognised. */
        OCR,
        /** Its text is being cut into chunks. */
        CHUNKING,
        /** Its chunks are being embedded. */
        EMBEDDING,
        /** Its chunks are stored and on their way to every index. */
        INDEXED,
        /** It did not become searchable; what was before it still is. */
        FAILED,
        /** Deleted. */
        DELETED;

        /** Whether nothing more happens to this revision by itself. */
        public boolean hasEnded() {
            return this == INDEXED || this == FAILED || this == DELETED;
        }
    }

    public IngestStatus {
        Objects.requireNonNull(source, "source");
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(job, "job");
        Objects.requireNonNull(failure, "failure");
        Objects.requireNonNull(note, "note");
        Objects.requireNonNull(putOff, "putOff");
    }

    /**
     * Why a revision failed, for people to read.
     *
     * @param reason what is wrong, in a sentence
     * @param remedy what to do
     */
    public record Failure(String reason, String remedy) {

        public Failure {
            Objects.requireNonNull(reason, "reason");
            Objects.requireNonNull(remedy, "remedy");
        }
    }
}
