package io.croft.engine.flags;

import io.croft.Actor;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.Role;
import io.croft.TenantContext;
import io.croft.flags.FeatureFlags;
import io.croft.flags.FlagSetting;
import io.croft.guard.TenantGuard;
import io.croft.spi.Acting;
import io.croft.spi.FlagStore;
import io.croft.spi.FlagStore.Flags;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link FeatureFlags} in the store. All settings are held in memory; a thread asks for their version every
 * {@link #EVERY} and reads them again when it is another one. What is read is only ever replaced by what is newer.
 * Thread-safe.
 */
public final class StoredFlags implements FeatureFlags, AutoCloseable {

    static final Duration EVERY = Duration.ofSeconds(2);

    private static final Set<String> ON_BY_THEMSELVES = Set.of(SEARCH_V2);
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]{0,63}");
    private static final Logger LOG = LoggerFactory.getLogger(StoredFlags.class);

    private final TenantGuard guard;
    private final FlagStore store;
    private final AtomicReference<Flags> known;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final Thread thread;

    /**
     * Reads the flags and begins to look whether they change.
     *
     * @throws io.croft.StoreUnavailableException if the database cannot be reached
     */
    public StoredFlags(TenantGuard guard, FlagStore store) {
        this.guard = guard;
        this.store = store;
        this.known = new AtomicReference<>(store.all());
        this.thread = Thread.ofVirtual().name("croft-flags").start(this::run);
    }

    /** Whether a flag is on for an organisation that has passed the guard. */
    public boolean isOn(OrgId org, String flag) {
        Flags flags = known.get();
        FlagSetting global = flags.global().getOrDefault(flag, FlagSetting.UNSET);
        if (global == FlagSetting.OFF) {
            return false;
        }
        return switch (flags.of(org).getOrDefault(flag, global)) {
            case ON -> true;
            case OFF -> false;
            case UNSET -> ON_BY_THEMSELVES.contains(flag);
        };
    }

    @Override
    public boolean isOn(TenantContext context, String flag) {
        checkName(flag);
        return guard.call(context, "flags.isOn", org -> isOn(org.id(), flag));
    }

    @Override
    public void set(Actor operator, String flag, FlagSetting setting) {
        checkOperator(operator);
        checkName(flag);
        Objects.requireNonNull(setting, "setting");
        store.set(Acting.operator(operator), Optional.empty(), flag, setting);
        refresh();
    }

    @Override
    public void set(TenantContext context, String flag, FlagSetting setting) {
        checkOperator(context.actor());
        checkName(flag);
        Objects.requireNonNull(setting, "setting");
        guard.call(context, "flags.set", org -> {
            store.set(Acting.in(context, org), Optional.of(org.id()), flag, setting);
            return refresh();
        });
    }

    @Override
    public Map<String, FlagSetting> settings(Actor operator) {
        checkOperator(operator);
        return refresh().global();
    }

    @Override
    public Map<String, FlagSetting> settings(TenantContext context) {
        return guard.call(context, "flags.settings", org -> refresh().of(org.id()));
    }

    private static void checkName(String flag) {
        if (!NAME.matcher(flag).matches()) {
            throw new InvalidInputException("the name of a flag has " + flag.length()
                    + " characters and must be 1 to 64 of a-z, 0-9 and _, beginning with a letter");
        }
    }

    private static void checkOperator(Actor operator) {
        if (operator.role() != Role.SUPER_ADMIN) {
            throw new InvalidInputException("flags are for super admins, and \"" + operator.id() + "\" has the role "
                    + operator.role() + ": give Actor.superAdmin(…)");
        }
    }

    /** What the database says now. */
    private Flags refresh() {
        Flags read = store.all();
        return known.accumulateAndGet(read, (old, now) -> now.version() > old.version() ? now : old);
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
            if (store.version() != known.get().version()) {
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
