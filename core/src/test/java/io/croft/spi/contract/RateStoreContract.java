package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.limits.CallRate;
import io.croft.spi.RateStore;
import io.croft.spi.RateStore.Answer;
import io.croft.spi.RateStore.Bucket;
import io.croft.spi.RateStore.Request;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What every store of call rates keeps. */
public abstract class RateStoreContract extends StoreContract {

    private static final long MINUTE = Duration.ofMinutes(1).toNanos();

    private RateStore rates() {
        return store().rates();
    }

    /** One that does not fill up as long as a test lasts. */
    private static Bucket bucket(Optional<OrgId> org, int burst) {
        return new Bucket(org, UUID.randomUUID(), new CallRate(1, burst));
    }

    private Bucket bucket(int burst) {
        return bucket(Optional.of(newOrg()), burst);
    }

    private Answer take(int least, int most, Bucket... buckets) {
        return rates().take(List.of(new Request(List.of(buckets), least, most))).getFirst();
    }

    private int take(Bucket... buckets) {
        return take(1, 1, buckets).granted();
    }

    @Test
    void bucket_givesItsBurstAndThenSaysWhenThereIsMore() {
        for (Optional<OrgId> org : List.of(Optional.of(newOrg()), Optional.<OrgId>empty())) {
            Bucket bucket = bucket(org, 3);

            assertThat(take(bucket) + take(bucket) + take(bucket)).isEqualTo(3);

            Answer refused = take(1, 1, bucket);
            assertThat(refused.granted()).isZero();
            assertThat(refused.waitNanos()).isBetween(1L, MINUTE);
        }
    }

    @Test
    void bucket_fillsSteadilyAndNoFurtherThanItsBurst() {
        Bucket bucket = new Bucket(Optional.of(newOrg()), UUID.randomUUID(), new CallRate(30, 2));
        assertThat(take(2, 2, bucket).granted()).isEqualTo(2);
        long wait = take(1, 1, bucket).waitNanos();

        advance(Duration.ofNanos(wait));
        assertThat(take(bucket)).isEqualTo(1);

        advance(Duration.ofSeconds(5));
        assertThat(take(2, 2, bucket).granted()).isEqualTo(2);
        assertThat(take(2, 2, bucket).granted()).isZero();
    }

    /** The host has changed the rate: of what was owed by the old one, no more than an empty bucket of the new one. */
    @Test
    void bucket_whoseBurstBecomesSmaller_fillsFromThenOn() {
        Bucket large = new Bucket(Optional.of(newOrg()), UUID.randomUUID(), new CallRate(60, 100));
        Bucket small = new Bucket(large.org(), large.key(), new CallRate(60, 1));
        assertThat(take(100, 100, large).granted()).isEqualTo(100);
        Answer refused = take(1, 1, small);

        advance(Duration.ofNanos(refused.waitNanos()));

        assertThat(refused.granted()).isZero();
        assertThat(refused.waitNanos()).isBetween(1L, MINUTE / 60);
        assertThat(take(small)).isEqualTo(1);
    }

    @Test
    void request_forMany_getsAnEighthOfWhatIsThereAtMost() {
        Bucket bucket = bucket(80);

        assertThat(take(1, 5, bucket).granted()).isEqualTo(5);
        assertThat(take(1, 100, bucket).granted()).isEqualTo(9);
        assertThat(take(50, 100, bucket).granted()).isEqualTo(50);
        assertThat(take(1, 100, bucket).granted()).isEqualTo(2);
        assertThat(take(10, 10, bucket).granted()).isEqualTo(10);
        assertThat(take(1, 100, bucket).granted()).isEqualTo(1);

        Answer refused = take(40, 40, bucket);
        assertThat(refused.granted()).isZero();
        assertThat(refused.waitNanos()).isBetween(36 * MINUTE, 37 * MINUTE);
    }

