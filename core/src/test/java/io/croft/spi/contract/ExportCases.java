package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.Org;
import io.croft.OrgId;
import io.croft.UnknownOrgException;
import io.croft.job.After;
import io.croft.job.Job;
import io.croft.job.JobId;
import io.croft.job.JobState;
import io.croft.search.Source;
import io.croft.spi.Content;
import io.croft.spi.ContentStore.Exported;
import io.croft.spi.ContentStore.Stored;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Everything that an organisation has is exported, once, and nothing of others. */
interface ExportCases extends JobFixture {

    private Org life(OrgId org) {
        return store().orgs().find(org).orElseThrow();
    }

    private List<Exported> contents(OrgId org, Source source) {
        List<Exported> all = new ArrayList<>();
        store().content().export(life(org), source, all::add);
        return all;
    }

    private List<Job> jobsOf(OrgId org) {
        List<Job> all = new ArrayList<>();
        jobs().export(life(org), all::add);
        return all;
    }

    @Test
    default void export_givesTheNewestRevisions() {
        ContentSteps steps = new ContentSteps(this);
        OrgId org = steps.newOrg();
        OrgId other = steps.newOrg();
        steps.ready(other, "theirs", "text");
        Instant before = now();
        steps.ready(org, "b", "old text");
        Content newest = new Content("b", "title", "new \"text\"\n\u2028", Map.of("x", "1", "y", "ü"));
        Stored again = steps.put(org, Source.PRIVATE, newest);
        steps.ready(org, "a", "text");
        steps.ready(org, "gone", "text");
        steps.store().delete(org, Source.PRIVATE, "gone");
        steps.ready(org, Source.MARKETPLACE, ContentSteps.content("listing", "text"));

        List<Exported> documents = contents(org, Source.PRIVATE);

        assertThat(documents).extracting(one -> one.content().id()).containsExactly("a", "b");
        assertThat(documents.get(0).searchable()).isTrue();
        assertThat(documents.get(1).content()).isEqualTo(newest);
        assertThat(documents.get(1).revision()).isEqualTo(again.revision());
        assertThat(documents.get(1).searchable()).isFalse();
        assertThat(documents.get(1).createdAt()).isBetween(before, documents.get(1).updatedAt());
        assertThat(documents.get(1).updatedAt()).isBeforeOrEqualTo(now());
        assertThat(contents(org, Source.MARKETPLACE)).extracting(one -> one.content().id()).containsExactly("listing");
        assertThat(contents(other, Source.MARKETPLACE)).isEmpty();
    }

    /** More than a page of whatever size. */
    @Test
    default void export_givesEachDocumentOnceInOrder() {
        ContentSteps steps = new ContentSteps(this);
        OrgId org = steps.newOrg();
        List<String> ids = IntStream.range(0, 450).mapToObj(i -> "d-%03d".formatted(i)).toList();
        steps.store().put(org, Source.PRIVATE, ids.stream().map(id -> ContentSteps.content(id, "text")).toList(),
                steps.kind());

        assertThat(contents(org, Source.PRIVATE)).extracting(one -> one.content().id()).isEqualTo(ids);
    }

    @Test
    default void export_givesJobsOfEveryState() {
        OrgId org = newOrg();
        OrgId other = newOrg();
        enqueue(other, request().withDelay(Duration.ofHours(1)));
        JobId dead = deadLetter(org);
        for (Outcome outcome : List.of(new Outcome.Completed(Optional.of("{\"x\":[1,null]}")), COMPLETED,
                new Outcome.Cancelled("not needed"))) {
            enqueue(org, request("{\"n\":1}").withKey("k-" + UUID.randomUUID()).withTags("a", "b"));
            assertThat(finish(awaitOne(org), outcome)).isTrue();
        }
        JobId running = enqueue(org);
        assertThat(claimOf(org)).hasSize(1);
        JobId later = enqueue(org, request().withDelay(Duration.ofHours(1))).id();
        enqueue(org, request().withAfter(After.success(later)));
        enqueue(org);
        settle();

        List<Job> all = jobsOf(org);

        assertThat(all).hasSize(8).extracting(Job::id).doesNotHaveDuplicates().contains(dead, running);
        assertThat(all).extracting(Job::state).containsAll(EnumSet.allOf(JobState.class));
        assertThat(all).allSatisfy(job -> assertThat(job).isEqualTo(job(org, job.id())));
        List<Job> live = all.stream().filter(job -> !job.state().isFinal()).toList();
        assertThat(all.subList(0, live.size())).isEqualTo(live);
        assertThat(live).extracting(job -> job.id().value()).isSorted();
        assertThat(all.subList(live.size(), all.size())).extracting(job -> job.id().value()).isSorted();
        assertThat(jobsOf(other)).hasSize(1);
    }

