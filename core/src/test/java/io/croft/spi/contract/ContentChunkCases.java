package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.StaleLeaseException;
import io.croft.content.ContentStatus.State;
import io.croft.job.JobState;
import io.croft.search.Source;
import io.croft.spi.Chunk;
import io.croft.spi.Content;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.ContentStore.Pending;
import io.croft.spi.ContentStore.Stored;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore.ClaimedJob;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The way from a stored revision to chunks. */
interface ContentChunkCases extends ContentFixture {

    @ParameterizedTest
    @EnumSource
    default void writeChunks_storesChunksAndCompletesTheJob(Source source) {
        OrgId org = steps().newOrg();
        Content content = new Content("a", "Tack", "saddle and bridle 😀", Map.of("price", "5"));
        Instant before = now();
        Stored stored = steps().put(org, source, content);
        Instant after = now();
        ClaimedJob job = steps().claim(stored);
        Pending pending = steps().pending(job).orElseThrow();
        List<Chunk> chunks = List.of(new Chunk(0, 0, 6, "saddle", new float[]{0.6f, -0.8f, 0}),
                new Chunk(1, 7, 20, "and bridle 😀", new float[]{Float.MIN_VALUE, 1, -0f}));

        boolean written = contents().writeChunks(job.lease(), pending, "model-7", chunks);

        assertThat(pending).isEqualTo(new Pending(source, 1, content));
        assertThat(written).isTrue();
        assertThat(store().jobs().find(org, job.lease().id()).orElseThrow().state()).isEqualTo(JobState.COMPLETED);
        assertThat(state(org, source, "a")).isEqualTo(State.READY);
        ContentChunks found = steps().chunks(scope(org, source), org, "a");
        assertThat(ContentSteps.plain(found))
                .isEqualTo(ContentSteps.plain(new ContentChunks(new ContentKey(org, "a"), 1,
                        "model-7", found.updatedAt(), "Tack", Map.of("price", "5"), chunks)));
        assertThat(found.updatedAt()).isBetween(before, after);
        assertThat(contents().find(org, source, "a")).contains(content);
    }

    @Test
    default void writeChunks_replacesAllChunks() {
        OrgId org = steps().newOrg();
        steps().write(steps().put(org, "a", "one two three"), "one", "two", "three");

        steps().write(steps().put(org, "a", "four"), "four");

        assertThat(steps().texts(scope(org), org, "a")).containsExactly("four");
        assertThat(steps().chunks(scope(org), org, "a").revision()).isEqualTo(2);
    }

