package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.UnknownOrgException;
import io.croft.job.After;
import io.croft.job.Job;
import io.croft.job.JobFlow;
import io.croft.job.JobId;
import io.croft.job.JobKey;
import io.croft.job.JobKind;
import io.croft.job.JobParent;
import io.croft.job.JobParents;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Jobs that wait for others. */
interface JobFlowCases extends JobFixture {

    /** The ids of a flow's jobs by their names. */
    record Ids(Map<String, JobId> all) {

        JobId get(String name) {
            return Objects.requireNonNull(all.get(name));
        }
    }

    default Ids enqueue(OrgId org, JobFlow flow) {
        List<JobReceipt> receipts = jobs().enqueue(org, flow);
        Map<String, JobId> ids = new HashMap<>();
        flow.ordered().keySet().forEach(name -> ids.put(name, receipts.get(ids.size()).id()));
        assertThat(receipts).hasSameSizeAs(ids.keySet());
        return new Ids(ids);
    }

    default JobRequest after(After... after) {
        return request().withAfter(after);
    }

    /** A job whose first failure is its last. */
    default JobRequest mortal() {
        return JobRequest.of(kind(1), "{}");
    }

    /** Claims the one job that can start, which must be this one, and ends it. */
    default void run(JobId id, Outcome outcome) {
        ClaimedJob claimed = claimOne();
        assertThat(claimed.lease().id()).isEqualTo(id);
        assertThat(finish(claimed, outcome)).isTrue();
        settle();
    }

    default JobParents parents(OrgId org, JobId id) {
        return new JobParents(jobs().parents(org, id));
    }