    @Test
    void request_takesFromBothBucketsOrFromNone() {
        OrgId org = newOrg();
        Bucket ofActor = bucket(Optional.of(org), 5);
        Bucket ofOrg = bucket(Optional.of(org), 2);

        assertThat(take(ofActor, ofOrg) + take(ofActor, ofOrg)).isEqualTo(2);
        Answer refused = take(1, 1, ofActor, ofOrg);
        assertThat(refused.granted()).isZero();
        assertThat(refused.poorest()).isEqualTo(1);

        assertThat(take(3, 3, ofActor).granted()).isEqualTo(3);
        assertThat(take(1, 1, ofActor).poorest()).isZero();
    }

    @Test
    void request_thatLacksBoth_waitsForTheSlowerOne() {
        OrgId org = newOrg();
        Bucket quick = new Bucket(Optional.of(org), UUID.randomUUID(), new CallRate(2, 1));
        Bucket slow = bucket(Optional.of(org), 1);
        assertThat(take(quick, slow)).isEqualTo(1);

        Answer refused = take(1, 1, quick, slow);

        assertThat(refused.poorest()).isEqualTo(1);
        assertThat(refused.waitNanos()).isGreaterThan(MINUTE / 2);
    }

    @Test
    void requestsOfOneCall_areDecidedInTheirOrder() {
        Bucket bucket = bucket(2);
        Bucket other = bucket(1);
        Request one = new Request(List.of(bucket), 1, 1);

        List<Answer> answers = rates().take(List.of(one, new Request(List.of(other, bucket), 1, 1), one,
                new Request(List.of(other), 1, 1), new Request(List.of(bucket(1)), 1, 1)));

        assertThat(answers).extracting(Answer::granted).containsExactly(1, 1, 0, 0, 1);
    }

    @Test
    void calls_atTheSameTime_getTogetherWhatIsThere() {
        OrgId org = newOrg();
        Bucket shared = bucket(Optional.of(org), 100);
        List<Bucket> own = List.of(bucket(Optional.of(org), 60), bucket(Optional.of(org), 10));

        List<Integer> granted = Race.of(6, number -> {
            int sum = 0;
            for (int i = 0; i < 10; i++) {
                Bucket mine = own.get(number % 2);
                List<Request> requests = Collections.nCopies(5, number % 2 == 0
                        ? new Request(List.of(mine, shared), 1, 1)
                        : new Request(List.of(shared, mine), 1, 1));
                sum += rates().take(requests).stream().mapToInt(Answer::granted).sum();
            }
            return sum;
        });

        assertThat(granted.get(0) + granted.get(2) + granted.get(4)).isEqualTo(60);
        assertThat(granted.get(1) + granted.get(3) + granted.get(5)).isEqualTo(10);
        assertThat(take(30, 30, shared).granted()).isEqualTo(30);
        assertThat(take(shared)).isZero();
    }

    @Test
    void buckets_goWithTheirOrg() {
        OrgId org = newOrg();
        Bucket bucket = bucket(Optional.of(org), 1);
        assertThat(take(bucket) + take(bucket)).isEqualTo(1);

        store().orgs().erase(context(org));
        assertThat(take(bucket) + take(bucket)).as("of an org that is gone").isEqualTo(2);
        store().orgs().create(context(org));

        assertThat(take(bucket) + take(bucket)).as("of its next life").isEqualTo(1);
    }

    @Test
    void expiry_keepsWhatIsNotFull() {
        Bucket bucket = bucket(1);
        assertThat(take(bucket)).isEqualTo(1);

        store().expire();

        assertThat(take(bucket)).isZero();
    }

    @Test
    void requests_areBounded() {
        Bucket bucket = bucket(1);
        List<Request> many =
                Collections.nCopies(RateStore.MAX_REQUESTS + 1, new Request(List.of(bucket), 1, 1));

        assertThatThrownBy(() -> rates().take(many)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> rates().take(List.of())).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> new Request(List.of(bucket), 2, 2)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> new Request(List.of(bucket, bucket), 1, 1)).isInstanceOf(InvalidInputException.class);
        assertThat(rates().take(many.subList(0, RateStore.MAX_REQUESTS))).hasSize(RateStore.MAX_REQUESTS);
    }
}
