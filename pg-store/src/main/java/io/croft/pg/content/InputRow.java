package io.croft.pg.content;

import io.croft.content.ContentStatus;
import io.croft.intake.IngestStatus.Failure;
import io.croft.job.JobId;
import io.croft.spi.InputStore.Accepted;
import io.croft.spi.InputStore.Progress;
import io.croft.spi.InputStore.Step;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The newest revision with its input: how far it has come, derived from both rows and its job's.
 *
 * @param progress how far it has come
 * @param hash     of its input, if it is of one
 */
record InputRow(Progress progress, Optional<String> hash) {

    private static final int EXTRACT = 1;
    private static final int OCR = 2;

    static InputRow read(String id, ResultSet row) throws SQLException {
        ContentStatus status = StatusRow.read(id, row);
        Long number = row.getObject("job_id", Long.class);
        Optional<JobId> job = Optional.ofNullable(number).map(JobId::new);
        String reason = row.getString("reason");
        byte[] hash = row.getBytes("hash");
        Step step = switch (status.state()) {
            case DELETED -> Step.DELETED;
            case READY -> Step.INDEXED;
            case FAILED -> Step.FAILED;
            case QUEUED -> step(row.getInt("step"));
        };
        Optional<Failure> failure = step != Step.FAILED
                ? Optional.empty()
                : Optional.of(reason == null
                        ? new Failure(status.failure().orElse("its job failed"),
                                "redrive its job if it is a dead letter, or give the input again")
                        : new Failure(reason, row.getString("remedy")));
        return new InputRow(new Progress(status.revision(), step, job, failure,
                Optional.ofNullable(row.getString("note")), Optional.ofNullable(row.getString("put_off"))),
                Optional.ofNullable(hash).map(HexFormat.of()::formatHex));
    }

    /** What waits for a job: one that was put by other means is embedded. */
    private static Step step(int code) {
        return switch (code) {
            case EXTRACT -> Step.EXTRACT;
            case OCR -> Step.OCR;
            default -> Step.EMBED;
        };
    }

    /** Whether it is of an input with this hash, and has become of it what becomes of it, or will. */
    boolean says(String otherHash) {
        return hash.equals(Optional.of(otherHash)) && progress.step() != Step.FAILED
                && progress.step() != Step.DELETED;
    }

    Accepted unchanged() {
        return new Accepted(progress.revision(), progress.job(), true);
    }
}