    @Test
    default void flow_startsAJobWhenAllBeforeItHaveCompleted() {
        OrgId org = newOrg();
        Ids ids = enqueue(org, JobFlow.of("end", after(After.success("left"), After.success("right")))
                .with("left", after(After.success("start"))).with("right", after(After.success("start")))
                .with("start", request()));

        assertThat(state(org, ids.get("start"))).isEqualTo(JobState.READY);
        assertThat(state(org, ids.get("left"))).isEqualTo(JobState.WAITING);
        assertThat(depth(org)).as("what waits for others is in no line").isEqualTo(new LaneDepth(1, 0));
        run(ids.get("start"), COMPLETED);
        List<ClaimedJob> middle = claim(10);
        assertThat(ids(middle)).containsExactlyInAnyOrder(ids.get("left"), ids.get("right"));
        finish(middle.getFirst(), COMPLETED);
        settle();
        assertThat(state(org, ids.get("end"))).isEqualTo(JobState.WAITING);
        assertNothingToClaim();
        finish(middle.getLast(), COMPLETED);
        settle();
        assertThat(state(org, ids.get("end"))).isEqualTo(JobState.READY);
        run(ids.get("end"), COMPLETED);

        ids.all().values().forEach(id -> assertThat(state(org, id)).isEqualTo(JobState.COMPLETED));
        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 0));
    }

    @Test
    default void flow_givesReceiptsInOrder() {
        List<JobReceipt> receipts = jobs().enqueue(newOrg(), JobFlow.of("second", after(After.end("first")))
                .with("first", request()).with("later", request().withDelay(Duration.ofHours(1))));

        assertThat(receipts).extracting(JobReceipt::state)
                .containsExactly(JobState.READY, JobState.SCHEDULED, JobState.WAITING);
        assertThat(receipts).noneMatch(JobReceipt::duplicate);
    }

    @Test
    default void flow_mayGoThroughSeveralQueues() {
        OrgId org = newOrg();
        String other = queue() + ".other";
        jobs().registerQueue(other);
        Ids ids = enqueue(org, JobFlow.of("first", request())
                .with("second",
                        JobRequest.of(JobKind.of("test.other", other), "{}").withAfter(After.success("first"))));

        run(ids.get("first"), COMPLETED);

        assertThat(ids(jobs().claim(other, 10, "contract", LONG_LEASE))).containsExactly(ids.get("second"));
    }

    @Test
    default void flow_goesOnWaitingWhileAJobIsRetriedOrPutOff() {
        OrgId org = newOrg();
        Ids ids = enqueue(org,
                JobFlow.of("first", request()).with("second", after(After.success("first")))
                        .with("third", after(After.end("first"))));

        run(ids.get("first"), FAILED);
        run(ids.get("first"), new Outcome.Snoozed(Duration.ZERO, "later"));
        ClaimedJob claimed = claimOne();
        jobs().release(List.of(claimed.lease()));

        assertThat(ids(claim(10))).containsExactly(ids.get("first"));
        assertThat(state(org, ids.get("second"))).isEqualTo(JobState.WAITING);
        assertThat(state(org, ids.get("third"))).isEqualTo(JobState.WAITING);
    }

    @Test
    default void deadLetter_isAnEndButNoSuccess() {
        OrgId org = newOrg();
        Ids ids = enqueue(org, JobFlow.of("first", mortal())
                .with("needs", after(After.success("first"))).with("follows", after(After.end("first"))));

        run(ids.get("first"), FAILED);

        assertThat(state(org, ids.get("needs"))).isEqualTo(JobState.WAITING);
        assertThat(parents(org, ids.get("follows")).named("first").end()).contains(JobState.DEAD);
        run(ids.get("follows"), COMPLETED);
        assertThat(jobs().redrive(org, List.of(ids.get("first")))).hasSize(1);
        assertThat(state(org, ids.get("needs"))).isEqualTo(JobState.WAITING);
        run(ids.get("first"), FAILED);
        jobs().redrive(org, List.of(ids.get("first")));
        run(ids.get("first"), COMPLETED);
        run(ids.get("needs"), COMPLETED);
        assertNothingToClaim();
    }

    @Test
    default void cancelledJob_cancelsWhatNeedsItsSuccessAndOnFromThere() {
        OrgId org = newOrg();
        Ids ids = enqueue(org, JobFlow.of("first", request()).with("other", request())
                .with("needs", after(After.success("first"), After.success("other")))
                .with("on", after(After.success("needs")).withKey("on"))
                .with("further", after(After.success("on")))
                .with("last", after(After.end("further"))).with("follows", after(After.end("first"))));
        List<ClaimedJob> claimed = claim(10);

        finish(claimed.getFirst(), new Outcome.Cancelled("enough"));
        settle();

        for (String name : List.of("needs", "on", "further")) {
            Job job = job(org, ids.get(name));
            assertThat(job.state()).as(name).isEqualTo(JobState.CANCELLED);
            assertThat(job.finishedAt()).as(name).isPresent();
            assertThat(job.attempts()).as(name).isZero();
        }
        assertThat(job(org, ids.get("needs")).note().orElseThrow())
                .contains("job " + ids.get("first") + " ", "cancelled");
        assertThat(job(org, ids.get("further")).note().orElseThrow()).contains("job " + ids.get("on") + " ");
        assertThat(enqueue(org, request().withKey("on")).state()).isEqualTo(JobState.CANCELLED);
        assertThat(ids(claim(10))).containsExactlyInAnyOrder(ids.get("last"), ids.get("follows"));
        assertThat(finish(claimed.getLast(), COMPLETED)).isTrue();
        assertNothingToClaim();
    }

    @Test
    default void discardedJob_isCancelledWhereverItWaits() {
        OrgId org = newOrg();
        Ids ids = enqueue(org, JobFlow.of("first", mortal())
                .with("waits", after(After.success("first"))).with("on", after(After.success("waits")))
                .with("follows", after(After.end("waits"), After.success("first"))));

        assertThat(jobs().discard(org, List.of(ids.get("waits")), "no longer")).containsExactly(ids.get("waits"));
        settle();

        assertThat(job(org, ids.get("waits")).note()).contains("no longer");
        assertThat(state(org, ids.get("on"))).isEqualTo(JobState.CANCELLED);
        assertThat(state(org, ids.get("follows"))).as("waits for the first one too").isEqualTo(JobState.WAITING);
        run(ids.get("first"), FAILED);
        assertThat(jobs().discard(org, List.of(ids.get("first")), "a dead letter")).hasSize(1);
        settle();
        assertThat(state(org, ids.get("follows"))).isEqualTo(JobState.CANCELLED);
        assertNothingToClaim();
    }

    @Test
    default void cancel_endsAWaitingJobAndWhatARunningOneIsNeededFor() {
        OrgId org = newOrg();
        Ids ids = enqueue(org, JobFlow.of("first", request())
                .with("waits", after(After.end("first"))).with("needs", after(After.success("first"))));
        ClaimedJob running = claimOne();

        assertThat(jobs().cancel(org, List.of(ids.get("waits")), "no longer").cancelled())
                .containsExactly(ids.get("waits"));
        jobs().cancel(org, List.of(ids.get("first")), "neither");
        settle();

        assertThat(state(org, ids.get("waits"))).isEqualTo(JobState.CANCELLED);
        assertThat(state(org, ids.get("needs"))).as("while the first one runs").isEqualTo(JobState.WAITING);
        finish(running, FAILED);
        settle();
        assertThat(state(org, ids.get("needs"))).isEqualTo(JobState.CANCELLED);
        assertNothingToClaim();
    }

    @Test
    default void after_takesJobsThatAreThereInAnyState() {
        OrgId org = newOrg();
        JobId completed = enqueue(org);
        run(completed, COMPLETED);
        JobId cancelled = enqueue(org);
        jobs().discard(org, List.of(cancelled), "enough");
        JobId dead = deadLetter(org);

        JobReceipt first = enqueue(org, after(After.success(completed), After.end(cancelled), After.end(dead)));
        JobReceipt needsCancelled = enqueue(org, after(After.success(cancelled)));
        JobReceipt needsDead = enqueue(org, after(After.success(dead)));

        assertThat(first.state()).isEqualTo(JobState.READY);
        assertThat(parents(org, first.id()).list()).extracting(parent -> parent.end().orElseThrow())
                .containsExactly(JobState.COMPLETED, JobState.CANCELLED, JobState.DEAD);
        run(first.id(), COMPLETED);
        assertThat(state(org, needsCancelled.id())).isEqualTo(JobState.CANCELLED);
        assertThat(state(org, needsDead.id())).isEqualTo(JobState.WAITING);
        jobs().redrive(org, List.of(dead));
        run(dead, COMPLETED);
        run(needsDead.id(), COMPLETED);
    }

    @Test
    default void after_takesJobsThatRunOrWait() {
        OrgId org = newOrg();
        JobId running = enqueue(org);
        ClaimedJob claimed = claimOne();
        JobId later = enqueue(org, request().withDelay(Duration.ofHours(1))).id();
        JobId waiting = enqueue(org, after(After.success(running))).id();
        JobId last = enqueue(org, after(After.success(waiting), After.end(later), After.success(running))).id();
        settle();

        finish(claimed, COMPLETED);
        run(waiting, COMPLETED);
        assertThat(state(org, last)).isEqualTo(JobState.WAITING);
        assertThat(parents(org, last).open()).isEqualTo(1);
        jobs().discard(org, List.of(later), "enough");
        run(last, COMPLETED);
    }

    @Test
    default void after_refusesUnknownAndForeignJobsAlike() {
        OrgId org = newOrg();
        JobId foreign = enqueue(newOrg());
        JobId unknown = new JobId(Long.MAX_VALUE);
        List<String> messages = new ArrayList<>();

        for (JobId id : List.of(foreign, unknown)) {
            assertThatThrownBy(() -> jobs().enqueue(org, List.of(request(), after(After.end(id)))))
                    .isInstanceOfSatisfying(InvalidInputException.class,
                            e -> messages.add(String.valueOf(e.getMessage()).replace(id.toString(), "?")));
            assertThatThrownBy(() -> jobs().enqueue(org, JobFlow.of("a", request()).with("b", after(After.end(id)))))
                    .isInstanceOf(InvalidInputException.class);
        }
        assertThatThrownBy(() -> jobs().enqueue(org, List.of(after(After.end("a name")))))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> jobs().enqueue(unknownOrg(), JobFlow.of("a", request())))
                .isInstanceOf(UnknownOrgException.class);

        assertThat(messages.getFirst()).isEqualTo(messages.getLast());
        assertThat(depth(org)).as("nothing was enqueued").isEqualTo(new LaneDepth(0, 0));
    }

    @Test
    default void parents_areToldWithTheirNamesAndEnds() {
        OrgId org = newOrg();
        JobId before = enqueue(org, mortal()).id();
        Ids ids = enqueue(org, JobFlow.of("first", request().withDelay(Duration.ofHours(1)))
                .with("second", after(After.success("first"), After.end(before), After.end("first"))));
        JobId id = ids.get("second");

        List<JobParent> atFirst = jobs().parents(org, id);
        run(before, FAILED);

        assertThat(atFirst).containsExactly(
                new JobParent(before, Optional.empty(), After.Need.END, Optional.empty()),
                new JobParent(ids.get("first"), Optional.of("first"), After.Need.SUCCESS, Optional.empty()));
        assertThat(jobs().parents(org, id).getFirst().end()).contains(JobState.DEAD);
        assertThat(jobs().parents(newOrg(), id)).isEmpty();
        assertThat(jobs().parents(org, before)).isEmpty();
        jobs().discard(org, List.of(id), "enough");
        settle();
        assertThat(jobs().parents(org, id)).isEmpty();
    }

    @Test
    default void delay_beginsWhenTheOthersHaveEnded() {
        OrgId org = newOrg();
        Ids ids = enqueue(org, JobFlow.of("first", request())
                .with("second", after(After.success("first")).withDelay(Duration.ofMinutes(10))));
        ClaimedJob claimed = claimOne();
        advance(Duration.ofMillis(20));
        Instant before = now();

        finish(claimed, COMPLETED);
        settle();

        Job second = job(org, ids.get("second"));
        assertThat(second.state()).isEqualTo(JobState.SCHEDULED);
        assertThat(second.runAt().orElseThrow()).isBetween(before.plus(Duration.ofMinutes(10)),
                now().plus(Duration.ofMinutes(10)));
        assertNothingToClaim();
    }

    @Test
    default void runAt_holdsAlsoForOneThatHasWaited() {
        OrgId org = newOrg();
        Instant runAt = now().plus(Duration.ofMinutes(10));
        Ids ids = enqueue(org, JobFlow.of("first", request())
                .with("second", after(After.success("first")).withRunAt(runAt).withDelay(Duration.ofMinutes(1)))
                .with("third", after(After.success("first")).withDelay(Duration.ofMillis(100))));

        run(ids.get("first"), COMPLETED);

        assertThat(job(org, ids.get("second")).runAt()).contains(runAt);
        assertThat(awaitJob().lease().id()).isEqualTo(ids.get("third"));
    }

    @Test
    default void deadline_isLookedAtWhenItsTurnComes() {
        OrgId org = newOrg();
        Ids ids = enqueue(org, JobFlow.of("first", request())
                .with("second", after(After.success("first")).withDeadline(now().plusMillis(20))));
        advance(Duration.ofMillis(40));
        settle();

        assertThat(state(org, ids.get("second"))).isEqualTo(JobState.WAITING);
        run(ids.get("first"), COMPLETED);

        assertThat(claimOne().overdue()).isTrue();
    }

    @Test
    default void key_ofAJobThatIsThereIsWaitedForInItsPlace() {
        OrgId org = newOrg();
        JobId first = enqueue(org, request().withKey("first")).id();
        JobFlow flow = JobFlow.of("first", request().withKey("first"))
                .with("second", after(After.success("first")).withKey("second"));

        List<JobReceipt> once = jobs().enqueue(org, flow);
        List<JobReceipt> again = jobs().enqueue(org, flow);

        assertThat(once.getFirst().id()).isEqualTo(first);
        assertThat(once.getFirst().duplicate()).isTrue();
        assertThat(again).extracting(JobReceipt::id).isEqualTo(once.stream().map(JobReceipt::id).toList());
        assertThat(again.getLast().duplicate()).isTrue();
        assertThat(again.getLast().state()).isEqualTo(JobState.WAITING);
        run(first, COMPLETED);
        run(once.getLast().id(), COMPLETED);
        assertThat(jobs().enqueue(org, flow.with("third", after(After.success("first"), After.end("second"))))
                .getLast().state()).as("after two that have completed").isEqualTo(JobState.READY);
    }

    @Test
    default void key_ofAJobThatIsThereMakesItWaitForNothingNew() {
        OrgId org = newOrg();
        JobId there = enqueue(org, request().withKey("there")).id();

        Ids ids = enqueue(org, JobFlow.of("first", request().withDelay(Duration.ofHours(1)))
                .with("there", after(After.success("first")).withKey("there"))
                .with("twin", after(After.success("there")).withKey("twin"))
                .with("other twin", after(After.success("twin")).withKey("twin"))
                .with("last", after(After.success("other twin"))));

        assertThat(ids.get("there")).isEqualTo(there);
        assertThat(ids.get("other twin")).isEqualTo(ids.get("twin"));
        run(there, COMPLETED);
        run(ids.get("twin"), COMPLETED);
        run(ids.get("last"), COMPLETED);
    }

    @Test
    default void replacing_leavesAJobThatWaitsForOthersAlone() {
        OrgId org = newOrg();
        JobKey key = JobKey.of("k").replacing();
        Ids ids = enqueue(org, JobFlow.of("first", request())
                .with("second", after(After.success("first")).withKey("k")));

        JobReceipt receipt = enqueue(org, request("{\"n\":2}").withKey(key));

        assertThat(receipt).isEqualTo(new JobReceipt(ids.get("second"), true, false, JobState.WAITING,
                Optional.empty()));
        run(ids.get("first"), COMPLETED);
        ClaimedJob claimed = claimOne();
        assertThat(claimed.lease().id()).isEqualTo(ids.get("second"));
        assertThat(JsonText.compact(claimed.payload())).isEqualTo("{}");
    }

    @Test
    default void batch_runsItsCompletionOnceAfterAllOthers() {
        OrgId org = newOrg();
        unlimited(org);
        JobFlow batch = JobFlow.batch(Collections.nCopies(JobFlow.MAX_JOBS - 1, mortal()), request());
        JobId completion = enqueue(org, batch).get(JobFlow.COMPLETION);
        List<ClaimedJob> members = claimAll();
        assertThat(members).hasSize(JobFlow.MAX_JOBS - 1);

        for (int i = 0; i < members.size() - 1; i++) {
            finish(members.get(i), i % 10 == 0 ? FAILED : i % 10 == 1 ? new Outcome.Cancelled("no") : COMPLETED);
        }
        assertNothingToClaim();
        finish(members.getLast(), COMPLETED);

        ClaimedJob last = claimOne();
        assertThat(last.lease().id()).isEqualTo(completion);
        JobParents parents = parents(org, completion);
        assertThat(parents.count(JobState.DEAD)).isEqualTo(100);
        assertThat(parents.count(JobState.CANCELLED)).isEqualTo(100);
        assertThat(parents.count(JobState.COMPLETED)).isEqualTo(799);
        assertThat(parents.named("1").end()).contains(JobState.DEAD);
        assertThat(finish(last, COMPLETED)).isTrue();
        assertNothingToClaim();
    }

    /** Two that end at the same moment, over and over, let go what waits for both exactly once. */
    @Test
    default void twoThatEndAtOnce_letGoOnce() {
        OrgId org = newOrg();
        unlimited(org);
        for (int round = 0; round < 20; round++) {
            Ids ids = enqueue(org, JobFlow.of("a", request()).with("b", request())
                    .with("both", after(After.success("a"), After.success("b")))
                    .with("either", after(After.end("b"), After.end("a"))));
            List<ClaimedJob> claimed = claim(2);

            Race.of(2, number -> {
                finish(claimed.get(number), COMPLETED);
                return jobs().maintain(100);
            });

            List<ClaimedJob> let = claimAll();
            assertThat(ids(let)).containsExactlyInAnyOrder(ids.get("both"), ids.get("either"));
            complete(let);
        }
        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 0));
    }

    /** A job that is enqueued after one which is ending at this moment goes on, whichever comes first. */
    @Test
    default void enqueueAfterOneThatIsJustEnding_missesNothing() {
        OrgId org = newOrg();
        unlimited(org);
        for (int round = 0; round < 30; round++) {
            JobId first = enqueue(org);
            ClaimedJob claimed = claimOne();
            int number = round;

            List<Optional<JobId>> answers = Race.of(3, thread -> switch (thread) {
                case 0 -> {
                    finish(claimed, number % 3 == 2 ? new Outcome.Cancelled("no") : COMPLETED);
                    yield Optional.empty();
                }
                case 1 -> Optional.of(enqueue(org, after(number % 3 == 0 ? After.success(first) : After.end(first)))
                        .id());
                default -> {
                    jobs().maintain(100);
                    yield Optional.empty();
                }
            });

            run(answers.get(1).orElseThrow(), COMPLETED);
        }
        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 0));
    }

    @Test
    default void erase_takesWhatWaits() {
        OrgId org = newOrg();
        enqueue(org, JobFlow.of("a", request()).with("b", after(After.success("a"))));
        JobId there = enqueue(org, after(After.end(enqueue(org)))).id();

        store().orgs().erase(context(org));
        store().orgs().create(context(org));
        settle();

        assertThat(jobs().parents(org, there)).isEmpty();
        assertNothingToClaim();
        Ids ids = enqueue(org, JobFlow.of("a", request()).with("b", after(After.success("a"))));
        run(ids.get("a"), COMPLETED);
        run(ids.get("b"), COMPLETED);
    }

    @Test
    default void randomFlows_neverStartTooEarlyAndAlwaysGoOn() {
        FlowModel model = new FlowModel(this, Seed.random("randomFlows_neverStartTooEarlyAndAlwaysGoOn"), newOrg());

        for (int i = 1; i <= 250; i++) {
            model.step();
            if (i % 10 == 0) {
                model.check();
            }
        }

        model.drain();
    }
}
