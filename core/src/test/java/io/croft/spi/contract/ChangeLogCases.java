package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.StaleLeaseException;
import io.croft.search.Lag;
import io.croft.search.Source;
import io.croft.spi.ChangeFeed.Batch;
import io.croft.spi.ChangeFeed.Reader;
import io.croft.spi.ChangeFeed.Unread;
import io.croft.spi.Checkpoint;
import io.croft.spi.ContentKey;
import io.croft.spi.ContentStore.Pending;
import io.croft.spi.ContentStore.Stored;
import io.croft.spi.IndexScope;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.Store;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Reading one log. */
interface ChangeLogCases extends ContentFixture {

    /** Opens a store on another database, with other contents. The test closes it. */
    Store openOtherStore();

    default Reader reader(IndexScope scope, Checkpoint from) {
        return store().changes().reader(scope, from);
    }

    default Checkpoint head(IndexScope scope) {
        return store().changes().head(scope);
    }

    @Test
    default void next_ofALogWithoutChangesIsNothing() {
        IndexScope scope = scope(steps().newOrg());

        for (Checkpoint from : List.of(Checkpoint.BEGINNING, head(scope))) {
            Batch.Changes changes = ChangeFollower.next(reader(scope, from), 10);

            assertThat(changes.dirty()).isEmpty();
            assertThat(changes.more()).isFalse();
            assertThat(ChangeFollower.rest(reader(scope, changes.to()), 10)).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    default void next_namesEveryWriteAndDeletion(Source source) {
        OrgId org = steps().newOrg();
        IndexScope scope = scope(org, source);
        Reader reader = reader(scope, head(scope));
        ContentKey a = new ContentKey(org, "a");
        ContentKey b = new ContentKey(org, "b");

        steps().ready(org, source, ContentSteps.content("a", "one"));
        steps().ready(org, source, ContentSteps.content("b", "one"));
        List<ContentKey> written = ChangeFollower.rest(reader, 10);
        steps().ready(org, source, ContentSteps.content("a", "two"));
        List<ContentKey> replaced = ChangeFollower.rest(reader, 10);
        contents().delete(org, source, "b");
        List<ContentKey> deleted = ChangeFollower.rest(reader, 10);

        assertThat(written).contains(a, b);
        assertThat(replaced).contains(a);
        assertThat(deleted).contains(b);
    }

    @Test
    default void next_doesNotRepeatWhatItHandedOut() {
        OrgId org = steps().newOrg();
        IndexScope scope = scope(org);
        Reader reader = reader(scope, Checkpoint.BEGINNING);
        steps().ready(org, "a", "one");
        assertThat(ChangeFollower.next(reader, 10).dirty()).containsExactly(new ContentKey(org, "a"));

        Batch.Changes again = ChangeFollower.next(reader, 10);

        assertThat(again.dirty()).isEmpty();
        assertThat(again.more()).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    default void next_keepsToItsLimitAndSaysThatThereIsMore(Source source) {
        OrgId org = steps().newOrg();
        IndexScope scope = scope(org, source);
        Checkpoint from = head(scope);
        List<ContentKey> keys = new ArrayList<>();
        for (int i = 0; i < 23; i++) {
            steps().ready(org, source, ContentSteps.content("d-" + i, "one"));
            steps().ready(org, source, ContentSteps.content("d-" + i, "two"));
            keys.add(new ContentKey(org, "d-" + i));
        }

        Reader reader = reader(scope, from);
        List<ContentKey> dirty = new ArrayList<>();
        Batch.Changes batch = ChangeFollower.next(reader, 5);
        dirty.addAll(batch.dirty());
        for (int i = 0; batch.more() && i < 1000; i++) {
            batch = ChangeFollower.next(reader, 5);
            dirty.addAll(batch.dirty());
        }

        assertThat(dirty).containsAll(keys);
        assertThat(ChangeFollower.rest(reader(scope, from), 1000)).containsAll(keys);
    }

    @Test
    default void next_refusesSizesOutsideItsLimits() {
        Reader reader = reader(scope(steps().newOrg()), Checkpoint.BEGINNING);

        assertThatThrownBy(() -> reader.next(0)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> reader.next(1001)).isInstanceOf(InvalidInputException.class);
    }

    @ParameterizedTest
    @EnumSource
    default void unread_countsWhatWasNotHandedOut(Source source) {
        OrgId org = steps().newOrg();
        IndexScope scope = scope(org, source);
        Reader reader = reader(scope, head(scope));
        ChangeFollower.rest(reader, 100);
        assertThat(reader.unread().count()).isEqualTo(Lag.NONE);

        Unread early = reader.unread();
        write(org, source, 3);
        advance(Duration.ofMillis(30));

        assertThat(early.count().rows()).isEqualTo(3);
        assertThat(early.count().age()).isGreaterThanOrEqualTo(Duration.ofMillis(30));
        ChangeFollower.next(reader, 2);
        assertThat(reader.unread().count().rows()).isEqualTo(1);
        ChangeFollower.rest(reader, 2);
        assertThat(reader.unread().count()).isEqualTo(Lag.NONE);
        assertThat(early.count().rows()).as("a question of earlier").isEqualTo(3);
    }

    @ParameterizedTest
    @EnumSource
    default void unread_ofAReaderThatHasReadNothingIsAllAfterItsCheckpoint(Source source) {
        OrgId org = steps().newOrg();
        IndexScope scope = scope(org, source);
        Checkpoint before = head(scope);
        write(org, source, 2);

        assertThat(reader(scope, before).unread().count().rows()).isGreaterThanOrEqualTo(2);
        eventually("nothing is after the head", () -> reader(scope, head(scope)).unread().count().equals(Lag.NONE));
    }

    @ParameterizedTest
    @EnumSource
    default void checkpoint_isWhereANewReaderGoesOn(Source source) {
        OrgId org = steps().newOrg();
        IndexScope scope = scope(org, source);
        Map<Checkpoint, List<ContentKey>> after = new LinkedHashMap<>();
        after.put(head(scope), new ArrayList<>());
        Reader reader = reader(scope, head(scope));
        for (int i = 0; i < 12; i++) {
            ContentKey key = new ContentKey(org, "d-" + i);
            steps().ready(org, source, ContentSteps.content(key.id(), "one"));
            after.values().forEach(keys -> keys.add(key));
            after.putIfAbsent(ChangeFollower.next(reader, 3).to(), new ArrayList<>());
        }

        after.forEach((checkpoint, keys) -> assertThat(ChangeFollower.rest(reader(scope, checkpoint), 4))
                .containsAll(keys));
    }

    /** A page that is full to the last row leaves it open whether there is more; there is, if something came since. */
    @ParameterizedTest
    @EnumSource
    default void next_afterAFullPageNamesWhatCameMeanwhile(Source source) {
        OrgId org = steps().newOrg();
        IndexScope scope = scope(org, source);
        Reader reader = reader(scope, head(scope));
        ChangeFollower.rest(reader, 100);
        steps().ready(org, source, ContentSteps.content("a", "one"));
        steps().ready(org, source, ContentSteps.content("b", "one"));
        assertThat(ChangeFollower.next(reader, 2).dirty()).hasSize(2);

        steps().ready(org, source, ContentSteps.content("c", "one"));

        assertThat(ChangeFollower.rest(reader, 100)).contains(new ContentKey(org, "c"));
    }

    @ParameterizedTest
    @EnumSource
    default void checkpoint_movesOnSoThatLittleIsReadAgain(Source source) {
        OrgId org = steps().newOrg();
        IndexScope scope = scope(org, source);
        Checkpoint before = head(scope);
        for (int i = 0; i < 10; i++) {
            steps().ready(org, source, ContentSteps.content("d-" + i, "one"));
        }
        Reader reader = reader(scope, before);
        assertThat(ChangeFollower.rest(reader, 100)).hasSizeGreaterThanOrEqualTo(10);

        eventually("a reader from the newest checkpoint has nothing to read", () -> ChangeFollower
                .next(reader(scope, ChangeFollower.next(reader, 100).to()), 100).dirty().isEmpty());
        eventually("a reader from the head has nothing to read", () -> ChangeFollower
                .next(reader(scope, head(scope)), 100).dirty().isEmpty());
    }

    @Test
    default void logs_areApart() {
        OrgId org = steps().newOrg();
        OrgId other = steps().newOrg();
        Checkpoint market = head(MARKET);
        steps().ready(org, "private", "text");
        steps().ready(other, "theirs", "text");
        steps().ready(org, Source.MARKETPLACE, ContentSteps.content("public", "text"));

        assertThat(ChangeFollower.rest(reader(scope(org), Checkpoint.BEGINNING), 10))
                .containsOnly(new ContentKey(org, "private"));
        assertThat(ChangeFollower.rest(reader(scope(other), Checkpoint.BEGINNING), 10))
                .containsOnly(new ContentKey(other, "theirs"));
        assertThat(ChangeFollower.rest(reader(MARKET, market), 10)).contains(new ContentKey(org, "public"))
                .doesNotContain(new ContentKey(org, "private"), new ContentKey(other, "theirs"));
    }

    @Test
    default void log_holdsNothingOfWhatWasNotWritten() {
        OrgId org = steps().newOrg();
        ClaimedJob superseded = steps().claim(steps().put(org, "a", "one"));
        Pending first = steps().pending(superseded).orElseThrow();
        Stored second = steps().put(org, "a", "two");
        ClaimedJob stale = steps().claim(second);
        Pending pending = steps().pending(stale).orElseThrow();
        store().jobs().release(List.of(stale.lease()));
        Reader reader = reader(scope(org), head(scope(org)));

        assertThat(steps().write(superseded.lease(), first, List.of(ContentSteps.chunk(0, "one")))).isFalse();
        assertThatThrownBy(() -> steps().write(stale.lease(), pending, List.of(ContentSteps.chunk(0, "two"))))
                .isInstanceOf(StaleLeaseException.class);

        assertThat(ChangeFollower.rest(reader, 10)).isEmpty();
    }

    @Test
    default void checkpoint_ofAnotherLogIsLost() {
        OrgId org = steps().newOrg();
        OrgId longer = steps().newOrg();
        OrgId shorter = steps().newOrg();
        write(org, Source.PRIVATE, 3);
        write(longer, Source.PRIVATE, 5);
        write(shorter, Source.PRIVATE, 1);
        write(org, Source.MARKETPLACE, 1);
        Checkpoint checkpoint = head(scope(org));

        for (IndexScope scope : List.of(scope(longer), scope(shorter), MARKET)) {
            assertThat(reader(scope, checkpoint).next(10)).isInstanceOf(Batch.Lost.class);
        }
        assertThat(reader(scope(org), head(MARKET)).next(10)).isInstanceOf(Batch.Lost.class);
    }

    @Test
    default void checkpoint_thatMeansNothingIsLost() {
        IndexScope scope = scope(steps().newOrg());
        for (String text : List.of("horse", "1", "-1", "1:2:3", " ", "\u0000", "0".repeat(512), "9".repeat(512))) {
            for (IndexScope each : Set.of(scope, MARKET)) {
                Batch batch = reader(each, new Checkpoint(text)).next(10);

                assertThat(batch).isInstanceOf(Batch.Lost.class);
                assertThat(((Batch.Lost) batch).reason()).isNotBlank();
            }
        }
    }

    @Test
    default void checkpoint_ofAnotherDatabaseIsLost() {
        write(steps().newOrg(), Source.MARKETPLACE, 3);
        Checkpoint here = head(MARKET);

        try (Store other = openOtherStore()) {
            Batch batch = other.changes().reader(MARKET, here).next(10);

            assertThat(batch).isInstanceOf(Batch.Lost.class);
        }
    }

    private void write(OrgId org, Source source, int count) {
        for (int i = 0; i < count; i++) {
            steps().ready(org, source, ContentSteps.content("d-" + i, "text"));
        }
    }
}
