package io.croft.pg.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How jobs are divided among statements. */
class JobIntakeTest {

    private static final JobKind KIND = JobKind.of("test.work", "intake");
    private static final int PAYLOAD_CHARS = 200 * 1024;
    private static final JobRequest LARGE =
            JobRequest.of(KIND, "{\"t\":\"" + "x".repeat(PAYLOAD_CHARS - 8) + "\"}");

    @Test
    void statements_haveNoMorePayloadThanTheyMay() {
        List<List<JobRequest>> slices = JobIntake.slices(Collections.nCopies(21, LARGE));

        assertThat(slices).extracting(List::size).containsExactly(10, 10, 1);
        assertThat(10 * PAYLOAD_CHARS).isLessThanOrEqualTo(JobIntake.MAX_STATEMENT_CHARS);
    }

    @Test
    void smallJobs_areOneStatement() {
        List<JobRequest> all = Collections.nCopies(100_000, JobRequest.of(KIND, "{}"));

        assertThat(JobIntake.slices(all)).containsExactly(all);
    }

    /** Two calls that come in several statements could each wait for keys of the other. */
    @Test
    void jobsWithKeys_areFewerStatements() {
        List<JobRequest> all = new ArrayList<>(Collections.nCopies(20, LARGE));
        all.add(LARGE.withKey("k"));

        assertThat(JobIntake.slices(all)).containsExactly(all);
    }
}
