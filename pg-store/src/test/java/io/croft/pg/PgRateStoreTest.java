package io.croft.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.CroftException;
import io.croft.OrgId;
import io.croft.limits.CallRate;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.Binder;
import io.croft.pg.tx.Rows;
import io.croft.spi.RateStore.Answer;
import io.croft.spi.RateStore.Bucket;
import io.croft.spi.RateStore.Request;
import io.croft.spi.Store;
import io.croft.spi.contract.Race;
import io.croft.spi.contract.RateStoreContract;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class PgRateStoreTest extends RateStoreContract {

    private static TestDatabase database;

    @BeforeAll
    static void prepare() {
        database = TestDatabase.prepared();
    }

    @Override
    protected Store openStore() {
        return database.open();
    }

    private static Bucket bucket(OrgId org, int perMinute, int burst) {
        return new Bucket(Optional.of(org), UUID.randomUUID(), new CallRate(perMinute, burst));
    }

    private static boolean hasRow(Bucket bucket) {
        return database.count("SELECT count(*) FROM croft.call_rate WHERE key = '" + bucket.key() + "'") > 0;
    }

    @Test
    void tenants_haveNoPartInIt() {
        OrgId org = newOrg();

        for (Access access : List.of(Access.tenant(org), Access.worker(), Access.index(), Access.admin())) {
            assertThatThrownBy(() -> database.transactions().query(access, "SELECT FROM ${schema}.call_rate",
                    Binder.NONE, Rows.any())).isInstanceOf(CroftException.class)
                    .hasMessageContaining("permission denied");
        }
        for (Access access : List.of(Access.tenant(org), Access.index(), Access.admin())) {
            assertThatThrownBy(() -> database.transactions().query(access, "SELECT ${schema}.purge_calls_v1(1)",
                    Binder.NONE, Rows.any())).isInstanceOf(CroftException.class)
                    .hasMessageContaining("permission denied");
        }
    }

    @Test
    void processes_thatMeetNewBucketsInAnyOrder_countExactly() {
        OrgId org = newOrg();
        List<Bucket> buckets = IntStream.range(0, 20).mapToObj(i -> bucket(org, 1, 7)).toList();
        List<PgStore> stores = IntStream.range(0, 4).mapToObj(i -> database.open()).toList();
        try {
            int granted = Race.of(stores.size(), number -> {
                List<Bucket> mine = number % 2 == 0 ? buckets : buckets.reversed();
                int sum = 0;
                for (int i = 0; i < 10; i++) {
                    sum += stores.get(number).rates()
                            .take(mine.stream().map(one -> new Request(List.of(one), 1, 1)).toList()).stream()
                            .mapToInt(Answer::granted).sum();
                }
                return sum;
            }).stream().mapToInt(Integer::intValue).sum();

            assertThat(granted).isEqualTo(20 * 7);
        } finally {
            stores.forEach(Store::close);
        }
    }

    @Test
    void buckets_areCountedOnWhileTheirOrgIsErasedAndFullOnesAreRemoved() {
        List<OrgId> orgs = IntStream.range(0, 5).mapToObj(i -> newOrg()).toList();
        List<Bucket> buckets = orgs.stream().map(org -> bucket(org, 1, 1000)).toList();
        Bucket other = bucket(newOrg(), 1, 120);

        int granted = Race.of(3, number -> {
            if (number == 0) {
                orgs.forEach(org -> store().orgs().erase(context(org)));
                return 0;
            } else if (number == 1) {
                for (int i = 0; i < 50; i++) {
                    store().expire();
                }
                return 0;
            }
            int sum = 0;
            for (int i = 0; i < 100; i++) {
                sum += store().rates().take(List.of(new Request(List.of(buckets.get(i % 5), other), 1, 1)))
                        .getFirst().granted();
            }
            return sum;
        }).getLast();

        assertThat(granted).isEqualTo(100);
        assertThat(store().rates().take(List.of(new Request(List.of(other), 30, 30),
                new Request(List.of(other), 20, 20)))).extracting(Answer::granted).containsExactly(0, 20);
        assertThat(buckets).noneMatch(PgRateStoreTest::hasRow);
    }

    @Test
    void expiry_removesWhatHasBeenFullForAMinute() {
        OrgId org = newOrg();
        Bucket empty = bucket(org, 1, 1);
        Bucket full = bucket(org, 1, 1);
        store().rates().take(List.of(new Request(List.of(empty), 1, 1), new Request(List.of(full), 1, 1)));
        database.execute("UPDATE croft.call_rate SET full_at = full_at - 121000000000 WHERE key = '" + full.key()
                + "'");

        store().expire();

        assertThat(hasRow(full)).isFalse();
        assertThat(hasRow(empty)).isTrue();
        assertThat(store().rates().take(Collections.nCopies(2, new Request(List.of(full), 1, 1))))
                .extracting(Answer::granted).containsExactly(1, 0);
    }

    @Test
    void clock_thatWasSetBack_holdsNobodyUpForLonger() {
        Bucket bucket = bucket(newOrg(), 60, 2);
        store().rates().take(List.of(new Request(List.of(bucket), 1, 1)));
        database.execute(
                "UPDATE croft.call_rate SET full_at = full_at + 3600000000000 WHERE key = '" + bucket.key() + "'");

        Answer refused = store().rates().take(List.of(new Request(List.of(bucket), 1, 1))).getFirst();

        assertThat(refused.granted()).isZero();
        assertThat(refused.waitNanos()).isEqualTo(1_000_000_000);
        assertThat(database.count("SELECT (full_at - extract(epoch FROM clock_timestamp()) * 1000000000)::bigint"
                + " FROM croft.call_rate WHERE key = '" + bucket.key() + "'")).as("it fills from now on")
                .isLessThanOrEqualTo(2_000_000_000);
    }
}
