package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.croft.CroftException;
import io.croft.OrgId;
import io.croft.content.EmbeddingModel;
import io.croft.spi.Checkpoint;
import io.croft.spi.Chunk;
import io.croft.spi.ChunkIndex.Rebuild;
import io.croft.spi.ChunkIndex.Standing;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexEvent;
import io.croft.spi.IndexEvent.Step;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** The life of an index: built, opened again, rebuilt, dropped. */
interface IndexLifeCases extends IndexFixture {

    @Test
    default void open_ofNothingNeedsARebuild() {
        for (IndexScope scope : List.of(newScope(), MARKET)) {
            Standing standing = index().open(scope);

            assertThat(standing).isInstanceOf(Standing.NeedsRebuild.class);
            assertThat(((Standing.NeedsRebuild) standing).missing()).isTrue();
            assertThat(((Standing.NeedsRebuild) standing).reason()).isNotBlank();
            assertThatThrownBy(() -> index().session(scope, Long.MAX_VALUE)).isInstanceOf(CroftException.class);
        }
        assertThat(index().privateIndexes()).isEmpty();
    }

    @Test
    default void rebuild_makesAnIndexThatCanBeSearched() {
        IndexScope.PrivateIndex scope = newScope();

        try (Rebuild rebuild = index().rebuild(scope)) {
            rebuild.add(List.of(document(scope.org(), "a", "saddle", x()), document(scope.org(), "b", "bridle", y())));
            rebuild.add(List.of(document(scope.org(), "c", "saddle horse", y())));
            rebuild.finish(new Checkpoint("first"));
        }

        assertThat(found(scope, "saddle")).containsExactly("a", "c");
        assertThat(size(scope)).isEqualTo(3);
        assertReady(scope, "first");
        assertThat(index().privateIndexes()).containsExactly(scope);
        assertThat(events()).contains(new IndexEvent(scope, Step.REBUILT));
    }