    @Test
    default void writeChunks_takesAChunkOfManyDimensions() {
        OrgId org = steps().newOrg();
        Stored stored = steps().put(org, "a", "text");
        ClaimedJob job = steps().claim(stored);
        float[] vector = new float[1536];
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) Math.sin(i) / 27;
        }

        steps().write(job.lease(), steps().pending(job).orElseThrow(), List.of(new Chunk(0, 0, 4, "text", vector)));

        assertThat(steps().chunks(scope(org), org, "a").chunks().getFirst().vector()).containsExactly(vector);
    }

    @Test
    default void writeChunks_takesThousandsOfChunks() {
        OrgId org = steps().newOrg();
        ClaimedJob job = steps().claim(steps().put(org, "a", "long"));
        List<Chunk> chunks = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            chunks.add(ContentSteps.chunk(i, "part " + i));
        }

        steps().write(job.lease(), steps().pending(job).orElseThrow(), chunks);

        ContentChunks found = steps().chunks(scope(org), org, "a");
        assertThat(ContentSteps.plain(found)).isEqualTo(ContentSteps.plain(new ContentChunks(found.key(), 1,
                ContentSteps.MODEL, found.updatedAt(), "", Map.of(), chunks)));
        assertThat(steps().scan(scope(org), 10)).hasSize(1);
    }

    @Test
    default void writeChunks_leavesTheEarlierRevisionWholeUntilThen() {
        OrgId org = steps().newOrg();
        steps().ready(org, Source.PRIVATE, new Content("a", "old title", "old text", Map.of("f", "old")));
        ContentChunks before = steps().chunks(scope(org), org, "a");

        Stored second = steps().put(org, Source.PRIVATE, new Content("a", "new title", "new text", Map.of("f", "new")));
        ContentChunks meanwhile = steps().chunks(scope(org), org, "a");
        steps().write(second, "new text");
        ContentChunks after = steps().chunks(scope(org), org, "a");

        assertThat(before.title()).isEqualTo("old title");
        assertThat(ContentSteps.plain(meanwhile)).isEqualTo(ContentSteps.plain(before));
        assertThat(after.revision()).isEqualTo(2);
        assertThat(after.title()).isEqualTo("new title");
        assertThat(after.fields()).isEqualTo(Map.of("f", "new"));
        assertThat(after.updatedAt()).isAfterOrEqualTo(before.updatedAt());
    }

    @Test
    default void writeChunks_dropsTheWorkOfASupersededRevision() {
        OrgId org = steps().newOrg();
        ClaimedJob first = steps().claim(steps().put(org, "a", "one"));
        Pending pending = steps().pending(first).orElseThrow();
        Stored second = steps().put(org, "a", "two");

        boolean written = steps().write(first.lease(), pending, List.of(ContentSteps.chunk(0, "one")));

        assertThat(written).isFalse();
        assertThat(steps().texts(scope(org), org, "a")).isEmpty();
        assertThat(store().jobs().find(org, first.lease().id()).orElseThrow().state()).isEqualTo(JobState.COMPLETED);
        assertThat(state(org, Source.PRIVATE, "a")).isEqualTo(State.QUEUED);
        assertThat(steps().pending(first)).isEmpty();
        assertThat(steps().write(second, "two")).isTrue();
        assertThat(steps().texts(scope(org), org, "a")).containsExactly("two");
    }

    @Test
    default void writeChunks_dropsTheWorkOfADeletedRevision() {
        OrgId org = steps().newOrg();
        ClaimedJob job = steps().claim(steps().put(org, "a", "one"));
        Pending pending = steps().pending(job).orElseThrow();
        contents().delete(org, Source.PRIVATE, "a");

        boolean written = steps().write(job.lease(), pending, List.of(ContentSteps.chunk(0, "one")));

        assertThat(written).isFalse();
        assertThat(steps().texts(scope(org), org, "a")).isEmpty();
        assertThat(state(org, Source.PRIVATE, "a")).isEqualTo(State.DELETED);
        assertThat(steps().pending(job)).isEmpty();
        assertThat(store().jobs().find(org, job.lease().id()).orElseThrow().state()).isEqualTo(JobState.COMPLETED);
    }

    @Test
    default void writeChunks_ofAStaleLeaseWritesNothing() {
        OrgId org = steps().newOrg();
        steps().ready(org, "a", "one");
        Stored stored = steps().put(org, "a", "two");
        ClaimedJob first = steps().claim(stored);
        Pending pending = steps().pending(first).orElseThrow();
        store().jobs().release(List.of(first.lease()));

        assertThatThrownBy(() -> steps().write(first.lease(), pending, List.of(ContentSteps.chunk(0, "late"))))
                .isInstanceOf(StaleLeaseException.class);
        ClaimedJob second = steps().claim(stored);
        assertThatThrownBy(() -> steps().write(first.lease(), pending, List.of(ContentSteps.chunk(0, "late"))))
                .isInstanceOf(StaleLeaseException.class);

        assertThat(steps().texts(scope(org), org, "a")).containsExactly("one");
        assertThat(state(org, Source.PRIVATE, "a")).isEqualTo(State.QUEUED);
        assertThat(store().jobs().find(org, second.lease().id()).orElseThrow().state()).isEqualTo(JobState.RUNNING);
        assertThat(steps().write(second.lease(), pending, List.of(ContentSteps.chunk(0, "two")))).isTrue();
        assertThat(steps().texts(scope(org), org, "a")).containsExactly("two");
    }

    @Test
    default void writeChunks_inTheNameOfAnotherOrgWritesNothing() {
        OrgId org = steps().newOrg();
        OrgId other = steps().newOrg();
        ClaimedJob job = steps().claim(steps().put(org, "a", "one"));
        Pending pending = steps().pending(job).orElseThrow();
        steps().ready(other, "a", "theirs");
        JobLease forged = new JobLease(other, job.lease().id(), job.lease().fence());

        assertThatThrownBy(() -> steps().write(forged, pending, List.of(ContentSteps.chunk(0, "foreign"))))
                .isInstanceOf(StaleLeaseException.class);

        assertThat(steps().texts(scope(other), other, "a")).containsExactly("theirs");
        assertThat(store().jobs().find(org, job.lease().id()).orElseThrow().state()).isEqualTo(JobState.RUNNING);
    }

    @Test
    default void writeChunks_refusesChunksThatCannotBeSearched() {
        OrgId org = steps().newOrg();
        ClaimedJob job = steps().claim(steps().put(org, "a", "one"));
        Pending pending = steps().pending(job).orElseThrow();
        List<List<Chunk>> bad = List.of(List.of(), List.of(vector(0, 1, Float.NaN)),
                List.of(vector(0, Float.POSITIVE_INFINITY, 0)), List.of(vector(0, 1, 0), vector(1, 1, 0, 0)));

        for (List<Chunk> chunks : bad) {
            assertThatThrownBy(() -> steps().write(job.lease(), pending, chunks))
                    .isInstanceOf(InvalidInputException.class);
        }

        assertThat(steps().texts(scope(org), org, "a")).isEmpty();
        assertThat(store().jobs().find(org, job.lease().id()).orElseThrow().state()).isEqualTo(JobState.RUNNING);
        assertThat(steps().write(job.lease(), pending, List.of(vector(0, 1, 0)))).isTrue();
    }

    @Test
    default void pending_refusesAPayloadOfAnother() {
        OrgId org = steps().newOrg();

        for (String payload : List.of("{}", "{\"horse\":1}", "[]", "nothing")) {
            assertThatThrownBy(() -> contents().pending(org, payload)).isInstanceOf(InvalidInputException.class);
        }
    }

    @Test
    default void pending_showsNothingOfAnotherOrg() {
        OrgId org = steps().newOrg();
        OrgId other = steps().newOrg();
        ClaimedJob job = steps().claim(steps().put(org, "a", "a secret"));
        steps().put(other, "a", "their own");

        assertThat(contents().pending(other, job.payload()).map(pending -> pending.content().text()))
                .isNotEqualTo(Optional.of("a secret"));
    }

    @Test
    default void writers_ofOneDocumentLeaveTheNewestRevision() {
        OrgId org = steps().newOrg();

        Race.of(6, number -> {
            List<Boolean> written = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                Stored stored = steps().put(org, "same", "text " + number + "/" + i);
                ClaimedJob job = steps().claim(stored);
                steps().pending(job).ifPresent(pending -> written.add(steps().write(job.lease(), pending,
                        List.of(ContentSteps.chunk(0, pending.content().text())))));
            }
            return written;
        });

        String newest = contents().find(org, Source.PRIVATE, "same").orElseThrow().text();
        assertThat(contents().status(org, Source.PRIVATE, "same").orElseThrow().revision()).isEqualTo(30);
        assertThat(state(org, Source.PRIVATE, "same")).isEqualTo(State.READY);
        assertThat(steps().texts(scope(org), org, "same")).containsExactly(newest);
        assertThat(steps().chunks(scope(org), org, "same").revision()).isEqualTo(30);
    }

    private static Chunk vector(int ordinal, float... vector) {
        return new Chunk(ordinal, 0, 3, "one", vector);
    }
}
