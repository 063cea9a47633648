package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.croft.Org;
import io.croft.OrgId;
import io.croft.OrgQuotas;
import io.croft.OrgQuotas.Resource;
import io.croft.OrgSummary;
import io.croft.QuotaExceededException;
import io.croft.UnknownOrgException;
import io.croft.audit.AuditEntry;
import io.croft.audit.AuditFilter;
import io.croft.job.After;
import io.croft.job.JobFilter;
import io.croft.job.JobFlow;
import io.croft.job.JobId;
import io.croft.job.JobSummary;
import io.croft.search.Source;
import io.croft.spi.Blob;
import io.croft.spi.Chunk;
import io.croft.spi.Content;
import io.croft.spi.ContentStore.Pending;
import io.croft.spi.ContentStore.Stored;
import io.croft.spi.InputStore;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.ScheduleStore.Fired;
import io.croft.spi.ScheduleStore.Firing;
import io.croft.spi.ScheduleStore.ScheduleId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Organisations have no more than they may, and exactly as much as they may. */
interface OrgQuotaCases extends ScheduleFixture {

    private void limit(OrgId org, Resource resource, long limit) {
        store().orgs().setQuotas(context(org), store().orgs().quotas(org).orElseThrow().with(resource, limit));
    }

    private OrgSummary summaryOf(OrgId org) {
        settle();
        return store().orgs().summary(org).orElseThrow();
    }

    private static QuotaExceededException refused(ThrowingCallable call) {
        return catchThrowableOfType(QuotaExceededException.class, call);
    }

    @Test
    default void quotas_areNoneUntilTheyAreSet() {
        OrgId org = newOrg();
        OrgQuotas some = OrgQuotas.UNLIMITED.with(Resource.DOCUMENTS, 5).with(Resource.BYTES, Long.MAX_VALUE);

        assertThat(store().orgs().quotas(org)).contains(OrgQuotas.UNLIMITED);
        assertThat(store().orgs().setQuotas(context(org), some)).isEqualTo(OrgQuotas.UNLIMITED);
        assertThat(store().orgs().quotas(org)).contains(some);
        OrgQuotas others = OrgQuotas.UNLIMITED.with(Resource.QUEUED_JOBS, 0).with(Resource.BYTES, 7);
        assertThat(store().orgs().setQuotas(context(org), others)).isEqualTo(some);
        assertThat(store().orgs().quotas(org)).contains(others);
        assertThat(store().orgs().setQuotas(context(org), OrgQuotas.UNLIMITED)).isEqualTo(others);
        assertThat(store().orgs().quotas(org)).contains(OrgQuotas.UNLIMITED);
    }

    @Test
    default void quotas_areOfOneOrgAndOneLife() {
        OrgId org = newOrg();
        OrgId other = newOrg();
        limit(org, Resource.QUEUED_JOBS, 0);
        limit(org, Resource.DOCUMENTS, 1);

        assertThat(store().orgs().quotas(other)).contains(OrgQuotas.UNLIMITED);
        enqueue(other);
        assertThat(store().orgs().erase(context(org)).quotas()).isEqualTo(2);
        assertThat(store().orgs().quotas(org)).isEmpty();
        assertThatThrownBy(() -> store().orgs().setQuotas(context(org), OrgQuotas.UNLIMITED))
                .isInstanceOf(UnknownOrgException.class);
        store().orgs().create(context(org));
        assertThat(store().orgs().quotas(org)).contains(OrgQuotas.UNLIMITED);
        enqueue(org);
    }

    @Test
    default void quotas_canBeSetWhileAnOrgIsSuspended() {
        OrgId org = newOrg();
        store().orgs().suspend(context(org));

        limit(org, Resource.QUEUED_JOBS, 1);

        assertThat(store().orgs().find(org).orElseThrow().state()).isEqualTo(Org.State.SUSPENDED);
        store().orgs().resume(context(org));
        enqueue(org);
        assertThat(refused(() -> enqueue(org))).isNotNull();
    }

    @Test
    default void setQuotas_isWrittenDownIfItChangesSomething() {
        OrgId org = newOrg();
        limit(org, Resource.QUEUED_JOBS, 7);
        limit(org, Resource.QUEUED_JOBS, 7);

        List<AuditEntry> entries = store().audit().list(org, scope(org).incarnation(),
                AuditFilter.ALL.withAction("orgs.setQuotas"), Optional.empty(), 10);

        assertThat(entries).singleElement().satisfies(entry -> {
            assertThat(entry.before()).isEmpty();
            assertThat(entry.after()).isEqualTo(Map.of("queued_jobs", "7"));
            assertThat(entry.actor()).isEqualTo(context(org).actor());
        });
    }

