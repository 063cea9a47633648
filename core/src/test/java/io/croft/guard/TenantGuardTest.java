package io.croft.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.Actor;
import io.croft.ErasureReceipt;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.OrgQuotas;
import io.croft.OrgSummary;
import io.croft.OrgSuspendedException;
import io.croft.StoreUnavailableException;
import io.croft.TenantContext;
import io.croft.UnknownOrgException;
import io.croft.spi.IndexScope;
import io.croft.spi.OrgStore;
import io.croft.spi.contract.Await;
import io.croft.spi.memory.InMemoryStore;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TenantGuardTest {

    private static final TenantContext ACME = TenantContext.of(OrgId.named("acme"), Actor.service("test"));

    /** A store whose look-ups wait. */
    private static final class SlowOrgs implements OrgStore {

        volatile CountDownLatch release = new CountDownLatch(1);
        final CountDownLatch found = new CountDownLatch(1);
        final AtomicInteger lookups = new AtomicInteger();
        private final OrgStore orgs = new InMemoryStore().orgs();

        @Override
        public Org create(TenantContext context) {
            return orgs.create(context);
        }

        @Override
        public Optional<Org> find(OrgId org) {
            lookups.incrementAndGet();
            Optional<Org> known = orgs.find(org);
            found.countDown();
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted", e);
            }
            return known;
        }

        void hold() {
            release = new CountDownLatch(1);
        }

        @Override
        public Optional<OrgSummary> summary(OrgId org) {
            return orgs.summary(org);
        }

        @Override
        public List<OrgSummary> list(Optional<OrgId> after, int limit) {
            return orgs.list(after, limit);
        }

        @Override
        public Optional<OrgQuotas> quotas(OrgId org) {
            return orgs.quotas(org);
        }

        @Override
        public OrgQuotas setQuotas(TenantContext context, OrgQuotas quotas) {
            return orgs.setQuotas(context, quotas);
        }

        @Override
        public Org suspend(TenantContext context) {
            return orgs.suspend(context);
        }

        @Override
        public Org resume(TenantContext context) {
            return orgs.resume(context);
        }

        @Override
        public ErasureReceipt.Rows erase(TenantContext context) {
            return orgs.erase(context);
        }

        @Override
        public Set<IndexScope.PrivateIndex> gone(Collection<IndexScope.PrivateIndex> indexes) {
            return orgs.gone(indexes);
        }
    }

    private final SlowOrgs orgs = new SlowOrgs();
    private final AtomicLong passed = new AtomicLong();
    private final TenantGuard guard = new TenantGuard(orgs, Gate.open(), () -> System.nanoTime() + passed.get());

    @Test
    void call_doesNotWaitForAStoreThatHangsLongerThanItMay() {
        orgs.create(ACME);

        assertThatThrownBy(() -> guard.call(ACME, Operation.SEARCH, in(Duration.ofMillis(50)), org -> org))
                .isInstanceOf(StoreUnavailableException.class).hasMessageContaining("within the call's time")
                .hasMessageContaining(ACME.org().toString());
        orgs.release.countDown();

        assertThat(guard.<Org>call(ACME, Operation.SEARCH, in(Duration.ofSeconds(30)), org -> org).id())
                .isEqualTo(ACME.org());
    }

    @Test
    void calls_askTheStoreOnceForAnOrgThatNobodyHasSeen() throws InterruptedException {
        orgs.create(ACME);
        List<CompletableFuture<Org>> calls = IntStream.range(0, 20)
                .mapToObj(i -> CompletableFuture.<Org>supplyAsync(() -> guard.call(ACME, Operation.SEARCH, org -> org),
                        task -> Thread.ofVirtual().start(task)))
                .toList();
        orgs.found.await();
        assertThat(calls).noneMatch(CompletableFuture::isDone);
        orgs.release.countDown();

        assertThat(calls).allMatch(call -> call.join().id().equals(ACME.org()));
        assertThat(orgs.lookups.get()).isLessThan(20);
        int before = orgs.lookups.get();
        guard.call(ACME, Operation.SEARCH, org -> org);
        assertThat(orgs.lookups).as("a warm call").hasValue(before);
    }

    @Test
    void forget_letsNobodyRememberWhatWasReadBefore() throws InterruptedException {
        orgs.create(ACME);
        CompletableFuture<Org> early =
                CompletableFuture.supplyAsync(() -> guard.call(ACME, Operation.SEARCH, org -> org),
                        task -> Thread.ofVirtual().start(task));
        orgs.found.await();
        orgs.erase(ACME);
        guard.forget(ACME.org());
        orgs.release.countDown();
        early.join();

        assertThatThrownBy(() -> guard.call(ACME, Operation.SEARCH, org -> org))
                .isInstanceOf(UnknownOrgException.class);
    }

    @Test
    void call_inSteadyUse_waitsForNoDatabase_andLearnsOfAnErasure() {
        known();
        orgs.hold();
        pass(Duration.ofSeconds(6));
        callWithoutWaiting();
        Await.until("it is looked up beside", () -> orgs.lookups.get() == 2);
        callWithoutWaiting();
        orgs.erase(ACME);
        orgs.release.countDown();

        Await.until("it is refused", () -> {
            pass(Duration.ofSeconds(6));
            try {
                guard.call(ACME, Operation.SEARCH, org -> org);
                return false;
            } catch (UnknownOrgException e) {
                return true;
            }
        });
    }

    @Test
    void changing_letsNoCallGoByWhatWasKnown_fromTheMomentTheChangeCounts() {
        known();
        int before = orgs.lookups.get();

        String done = guard.changing(ACME.org(), () -> {
            guard.call(ACME, Operation.SEARCH, org -> org);
            orgs.suspend(ACME);
            assertThatThrownBy(() -> guard.call(ACME, Operation.SEARCH, org -> org))
                    .isInstanceOf(OrgSuspendedException.class);
            return "done";
        });

        assertThat(done).isEqualTo("done");
        assertThat(orgs.lookups).hasValue(before + 2);
        orgs.resume(ACME);
        guard.forget(ACME.org());
        guard.call(ACME, Operation.SEARCH, org -> org);
        callWithoutWaiting();
    }

    @Test
    void call_afterAPause_learnsOfAnErasureAtOnce() {
        known();
        orgs.erase(ACME);
        pass(TenantGuard.STALENESS);

        assertThatThrownBy(() -> guard.call(ACME, Operation.SEARCH, org -> org))
                .isInstanceOf(UnknownOrgException.class);
    }

    @Test
    void calls_waitOnceForAStoreThatHangs() {
        known();
        orgs.hold();
        pass(TenantGuard.STALENESS);

        guard.call(ACME, Operation.SEARCH, org -> org);
        callWithoutWaiting();

        assertThat(orgs.lookups).as("one question, still open").hasValue(2);
        orgs.release.countDown();
    }

    /** Waiting would end with the interrupt. */
    private void callWithoutWaiting() {
        Thread.currentThread().interrupt();
        Org known = guard.call(ACME, Operation.SEARCH, org -> org);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(known.id()).isEqualTo(ACME.org());
    }

    private void known() {
        orgs.create(ACME);
        orgs.release.countDown();
        guard.call(ACME, Operation.SEARCH, org -> org);
        assertThat(orgs.lookups).hasValue(1);
    }

    private void pass(Duration time) {
        passed.addAndGet(time.toNanos());
    }

    @Test
    void lookups_areBounded() {
        CountDownLatch release = new CountDownLatch(1);
        Lookups<Integer, Integer> lookups = new Lookups<>("test", key -> {
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return key;
        }, (key, value) -> {
        });
        for (int i = 0; i < Lookups.MOST; i++) {
            assertThat(lookups.ask(i, 0)).isEmpty();
        }

        assertThat(lookups.ask(-1, Long.MAX_VALUE)).as("one too many does not wait").isEmpty();
        release.countDown();
        Await.until("there is room again", () -> lookups.ask(-1, Long.MAX_VALUE).isPresent());
    }

    private static long in(Duration time) {
        return System.nanoTime() + time.toNanos();
    }
}
