package io.croft.content;

import java.util.Objects;
import java.util.Optional;

/**
 * How far the newest revision of a document or listing has come.
 *
 * @param id       its id
 * @param revision the newest revision
 * @param state    how far that revision has come
 * @param failure  why it failed, for {@link State#FAILED}
 */
public record ContentStatus(String id, long revision, State state, Optional<String> failure) {

    /** The states of a revision. */
    public enum State {
        /** Stored; its job has not finished. */
        QUEUED,
        /** Its chunks are stored and on their way to every index. */
        READY,
        /** Its job became a dead letter or was discarded: redrive the job, or write again. */
        FAILED,
        /** Deleted. */
        DELETED
    }

    public ContentStatus {
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(failure, "failure");
    }

    /** How far it has come, without the failure's message, which may hold what was embedded. */
    @Override
    public String toString() {
        return "ContentStatus[id=" + id + ", revision=" + revision + ", state=" + state + "]";
    }
}