    @Test
    default void documents_areRefusedBeyondTheLimit() {
        ContentSteps steps = new ContentSteps(this);
        OrgId org = steps.newOrg();
        limit(org, Resource.DOCUMENTS, 3);
        steps.put(org, "a", "text");
        steps.store().put(org, Source.PRIVATE,
                List.of(ContentSteps.content("b", "x"), ContentSteps.content("c", "x"), ContentSteps.content("b", "y")),
                steps.kind());

        QuotaExceededException refusal = refused(() -> steps.put(org, "d", "text"));

        assertThat(refusal.org()).isEqualTo(org);
        assertThat(refusal.resource()).isEqualTo(Resource.DOCUMENTS);
        assertThat(List.of(refusal.limit(), refusal.used(), refusal.wanted())).containsExactly(3L, 3L, 1L);
        assertThat(refusal).hasMessageContaining(org.toString()).hasMessageContaining("3 documents")
                .hasMessageContaining("would add 1").hasMessageContaining("delete documents")
                .hasMessageContaining("setQuotas");
        assertThat(steps.store().status(org, Source.PRIVATE, "d")).as("nothing was done").isEmpty();
        assertThat(summaryOf(org).queuedJobs()).isEqualTo(4);
        steps.put(org, "a", "another text");
        steps.ready(org, Source.MARKETPLACE, ContentSteps.content("listing", "text"));
        steps.store().delete(org, Source.PRIVATE, "b");
        steps.put(org, "d", "text");
        assertThat(refused(() -> steps.put(org, "b", "text"))).isNotNull();
        assertThat(summaryOf(org).documents()).isEqualTo(3);
    }

    @Test
    default void batches_areRefusedAsAWhole() {
        ContentSteps steps = new ContentSteps(this);
        OrgId org = steps.newOrg();
        limit(org, Resource.LISTINGS, 2);

        assertThat(refused(() -> steps.store().put(org, Source.MARKETPLACE, List.of(ContentSteps.content("a", "x"),
                ContentSteps.content("b", "x"), ContentSteps.content("c", "x")), steps.kind())).wanted()).isEqualTo(3);

        assertThat(summaryOf(org).listings()).isZero();
        assertThat(summaryOf(org).queuedJobs()).isZero();
        steps.store().put(org, Source.MARKETPLACE,
                List.of(ContentSteps.content("a", "x"), ContentSteps.content("b", "x")), steps.kind());
        assertThat(summaryOf(org).listings()).isEqualTo(2);
        assertThat(refused(() -> steps.put(org, Source.MARKETPLACE, ContentSteps.content("c", "x"))).resource())
                .isEqualTo(Resource.LISTINGS);
    }

    @Test
    default void chunks_areRefusedAndTheJobIsStillHeld() {
        ContentSteps steps = new ContentSteps(this);
        OrgId org = steps.newOrg();
        limit(org, Resource.CHUNKS, 3);
        steps.write(steps.put(org, "a", "text"), "one", "two");
        ClaimedJob job = steps.claim(steps.put(org, "b", "text"));
        Pending pending = steps.pending(job).orElseThrow();
        List<Chunk> two = List.of(ContentSteps.chunk(0, "one"), ContentSteps.chunk(1, "two"));

        QuotaExceededException refusal = refused(() -> steps.write(job.lease(), pending, two));

        assertThat(refusal.resource()).isEqualTo(Resource.CHUNKS);
        assertThat(List.of(refusal.used(), refusal.wanted())).containsExactly(2L, 2L);
        assertThat(steps.texts(scope(org), org, "b")).isEmpty();
        limit(org, Resource.CHUNKS, 4);
        assertThat(steps.write(job.lease(), pending, two)).isTrue();
        assertThat(summaryOf(org).chunks()).isEqualTo(4);
        steps.write(steps.put(org, "a", "text"), "one", "other"); // as many as before
        assertThat(summaryOf(org).chunks()).isEqualTo(4);
    }

