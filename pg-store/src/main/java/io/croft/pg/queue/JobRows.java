package io.croft.pg.queue;

import io.croft.OrgId;
import io.croft.job.Job;
import io.croft.job.JobError;
import io.croft.job.JobId;
import io.croft.job.JobPriority;
import io.croft.job.JobProgress;
import io.croft.job.JobState;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/** How jobs stand in the rows of their tables: reads them, and says states and times as the tables have them. */
final class JobRows {

    private static final Instant LAST = Instant.parse("9999-12-31T23:59:59Z");

    private JobRows() {
    }

    static Job job(OrgId org, ResultSet row) throws SQLException {
        JobState state = state(row.getInt("state"));
        return new Job(new JobId(row.getLong("id")), org, row.getString("kind"), row.getString("queue"), state,
                JobPriority.ofLevel(row.getInt("priority")), tags(row), text(row, "key"), row.getInt("attempts"),
                row.getInt("max_attempts"), time(row, "created_at").orElseThrow(),
                state == JobState.SCHEDULED ? time(row, "run_at") : Optional.empty(), time(row, "deadline"),
                time(row, "first_run_at"), time(row, "finished_at"), row.getString("payload"), text(row, "result"),
                error(row), text(row, "note"), progress(row));
    }

    static Set<String> tags(ResultSet row) throws SQLException {
        return tags(row, row.findColumn("tags"));
    }

    static Set<String> tags(ResultSet row, int column) throws SQLException {
        Array tags = row.getArray(column);
        return tags == null ? Set.of() : Set.copyOf(Arrays.asList((String[]) tags.getArray()));
    }

    static Optional<Instant> time(ResultSet row, String column) throws SQLException {
        return time(row, row.findColumn(column));
    }

    static Optional<Instant> time(ResultSet row, int column) throws SQLException {
        return Optional.ofNullable(row.getObject(column, OffsetDateTime.class)).map(OffsetDateTime::toInstant);
    }

    /** How far the attempt is; the columns are null where none runs, or it has not said. */
    static Optional<JobProgress> progress(ResultSet row) throws SQLException {
        Optional<String> message = text(row, "progress_message");
        return message.isEmpty()
                ? Optional.empty()
                : Optional.of(new JobProgress(row.getDouble("progress"), message.get(),
                        time(row, "progress_at").orElseThrow()));
    }

    private static Optional<String> text(ResultSet row, String column) throws SQLException {
        return Optional.ofNullable(row.getString(column));
    }

    private static Optional<JobError> error(ResultSet row) throws SQLException {
        Optional<String> type = text(row, "error_class");
        return type.isEmpty()
                ? Optional.empty()
                : Optional.of(new JobError(type.get(), text(row, "error_message").orElse(""),
                        text(row, "error_stack").orElse("")));
    }

    /** In the database's precision, and within years that it knows. */
    static Instant storable(Instant time) {
        if (time.isBefore(Instant.EPOCH)) {
            return Instant.EPOCH;
        }
        return time.isAfter(LAST) ? LAST : time.truncatedTo(ChronoUnit.MICROS);
    }

    /** The state's number in the database. */
    static int number(JobState state) {
        return switch (state) {
            case SCHEDULED -> 1;
            case READY -> 2;
            case RUNNING -> 3;
            case DEAD -> 4;
            case COMPLETED -> 5;
            case CANCELLED -> 6;
            case WAITING -> 7;
        };
    }

    /** The state with this number in the database. */
    static JobState state(int number) {
        for (JobState state : JobState.values()) {
            if (number(state) == number) {
                return state;
            }
        }
        throw new IllegalStateException("the database gave job state " + number);
    }
}
