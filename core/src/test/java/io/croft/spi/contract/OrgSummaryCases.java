package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.Org;
import io.croft.OrgId;
import io.croft.OrgSummary;
import io.croft.search.SearchMode;
import io.croft.search.Source;
import io.croft.spi.Blob;
import io.croft.spi.ContentStore.Stored;
import io.croft.spi.InputStore.File;
import io.croft.spi.InputStore.Input;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.LatencyHistogram;
import io.croft.spi.SearchBatch;
import io.croft.spi.SearchBatch.HourCounts;
import io.croft.spi.SearchCounts;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** How large organisations are, and when they were active. */
interface OrgSummaryCases extends JobFixture {

    private OrgSummary summary(OrgId org) {
        settle();
        return store().orgs().summary(org).orElseThrow();
    }

    private void assertEmpty(OrgId org) {
        OrgSummary summary = summary(org);
        assertThat(List.of(summary.documents(), summary.listings(), summary.chunks(), summary.bytes()))
                .containsOnly(0L);
    }

    @Test
    default void summary_ofANewOrgIsEmpty() {
        OrgId id = newOrg();
        Org org = store().orgs().find(id).orElseThrow();

        assertThat(store().orgs().summary(id)).contains(
                new OrgSummary(org, 0, 0, 0, 0, 0, 0, Optional.empty(), Optional.empty()));
        assertThat(summary(id).lastActive()).isEqualTo(org.createdAt());
        assertThat(store().orgs().summary(unknownOrg())).isEmpty();
    }

    @Test
    default void summary_countsWhatIsThere() {
        ContentSteps steps = new ContentSteps(this);
        OrgId org = steps.newOrg();
        OrgId other = steps.newOrg();
        steps.ready(other, "a", "text");
        Stored three = steps.put(org, "a", "one two three");
        steps.write(three, "one", "two", "three");
        steps.ready(org, Source.MARKETPLACE, ContentSteps.content("a", "text"));
        steps.put(org, "b", "text");
        enqueue(org, request().withDelay(Duration.ofHours(1)));

        OrgSummary summary = summary(org);

        assertThat(summary.documents()).isEqualTo(2);
        assertThat(summary.listings()).isEqualTo(1);
        assertThat(summary.chunks()).isEqualTo(4);
        assertThat(summary.bytes()).isGreaterThan(2L * "one two three".length());
        assertThat(summary.queuedJobs()).isEqualTo(2);
        assertThat(summary.runningJobs()).isZero();
        assertThat(summary.lastWritten()).isPresent();
        assertThat(summary.lastActive()).isEqualTo(summary.lastWritten().orElseThrow());
        assertThat(summary(other).documents()).isEqualTo(1);
    }

    @Test
    default void summary_countsRunningJobsApart() {
        OrgId org = newOrg();
        enqueue(org, 3);
        List<ClaimedJob> claimed = claim(2);

        assertThat(summary(org).runningJobs()).isEqualTo(2);
        assertThat(summary(org).queuedJobs()).isEqualTo(1);
        complete(claimed);
        assertThat(summary(org).runningJobs()).isZero();
    }

    @Test
    default void summary_followsWhatIsReplaced() {
        ContentSteps steps = new ContentSteps(this);
        OrgId org = steps.newOrg();
        steps.put(org, "a", "x".repeat(1000));
        long before = summary(org).bytes();

        Stored again = steps.put(org, "a", "x".repeat(10));

        assertThat(summary(org).documents()).isEqualTo(1);
        assertThat(summary(org).bytes()).isEqualTo(before - 990);
        steps.write(again, "x", "x", "x");
        long withThree = summary(org).bytes();
        assertThat(summary(org).chunks()).isEqualTo(3);
        steps.write(steps.put(org, "a", "x".repeat(10)), "x");
        assertThat(summary(org).chunks()).isEqualTo(1);
        assertThat(summary(org).bytes()).isLessThan(withThree);
    }

    @Test
    default void summary_countsItemsOfOneIdInOneCallOnce() {
        ContentSteps steps = new ContentSteps(this);
        OrgId org = steps.newOrg();

        steps.store().put(org, Source.PRIVATE, List.of(ContentSteps.content("a", "text"),
                ContentSteps.content("b", "text"), ContentSteps.content("a", "other text")), steps.kind());

        assertThat(summary(org).documents()).isEqualTo(2);
    }

    @Test
    default void summary_countsFilesFromWhenTheyAreGiven() {
        ContentSteps steps = new ContentSteps(this);
        OrgId org = steps.newOrg();
        String key = "a".repeat(64);
        Input file = new Input(Source.PRIVATE, key, Optional.of(new File(new Blob(key, 7), "a.txt", Optional.empty())),
                ContentSteps.content("a", ""));

        ClaimedJob job = steps.claim(store().inputs().accept(org, file, steps.kind(), Optional.empty()).job()
                .orElseThrow());
        OrgSummary given = summary(org);
        store().inputs().read(job.lease(), store().inputs().pending(org, job.payload()).orElseThrow(),
                ContentSteps.content("a", "x".repeat(1000)), Optional.empty(), steps.kind());
        OrgSummary read = summary(org);

        assertThat(given.documents()).isEqualTo(1);
        assertThat(read.documents()).isEqualTo(1);
        assertThat(read.bytes()).isEqualTo(given.bytes() + 1000);
        store().content().delete(org, Source.PRIVATE, "a");
        assertEmpty(org);
        store().inputs().accept(org, file, steps.kind(), Optional.empty());
        assertThat(summary(org).documents()).isEqualTo(1);
        store().content().delete(org, Source.PRIVATE, "a");
        assertEmpty(org);
    }