    @Test
    default void bytes_areRefusedBeyondTheLimit() {
        ContentSteps steps = new ContentSteps(this);
        OrgId org = steps.newOrg();
        Stored stored = steps.put(org, "a", "x".repeat(1000));
        long bytes = summaryOf(org).bytes();
        limit(org, Resource.BYTES, bytes + 100);

        assertThat(refused(() -> steps.put(org, "a", "x".repeat(1101)))).satisfies(refusal -> {
            assertThat(refusal.resource()).isEqualTo(Resource.BYTES);
            assertThat(List.of(refusal.used(), refusal.wanted())).containsExactly(bytes, 101L);
        });
        assertThat(refused(() -> steps.write(stored, "x".repeat(1000)))).as("chunks count too").isNotNull();
        steps.put(org, "a", "x".repeat(1100));
        steps.put(org, "a", "x".repeat(10));
        assertThat(refused(() -> steps.put(org, "b", "x".repeat(2000)))).isNotNull();
        assertThat(summaryOf(org).bytes()).isLessThan(bytes);
    }

    @Test
    default void jobs_areRefusedBeyondTheLimit() {
        OrgId org = newOrg();
        limit(org, Resource.QUEUED_JOBS, 4);
        JobId first = enqueue(org, request().withKey("first")).id();
        enqueue(org, request().withDelay(Duration.ofHours(1)));
        enqueue(org, request().withAfter(After.success(first)));

        QuotaExceededException refusal = refused(() -> enqueue(org, 2));

        assertThat(refusal.resource()).isEqualTo(Resource.QUEUED_JOBS);
        assertThat(List.of(refusal.limit(), refusal.used(), refusal.wanted())).containsExactly(4L, 3L, 2L);
        assertThat(refusal).hasMessageContaining("4 queued jobs");
        assertThat(refused(() -> jobs().enqueue(org, JobFlow.batch(List.of(request()), request())))).isNotNull();
        assertThat(summaryOf(org).queuedJobs()).isEqualTo(3);
        assertThat(enqueue(org, request().withKey("first")).duplicate()).isTrue();
        jobs().enqueue(org, List.of(request().withKey("first"), request().withKey("new"), request().withKey("new")));
        assertThat(enqueue(org, request().withKey("first")).duplicate()).as("adds nothing").isTrue();
        assertThat(refused(() -> enqueue(org))).isNotNull();
    }

    @Test
    default void jobs_thatHaveBegunLeaveRoom() {
        OrgId org = newOrg();
        limit(org, Resource.QUEUED_JOBS, 2);
        enqueue(org, 2);
        List<ClaimedJob> claimed = claim(1);

        enqueue(org);

        assertThat(refused(() -> enqueue(org))).isNotNull();
        finish(claimed.getFirst(), FAILED); // is tried again
        assertThat(summaryOf(org).queuedJobs()).isEqualTo(3);
        assertThat(refused(() -> enqueue(org))).satisfies(refusal -> assertThat(refusal.used()).isEqualTo(3));
        jobs().discard(org, jobs().list(org, JobFilter.ALL, Optional.empty(), 10).jobs().stream()
                .map(JobSummary::id).limit(2).toList(), "too many");
        enqueue(org);
    }

    @Test
    default void jobs_ofDocumentsCount() {
        ContentSteps steps = new ContentSteps(this);
        OrgId org = steps.newOrg();
        limit(org, Resource.QUEUED_JOBS, 1);
        steps.put(org, "a", "text");

        assertThat(refused(() -> steps.put(org, "b", "text")).resource()).isEqualTo(Resource.QUEUED_JOBS);

        assertThat(steps.store().find(org, Source.PRIVATE, "b")).isEmpty();
        assertThat(summaryOf(org).documents()).isEqualTo(1);
    }

    @Test
    default void jobs_thatAreRedrivenAreNotRefusedAndCount() {
        OrgId org = newOrg();
        JobId dead = deadLetter(org);
        ScheduleId key = putDue(org, HOURLY);
        limit(org, Resource.QUEUED_JOBS, 0);

        assertThat(jobs().redrive(org, List.of(dead), Duration.ZERO, Duration.ZERO)).containsExactly(dead);

        assertThat(summaryOf(org).queuedJobs()).isEqualTo(1);
        assertThat(refused(() -> schedules().trigger(org, "nightly"))).satisfies(
                refusal -> assertThat(refusal.used()).isEqualTo(1));
        schedules().remove(key);
    }

