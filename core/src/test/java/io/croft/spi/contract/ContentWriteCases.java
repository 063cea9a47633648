package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.UnknownOrgException;
import io.croft.content.ContentStatus;
import io.croft.content.ContentStatus.State;
import io.croft.job.Job;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobState;
import io.croft.search.Source;
import io.croft.spi.Content;
import io.croft.spi.ContentStore.Stored;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Storing, replacing, deleting, and what becomes of it. */
interface ContentWriteCases extends ContentFixture {

    @ParameterizedTest
    @EnumSource
    default void put_storesTheContentWithItsJob(Source source) {
        OrgId org = steps().newOrg();
        Content content =
                new Content("Sättel/1 'x' \"y\"", "Größe 😀", "line 1\n\tline 2 \\ % ' \"", Map.of("price", "1 €",
                        "empty", "", "Zeile", "a\nb"));

        Stored stored = steps().put(org, source, content);

        assertThat(stored.id()).isEqualTo(content.id());
        assertThat(stored.revision()).isEqualTo(1);
        assertThat(contents().find(org, source, content.id())).contains(content);
        assertThat(contents().status(org, source, content.id())).contains(
                new ContentStatus(content.id(), 1, State.QUEUED, Optional.empty()));
        Job job = store().jobs().find(org, stored.job().orElseThrow()).orElseThrow();
        assertThat(job.state()).isEqualTo(JobState.READY);
        assertThat(job.kind()).isEqualTo(steps().kind().name());
        assertThat(job.queue()).isEqualTo(queue());
        assertThat(job.maxAttempts()).isEqualTo(steps().kind().retry().maxAttempts());
    }

    @Test
    default void put_countsRevisionsUp() {
        OrgId org = steps().newOrg();

        List<Stored> stored = contents().put(org, Source.PRIVATE,
                List.of(ContentSteps.content("a", "a one"), ContentSteps.content("b", "b one"),
                        ContentSteps.content("a", "a two")),
                steps().kind());
        Stored third = steps().put(org, "a", "a three");

        assertThat(stored).extracting(Stored::id).containsExactly("a", "b", "a");
        assertThat(stored).extracting(Stored::revision).containsExactly(1L, 1L, 2L);
        assertThat(third.revision()).isEqualTo(3);
        assertThat(stored).extracting(Stored::job).doesNotHaveDuplicates().doesNotContain(Optional.empty(),
                third.job());
        assertThat(contents().find(org, Source.PRIVATE, "a").orElseThrow().text()).isEqualTo("a three");
        assertThat(contents().find(org, Source.PRIVATE, "b").orElseThrow().text()).isEqualTo("b one");
    }

    @Test
    default void put_takesAThousandAtOnceAndNoMore() {
        OrgId org = steps().newOrg();
        List<Content> thousand = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            thousand.add(ContentSteps.content("d-" + i, "text " + i));
        }

        List<Stored> stored = contents().put(org, Source.PRIVATE, thousand, steps().kind());

