package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.UnknownOrgException;
import io.croft.job.Job;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobPriority;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.job.LaneDepth;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** From being enqueued to being done. */
interface JobLifeCases extends JobFixture {

    @Test
    default void job_isEnqueuedClaimedAndFinished() {
        OrgId org = newOrg();

        JobReceipt receipt = enqueue(org, request("{\"page\":7}"));

        assertThat(receipt).isEqualTo(
                new JobReceipt(receipt.id(), false, false, JobState.READY, Optional.empty()));
        Job waiting = job(org, receipt.id());
        assertThat(waiting.org()).isEqualTo(org);
        assertThat(waiting.kind()).isEqualTo("test.work");
        assertThat(waiting.queue()).isEqualTo(queue());
        assertThat(waiting.state()).isEqualTo(JobState.READY);
        assertThat(waiting.priority()).isEqualTo(JobPriority.NORMAL);
        assertThat(waiting.attempts()).isZero();
        assertThat(waiting.maxAttempts()).isEqualTo(3);
        assertThat(JsonText.compact(waiting.payload())).isEqualTo("{\"page\":7}");
        assertThat(waiting.result()).isEmpty();
        assertThat(waiting.finishedAt()).isEmpty();
        assertThat(depth(org)).isEqualTo(new LaneDepth(1, 0));

        ClaimedJob claimed = claimOne();

        assertThat(claimed.lease().org()).isEqualTo(org);
        assertThat(claimed.lease().id()).isEqualTo(receipt.id());
        assertThat(claimed.kind()).isEqualTo("test.work");
        assertThat(JsonText.compact(claimed.payload())).isEqualTo("{\"page\":7}");
        assertThat(claimed.attempt()).isEqualTo(1);
        assertThat(claimed.maxAttempts()).isEqualTo(3);
        assertThat(claimed.createdAt()).isEqualTo(waiting.createdAt());
        assertThat(state(org, receipt.id())).isEqualTo(JobState.RUNNING);
        assertThat(job(org, receipt.id()).attempts()).isEqualTo(1);
        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 1));

        boolean accepted = finish(claimed, new Outcome.Completed(Optional.of("{\"words\":[1,2]}")));

        assertThat(accepted).isTrue();
        Job done = job(org, receipt.id());
        assertThat(done.state()).isEqualTo(JobState.COMPLETED);
        assertThat(done.result().map(JsonText::compact)).contains("{\"words\":[1,2]}");
        assertThat(done.finishedAt()).isPresent();
        assertThat(done.finishedAt().orElseThrow()).isAfterOrEqualTo(done.createdAt());
        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 0));
        assertNothingToClaim();
    }

    @Test
    default void enqueue_returnsOneReceiptForEachRequestInOrder() {
        OrgId org = newOrg();

        List<JobId> ids = enqueue(org, 300);

        assertThat(ids).hasSize(300).doesNotHaveDuplicates();
        for (int i = 0; i < ids.size(); i += 37) {
            assertThat(JsonText.compact(job(org, ids.get(i)).payload())).isEqualTo("{\"n\":" + i + "}");
        }
    }

    @Test
    default void enqueue_keepsThePayloadAsItIs() {
        OrgId org = newOrg();
        String payload = "{\"a\":[\"Größe 😀 \\u0001\",\"quote \\\" and \\\\\",1,-2.50,true,null,{\"b\":{}},[]]}";

        enqueue(org, request(payload));

        assertThat(JsonText.compact(claimOne().payload())).isEqualTo(payload);
    }

    @Test
    default void enqueue_takesAPayloadOfTheGreatestSize() {
        OrgId org = newOrg();
        String payload = "{\"a\":\"" + "x".repeat(JobRequest.MAX_PAYLOAD_BYTES - 8) + "\"}";

        enqueue(org, request(payload));

        assertThat(JsonText.compact(claimOne().payload())).isEqualTo(payload);
    }

    @Test
    default void enqueue_refusesAPayloadThatIsNoObjectAndEnqueuesNothing() {
        OrgId org = newOrg();
        List<String> bad =
                List.of("", " ", "[]", "1", "\"a\"", "null", "true", "{", "{}}", "{} {}", "{'a':1}", "{\"a\"}",
                        "{\"a\":1,}", "{\"a\":01}", "{\"a\":\"\n\"}", "{a:1}", "not json");

        for (String payload : bad) {
            assertThatThrownBy(() -> jobs().enqueue(org, List.of(request(), request(payload), request())))
                    .as("payload " + payload).isInstanceOf(InvalidInputException.class);
        }

        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 0));
        assertNothingToClaim();
    }

    @Test
    default void enqueue_keepsOrRefusesStrangeJson() {
        OrgId org = newOrg();
        List<String> strange =
                List.of("{\"a\":\"\\u0000\"}", "{\"a\":\"\\ud800\"}", "{\"\\u0000\":1}", "{\"a\":1,\"a\":2}",
                        "{\"a\":1e400}", "{\"a\":-1e-400}", "{\"a\":1e999999999}", "{\"a\":" + "9".repeat(20_000) + "}",
                        "{\"a\":" + "[".repeat(50_000) + "]".repeat(50_000) + "}", "\ufeff{}");

        for (String payload : strange) {
            String shown = payload.substring(0, Math.min(30, payload.length()));
            try {
                enqueue(org, request(payload));
            } catch (InvalidInputException refused) {
                assertThat(depth(org)).as(shown).isEqualTo(new LaneDepth(0, 0));
                continue;
            }
            ClaimedJob claimed = claimOne();
            assertThat(claimed.payload()).as(shown).startsWith("{").endsWith("}");
            assertThat(finish(claimed, COMPLETED)).isTrue();
        }
    }

    @Test
    default void enqueue_refusesAnUnknownOrg() {
        assertThatThrownBy(() -> enqueue(unknownOrg())).isInstanceOf(UnknownOrgException.class);

        assertNothingToClaim();
    }

    @Test
    default void enqueue_refusesAnUnknownQueueAndEnqueuesNothing() {
        OrgId org = newOrg();
        JobRequest lost = JobRequest.of(JobKind.of("test.work", queue() + "-unknown"), "{}");

        assertThatThrownBy(() -> jobs().enqueue(org, List.of(request(), lost)))
                .isInstanceOf(InvalidInputException.class);

        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 0));
    }

    @Test
    default void registerQueue_doesNothingForAKnownQueue() {
        OrgId org = newOrg();
        JobId id = enqueue(org);

        jobs().registerQueue(queue());

        assertThat(ids(claim(10))).containsExactly(id);
    }

    @Test
    default void claim_takesALanesJobsByPriorityThenArrival() {
        OrgId org = newOrg();
        unlimited(org);
        List<JobRequest> requests =
                Stream.of(JobPriority.LOW, JobPriority.NORMAL, JobPriority.URGENT, JobPriority.NORMAL,
                        JobPriority.HIGH, JobPriority.LOW, JobPriority.URGENT).map(this::ofPriority).toList();
        List<JobId> ids = jobs().enqueue(org, requests).stream().map(JobReceipt::id).toList();

        List<JobId> order = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            order.addAll(ids(claim(1)));
        }

        assertThat(order).containsExactly(ids.get(2), ids.get(6), ids.get(4), ids.get(1), ids.get(3), ids.get(0),
                ids.get(5));
    }

    @Test
    default void claim_takesALateUrgentJobBeforeThoseThatWait() {
        OrgId org = newOrg();
        unlimited(org);
        enqueue(org, 30);
        assertThat(claim(10)).isNotEmpty();

        JobId urgent = enqueue(org, ofPriority(JobPriority.URGENT)).id();

        assertThat(ids(claim(1))).containsExactly(urgent);
    }

    @Test
    default void claim_givesNothingForAnUnknownQueue() {
        assertThat(jobs().claim(queue() + "-unknown", 10, "contract", LONG_LEASE)).isEmpty();
    }

    @Test
    default void claim_takesNothingOfOtherQueues() {
        OrgId org = newOrg();
        String other = queue() + "-other";
        jobs().registerQueue(other);
        JobId id = enqueue(org, JobRequest.of(JobKind.of("test.work", other), "{}")).id();

        assertNothingToClaim();
        assertThat(ids(jobs().claim(other, 10, "contract", LONG_LEASE))).containsExactly(id);
    }

    @Test
    default void claim_refusesSizesOutsideItsLimits() {
        assertThatThrownBy(() -> jobs().claim(queue(), 0, "contract", LONG_LEASE))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> jobs().claim(queue(), JobStore.MAX_BATCH + 1, "contract", LONG_LEASE))
                .isInstanceOf(InvalidInputException.class);
    }

    @Test
    default void claim_leasesEachJobToOneOfManyClaimers() {
        List<JobId> ids = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            OrgId org = newOrg();
            unlimited(org);
            ids.addAll(enqueue(org, 30));
        }
        settle();

        List<List<JobId>> claimed = Race.of(8, number -> {
            List<JobId> mine = new ArrayList<>();
            int empty = 0;
            while (empty < 50) {
                List<ClaimedJob> some = jobs().claim(queue(), 7, "claimer-" + number, LONG_LEASE);
                mine.addAll(ids(some));
                empty = some.isEmpty() ? empty + 1 : 0;
            }
            return mine;
        });

        List<JobId> all = new ArrayList<>(claimed.stream().flatMap(List::stream).toList());
        all.addAll(ids(claimAll()));
        assertThat(all).containsExactlyInAnyOrderElementsOf(ids);
    }

    @Test
    default void runAt_holdsAJobBackUntilItsTime() {
        OrgId org = newOrg();
        Instant at = now().plusMillis(1500).truncatedTo(ChronoUnit.MILLIS);

        JobReceipt receipt = enqueue(org, request().withRunAt(at));

        assertThat(receipt.state()).isEqualTo(JobState.SCHEDULED);
        assertThat(job(org, receipt.id()).runAt()).contains(at);
        assertThat(depthNow(org)).isEqualTo(new LaneDepth(0, 0));
        assertThat(awaitJob().lease().id()).isEqualTo(receipt.id());
        assertThat(now()).isAfterOrEqualTo(at);
    }

    @Test
    default void runAt_inThePastIsAtOnce() {
        OrgId org = newOrg();

        JobReceipt receipt = enqueue(org, request().withRunAt(now().minus(Duration.ofDays(1))));

        assertThat(receipt.state()).isEqualTo(JobState.READY);
        assertThat(ids(claim(10))).containsExactly(receipt.id());
    }

    @Test
    default void find_seesNoJobOfAnotherOrg() {
        OrgId org = newOrg();
        OrgId other = newOrg();

        JobId id = enqueue(org);

        assertThat(jobs().find(other, id)).isEmpty();
        assertThat(jobs().find(org, new JobId(Long.MAX_VALUE))).isEmpty();
    }
}
