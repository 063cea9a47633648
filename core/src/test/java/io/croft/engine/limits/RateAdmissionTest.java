package io.croft.engine.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.croft.Actor;
import io.croft.CallRefusedException;
import io.croft.CallRefusedException.Reason;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.Role;
import io.croft.StoreUnavailableException;
import io.croft.TenantContext;
import io.croft.guard.Admission.Entry;
import io.croft.guard.Operation;
import io.croft.limits.CallLimits;
import io.croft.limits.CallRate;
import io.croft.limits.Tier;
import io.croft.spi.Gcra;
import io.croft.spi.RateStore;
import io.croft.spi.contract.Seed;
import io.croft.spi.memory.InMemoryStore;
import io.croft.spi.memory.SettableClock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RateAdmissionTest {

    private static final OrgId ACME = OrgId.named("acme");
    private static final OrgId ZOO = OrgId.named("zoo");
    private static final Actor ANN = Actor.user("ann", Role.MEMBER);
    private static final Actor BOB = Actor.user("bob", Role.MEMBER);

    private final SettableClock clock = new SettableClock();
    private final InMemoryStore store = new InMemoryStore(clock);

    RateAdmissionTest() {
        for (OrgId org : List.of(ACME, ZOO)) {
            store.orgs().create(TenantContext.of(org, ANN));
        }
    }

    private RateAdmission admission(CallLimits limits) {
        return admission(limits, store.rates());
    }

    private RateAdmission admission(CallLimits limits, RateStore rates) {
        return new RateAdmission(limits, rates,
                () -> ChronoUnit.NANOS.between(Instant.EPOCH, clock.instant()), Duration.ofSeconds(30));
    }

    /** How many of so many calls in a row are let in. */
    private static int admitted(RateAdmission admission, Operation operation, Actor actor, OrgId org, int calls) {
        return (int) IntStream.range(0, calls).filter(i -> isAdmitted(admission, operation, actor, org)).count();
    }

    private static boolean isAdmitted(RateAdmission admission, Operation operation, Actor actor, OrgId org) {
        try {
            admission.admit(new Entry(operation, actor, Optional.of(org)));
            return true;
        } catch (CallRefusedException e) {
            return false;
        }
    }

    private static CallRefusedException refusal(RateAdmission admission, Operation operation, Actor actor, OrgId org) {
        return catchThrowableOfType(CallRefusedException.class,
                () -> admission.admit(new Entry(operation, actor, Optional.of(org))));
    }

    @Test
    void tiers_haveTheirOwnLimits() {
        RateAdmission admission = admission(CallLimits.standard());

        assertThat(admitted(admission, Operation.DOCUMENTS_COPY, ANN, ACME, 10)).isEqualTo(2);
        assertThat(admitted(admission, Operation.AUDIT_LIST, ANN, ACME, 100)).isBetween(10, 13);
        assertThat(admitted(admission, Operation.DOCUMENTS_PUT, ANN, ACME, 100)).isBetween(20, 26);
        assertThat(admitted(admission, Operation.SEARCH, ANN, ACME, 500)).isBetween(50, 63);
        assertThat(admitted(admission, Operation.FLAGS_IS_ON, ANN, ACME, 10_000)).isEqualTo(10_000);
        assertThat(admitted(admission, Operation.SEARCH, ANN, ZOO, 500)).isBetween(50, 63);
    }

    @Test
    void refusal_saysWhenToComeBackAndThenTheCallIsLetIn() {
        RateAdmission admission = admission(CallLimits.standard());
        for (Operation operation : List.of(Operation.DOCUMENTS_COPY, Operation.SEARCH)) {
            admitted(admission, operation, ANN, ACME, 500);
            CallRefusedException refused = refusal(admission, operation, ANN, ACME);
            Duration between = Duration.ofMinutes(1).dividedBy(operation == Operation.SEARCH ? 300 : 10);

            assertThat(refused.retryAfter()).isPositive().isLessThanOrEqualTo(between);
            assertThat(refused).hasMessageContaining(operation.label()).hasMessageContaining("come back in")
                    .hasMessageContaining(operation.tier().name())
                    .hasMessageContaining(operation == Operation.SEARCH ? "300 a minute" : "10 a minute");
            clock.advance(refused.retryAfter());
            assertThat(admitted(admission, operation, ANN, ACME, 5)).as("%s", operation).isEqualTo(1);
        }
    }

    @Test
    void actorsAndOrgs_areLimitedEachAndOneTakesNothingWhenTheOtherRefuses() {
        CallRate six = new CallRate(1, 6);
        CallRate four = new CallRate(1, 4);
        CallLimits limits = CallLimits.none().withActors(Tier.EXPENSIVE, four).withOrgs(Tier.EXPENSIVE, six)
                .withActors(Tier.LOW, four).withOrgs(Tier.LOW, six);
        RateAdmission admission = admission(limits);
        for (Operation operation : List.of(Operation.DOCUMENTS_COPY, Operation.AUDIT_LIST)) {
            int most = operation == Operation.AUDIT_LIST ? 5 : 4; // a quarter more

            assertThat(admitted(admission, operation, ANN, ACME, 9)).isEqualTo(most);
            assertThat(refusal(admission, operation, ANN, ACME).reason()).isEqualTo(Reason.ACTOR_RATE);
            assertThat(admitted(admission, operation, BOB, ACME, 9)).isEqualTo(2);
            assertThat(refusal(admission, operation, BOB, ACME).reason()).isEqualTo(Reason.ORG_RATE);
            assertThat(admitted(admission, operation, BOB, ZOO, 9)).as("in another org").isEqualTo(most);
        }
    }

    /** Each bucket is a row in the database: ids that somebody makes up are to make none while nobody is let in. */
    @ParameterizedTest
    @EnumSource(value = Operation.class, names = {"DOCUMENTS_COPY", "AUDIT_LIST", "SEARCH"})
    void orgThatIsRefused_leavesNothingOfItsActors(Operation operation) {
        Set<UUID> buckets = ConcurrentHashMap.newKeySet();
        RateAdmission admission = admission(CallLimits.standard(), requests -> {
            requests.forEach(request -> request.buckets().forEach(bucket -> buckets.add(bucket.key())));
            return store.rates().take(requests);
        });

        int admitted = (int) IntStream.range(0, 500)
                .filter(i -> isAdmitted(admission, operation, Actor.user("made-up-" + i, Role.MEMBER), ACME)).count();

        assertThat(admitted).isBetween(2, 63);
        // the organisation's, and that of whoever was the first to find it empty
        assertThat(buckets).hasSizeLessThanOrEqualTo(admitted + 2);
        clock.advance(Duration.ofMinutes(1));
        assertThat(isAdmitted(admission, operation, ANN, ACME)).as("when it may call again").isTrue();
    }

    @Test
    void callsOfNoOrg_areLimitedByActorAlone() {
        RateAdmission admission = admission(CallLimits.standard());
        Actor ops = Actor.superAdmin("ops");

        assertThat(IntStream.range(0, 9).filter(i -> {
            try {
                admission.admit(new Entry(Operation.SHARDS_MOVE, ops, Optional.empty()));
                return true;
            } catch (CallRefusedException e) {
                assertThat(e.reason()).isEqualTo(Reason.ACTOR_RATE);
                return false;
            }
        }).count()).isEqualTo(2);
        assertThat(admitted(admission, Operation.DOCUMENTS_COPY, ops, ACME, 9)).isEqualTo(2);
    }

    /** Somebody of the same id elsewhere uses up nothing of it; a host's services and operators are one everywhere. */
    @Test
    void callsOnTheLifeOfAnOrg_areLimitedByActorWithinItIfHeIsOneOfItsPeople() {
        RateAdmission admission = admission(CallLimits.standard());
        Actor admin = Actor.user("ann", Role.ADMIN);
        OrgId nobody = OrgId.named("nobody");

        for (Operation operation : List.of(Operation.ORGS_ERASE, Operation.ORGS_CREATE)) {
            int most = operation == Operation.ORGS_ERASE ? 2 : 13;
            for (OrgId org : List.of(ACME, ZOO, nobody)) {
                assertThat(onLife(admission, operation, admin, org, 50)).as("%s %s", operation, org)
                        .isBetween(2, most);
            }
            for (Actor host : List.of(Actor.service("host"), Actor.superAdmin("ops"))) {
                assertThat(onLife(admission, operation, host, ACME, 50)).isBetween(2, most);
                assertThat(onLife(admission, operation, host, ZOO, 50)).isZero();
            }
        }
    }

    private static int onLife(RateAdmission admission, Operation operation, Actor actor, OrgId org, int calls) {
        return (int) IntStream.range(0, calls).filter(i -> {
            try {
                admission.admit(new Entry(operation, actor, Optional.empty(), Optional.of(org)));
                return true;
            } catch (CallRefusedException e) {
                assertThat(e.reason()).isEqualTo(Reason.ACTOR_RATE);
                return false;
            }
        }).count();
    }

    @Test
    void processes_shareWhatThereIs() {
        List<RateAdmission> processes =
                IntStream.range(0, 4).mapToObj(i -> admission(CallLimits.standard())).toList();

        assertThat(processes.stream().mapToInt(one -> admitted(one, Operation.DOCUMENTS_COPY, ANN, ACME, 9)).sum())
                .isEqualTo(2);
        assertThat(processes.stream().mapToInt(one -> admitted(one, Operation.SEARCH, ANN, ACME, 300)).sum())
                .isBetween(50, 62 + 2 * processes.size()); // one on credit of each of the two buckets
    }

    /** Whoever keeps to the rate and to the burst is let in, whichever processes the calls go through. */
    @Test
    void compliantCallers_areLetIn() {
        Random random = Seed.random("RateAdmissionTest");
        for (Operation operation : List.of(Operation.AUDIT_LIST, Operation.DOCUMENTS_PUT, Operation.SEARCH)) {
            CallRate rate = Objects.requireNonNull(CallLimits.standard().actors().get(operation.tier()));
            List<RateAdmission> processes =
                    IntStream.range(0, 4).mapToObj(i -> admission(CallLimits.standard())).toList();
            long fullAt = 0;
            int refused = 0;
            for (int i = 0; i < 5_000; i++) {
                clock.advance(random.nextInt(10) == 0
                        ? Duration.ofNanos(random.nextLong(rate.burst() * rate.nanosPerToken()))
                        : Duration.ofMillis(2));
                long now = ChronoUnit.NANOS.between(Instant.EPOCH, clock.instant());
                long wait = Gcra.wait(fullAt, now, rate, 1);
                clock.advance(Duration.ofNanos(wait));
                fullAt = Gcra.take(fullAt, now + wait, rate, 1);
                clock.advance(Duration.ofNanos(wait == 0 ? 0 : 1000));
                refused += isAdmitted(processes.get(random.nextInt(4)), operation, ANN, ACME) ? 0 : 1;
            }
            assertThat(refused).as("of 5,000 %s", operation).isLessThanOrEqualTo(5);
            clock.advance(Duration.ofMinutes(10));
        }
    }

    @Test
    void store_thatIsAway_leavesEachProcessToItself_andExactLimitsToNobody() {
        RateAdmission admission = admission(CallLimits.standard());
        store.goAway();

        assertThat(admitted(admission, Operation.SEARCH, ANN, ACME, 500)).isBetween(50, 64);
        assertThatThrownBy(() -> admission.admit(new Entry(Operation.DOCUMENTS_COPY, ANN, Optional.of(ACME))))
                .isInstanceOf(StoreUnavailableException.class);

        store.comeBack();
        clock.advance(Lease.ALONE.plusSeconds(60));
        assertThat(admitted(admission, Operation.SEARCH, ANN, ACME, 500)).isBetween(50, 63);
        assertThat(admitted(admission, Operation.DOCUMENTS_COPY, ANN, ACME, 5)).isEqualTo(2);
    }

    @Test
    void limits_thatAreNone_askNobody() {
        store.goAway();

        assertThat(admitted(admission(CallLimits.none()), Operation.DOCUMENTS_COPY, ANN, ACME, 50)).isEqualTo(50);
    }

    @Test
    void store_thatFails_isNoRefusal() {
        RateAdmission admission = new RateAdmission(CallLimits.standard(), requests -> {
            throw new InvalidInputException("broken");
        });

        assertThatThrownBy(() -> admission.admit(new Entry(Operation.DOCUMENTS_COPY, ANN, Optional.of(ACME))))
                .isInstanceOf(InvalidInputException.class);
        assertThat(admitted(admission, Operation.SEARCH, ANN, ACME, 40)).isEqualTo(40);
    }
}