    @Test
    default void rebuild_ofNothingIsAnEmptyIndex() {
        IndexScope scope = built();

        assertReady(scope, "built");
        assertThat(size(scope)).isZero();
        assertThat(found(scope, "saddle")).isEmpty();
        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            assertThat(byVector(session, x())).isEmpty();
            assertThat(statistics(session, "saddle").chunks()).isZero();
        }
    }

    @Test
    default void rebuild_lasts() {
        IndexScope.PrivateIndex scope = newScope();
        build(scope, new Checkpoint("first"), document(scope.org(), "a", "saddle", x()));

        reopen(MODEL);

        assertThat(index().privateIndexes()).containsExactly(scope);
        assertReady(scope, "first");
        assertThat(found(scope, "saddle")).containsExactly("a");
    }

    @Test
    default void rebuild_servesTheOldIndexUntilItIsFinished() {
        IndexScope.PrivateIndex scope = newScope();
        build(scope, document(scope.org(), "old", "saddle", x()));

        try (Rebuild rebuild = index().rebuild(scope)) {
            rebuild.add(List.of(document(scope.org(), "new", "saddle", x())));
            assertThat(found(scope, "saddle")).containsExactly("old");
            rebuild.finish(new Checkpoint("second"));
        }

        assertThat(found(scope, "saddle")).containsExactly("new");
        assertReady(scope, "second");
        reopen(MODEL);
        assertReady(scope, "second");
        assertThat(found(scope, "saddle")).containsExactly("new");
    }

    @Test
    default void rebuild_thatIsNotFinishedLeavesTheOldIndex() {
        IndexScope.PrivateIndex scope = newScope();
        build(scope, document(scope.org(), "old", "saddle", x()));

        try (Rebuild rebuild = index().rebuild(scope)) {
            rebuild.add(List.of(document(scope.org(), "new", "saddle", x())));
        }

        assertThat(found(scope, "saddle")).containsExactly("old");
        apply(scope, document(scope.org(), "more", "saddle", x()));
        assertThat(found(scope, "saddle")).containsExactly("more", "old");
        reopen(MODEL);
        assertReady(scope, "applied");
    }

    @Test
    default void rebuild_thatIsNotFinishedLeavesNothing() {
        IndexScope.PrivateIndex scope = newScope();
        try (Rebuild rebuild = index().rebuild(scope)) {
            rebuild.add(List.of(document(scope.org(), "new", "saddle", x())));
        }

        reopen(MODEL);

        assertThat(index().open(scope)).isInstanceOf(Standing.NeedsRebuild.class);
    }

    @Test
    default void open_underAnotherModelNeedsARebuild() {
        IndexScope.PrivateIndex scope = newScope();
        build(scope, document(scope.org(), "old", "saddle", x()));

        for (EmbeddingModel other : List.of(new EmbeddingModel("other-model", 4, 0.1),
                new EmbeddingModel("wide-model", 6, 0.1))) {
            reopen(other);
            Standing standing = index().open(scope);
            assertThat(standing).isInstanceOf(Standing.NeedsRebuild.class);
            assertThat(((Standing.NeedsRebuild) standing).missing()).isFalse();
        }

        float[] wide = {0, 0, 0, 0, 0, 1};
        ContentChunks fresh = new ContentChunks(new ContentKey(scope.org(), "new"), 1, "wide-model",
                Instant.EPOCH, "", Map.of(), List.of(new Chunk(0, 0, 6, "saddle", wide)));
        build(scope, new Checkpoint("wide"), fresh);
        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            assertThat(only(byVector(session, wide), "new").cosine()).isEqualTo(1f, within(1e-5f));
        }
        reopen(MODEL);
        assertThat(index().open(scope)).isInstanceOf(Standing.NeedsRebuild.class);
    }

    @Test
    default void drop_removesTheIndex() {
        IndexScope.PrivateIndex scope = newScope();
        IndexScope.PrivateIndex other = newScope();
        build(scope, document(scope.org(), "a", "saddle", x()));
        build(other, document(other.org(), "a", "saddle", x()));

        index().drop(scope);
        index().drop(newScope());

        assertThatThrownBy(() -> index().session(scope, Long.MAX_VALUE)).isInstanceOf(CroftException.class);
        assertThat(index().privateIndexes()).containsExactly(other);
        assertThat(events()).contains(new IndexEvent(scope, Step.DROPPED));
        assertThat(found(other, "saddle")).containsExactly("a");
        reopen(MODEL);
        assertThat(index().open(scope)).isInstanceOf(Standing.NeedsRebuild.class);
        assertThat(index().privateIndexes()).containsExactly(other);
    }

    @Test
    default void drop_canBeFollowedByANewIndex() {
        IndexScope.PrivateIndex scope = newScope();
        build(scope, document(scope.org(), "old", "saddle", x()));
        index().drop(scope);

        build(scope, document(scope.org(), "new", "saddle", x()));

        assertThat(found(scope, "saddle")).containsExactly("new");
    }

    @Test
    default void drop_letsOpenSessionsEnd() {
        IndexScope.PrivateIndex scope = newScope();
        build(scope, document(scope.org(), "a", "saddle", x()));
        CountDownLatch begun = new CountDownLatch(1);

        Race.of(2, number -> {
            if (number == 0) {
                begun.await();
                index().drop(scope);
                return 0;
            }
            try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
                begun.countDown();
                for (int i = 0; i < 50; i++) {
                    assertThat(byText(session, "saddle")).hasSize(1);
                }
            }
            return 1;
        });

        assertThat(index().privateIndexes()).isEmpty();
        assertThatThrownBy(() -> index().session(scope, Long.MAX_VALUE)).isInstanceOf(CroftException.class);
    }

    @Test
    default void incarnations_areApart() {
        OrgId org = newScope().org();
        IndexScope.PrivateIndex first = new IndexScope.PrivateIndex(org, UUID.randomUUID());
        IndexScope.PrivateIndex second = new IndexScope.PrivateIndex(org, UUID.randomUUID());
        build(first, document(org, "old", "saddle", x()));

        assertThat(index().open(second)).isInstanceOf(Standing.NeedsRebuild.class);
        build(second, document(org, "new", "saddle", x()));

        assertThat(found(first, "saddle")).containsExactly("old");
        assertThat(found(second, "saddle")).containsExactly("new");
        assertThat(index().privateIndexes()).containsExactlyInAnyOrder(first, second);
        index().drop(first);
        assertThat(found(second, "saddle")).containsExactly("new");
        assertThat(index().privateIndexes()).containsExactly(second);
    }
}
