package io.croft.engine.flags;

import io.croft.Actor;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.flags.FeatureFlags;
import io.croft.flags.FlagSetting;
import io.croft.guard.Operation;
import io.croft.guard.TenantGuard;
import io.croft.spi.Acting;
import io.croft.spi.FlagStore;
import io.croft.spi.FlagStore.Flags;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link FeatureFlags} in the store. All settings are held in memory; a thread asks for their version every
 * {@link #EVERY} and reads them again when it is another one, be it an earlier one of a database that was restored.
 * Reads come one after the other, so that the last one counts. Thread-safe.
 */
public final class StoredFlags implements FeatureFlags, AutoCloseable {

    static final Duration EVERY = Duration.ofSeconds(2);

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]{0,63}");
    private static final Logger LOG = LoggerFactory.getLogger(StoredFlags.class);

    private final TenantGuard guard;
    private final FlagStore store;
    private final ReentrantLock reading = new ReentrantLock();
    private final CountDownLatch stop = new CountDownLatch(1);
    private final Thread thread;
    private volatile Flags known;

    /**
     * Reads the flags and begins to look whether they change.
     *
     * @throws io.croft.StoreUnavailableException if the database cannot be reached
     */
    public StoredFlags(TenantGuard guard, FlagStore store) {
        this.guard = guard;
        this.store = store;
        this.known = store.all();
        this.thread = Thread.ofVirtual().name("croft-flags").start(this::run);
    }

    /** Whether a flag is on for an organisation that has passed the guard. */
    public boolean isOn(OrgId org, String flag) {
        Flags flags = known;
        FlagSetting global = flags.global().getOrDefault(flag, FlagSetting.UNSET);
        if (global == FlagSetting.OFF) {
            return false;
        }
        return flags.of(org).getOrDefault(flag, global) == FlagSetting.ON;
    }

    @Override
    public boolean isOn(TenantContext context, String flag) {
        return guard.call(context, Operation.FLAGS_IS_ON, org -> {
            checkName(flag);
            return isOn(org.id(), flag);
        });
    }

    @Override
    public void set(Actor operator, String flag, FlagSetting setting) {
        Objects.requireNonNull(setting, "setting");
        guard.gate().run(operator, Operation.FLAGS_SET_FOR_ALL, () -> {
            checkName(flag);
            store.set(Acting.operator(operator), Optional.empty(), flag, setting);
            refresh();
        });
    }

    @Override
    public void set(TenantContext context, String flag, FlagSetting setting) {
        Objects.requireNonNull(setting, "setting");
        guard.call(context, Operation.FLAGS_SET, org -> {
            checkName(flag);
            store.set(Acting.in(context, org), Optional.of(org.id()), flag, setting);
            return refresh();
        });
    }

    @Override
    public Map<String, FlagSetting> settings(Actor operator) {
        return guard.gate().operate(operator, Operation.FLAGS_SETTINGS_OF_ALL, () -> refresh().global());
    }

    @Override
    public Map<String, FlagSetting> settings(TenantContext context) {
        return guard.call(context, Operation.FLAGS_SETTINGS, org -> refresh().of(org.id()));
    }

    private static void checkName(String flag) {
        if (!NAME.matcher(flag).matches()) {
            throw new InvalidInputException("the name of a flag has " + flag.length()
                    + " characters and must be 1 to 64 of a-z, 0-9 and _, beginning with a letter");
        }
    }

    /** What the database says now. */
    private Flags refresh() {
        reading.lock();
        try {
            Flags read = store.all();
            known = read;
            return read;
        } finally {
            reading.unlock();
        }
    }

    private void run() {
        try {
            while (!stop.await(EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
                look();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            LOG.warn("flags are looked at no more, since their thread was interrupted: restart this process");
        }
    }

    private void look() {
        try {
            if (store.version() != known.version()) {
                refresh();
            }
        } catch (RuntimeException e) {
            LOG.debug("flags could not be looked at and stay as they were known: {}", e.getMessage());
        }
    }

    /** Looks no more; what is known stays. */
    @Override
    public void close() {
        stop.countDown();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
