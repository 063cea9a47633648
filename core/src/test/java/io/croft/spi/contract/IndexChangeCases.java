package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.spi.Checkpoint;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexEvent;
import io.croft.spi.IndexEvent.Step;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.IndexSession.Candidate;
import io.croft.spi.SearchTimeoutException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** What is applied to an index: who sees it, and when it lasts. */
interface IndexChangeCases extends IndexFixture {

    @Test
    default void apply_replacesAllChunksOfADocument() {
        IndexScope.PrivateIndex scope = newScope();
        OrgId org = scope.org();
        build(scope, document(org, "a", 1, chunks("saddle", "saddle horse", "bridle")),
                document(org, "b", "saddle", x()));

        apply(scope, document(org, "a", 2, chunks("pony")));

        assertThat(found(scope, "saddle")).containsExactly("b");
        assertThat(found(scope, "bridle")).isEmpty();
        assertThat(found(scope, "pony")).containsExactly("a");
        assertThat(size(scope)).isEqualTo(2);
        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            assertThat(session.revision(new ContentKey(org, "a"))).hasValue(2);
            assertThat(byVector(session, x())).hasSize(2);
        }
    }

    @Test
    default void apply_removesADocumentWithoutChunks() {
        IndexScope.PrivateIndex scope = newScope();
        OrgId org = scope.org();
        build(scope, document(org, "a", 1, chunks("saddle", "saddle")), document(org, "b", "saddle", x()));

        apply(scope, ContentChunks.none(new ContentKey(org, "a")), ContentChunks.none(new ContentKey(org, "never")));

        assertThat(found(scope, "saddle")).containsExactly("b");
        assertThat(size(scope)).isEqualTo(1);
        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            assertThat(session.revision(new ContentKey(org, "a"))).isEmpty();
            assertThat(session.revision(new ContentKey(org, "never"))).isEqualTo(OptionalLong.empty());
        }
    }

    @Test
    default void apply_doesNoHarmWhenRepeated() {
        IndexScope.PrivateIndex scope = newScope();
        OrgId org = scope.org();
        build(scope);
        ContentChunks a = document(org, "a", 1, chunks("saddle", "horse"));

        apply(scope, a, document(org, "b", "saddle", x()));
        apply(scope, a, ContentChunks.none(new ContentKey(org, "b")));
        apply(scope, a, ContentChunks.none(new ContentKey(org, "b")));

        assertThat(size(scope)).isEqualTo(2);
        assertThat(found(scope, "saddle")).containsExactly("a");
    }

    @Test
    default void apply_refusesADocumentOfAnotherOrg() {
        IndexScope.PrivateIndex scope = built();
        ContentChunks foreign = document(newScope().org(), "a", "saddle", x());

        assertThatThrownBy(() -> apply(scope, document(scope.org(), "b", "saddle", x()), foreign))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> build(scope, foreign)).isInstanceOf(InvalidInputException.class);

        assertThat(size(scope)).isZero();
        assertReady(scope, "built");
    }

    @Test
    default void apply_takesAnyText() {
        IndexScope.PrivateIndex scope = built();
        List<String> texts =
                List.of("", " ", ".,;", "x".repeat(100_000), "😀 🐎", "\u0001\u0007", "e\u0301", "سرج",
                        "鞍", "<script>alert(1)</script>", "saddle ".repeat(20_000));
        List<ContentChunks> documents = new ArrayList<>();
        for (String text : texts) {
            ContentKey key = new ContentKey(scope.org(), "id of " + text.substring(0, Math.min(20, text.length())));
            documents.add(new ContentChunks(key, 1, MODEL.id(), Instant.EPOCH,
                    text.substring(0, Math.min(1000, text.length())),
                    Map.of("field", text.substring(0, Math.min(2000, text.length()))), List.of(chunks(text))));
        }

        apply(scope, documents.toArray(ContentChunks[]::new));
        index().commit(scope);

        assertThat(size(scope)).isEqualTo(texts.size());
        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            List<Candidate> found = byVector(session, x());
            assertThat(found).hasSize(texts.size());
            for (String text : texts) {
                assertThat(passages(session, found, text.substring(0, Math.min(1000, text.length()))))
                        .allSatisfy(passage -> assertThat(passage.snippet()).hasSizeLessThanOrEqualTo(300));
                byText(session, text.substring(0, Math.min(1000, text.length())));
            }
        }
    }

    @Test
    default void apply_isSeenBeforeTheCommit() {
        IndexScope.PrivateIndex scope = built();

        apply(scope, document(scope.org(), "a", "saddle", x()));

        assertThat(found(scope, "saddle")).containsExactly("a");
        assertThat(events()).contains(new IndexEvent(scope, Step.VISIBLE))
                .doesNotContain(new IndexEvent(scope, Step.COMMITTED));
    }

    @Test
    default void commit_makesChangesLastWithTheirCheckpoint() {
        IndexScope.PrivateIndex scope = built();
        index().apply(scope, List.of(document(scope.org(), "a", "saddle", x())), new Checkpoint("x'\"\\ ä 😀"));

        index().commit(scope);

        assertThat(events()).contains(new IndexEvent(scope, Step.COMMITTED));
        reopen(MODEL);
        assertReady(scope, "x'\"\\ ä 😀");
        assertThat(found(scope, "saddle")).containsExactly("a");
        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            assertThat(session.revision(new ContentKey(scope.org(), "a"))).hasValue(1);
        }
    }

    @Test
    default void commit_keepsACheckpointThatMovedWithoutChanges() {
        IndexScope.PrivateIndex scope = newScope();
        build(scope, document(scope.org(), "a", "saddle", x()));

        index().apply(scope, List.of(), new Checkpoint("moved"));
        index().commit(scope);

        assertReady(scope, "moved");
        reopen(MODEL);
        assertReady(scope, "moved");
        assertThat(found(scope, "saddle")).containsExactly("a");
    }

    @Test
    default void commit_ofNothingDoesNothing() {
        IndexScope.PrivateIndex scope = built();
        apply(scope, document(scope.org(), "a", "saddle", x()));
        index().commit(scope);
        events().clear();

        index().commit(scope);

        assertThat(events()).isEmpty();
    }

    @Test
    default void close_commitsWhatWasApplied() {
        IndexScope.PrivateIndex scope = built();
        apply(scope, document(scope.org(), "a", "saddle", x()));

        reopen(MODEL);

        assertReady(scope, "applied");
        assertThat(found(scope, "saddle")).containsExactly("a");
    }

    @Test
    default void session_seesItsMoment() {
        IndexScope.PrivateIndex scope = newScope();
        OrgId org = scope.org();
        build(scope, document(org, "a", "saddle", x()), document(org, "b", "saddle", x()));

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            apply(scope, document(org, "a", 2, chunks("pony")), ContentChunks.none(new ContentKey(org, "b")),
                    document(org, "c", "saddle", x()));
            index().commit(scope);
            assertThat(byText(session, "saddle")).extracting(candidate -> candidate.key().id())
                    .containsExactlyInAnyOrder("a", "b");
            build(scope, document(org, "d", "saddle", x()));
            assertThat(session.size()).isEqualTo(2);
            assertThat(session.revision(new ContentKey(org, "a"))).hasValue(1);
            assertThat(byVector(session, x())).hasSize(2);
            assertThat(passages(session, byText(session, "saddle"), "saddle")).hasSize(2);
        }

        assertThat(found(scope, "saddle")).containsExactly("d");
    }

    @Test
    default void session_isNotWaitedForLongerThanItsDeadline() {
        IndexScope.PrivateIndex scope = built();
        apply(scope, document(scope.org(), "applied", "saddle", x())); // and searched by nobody
        CountDownLatch written = new CountDownLatch(1);
        CountDownLatch looked = new CountDownLatch(1);
        listen(event -> {
            if (event.step() == Step.DOCUMENTS_WRITTEN && written.getCount() > 0) {
                written.countDown();
                Await.until("a search has not waited for the end of the batch", () -> looked.getCount() == 0);
            }
        });

        List<List<String>> seen = Race.of(2, number -> {
            if (number == 0) {
                apply(scope, document(scope.org(), "during", "saddle", x()));
                return List.of();
            }
            written.await();
            try (IndexSession session = index().session(scope, System.nanoTime() + 1_000_000)) {
                return byText(session, "saddle").stream().map(candidate -> candidate.key().id()).toList();
            } catch (SearchTimeoutException late) {
                return List.of();
            } finally {
                looked.countDown();
            }
        });

        assertThat(seen.get(1)).isIn(List.of("applied"), List.of());
        assertThat(found(scope, "saddle")).containsExactly("applied", "during");
    }

    @Test
    default void session_thatIsReadyIsGivenAfterItsDeadlineToo() {
        IndexScope.PrivateIndex scope = built();
        assertThat(size(scope)).isZero();

        try (IndexSession session = index().session(scope, System.nanoTime() - 1)) {
            assertThat(session.size()).isZero();
        }
    }
}
