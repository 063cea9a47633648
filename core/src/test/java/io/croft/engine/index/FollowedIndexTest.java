package io.croft.engine.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.CroftException;
import io.croft.OrgId;
import io.croft.StoreUnavailableException;
import io.croft.spi.Checkpoint;
import io.croft.spi.IndexEvent;
import io.croft.spi.IndexScope;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** One index that is kept in step, with the test's thread in the place of all threads. */
class FollowedIndexTest {

    /** About as many changes as are applied in one turn. */
    private static final int TURN = 2000;

    private final OrgId org = OrgId.named("acme");
    private final IndexScope scope = new IndexScope.PrivateIndex(org, new UUID(1, 1));
    private final WrittenLog log = new WrittenLog(scope, org);
    private final TroubledIndex index = new TroubledIndex();
    private final Deque<Runnable> openings = new ArrayDeque<>();
    private final Deque<Runnable> rebuilds = new ArrayDeque<>();
    private boolean stopping;
    private final FollowedIndex followed = new FollowedIndex(scope, new FollowedIndex.Parts(index, log, log, event -> {
    }, openings::add, rebuilds::add, () -> stopping));

    FollowedIndexTest() {
        index.start(TroubledIndex.SCHEMA, event -> {
        });
    }

    private void runAll() {
        while (!openings.isEmpty() || !rebuilds.isEmpty()) {
            (openings.isEmpty() ? rebuilds : openings).remove().run();
        }
    }

    private void open() {
        CompletableFuture<Void> ready = followed.ready();
        runAll();
        ready.join();
    }

    private void write(int documents) {
        for (int i = 0; i < documents; i++) {
            log.write("d-" + i, "otters swim");
        }
    }

    @Test
    void ready_opensOnceHoweverManyAsk() {
        CompletableFuture<Void> first = followed.ready();
        CompletableFuture<Void> second = followed.ready();
        assertThat(openings).hasSize(1);
        assertThat(first).isNotDone();
        assertThat(followed.isServing()).isFalse();
        runAll();

        assertThat(first).isCompleted();
        assertThat(second).isCompleted();
        assertThat(followed.isServing()).isTrue();
        assertThat(followed.ready()).isCompleted();
        assertThat(openings).isEmpty();
        assertThat(index.opened).hasValue(1);
    }

    @Test
    void ready_buildsSmallIndexesAtOnceAndLargeOnesInLine() {
        write(19);
        CompletableFuture<Void> small = followed.ready();
        openings.remove().run();
        assertThat(small).isCompleted();
        assertThat(rebuilds).isEmpty();
        assertThat(followed.isServing()).isTrue();
        assertThat(index.size(scope)).isEqualTo(19);

        index.drop(scope);
        write(500);
        FollowedIndex large = new FollowedIndex(scope, new FollowedIndex.Parts(index, log, log, event -> {
        }, openings::add, rebuilds::add, () -> false));
        CompletableFuture<Void> ready = large.ready();
        openings.remove().run();
        assertThat(rebuilds).hasSize(1);
        assertThat(large.isRebuilding()).isTrue();
        assertThat(large.hasBeenRebuildingFor(0)).isTrue();
        assertThat(large.hasBeenRebuildingFor(Long.MAX_VALUE)).isFalse();
        assertThat(ready).isNotDone();
        runAll();
        assertThat(ready).isCompleted();
        assertThat(large.isRebuilding()).isFalse();
        assertThat(large.hasBeenRebuildingFor(0)).isFalse();
        assertThat(index.size(scope)).isEqualTo(500);
    }

    @Test
    void catchUp_doesNothingWithAnIndexThatIsCold() {
        write(1);
        followed.catchUp();

        assertThat(index.opened).hasValue(0);
        assertThat(openings).isEmpty();
    }

