package io.croft.engine.limits;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.StoreUnavailableException;
import io.croft.limits.CallRate;
import io.croft.spi.RateStore.Answer;
import io.croft.spi.RateStore.Bucket;
import io.croft.spi.RateStore.Request;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LeaseTest {

    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final Bucket bucket = new Bucket(Optional.empty(), UUID.randomUUID(), new CallRate(60, 8));
    private final Deque<CompletableFuture<Answer>> asked = new ArrayDeque<>();
    private long now = Long.MAX_VALUE - 3 * SECOND; // the clock overflows soon
    private final Lease lease = new Lease(bucket, this::ask, () -> now);

    private CompletableFuture<Answer> ask(Request request) {
        assertThat(request.buckets()).containsExactly(bucket);
        assertThat(request.least()).isEqualTo(1);
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        asked.add(answer);
        return answer;
    }

    private void answer(int granted, long waitNanos) {
        asked.remove().complete(new Answer(granted, waitNanos, 0));
    }

    private int taken(int calls) {
        return (int) IntStream.range(0, calls).filter(i -> lease.take() == Lease.TAKEN).count();
    }

    @Test
    void firstCall_isLetThroughAndPaidLater() {
        assertThat(lease.take()).isEqualTo(Lease.TAKEN);
        assertThat(asked).hasSize(1);
        assertThat(lease.take()).as("the second waits").isEqualTo(Lease.ASK);

        answer(3, 0);

        assertThat(taken(5)).isEqualTo(2);
    }

    /** Else whoever comes back after each pause would be let through once, however empty the bucket is. */
    @Test
    void credit_isPaidWhenThereIsSomethingAgain() {
        assertThat(lease.take()).isEqualTo(Lease.TAKEN);
        answer(0, 2 * SECOND);
        now += Lease.KEPT.toNanos();

        assertThat(lease.take()).as("nothing more on credit").isEqualTo(Lease.ASK);
        assertThat(lease.ask()).isNotDone();
        answer(1, 0);
        assertThat(lease.take()).as("it has paid for the first call").isEqualTo(Lease.ASK);
        assertThat(lease.ask()).isNotDone();
        answer(3, 0);
        assertThat(taken(9)).isEqualTo(3);
    }

    @Test
    void credit_thatIsPutBackIsNotPaid() {
        assertThat(lease.take()).isEqualTo(Lease.TAKEN);

        lease.putBack();
        answer(3, 0);

        assertThat(taken(9)).isEqualTo(3);
    }

    @Test
    void block_isFollowedByTheNextBeforeItEnds() {
        assertThat(lease.ask()).isNotDone();
        answer(6, 0);

        assertThat(taken(3)).isEqualTo(3);
        assertThat(asked).isEmpty();
        assertThat(taken(1)).isEqualTo(1);
        assertThat(asked).as("asked for beside the call").hasSize(1);
        assertThat(taken(2)).isEqualTo(2);
        assertThat(asked).as("once").hasSize(1);
        answer(4, 0);
        assertThat(taken(9)).isEqualTo(4);
    }

    @Test
    void refusal_isRememberedUntilItsTime() {
        assertThat(lease.ask()).isNotDone();
        answer(0, 2 * SECOND);

        assertThat(lease.take()).isEqualTo(2 * SECOND);
        now += SECOND;
        assertThat(lease.take()).isEqualTo(SECOND);
        assertThat(asked).isEmpty();
        now += SECOND;
        assertThat(lease.take()).isEqualTo(Lease.TAKEN);
        assertThat(asked).hasSize(1);
    }

    @Test
    void tokens_areDroppedAfterAWhile() {
        assertThat(lease.ask()).isNotDone();
        answer(6, 0);
        now += Lease.KEPT.toNanos();

        assertThat(lease.take()).as("on credit again").isEqualTo(Lease.TAKEN);
        answer(2, 0);
        assertThat(taken(9)).isEqualTo(1);
    }

    @Test
    void putBack_canBeTakenAgain() {
        assertThat(lease.ask()).isNotDone();
        answer(1, 0);
        assertThat(taken(1)).isEqualTo(1);

        lease.putBack();

        assertThat(taken(2)).isEqualTo(1);
    }

    @Test
    void failure_leavesTheProcessToItselfForAWhile() {
        assertThat(lease.take()).isEqualTo(Lease.TAKEN);
        asked.remove().completeExceptionally(new StoreUnavailableException("away"));

        assertThat(taken(20)).isEqualTo(8);
        assertThat(lease.take()).isEqualTo(SECOND);
        now += SECOND;
        assertThat(taken(2)).isEqualTo(1);
        assertThat(asked).isEmpty();

        now += Lease.ALONE.toNanos();
        assertThat(lease.take()).isEqualTo(Lease.ASK);
        assertThat(lease.ask()).isNotDone();
        answer(2, 0);
        assertThat(taken(3)).as("the first call is paid now").isEqualTo(1);
    }
}
