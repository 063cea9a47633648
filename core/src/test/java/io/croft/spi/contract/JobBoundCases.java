package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.job.Job;
import io.croft.job.JobError;
import io.croft.job.JobId;
import io.croft.job.JobPriority;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Outcome;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What one call, or one organisation's backlog, may cost others. */
interface JobBoundCases extends JobFixture {

    int LARGE_BYTES = 200 * 1024;

    /** A text that cannot be packed, so that it is kept at the length that it has. */
    private JobRequest large(int seed) {
        byte[] noise = new byte[LARGE_BYTES * 3 / 4];
        new Random(seed).nextBytes(noise);
        return request("{\"n\":\"" + Base64.getEncoder().encodeToString(noise) + "\"}");
    }

    private List<JobId> enqueueLarge(OrgId org, int count) {
        unlimited(org);
        return jobs().enqueue(org, IntStream.range(0, count).mapToObj(this::large).toList()).stream()
                .map(JobReceipt::id).toList();
    }

    private static int bytes(List<ClaimedJob> claimed) {
        return claimed.stream().mapToInt(job -> job.payload().getBytes(StandardCharsets.UTF_8).length).sum();
    }

    @Test
    default void claim_givesNoMorePayloadThanItsBound() {
        OrgId org = newOrg();
        List<JobId> ids = enqueueLarge(org, 12);

        List<JobId> all = new ArrayList<>();
        for (List<ClaimedJob> some = claim(100); !some.isEmpty(); some = claim(100)) {
            assertThat(bytes(some)).isLessThanOrEqualTo(JobStore.MAX_CLAIM_BYTES);
            assertThat(some.size()).isGreaterThanOrEqualTo(Math.min(4, ids.size() - all.size()));
            all.addAll(ids(some));
        }

        assertThat(all).containsExactlyElementsOf(ids);
    }

    /** What did not fit stands where it stood: behind what is more urgent, and before what came later. */
    @Test
    default void claim_keepsThePlacesOfWhatDidNotFit() {
        OrgId org = newOrg();
        List<JobId> ids = enqueueLarge(org, 8);
        List<JobId> order = new ArrayList<>(ids(claim(100)));
        assertThat(order).hasSizeLessThan(ids.size());

        JobId urgent = enqueue(org, ofPriority(JobPriority.URGENT)).id();
        JobId last = enqueue(org);
        order.addAll(ids(claimAll()));

        int first = order.indexOf(urgent);
        assertThat(order.subList(0, first)).isEqualTo(ids.subList(0, first));
        assertThat(order.subList(first + 1, order.size() - 1)).isEqualTo(ids.subList(first, ids.size()));
        assertThat(order.getLast()).isEqualTo(last);
    }

    @Test
    default void claim_ofLargeJobsLeavesRoomForOthers() {
        OrgId org = newOrg();
        enqueueLarge(org, 12);
        OrgId other = newOrg();
        JobId small = enqueue(other);

        assertThat(ids(claim(20))).contains(small);
    }

    /** It is charged for what it got: else an organisation of large jobs would get less than its share. */
    @Test
    default void claim_countsWhatFitAlone() {
        OrgId org = newOrg();
        enqueueLarge(org, 12);

        int claimed = claim(100).size();

        assertThat(depth(org).running()).isEqualTo(claimed);
        assertThat(depth(org).ready()).isEqualTo(12 - claimed);
    }

    /** At a limit that goes through a pair of surrogates, or through a line, too. */
    @Test
    default void texts_areCutAlikeByAllStores() {
        OrgId org = newOrg();
        JobId discarded = enqueue(org);
        jobs().discard(org, List.of(discarded), "x".repeat(Job.MAX_NOTE_CHARS - 1) + "😀");
        JobId failed = enqueue(org, JobRequest.of(kind(1), "{}")).id();
        String line = "y".repeat(9_999) + "\n";
        finish(claimOne(), new Outcome.Failed(Optional.empty(), "E".repeat(300),
                "z".repeat(JobError.MAX_MESSAGE_CHARS - 1) + "😀", line + line));

        assertThat(job(org, discarded).note()).contains("x".repeat(Job.MAX_NOTE_CHARS - 1));
        assertThat(job(org, failed).error()).contains(new JobError("E".repeat(JobError.MAX_TYPE_CHARS),
                "z".repeat(JobError.MAX_MESSAGE_CHARS - 1), line));
    }

    @Test
    default void maintain_makesReadyInTurnsWhatIsDue() {
        OrgId org = newOrg();
        OrgId other = newOrg();
        jobs().enqueue(org, Collections.nCopies(3 * JobStore.MAX_BATCH, request().withDelay(Duration.ofMillis(50))));
        JobId id = enqueue(other, request().withDelay(Duration.ofMillis(100))).id();
        advance(Duration.ofMillis(150));

        jobs().maintain(JobStore.MAX_BATCH);

        assertThat(ids(jobs().claim(queue(), 100, "contract", LONG_LEASE))).contains(id);
        settle();
        assertThat(depth(org).ready() + depth(org).running()).isEqualTo(3L * JobStore.MAX_BATCH);
    }
}