    private List<ClaimedJob> claimOf(OrgId org) {
        List<ClaimedJob> claimed = claim(100);
        return claimed.stream().filter(job -> job.lease().org().equals(org)).toList();
    }

    private ClaimedJob awaitOne(OrgId org) {
        List<ClaimedJob> claimed = claimOf(org);
        assertThat(claimed).hasSize(1);
        return claimed.getFirst();
    }

    @Test
    default void export_givesEachJobOnce() {
        OrgId org = newOrg();
        unlimited(org);
        Set<JobId> ended = Set.copyOf(enqueue(org, 130));
        List<ClaimedJob> claimed = claimAll();
        complete(claimed);
        List<JobId> live = enqueue(org, 120);

        List<Job> all = jobsOf(org);

        assertThat(all).extracting(Job::id).doesNotHaveDuplicates().hasSize(250);
        assertThat(all.stream().map(Job::id).limit(120)).isEqualTo(live);
        assertThat(all.stream().filter(job -> job.state() == JobState.COMPLETED).map(Job::id)).hasSameElementsAs(ended);
    }

    @Test
    default void export_ofALifeThatIsOverIsRefused() {
        ContentSteps steps = new ContentSteps(this);
        OrgId org = steps.newOrg();
        steps.put(org, "a", "text");
        Org first = life(org);
        store().orgs().erase(context(org));
        store().orgs().create(context(org));

        assertThatThrownBy(() -> store().content().export(first, Source.PRIVATE, one -> {
        })).isInstanceOf(UnknownOrgException.class);
        assertThatThrownBy(() -> jobs().export(first, one -> {
        })).isInstanceOf(UnknownOrgException.class);
        assertThat(contents(org, Source.PRIVATE)).isEmpty();
        assertThat(jobsOf(org)).isEmpty();
    }

    @Test
    default void export_isPossibleOfASuspendedOrg() {
        ContentSteps steps = new ContentSteps(this);
        OrgId org = steps.newOrg();
        steps.put(org, "a", "text");
        store().orgs().suspend(context(org));

        assertThat(contents(org, Source.PRIVATE)).hasSize(1);
        assertThat(jobsOf(org)).hasSize(1);
    }

    /** As of one moment: what others do meanwhile does not show. */
    @Test
    default void export_seesNothingOfWhatIsWrittenMeanwhile() {
        ContentSteps steps = new ContentSteps(this);
        OrgId org = steps.newOrg();
        int all = 450;
        steps.store().put(org, Source.PRIVATE,
                IntStream.range(0, all).mapToObj(i -> ContentSteps.content("d-" + i, "text")).toList(), steps.kind());
        List<Exported> seen = new ArrayList<>();

        store().content().export(life(org), Source.PRIVATE, one -> {
            if (seen.isEmpty()) {
                for (int i = 0; i < all; i += 3) {
                    steps.store().delete(org, Source.PRIVATE, "d-" + i);
                    steps.put(org, "d-" + (i + 1), "another text");
                    steps.put(org, "new-" + i, "text");
                }
            }
            seen.add(one);
        });

        assertThat(seen).hasSize(all).allMatch(one -> one.content().text().equals("text"));
        assertThat(contents(org, Source.PRIVATE)).hasSize(all);
    }
}
