package io.croft.limits;

import io.croft.InvalidInputException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * How often calls may be made: for each {@link Tier}, by one actor of an organisation, and by all actors of an
 * organisation together. A call takes a token from both; where one has none, the call is refused with
 * {@link io.croft.CallRefusedException} and takes none from the other.
 *
 * <p>Actors are told apart by their ids within an organisation. Calls for no organisation, those on the life of one
 * ({@code orgs().create}, {@code suspend}, {@code resume}, {@code erase}), and a super admin's other calls of
 * {@code orgs()}, are counted for the actor alone, whatever the organisation.
 *
 * <p>Limits hold over all processes on one database. {@link Tier#EXPENSIVE} is exact: each call asks the database, and
 * fails with {@link io.croft.StoreUnavailableException} while that is away. For the others, processes take tokens in
 * blocks and decide by themselves: a call waits for the database only when its bucket is nearly empty, up to three
 * eighths more than a burst may go through at once (a quarter that is there so that what lies in other processes'
 * blocks is not missed, and one eighth that each process may keep for 20 seconds), and while the database is away each
 * process limits what goes through it. Over longer times the rate holds. All processes are given the same limits.
 *
 * <p>Immutable and thread-safe.
 *
 * @param actors limits of one actor, by tier; a tier without one is not limited
 * @param orgs   limits of an organisation as a whole, by tier
 */
public record CallLimits(Map<Tier, CallRate> actors, Map<Tier, CallRate> orgs) {

    private static final CallLimits NONE = new CallLimits(Map.of(), Map.of());
    private static final Map<Tier, CallRate> TIERS = Map.of(Tier.LOW, new CallRate(30, 10), Tier.STANDARD,
            new CallRate(100, 20), Tier.HIGH, new CallRate(300, 50), Tier.EXPENSIVE, new CallRate(10, 2));
    private static final CallLimits STANDARD = new CallLimits(TIERS, TIERS);

    public CallLimits {
        actors = checked(actors);
        orgs = checked(orgs);
    }

    /** Nothing is limited. */
    public static CallLimits none() {
        return NONE;
    }

    /**
     * Low 30, standard 100, high 300 and expensive 10 calls a minute with bursts of 10, 20, 50 and 2, for each actor
     * and for each organisation as a whole. An organisation with many people at work needs more: see {@link #withOrgs}.
     */
    public static CallLimits standard() {
        return STANDARD;
    }

    /**
     * The same with another limit of one actor.
     *
     * @throws InvalidInputException for {@link Tier#FREE}
     */
    public CallLimits withActors(Tier tier, CallRate rate) {
        return new CallLimits(with(actors, tier, Optional.of(rate)), orgs);
    }

    /**
     * The same with another limit of an organisation as a whole.
     *
     * @throws InvalidInputException for {@link Tier#FREE}
     */
    public CallLimits withOrgs(Tier tier, CallRate rate) {
        return new CallLimits(actors, with(orgs, tier, Optional.of(rate)));
    }

    /** The same without a limit of one actor in this tier. */
    public CallLimits withoutActors(Tier tier) {
        return new CallLimits(with(actors, tier, Optional.empty()), orgs);
    }

    /** The same without a limit of an organisation as a whole in this tier. */
    public CallLimits withoutOrgs(Tier tier) {
        return new CallLimits(actors, with(orgs, tier, Optional.empty()));
    }

    /** Whether it limits nothing. */
    public boolean isNone() {
        return actors.isEmpty() && orgs.isEmpty();
    }

    private static Map<Tier, CallRate> with(Map<Tier, CallRate> rates, Tier tier, Optional<CallRate> rate) {
        Map<Tier, CallRate> changed = new EnumMap<>(Tier.class);
        changed.putAll(rates);
        rate.ifPresentOrElse(one -> changed.put(tier, one), () -> changed.remove(tier));
        return changed;
    }

    private static Map<Tier, CallRate> checked(Map<Tier, CallRate> rates) {
        if (rates.containsKey(Tier.FREE)) {
            throw new InvalidInputException("calls of the tier " + Tier.FREE + " are never limited: leave it out");
        }
        return Map.copyOf(rates);
    }
}