        assertThat(stored).extracting(Stored::id)
                .containsExactlyElementsOf(thousand.stream().map(Content::id).toList());
        thousand.add(ContentSteps.content("d-1000", "text"));
        assertThatThrownBy(() -> contents().put(org, Source.PRIVATE, thousand, steps().kind()))
                .isInstanceOf(InvalidInputException.class);
        assertThat(contents().find(org, Source.PRIVATE, "d-1000")).isEmpty();
    }

    @Test
    default void put_byManyAtOnceGivesEachItsRevision() {
        OrgId org = steps().newOrg();

        List<List<Long>> revisions = Race.of(8, number -> {
            List<Long> mine = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                mine.add(steps().put(org, "same", number + "/" + i).revision());
            }
            return mine;
        });

        assertThat(revisions).allSatisfy(mine -> assertThat(mine).isSorted());
        List<Long> all = revisions.stream().flatMap(List::stream).sorted().toList();
        assertThat(all).hasSize(80).doesNotHaveDuplicates().startsWith(1L).endsWith(80L);
    }

    @Test
    default void put_refusesAnUnknownQueueAndStoresNothing() {
        OrgId org = steps().newOrg();
        JobKind lost = JobKind.of("test.embed", queue() + "-unknown");

        assertThatThrownBy(() -> contents().put(org, Source.PRIVATE, List.of(ContentSteps.content("a", "text")), lost))
                .isInstanceOf(InvalidInputException.class);

        assertThat(contents().find(org, Source.PRIVATE, "a")).isEmpty();
        assertThat(contents().status(org, Source.PRIVATE, "a")).isEmpty();
    }

    @Test
    default void everything_isRefusedForAnUnknownOrg() {
        OrgId org = unknownOrg();

        assertThatThrownBy(() -> steps().put(org, "a", "text")).isInstanceOf(UnknownOrgException.class);
        assertThatThrownBy(() -> contents().delete(org, Source.PRIVATE, "a")).isInstanceOf(UnknownOrgException.class);
        assertThatThrownBy(() -> contents().find(org, Source.PRIVATE, "a")).isInstanceOf(UnknownOrgException.class);
        assertThatThrownBy(() -> contents().status(org, Source.PRIVATE, "a")).isInstanceOf(UnknownOrgException.class);
    }

    @Test
    default void sources_areApart() {
        OrgId org = steps().newOrg();
        steps().ready(org, Source.PRIVATE, ContentSteps.content("same", "private text"));

        Stored listing = steps().put(org, Source.MARKETPLACE, ContentSteps.content("same", "public text"));

        assertThat(listing.revision()).isEqualTo(1);
        assertThat(contents().find(org, Source.PRIVATE, "same").orElseThrow().text()).isEqualTo("private text");
        assertThat(contents().find(org, Source.MARKETPLACE, "same").orElseThrow().text()).isEqualTo("public text");
        assertThat(steps().texts(scope(org), org, "same")).containsExactly("private text");
        assertThat(steps().texts(MARKET, org, "same")).isEmpty();
        assertThat(contents().delete(org, Source.MARKETPLACE, "same")).isPresent();
        assertThat(state(org, Source.PRIVATE, "same")).isEqualTo(State.READY);
    }

    @ParameterizedTest
    @EnumSource
    default void delete_removesContentAndChunks(Source source) {
        OrgId org = steps().newOrg();
        steps().ready(org, source, ContentSteps.content("a", "some text"));

        Optional<Stored> deleted = contents().delete(org, source, "a");

        assertThat(deleted).contains(new Stored("a", 2, Optional.empty()));
        assertThat(contents().find(org, source, "a")).isEmpty();
        assertThat(contents().status(org, source, "a")).contains(
                new ContentStatus("a", 2, State.DELETED, Optional.empty()));
        assertThat(steps().chunks(scope(org, source), org, "a").revision()).isZero();
        assertThat(steps().texts(scope(org, source), org, "a")).isEmpty();
        assertThat(contents().delete(org, source, "a")).isEmpty();
    }

    @Test
    default void delete_ofNothingIsNothing() {
        OrgId org = steps().newOrg();

        assertThat(contents().delete(org, Source.PRIVATE, "never")).isEmpty();
        assertThat(contents().status(org, Source.PRIVATE, "never")).isEmpty();
        assertThat(contents().find(org, Source.PRIVATE, "never")).isEmpty();
    }

    @Test
    default void delete_canBeFollowedByALaterRevision() {
        OrgId org = steps().newOrg();
        steps().ready(org, "a", "first life");
        contents().delete(org, Source.PRIVATE, "a");

        Stored again = steps().ready(org, "a", "second life");

        assertThat(again.revision()).isEqualTo(3);
        assertThat(state(org, Source.PRIVATE, "a")).isEqualTo(State.READY);
        assertThat(steps().texts(scope(org), org, "a")).containsExactly("second life");
    }

    @Test
    default void status_followsTheNewestRevision() {
        OrgId org = steps().newOrg();
        Stored first = steps().put(org, "a", "one");
        assertThat(state(org, Source.PRIVATE, "a")).isEqualTo(State.QUEUED);
        steps().write(first, "one");
        assertThat(contents().status(org, Source.PRIVATE, "a")).contains(
                new ContentStatus("a", 1, State.READY, Optional.empty()));

        Stored second = steps().put(org, "a", "two");

        assertThat(contents().status(org, Source.PRIVATE, "a")).contains(
                new ContentStatus("a", 2, State.QUEUED, Optional.empty()));
        letDie(second);
        ContentStatus failed = contents().status(org, Source.PRIVATE, "a").orElseThrow();
        assertThat(failed.state()).isEqualTo(State.FAILED);
        assertThat(failed.revision()).isEqualTo(2);
        assertThat(failed.failure().orElseThrow()).contains("no model");
    }

    @Test
    default void status_followsTheJobWhenItIsRedrivenOrDiscarded() {
        OrgId org = steps().newOrg();
        Stored stored = steps().put(org, "a", "one");
        List<JobId> job = List.of(stored.job().orElseThrow());
        letDie(stored);

        store().jobs().redrive(org, job);
        State redriven = state(org, Source.PRIVATE, "a");
        store().jobs().discard(org, job, "not wanted");
        State discarded = state(org, Source.PRIVATE, "a");

        assertThat(redriven).isEqualTo(State.QUEUED);
        assertThat(discarded).isEqualTo(State.FAILED);
        assertThat(contents().status(org, Source.PRIVATE, "a").orElseThrow().failure()).isPresent();
        steps().ready(org, "a", "again");
        assertThat(state(org, Source.PRIVATE, "a")).isEqualTo(State.READY);
    }

    @Test
    default void status_failsWithAJobThatWasCancelled() {
        OrgId org = steps().newOrg();
        Stored stored = steps().put(org, "a", "one");

        store().jobs()
                .finish(List.of(new Completion(steps().claim(stored).lease(), new Outcome.Cancelled("not for us"))));

        ContentStatus status = contents().status(org, Source.PRIVATE, "a").orElseThrow();
        assertThat(status.state()).isEqualTo(State.FAILED);
        assertThat(status.failure().orElseThrow()).contains("not for us");
    }

    @Test
    default void status_doesNotFollowTheJobOfASupersededRevision() {
        OrgId org = steps().newOrg();
        Stored first = steps().put(org, "a", "one");
        Stored second = steps().put(org, "a", "two");

        letDie(first);

        assertThat(state(org, Source.PRIVATE, "a")).isEqualTo(State.QUEUED);
        steps().write(second, "two");
        assertThat(state(org, Source.PRIVATE, "a")).isEqualTo(State.READY);
    }
}