    /** Nor do they hold up those of others. */
    @Test
    default void times_whoseJobsWouldBeTooManyArePassedOver() {
        OrgId org = newOrg();
        ScheduleId key = putDue(org, HOURLY);
        ScheduleId others = putDue(newOrg(), HOURLY);
        limit(org, Resource.QUEUED_JOBS, 1);
        assertThat(fire(firing(key, again()))).isEqualTo(Fired.DONE);

        assertThat(schedules().fire(List.of(firing(key, again()), firing(others))))
                .containsExactly(Fired.OVERLAPPED, Fired.DONE);

        assertThat(summaryOf(org).queuedJobs()).isEqualTo(1);
        assertThat(status(key).fired()).isEqualTo(1);
        assertThat(status(key).overlapped()).isEqualTo(1);
        assertThat(work()).hasSize(2);
        assertThat(fire(firing(key))).as("when there is room").isEqualTo(Fired.DONE);
        assertThat(work()).hasSize(1);
    }

    @Test
    default void times_ofSeveralSchedulesOfAnOrgAreCountedTogether() {
        OrgId org = newOrg();
        List<ScheduleId> keys = List.of(ScheduleId.of(org, "a"), ScheduleId.of(org, "b"), ScheduleId.of(org, "c"));
        keys.forEach(key -> schedules().put(key, HOURLY, request(), NOW));
        limit(org, Resource.QUEUED_JOBS, 2);
        Firing two = firing(keys.get(1));
        Instant time = two.times().getFirst();

        List<Fired> fired = schedules().fire(List.of(firing(keys.get(0)),
                new Firing(two.due(), List.of(time, time.plusSeconds(1)), 0, two.next()), firing(keys.get(2))));

        assertThat(fired).containsExactly(Fired.DONE, Fired.OVERLAPPED, Fired.DONE);
        assertThat(status(keys.get(1)).overlapped()).isEqualTo(2);
        assertThat(summaryOf(org).queuedJobs()).isEqualTo(2);
    }

    /** It is due for nothing: only its next time is to be kept. */
    @Test
    default void schedulesWithoutATime_moveOnWhereThereIsNoRoom() {
        OrgId org = newOrg();
        ScheduleId key = putDue(org, HOURLY);
        limit(org, Resource.QUEUED_JOBS, 0);
        Firing firing = firing(key);

        assertThat(fire(new Firing(firing.due(), List.of(), 1, firing.next()))).isEqualTo(Fired.DONE);

        assertThat(status(key).missed()).isEqualTo(1);
    }

    @Test
    default void limits_belowWhatIsThereLetNothingMoreIn() {
        ContentSteps steps = new ContentSteps(this);
        OrgId org = steps.newOrg();
        limit(org, Resource.DOCUMENTS, 100);
        for (int i = 0; i < 5; i++) {
            steps.put(org, "d-" + i, "text");
        }

        limit(org, Resource.DOCUMENTS, 2);

        assertThat(refused(() -> steps.put(org, "new", "text"))).satisfies(
                refusal -> assertThat(List.of(refusal.limit(), refusal.used())).containsExactly(2L, 5L));
        steps.put(org, "d-0", "another text");
        for (int i = 0; i < 4; i++) {
            steps.store().delete(org, Source.PRIVATE, "d-" + i);
        }
        steps.put(org, "new", "text");
        assertThat(refused(() -> steps.put(org, "one more", "text"))).isNotNull();
        limit(org, Resource.DOCUMENTS, 3);
        steps.put(org, "one more", "text");
    }

    @Test
    default void copies_areRefusedBeyondTheLimit() {
        ContentSteps steps = new ContentSteps(this);
        OrgId from = steps.newOrg();
        OrgId to = steps.newOrg();
        for (int i = 0; i < 3; i++) {
            steps.ready(from, "d-" + i, "text");
        }
        steps.ready(to, "d-0", "text");
        Org source = store().orgs().find(from).orElseThrow();
        Org target = store().orgs().find(to).orElseThrow();
        limit(to, Resource.DOCUMENTS, 2);

        assertThat(refused(() -> steps.store().copy(source, target, Optional.empty(), 10, steps.kind())).resource())
                .isEqualTo(Resource.DOCUMENTS);

        assertThat(summaryOf(to).documents()).isEqualTo(1);
        limit(to, Resource.DOCUMENTS, 3);
        limit(to, Resource.CHUNKS, 2);
        assertThat(refused(() -> steps.store().copy(source, target, Optional.empty(), 10, steps.kind())).resource())
                .isEqualTo(Resource.CHUNKS);
        limit(to, Resource.CHUNKS, 3);
        assertThat(steps.store().copy(source, target, Optional.empty(), 10, steps.kind()).copied()).isEqualTo(2);
    }

