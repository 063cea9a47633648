package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.job.JobId;
import io.croft.job.JobKey;
import io.croft.job.JobKind;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.job.LaneDepth;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Idempotency keys. */
interface JobKeyCases extends JobFixture {

    @Test
    default void key_returnsTheJobThatHasIt() {
        OrgId org = newOrg();
        JobReceipt first = enqueue(org, request("{\"n\":1}").withKey("order-1"));

        JobReceipt waiting = enqueue(org, request("{\"n\":2}").withKey("order-1"));
        ClaimedJob claimed = claimOne();
        JobReceipt running = enqueue(org, request("{\"n\":3}").withKey("order-1"));

        assertThat(first.duplicate()).isFalse();
        assertThat(waiting).isEqualTo(
                new JobReceipt(first.id(), true, false, JobState.READY, Optional.empty()));
        assertThat(running).isEqualTo(
                new JobReceipt(first.id(), true, false, JobState.RUNNING, Optional.empty()));
        assertThat(JsonText.compact(claimed.payload())).isEqualTo("{\"n\":1}");
        assertNothingToClaim();
    }

    @Test
    default void key_returnsTheStoredResultOnceDone() {
        OrgId org = newOrg();
        JobId id = enqueue(org, request().withKey("order-1")).id();
        assertThat(finish(claimOne(), new Outcome.Completed(Optional.of("{\"invoice\":42}")))).isTrue();

        JobReceipt again = enqueue(org, request().withKey("order-1"));

        assertThat(again.id()).isEqualTo(id);
        assertThat(again.duplicate()).isTrue();
        assertThat(again.state()).isEqualTo(JobState.COMPLETED);
        assertThat(again.result().map(JsonText::compact)).contains("{\"invoice\":42}");
        assertNothingToClaim();
    }

    @Test
    default void key_returnsADeadJobAsItIs() {
        OrgId org = newOrg();
        JobId id = enqueue(org, JobRequest.of(kind(1), "{}").withKey("order-1")).id();
        assertThat(finish(claimOne(), FAILED)).isTrue();

        JobReceipt again = enqueue(org, request().withKey("order-1"));

        assertThat(again).isEqualTo(new JobReceipt(id, true, false, JobState.DEAD, Optional.empty()));
        assertNothingToClaim();
    }

    @Test
    default void key_isEnqueuedOnceWithinABatch() {
        OrgId org = newOrg();
        List<JobRequest> requests = List.of(request("{\"n\":0}").withKey("a"), request("{\"n\":1}"),
                request("{\"n\":2}").withKey("a"), request("{\"n\":3}").withKey("b"),
                request("{\"n\":4}").withKey("a"));

        List<JobReceipt> receipts = jobs().enqueue(org, requests);

        assertThat(receipts).extracting(JobReceipt::duplicate).containsExactly(false, false, true, false, true);
        assertThat(receipts.get(2).id()).isEqualTo(receipts.get(0).id());
        assertThat(receipts.get(4).id()).isEqualTo(receipts.get(0).id());
        assertThat(receipts.get(4).state()).isEqualTo(JobState.READY);
        assertThat(claimAll()).extracting(job -> JsonText.compact(job.payload()))
                .containsExactly("{\"n\":0}", "{\"n\":1}", "{\"n\":3}");
    }

    @Test
    default void key_belongsToItsOrg() {
        OrgId org = newOrg();
        OrgId other = newOrg();
        JobReceipt mine = enqueue(org, request().withKey("order-1"));

        JobReceipt theirs = enqueue(other, request().withKey("order-1"));

        assertThat(theirs.duplicate()).isFalse();
        assertThat(theirs.id()).isNotEqualTo(mine.id());
    }

    @Test
    default void key_isOneForAllKindsOfAnOrg() {
        OrgId org = newOrg();
        JobReceipt first = enqueue(org, request().withKey("order-1"));

        JobReceipt other = enqueue(org, JobRequest.of(JobKind.of("test.other", queue()), "{}").withKey("order-1"));

        assertThat(other.duplicate()).isTrue();
        assertThat(other.id()).isEqualTo(first.id());
    }

    @Test
    default void key_isNotTakenByARefusedBatch() {
        OrgId org = newOrg();
        assertThatThrownBy(() -> jobs().enqueue(org, List.of(request().withKey("order-1"), request("no object"))))
                .isInstanceOf(InvalidInputException.class);

        JobReceipt receipt = enqueue(org, request().withKey("order-1"));

        assertThat(receipt.duplicate()).isFalse();
        assertThat(ids(claim(10))).containsExactly(receipt.id());
    }

    @Test
    default void keys_inOppositeOrdersDoNotBlockOneAnother() {
        OrgId org = newOrg();

        for (int round = 0; round < 10; round++) {
            int batch = round;
            List<List<JobId>> ids = Race.of(4, number -> {
                List<JobRequest> requests = new ArrayList<>(IntStream.range(0, 20)
                        .mapToObj(n -> request().withKey("k-" + batch + "-" + n)).toList());
                if (number % 2 == 1) {
                    Collections.reverse(requests);
                }
                List<JobId> got = new ArrayList<>(
                        jobs().enqueue(org, requests).stream().map(JobReceipt::id).toList());
                if (number % 2 == 1) {
                    Collections.reverse(got);
                }
                return got;
            });

            assertThat(ids).containsOnly(ids.getFirst());
        }
        assertThat(depth(org)).isEqualTo(new LaneDepth(200, 0));
    }

    @Test
    default void expire_byManyAtOnceKeepsWhatIsNotOld() {
        OrgId org = newOrg();
        JobId done = enqueue(org, request().withKey("order-1")).id();
        assertThat(finish(claimOne(), new Outcome.Completed(Optional.of("7")))).isTrue();
        JobId waiting = enqueue(org);

        Race.of(4, number -> {
            store().expire();
            return number;
        });

        assertThat(state(org, done)).isEqualTo(JobState.COMPLETED);
        assertThat(enqueue(org, request().withKey("order-1"))).isEqualTo(
                new JobReceipt(done, true, false, JobState.COMPLETED, Optional.of("7")));
        assertThat(ids(claim(10))).containsExactly(waiting);
    }

    @Test
    default void key_isForgottenAfterItsLife() {
        OrgId org = newOrg();
        Instant before = now();
        JobRequest request = request().withKey(JobKey.of("order-1").lasting(Duration.ofSeconds(1)));
        JobId first = enqueue(org, request).id();
        assertThat(finish(claimOne(), COMPLETED)).isTrue();

        eventually("the key is forgotten", () -> {
            store().expire();
            return !enqueue(org, request).duplicate();
        });

        assertThat(now()).isAfterOrEqualTo(before.plusSeconds(1));
        assertThat(ids(claim(10))).hasSize(1).doesNotContain(first);
    }
}
