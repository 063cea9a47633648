package io.croft.engine.flags;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.Actor;
import io.croft.OrgId;
import io.croft.flags.FlagSetting;
import io.croft.guard.TenantGuard;
import io.croft.spi.Acting;
import io.croft.spi.FlagStore;
import io.croft.spi.contract.Await;
import io.croft.spi.memory.InMemoryStore;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a process knows of flags. */
class StoredFlagsTest {

    private static final Actor OPS = Actor.superAdmin("ops");
    private static final OrgId ACME = OrgId.named("acme");

    private final ChangedFlags store = new ChangedFlags(9, FlagSetting.ON);
    private final TenantGuard guard = new TenantGuard(new InMemoryStore().orgs());
    private final StoredFlags flags = new StoredFlags(guard, store);

    @AfterEach
    void stop() {
        flags.close();
        guard.close();
    }

    private Thread asking() {
        return Thread.ofPlatform().start(() -> flags.settings(OPS));
    }

    @Test
    void databaseThatWentBack_countsAsItIs() {
        store.change(8, FlagSetting.OFF);

        assertThat(flags.settings(OPS)).containsEntry("beta", FlagSetting.OFF);

        assertThat(flags.isOn(ACME, "beta")).isFalse();
    }

    /** Nobody asks in between. */
    @Test
    void databaseThatWentBack_isNoticed() {
        store.change(8, FlagSetting.OFF);

        Await.until("the flag is off", () -> !flags.isOn(ACME, "beta"));
    }

    @Test
    void slowRead_doesNotReplaceWhatWasReadAfterIt() throws InterruptedException {
        CountDownLatch slow = new CountDownLatch(1);
        store.holdNext(slow);
        Thread first = asking();
        Await.until("the first one has read", store::isHeld);
        store.change(10, FlagSetting.OFF);

        Thread second = asking();
        Await.until("the second one waits or is done", () -> second.getState() == Thread.State.WAITING
                || second.getState() == Thread.State.TERMINATED);
        slow.countDown();
        first.join();
        second.join();

        assertThat(flags.isOn(ACME, "beta")).isFalse();
    }

    /** Has one flag, which others change. Thread-safe. */
    private static final class ChangedFlags implements FlagStore {

        private final AtomicBoolean held = new AtomicBoolean();
        private volatile CountDownLatch hold = new CountDownLatch(0);
        private volatile Flags now;

        ChangedFlags(long version, FlagSetting beta) {
            this.now = new Flags(version, Map.of("beta", beta), Map.of());
        }

        void change(long version, FlagSetting beta) {
            now = new Flags(version, Map.of("beta", beta), Map.of());
        }

        /** Holds up the next answer, as it is now, until the latch is open. */
        void holdNext(CountDownLatch latch) {
            hold = latch;
        }

        boolean isHeld() {
            return held.get();
        }

        @Override
        public long version() {
            return now.version();
        }

        @Override
        public Flags all() {
            Flags read = now;
            if (hold.getCount() > 0 && held.compareAndSet(false, true)) {
                try {
                    hold.await();
                } catch (InterruptedException e) {
                    throw new AssertionError("interrupted", e);
                }
            }
            return read;
        }

        @Override
        public void set(Acting who, Optional<OrgId> org, String flag, FlagSetting setting) {
            throw new AssertionError("nobody sets " + flag);
        }
    }
}
