package io.croft.engine.limits;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.croft.CallRefusedException;
import io.croft.CallRefusedException.Reason;
import io.croft.CroftException;
import io.croft.OrgId;
import io.croft.StoreUnavailableException;
import io.croft.guard.Admission;
import io.croft.limits.CallLimits;
import io.croft.limits.CallRate;
import io.croft.limits.Tier;
import io.croft.spi.RateStore;
import io.croft.spi.RateStore.Answer;
import io.croft.spi.RateStore.Bucket;
import io.croft.spi.RateStore.Request;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;

/**
 * Lets calls in as often as {@link CallLimits} say: those of the tier {@link Tier#EXPENSIVE} by asking the store for
 * each, the others by {@link Lease}s. An organisation's bucket comes before its actor's, and while it is known to be
 * empty nobody asks of its actors: so ids that somebody makes up leave nothing behind once it is. Thread-safe.
 */
public final class RateAdmission implements Admission {

    /** How much more than a burst a shared bucket holds whose tokens lie about in several processes. */
    private static final int MORE_BURST_PART = 4;

    /** How long a call waits for tokens when the bucket is nearly empty. */
    private static final Duration PATIENCE = Duration.ofMillis(100);

    /** How long one waits that must be counted exactly: longer than the store takes to give up. */
    private static final Duration EXACT_PATIENCE = Duration.ofMinutes(1);

    private static final int MAX_LEASES = 200_000;
    private static final Duration FORGET_AFTER = Duration.ofMinutes(10);

    private final CallLimits limits;
    private final Map<Tier, CallRate> leasedActors;
    private final Map<Tier, CallRate> leasedOrgs;
    private final RateBatches batches;
    private final LongSupplier nanoTime;
    private final Duration patience;
    private final Cache<Key, Lease> leases =
            Caffeine.newBuilder().maximumSize(MAX_LEASES).expireAfterAccess(FORGET_AFTER).build();
    /** Until when the buckets of organisations have nothing that is counted exactly. */
    private final Cache<Key, Long> emptyUntil =
            Caffeine.newBuilder().maximumSize(MAX_LEASES).expireAfterWrite(FORGET_AFTER).build();

    /** Limits by the buckets of this store. */
    public RateAdmission(CallLimits limits, RateStore store) {
        this(limits, store, System::nanoTime, PATIENCE);
    }

    /**
     * The same by another clock.
     *
     * @param patience how long a call waits for tokens when the bucket is nearly empty, in real time
     */
    RateAdmission(CallLimits limits, RateStore store, LongSupplier nanoTime, Duration patience) {
        this.limits = limits;
        this.leasedActors = withMoreBurst(limits.actors());
        this.leasedOrgs = withMoreBurst(limits.orgs());
        this.batches = new RateBatches(store);
        this.nanoTime = nanoTime;
        this.patience = patience;
    }

    /**
     * Whose calls of a tier are counted: those of an actor in an organisation or in none, or all of an organisation.
     *
     * @param life of calls on the life of an organisation, which is not there to have buckets: which one, if they are
     *             made by one of its people, whom another one of that id in another organisation does not concern
     */
    private record Key(Tier tier, Optional<OrgId> org, Optional<OrgId> life, Optional<String> actor) {

        /** Why a call is refused that finds no token. */
        Reason reason() {
            return actor.isPresent() ? Reason.ACTOR_RATE : Reason.ORG_RATE;
        }

        /** Does not tell the actor's id. */
        UUID hash() {
            MessageDigest digest;
            try {
                digest = MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java platform has SHA-256", e);
            }
            String whose = org.map(OrgId::toString).orElse("-") + life.map(OrgId::toString).orElse("");
            digest.update((tier + " " + whose + " ").getBytes(StandardCharsets.UTF_8));
            actor.ifPresent(id -> digest.update(id.getBytes(StandardCharsets.UTF_8)));
            ByteBuffer hash = ByteBuffer.wrap(digest.digest());
            return new UUID(hash.getLong(), hash.getLong());
        }
    }

    /** What limits a call. */
    private record Limit(Key key, CallRate rate) {

        Bucket bucket() {
            return new Bucket(key.org(), key.hash(), rate);
        }
    }

    private static Map<Tier, CallRate> withMoreBurst(Map<Tier, CallRate> rates) {
        Map<Tier, CallRate> more = new EnumMap<>(Tier.class);
        rates.forEach((tier, rate) -> more.put(tier, new CallRate(rate.perMinute(),
                Math.min(CallRate.MAX_BURST, rate.burst() + rate.burst() / MORE_BURST_PART))));
        return more;
    }

