package io.croft.pg.content;

import io.croft.content.ContentStatus;
import io.croft.content.ContentStatus.State;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Derives how far a revision has come from its row and its job's: no state is stored that could contradict them. */
final class StatusRow {

    private static final int JOB_DEAD = 4;
    private static final int JOB_COMPLETED = 5;

    private StatusRow() {
    }

    static ContentStatus read(String id, ResultSet row) throws SQLException {
        long revision = row.getLong("revision");
        if (row.getBoolean("deleted")) {
            return new ContentStatus(id, revision, State.DELETED, Optional.empty());
        }
        Long written = row.getObject("written_revision", Long.class);
        if (written != null && written == revision) {
            return new ContentStatus(id, revision, State.READY, Optional.empty());
        }
        Optional<String> failure = failure(row);
        return new ContentStatus(id, revision, failure.isPresent() ? State.FAILED : State.QUEUED, failure);
    }

    private static Optional<String> failure(ResultSet row) throws SQLException {
        Integer live = row.getObject("job_state", Integer.class);
        if (live != null) {
            return live == JOB_DEAD
                    ? Optional.of(error("its job is a dead letter", row.getString("error_class"),
                            row.getString("error_message")))
                    : Optional.empty();
        }
        Integer outcome = row.getObject("outcome", Integer.class);
        if (outcome == null) {
            return Optional.of("its job ended without making it searchable, and is past its retention");
        }
        return Optional.of(error(
                outcome == JOB_COMPLETED ? "its job completed without making it searchable" : "its job was cancelled",
                row.getString("end_class"), row.getString("end_message")));
    }

    private static String error(String what, @Nullable String errorClass, @Nullable String message) {
        StringBuilder text = new StringBuilder(what);
        if (errorClass != null) {
            text.append(": ").append(errorClass);
        }
        if (message != null && !message.isEmpty()) {
            text.append(": ").append(message);
        }
        return text.toString();
    }
}