    @Test
    void catchUp_leavesTheRestToTheNextTurn() {
        open();
        write(2 * TURN);

        followed.catchUp();
        assertThat(index.size(scope)).isBetween(TURN, 2 * TURN - 1);
        assertThat(followed.isBehind()).isTrue();
        assertThat(followed.staleness()).as("it is on its way, nothing failed").isEmpty();
        followed.catchUp();

        assertThat(index.size(scope)).isEqualTo(2 * TURN);
        assertThat(followed.isBehind()).isFalse();
    }

    @Test
    void ready_servesAfterOneTurnWhatIsFarBehindAndSaysSo() {
        write(1);
        open();
        index.commit(scope);
        write(3 * TURN);
        FollowedIndex later = new FollowedIndex(scope, new FollowedIndex.Parts(index, log, log, event -> {
        }, openings::add, rebuilds::add, () -> false));

        CompletableFuture<Void> ready = later.ready();
        runAll();

        assertThat(ready).isCompleted();
        assertThat(index.size(scope)).isBetween(TURN, 2 * TURN);
        assertThat(later.staleness()).isPresent();
        assertThat(later.isBehind()).isTrue();
        catchUp(later);
        assertThat(later.staleness()).isEmpty();
        assertThat(index.size(scope)).isEqualTo(3 * TURN);
    }

    @Test
    void ready_servesAfterOneTurnWhatManyChangesBefellWhileItWasBuilt() {
        index.start(TroubledIndex.SCHEMA, event -> {
            if (event.step() == IndexEvent.Step.REBUILT) {
                write(3 * TURN);
            }
        });

        open();

        assertThat(followed.staleness()).isPresent();
        catchUp(followed);
        assertThat(followed.staleness()).isEmpty();
        assertThat(index.size(scope)).isEqualTo(3 * TURN);
    }

    @Test
    void catchUp_ofAnIndexThatWentBackSaysSoUntilItHasAll() {
        open();
        write(3 * TURN);
        catchUp(followed);
        assertThat(followed.staleness()).isEmpty();

        index.apply(scope, List.of(), new Checkpoint("0"));
        followed.suspect();
        followed.catchUp();

        assertThat(followed.staleness()).isPresent();
        catchUp(followed);
        assertThat(followed.staleness()).isEmpty();
    }

    private static void catchUp(FollowedIndex index) {
        do {
            index.catchUp();
        } while (index.isBehind());
    }

    @Test
    void catchUp_afterAFailureGoesOnWhereTheIndexSaysItStands() {
        open();
        int readers = log.readers();
        write(3);
        index.failingApplies.set(1);
        assertThatThrownBy(followed::catchUp).hasMessage("the disk is full");
        assertThat(followed.staleness()).hasValueSatisfying(why -> assertThat(why).contains("the disk is full"));
        int opened = index.opened.get();

        followed.catchUp();

        assertThat(index.opened).as("it was asked where it stands").hasValue(opened + 1);
        assertThat(log.readers()).isEqualTo(readers + 1);
        assertThat(index.size(scope)).isEqualTo(3);
        assertThat(followed.staleness()).isEmpty();
    }

    @Test
    void catchUp_ofALogThatLostItsPlaceBuildsTheIndexAnew() {
        open();
        int rebuilt = index.rebuilt.get();
        write(3);
        log.trim();
        followed.catchUp();
        assertThat(followed.isServing()).isFalse();
        runAll();

        assertThat(followed.isServing()).isTrue();
        assertThat(index.rebuilt).hasValue(rebuilt + 1);
        assertThat(index.size(scope)).isEqualTo(3);
    }

    @Test
    void ready_servesWhatIsThereWhileTheStoreIsAwayAndSaysThatItMayLackWrites() {
        open();
        index.commit(scope);
        FollowedIndex later = new FollowedIndex(scope, new FollowedIndex.Parts(index, log, log, event -> {
        }, openings::add, rebuilds::add, () -> false));
        log.failWith(() -> new StoreUnavailableException("away"));
        CompletableFuture<Void> ready = later.ready();
        runAll();
        assertThat(ready).isCompleted();
        assertThat(later.staleness()).isPresent();
        assertThat(later.isBehind()).isTrue();
        log.failWith(null);
        write(2);

        later.catchUp();

        assertThat(later.staleness()).isEmpty();
        assertThat(index.size(scope)).isEqualTo(2);
    }