    @Override
    public Passage admit(Entry entry) {
        Tier tier = entry.operation().tier();
        if (tier == Tier.EXPENSIVE) {
            List<Limit> exact = limits(entry, limits.actors(), limits.orgs());
            if (!exact.isEmpty()) {
                takeExactly(entry, exact);
            }
        } else {
            takeLeased(entry, limits(entry, leasedActors, leasedOrgs));
        }
        return Passage.UNTOLD;
    }

    private static List<Limit> limits(Entry entry, Map<Tier, CallRate> actors, Map<Tier, CallRate> orgs) {
        Tier tier = entry.operation().tier();
        List<Limit> found = new ArrayList<>(2);
        CallRate ofOrg = orgs.get(tier);
        if (ofOrg != null && entry.org().isPresent()) {
            found.add(new Limit(new Key(tier, entry.org(), Optional.empty(), Optional.empty()), ofOrg));
        }
        CallRate ofActor = actors.get(tier);
        if (ofActor != null) {
            found.add(new Limit(new Key(tier, entry.org(), life(entry), Optional.of(entry.actor().id())), ofActor));
        }
        return found;
    }

    /** Ids of an organisation's people are told apart by it, those of services and operators are the host's. */
    private static Optional<OrgId> life(Entry entry) {
        return switch (entry.actor().role()) {
            case MEMBER, ADMIN -> entry.life();
            case SERVICE, SUPER_ADMIN -> Optional.empty();
        };
    }

    private void takeExactly(Entry entry, List<Limit> exact) {
        long now = nanoTime.getAsLong();
        for (Limit limit : exact) {
            Long until = emptyUntil.getIfPresent(limit.key());
            if (until != null && until - now > 0) {
                throw refused(entry, limit, until - now);
            }
        }
        CompletableFuture<Answer> asked =
                batches.ask(new Request(exact.stream().map(Limit::bucket).toList(), 1, 1));
        Answer answer;
        try {
            answer = asked.get(EXACT_PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new StoreUnavailableException(entry.operation().label() + " could not be counted: the database does "
                    + "not answer", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof CroftException cause
                    ? cause
                    : new CroftException(entry.operation().label() + " could not be counted: " + e.getCause(),
                            e.getCause());
        } catch (InterruptedException e) {
            throw interrupted(entry, e);
        }
        if (answer.granted() == 0) {
            Limit poorest = exact.get(answer.poorest());
            if (poorest.key().reason() == Reason.ORG_RATE) {
                emptyUntil.put(poorest.key(), now + answer.waitNanos()); // it has nothing sooner than that
            }
            throw refused(entry, poorest, answer.waitNanos());
        }
    }

    private void takeLeased(Entry entry, List<Limit> limited) {
        List<Lease> taken = new ArrayList<>(2);
        for (Limit limit : limited) {
            Lease lease = leases.get(limit.key(), key -> new Lease(limit.bucket(), batches::ask, nanoTime));
            long wait = take(entry, lease);
            if (wait != Lease.TAKEN) {
                taken.forEach(Lease::putBack);
                throw refused(entry, limit, wait);
            }
            taken.add(lease);
        }
    }

    /** Waits for tokens if it must; returns as {@link Lease#take}, but never {@link Lease#ASK}. */
    private long take(Entry entry, Lease lease) {
        long end = System.nanoTime() + patience.toNanos();
        long wait = lease.take();
        while (wait == Lease.ASK) {
            try {
                lease.ask().get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                lease.alone(); // the next calls do not wait in vain too
            } catch (ExecutionException e) {
                throw new IllegalStateException("a lease takes in how its question fails", e);
            } catch (InterruptedException e) {
                throw interrupted(entry, e);
            }
            wait = lease.take();
        }
        return wait;
    }

    private static CroftException interrupted(Entry entry, InterruptedException e) {
        Thread.currentThread().interrupt();
        return new CroftException(entry.operation().label() + " was interrupted before it began", e);
    }

    private CallRefusedException refused(Entry entry, Limit limit, long waitNanos) {
        Reason reason = limit.key().reason();
        Tier tier = limit.key().tier();
        Map<Tier, CallRate> rates = reason == Reason.ACTOR_RATE ? limits.actors() : limits.orgs();
        int perMinute = rates.getOrDefault(tier, limit.rate()).perMinute();
        Duration wait = Duration.ofNanos(waitNanos);
        return new CallRefusedException(entry.operation().label() + " is refused: "
                + (reason == Reason.ACTOR_RATE ? "its actor" : "its organisation") + " has made the calls of the tier "
                + tier + " that it may make, " + perMinute + " a minute: come back in " + (wait.toMillis() + 1) + " ms",
                reason, wait);
    }
}