    @Test
    default void inputs_areRefusedBeyondTheLimit() {
        ContentSteps steps = new ContentSteps(this);
        OrgId org = steps.newOrg();
        limit(org, Resource.DOCUMENTS, 1);
        InputStore inputs = store().inputs();
        InputStore.Accepted first = inputs.accept(org, file("a"), steps.kind(), Optional.empty());

        assertThat(refused(() -> inputs.accept(org, file("b"), steps.kind(), Optional.empty())).resource())
                .isEqualTo(Resource.DOCUMENTS);
        Content text = new Content("b", "", "text", Map.of());
        InputStore.Input loaded = new InputStore.Input(Source.PRIVATE, "c".repeat(64), Optional.empty(), text);
        assertThat(refused(() -> inputs.accept(org, loaded, steps.kind(), Optional.empty()))).isNotNull();
        assertThat(refused(() -> inputs.load(org, loaded, ContentSteps.MODEL, List.of(ContentSteps.chunk(0, "text")))))
                .isNotNull();
        assertThat(inputs.progress(org, Source.PRIVATE, "b")).isEmpty();
        assertThat(summaryOf(org).documents()).isEqualTo(1);

        limit(org, Resource.BYTES, 100);
        ClaimedJob job = steps.claim(first.job().orElseThrow());
        InputStore.Pending pending = inputs.pending(org, job.payload()).orElseThrow();
        Content read = new Content("a", "", "x".repeat(1_000), Map.of());
        assertThat(refused(() -> inputs.read(job.lease(), pending, read, Optional.empty(), steps.kind())).resource())
                .isEqualTo(Resource.BYTES);
        assertThat(inputs.progress(org, Source.PRIVATE, "a").orElseThrow().step())
                .isEqualTo(InputStore.Step.EXTRACT);
        limit(org, Resource.BYTES, 10_000);
        assertThat(inputs.read(job.lease(), pending, read, Optional.empty(), steps.kind())).isTrue();
    }

    private static InputStore.Input file(String id) {
        return new InputStore.Input(Source.PRIVATE, "a".repeat(64),
                Optional.of(new InputStore.File(new Blob("b".repeat(64), 7), "report.txt", Optional.empty())),
                new Content(id, "", "", Map.of()));
    }

    private static boolean putFits(ContentSteps steps, OrgId org, String id) {
        return refused(() -> steps.put(org, id, "text")) == null;
    }

    /** As many as may be there get in, and not one more, whoever comes when. */
    @Test
    default void documents_ofManyWritersAreExact() {
        ContentSteps steps = new ContentSteps(this);
        OrgId org = steps.newOrg();
        int limit = 137;
        limit(org, Resource.DOCUMENTS, limit);

        List<Integer> added = Race.of(8, number -> {
            int mine = 0;
            for (int i = 0; putFits(steps, org, "d-" + number + "-" + i); i++) {
                mine++;
                if (i % 10 == 9) { // what goes makes room
                    steps.store().delete(org, Source.PRIVATE, "d-" + number + "-" + i);
                    mine--;
                }
            }
            return mine;
        });

        assertThat(added.stream().mapToInt(Integer::intValue).sum()).isEqualTo(limit);
        assertThat(summaryOf(org).documents()).isEqualTo(limit);
    }

    /** Batches of jobs, of which each is all in or all out. */
    @Test
    default void jobs_ofManyEnqueuersAreExact() {
        OrgId org = newOrg();
        int limit = 200;
        limit(org, Resource.QUEUED_JOBS, limit);

        List<List<JobId>> added = Race.of(8, number -> {
            List<JobId> mine = new ArrayList<>();
            for (int size : new int[]{7, 1}) { // until not even one gets in
                while (refused(() -> mine.addAll(enqueue(org, size))) == null) {
                    assertThat(mine).hasSizeLessThanOrEqualTo(limit);
                }
            }
            return mine;
        });

        assertThat(added.stream().mapToInt(List::size).sum()).isEqualTo(limit);
        assertThat(summaryOf(org).queuedJobs()).isEqualTo(limit);
        unlimited(org);
        List<ClaimedJob> claimed = claimAll();
        assertThat(claimed).hasSize(limit);
        complete(claimed);
        assertThat(IntStream.range(0, limit).filter(i -> refused(() -> enqueue(org)) == null).count())
                .isEqualTo(limit);
        assertThat(refused(() -> enqueue(org))).isNotNull();
    }
}