    @Test
    void ready_afterAFailureDoesNotTryAgainAtOnce() {
        index.failingOpens.set(1);
        CompletableFuture<Void> first = followed.ready();
        runAll();

        assertThatThrownBy(first::join).hasRootCauseMessage("it cannot be opened");
        assertThatThrownBy(() -> followed.ready().join()).hasRootCauseMessage("it cannot be opened");
        assertThat(openings).isEmpty();
        assertThat(index.opened).hasValue(1);
    }

    @Test
    void suspect_hasTheFilesLookedAtBeforeTheNextChange() {
        open();
        int opened = index.opened.get();
        followed.suspect();
        assertThat(followed.isBehind()).isTrue();

        followed.catchUp();

        assertThat(index.opened).hasValue(opened + 1);
        assertThat(followed.isBehind()).isFalse();
    }

    @Test
    void suspect_isNamedFromThenOnUntilItHasAllAgain() {
        open();
        write(3 * TURN);
        catchUp(followed);
        assertThat(followed.staleness()).isEmpty();

        followed.suspect(); // as when a snapshot takes its place
        index.apply(scope, List.of(), new Checkpoint("0"));
        assertThat(followed.staleness()).hasValueSatisfying(why -> assertThat(why).contains("looked at again"));
        followed.catchUp();
        assertThat(followed.staleness()).as("after one turn of three").isPresent();
        catchUp(followed);

        assertThat(followed.staleness()).isEmpty();
    }

    @Test
    void commitIfOlder_commitsWhatWasAppliedOnce() {
        open();
        write(1);
        followed.catchUp();
        assertThat(followed.hasUncommitted()).isTrue();

        followed.commitIfOlder(TimeUnit.HOURS.toNanos(1));
        assertThat(index.committed).hasValue(0);
        followed.commitIfOlder(0);
        followed.commitIfOlder(0);

        assertThat(index.committed).hasValue(1);
        assertThat(followed.hasUncommitted()).isFalse();
    }

    @Test
    void commitIfOlder_thatFailsHasTheIndexAskedWhereItStands() {
        open();
        write(1);
        followed.catchUp();
        index.failingCommits.set(1);
        int opened = index.opened.get();
        assertThatThrownBy(() -> followed.commitIfOlder(0)).hasMessage("it cannot be committed");
        assertThat(followed.staleness()).isPresent();

        followed.catchUp();

        assertThat(index.opened).hasValue(opened + 1);
        assertThat(followed.staleness()).isEmpty();
    }

    @Test
    void applications_wakeWhoWaits() throws InterruptedException {
        open();
        long before = followed.applications().count();
        write(1);
        followed.catchUp();

        followed.applications().await(before, Long.MAX_VALUE);
        followed.applications().await(followed.applications().count(), 1);
        assertThat(followed.applications().count()).isGreaterThan(before);
    }

    @Test
    void drop_endsIt() {
        open();
        followed.drop();
        write(1);

        followed.catchUp();
        assertThat(followed.isServing()).isFalse();
        CompletableFuture<Void> again = followed.ready();
        runAll();
        assertThatThrownBy(again::join).hasCauseInstanceOf(CroftException.class).hasRootCauseMessage(
                "index " + scope + " was removed");
    }

    @Test
    void opening_endsSoonWhenTheProcessStops() {
        write(1);
        stopping = true;
        CompletableFuture<Void> ready = followed.ready();
        runAll();

        assertThatThrownBy(ready::join).hasMessageContaining("stopping");
        assertThat(followed.isServing()).isFalse();
    }
}