    @Test
    default void summary_isZeroOnceAllIsDeleted() {
        ContentSteps steps = new ContentSteps(this);
        OrgId org = steps.newOrg();
        for (Source source : Source.values()) {
            steps.ready(org, source, ContentSteps.content("a", "text"));
            steps.put(org, source, ContentSteps.content("b", "grüße"));
        }

        for (Source source : Source.values()) {
            assertThat(steps.store().delete(org, source, "a")).isPresent();
            assertThat(steps.store().delete(org, source, "b")).isPresent();
            assertThat(steps.store().delete(org, source, "b")).isEmpty();
        }

        assertEmpty(org);
        steps.put(org, "a", "text");
        assertThat(summary(org).documents()).isEqualTo(1);
    }

    @Test
    default void summary_countsCopies() {
        ContentSteps steps = new ContentSteps(this);
        OrgId from = steps.newOrg();
        OrgId to = steps.newOrg();
        steps.ready(from, "a", "text");
        steps.put(from, "b", "text");
        steps.ready(to, "a", "mine");
        steps.store().delete(to, Source.PRIVATE, "a");

        steps.store().copy(store().orgs().find(from).orElseThrow(), store().orgs().find(to).orElseThrow(),
                Optional.empty(), 10, steps.kind());

        OrgSummary copied = summary(to);
        assertThat(copied.documents()).isEqualTo(2);
        assertThat(copied.chunks()).isEqualTo(1);
        assertThat(copied.bytes()).isEqualTo(summary(from).bytes());
        steps.store().delete(to, Source.PRIVATE, "a");
        steps.store().delete(to, Source.PRIVATE, "b");
        assertEmpty(to);
    }

    /** Each writer of the same few documents changes what another one has just written. */
    @Test
    default void summary_isExactAmongWriters() {
        ContentSteps steps = new ContentSteps(this);
        OrgId org = steps.newOrg();
        int writers = 6;

        Race.of(writers, number -> {
            for (int i = 0; i < 30; i++) {
                String id = "d-" + (i + number) % 3;
                if ((i * 7 + number) % 3 == 0) {
                    steps.store().delete(org, Source.PRIVATE, id);
                } else {
                    steps.put(org, id, "x".repeat(1 + (i * 31 + number) % 50));
                }
                for (ClaimedJob job : jobs().claim(queue(), 1, "writer-" + number, LONG_LEASE)) {
                    steps.pending(job).ifPresent(pending -> steps.write(job.lease(), pending,
                            List.of(ContentSteps.chunk(0, "a"), ContentSteps.chunk(1, "b"))));
                }
                jobs().maintain(100);
            }
            return true;
        });

        List<String> ids = List.of("d-0", "d-1", "d-2");
        long there = ids.stream().filter(id -> steps.store().find(org, Source.PRIVATE, id).isPresent()).count();
        long chunks = ids.stream().mapToLong(id -> steps.chunks(scope(org), org, id).chunks().size()).sum();
        assertThat(summary(org).documents()).isEqualTo(there);
        assertThat(summary(org).chunks()).isEqualTo(chunks);
        ids.forEach(id -> steps.store().delete(org, Source.PRIVATE, id));
        assertEmpty(org);
    }

    @Test
    default void summary_knowsTheHourOfTheLastSearch() {
        OrgId id = newOrg();
        Org org = store().orgs().find(id).orElseThrow();
        Instant hour = Instant.parse("2100-01-01T10:00:00Z");
        SearchCounts counts = new SearchCounts(1, 0, Map.of(), 0, LatencyHistogram.ofDurations(List.of(Duration.ZERO)),
                Optional.empty(), 0);

        store().analytics().record(new SearchBatch(UUID.randomUUID(), 1,
                Stream.of(hour, hour.minusSeconds(7200)).map(at -> new HourCounts(id, org.incarnation(), at,
                        SearchMode.HYBRID, counts)).toList(),
                List.of()));

        assertThat(summary(id).lastSearched()).contains(hour);
        assertThat(summary(id).lastActive()).isEqualTo(hour);
    }

    @Test
    default void list_givesEachOrgOnceInPages() {
        List<OrgId> made = Stream.generate(this::newOrg).limit(7).toList();
        OrgId suspended = made.getFirst();
        store().orgs().suspend(context(suspended));
        OrgId erased = newOrg();
        store().orgs().erase(context(erased));

        List<OrgSummary> all = new ArrayList<>();
        Optional<OrgId> after = Optional.empty();
        for (List<OrgSummary> page = store().orgs().list(after, 3); !page.isEmpty();
                page = store().orgs().list(after, 3)) {
            assertThat(page).hasSizeLessThanOrEqualTo(3);
            all.addAll(page);
            after = Optional.of(page.getLast().org().id());
        }

        assertThat(all).extracting(summary -> summary.org().id()).containsAll(made).doesNotContain(erased);
        assertThat(all).extracting(summary -> summary.org().id().toString()).isSorted().doesNotHaveDuplicates();
        assertThat(all).filteredOn(summary -> summary.org().id().equals(suspended)).singleElement()
                .satisfies(summary -> assertThat(summary.org().state()).isEqualTo(Org.State.SUSPENDED));
    }
}
