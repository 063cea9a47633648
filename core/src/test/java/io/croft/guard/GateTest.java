package io.croft.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.croft.Actor;
import io.croft.CallObserver;
import io.croft.CallObserver.Outcome;
import io.croft.CallRefusedException;
import io.croft.CallRefusedException.Reason;
import io.croft.CroftException;
import io.croft.InvalidInputException;
import io.croft.NotPermittedException;
import io.croft.OrgId;
import io.croft.Role;
import io.croft.Secret;
import io.croft.StoreUnavailableException;
import io.croft.TenantContext;
import io.croft.UnknownOrgException;
import io.croft.guard.Admission.Entry;
import io.croft.guard.Admission.Passage;
import io.croft.logs.LoggedLine;
import io.croft.logs.TestLogging;
import io.croft.spi.memory.InMemoryStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;
import org.slf4j.event.Level;

class GateTest {

    private static final TenantContext ACME =
            new TenantContext(OrgId.named("acme"), Actor.user("u-7", Role.MEMBER), "request-1");
    private static final TenantContext ZOO =
            new TenantContext(OrgId.named("zoo"), Actor.user("u-8", Role.ADMIN), "request-2");

    private final List<String> told = new ArrayList<>();
    private final CallObserver observer = (operation, outcome, tookNanos) -> {
        assertThat(tookNanos).isNotNegative();
        told.add(operation + " " + outcome);
    };

    @AfterEach
    void clear() {
        MDC.clear();
    }

    @Test
    void call_tellsOnceHowItWent() {
        TenantGuard guard = guard(new Gate(List.of(), observer, OrgLabels.IDS));
        Map<Outcome, RuntimeException> thrown = Map.of(Outcome.INVALID, new InvalidInputException("x"),
                Outcome.UNAVAILABLE, new StoreUnavailableException("x"),
                Outcome.UNKNOWN_ORG, new UnknownOrgException("x"),
                Outcome.NOT_PERMITTED, new NotPermittedException("x"),
                Outcome.FAILED, new IllegalStateException("x"));

        assertThat(guard.<Integer>call(ACME, Operation.SEARCH, org -> 7)).isEqualTo(7);
        assertThat(told).containsExactly("search OK");
        thrown.forEach((outcome, exception) -> {
            told.clear();
            assertThatThrownBy(() -> guard.call(ACME, Operation.DOCUMENTS_PUT, org -> {
                throw exception;
            })).isSameAs(exception);
            assertThat(told).containsExactly("documents.put " + outcome);
        });
        told.clear();
        TenantContext nobody = TenantContext.of(OrgId.named("nobody"), Actor.service("test"));
        assertThatThrownBy(() -> guard.call(nobody, Operation.SEARCH, org -> org))
                .isInstanceOf(UnknownOrgException.class);
        assertThat(told).containsExactly("search UNKNOWN_ORG");
    }

    @Test
    void admissions_areAskedInTurnAndToldOfTheEndInReverse() {
        List<Entry> asked = new ArrayList<>();
        Admission first = admission("first", asked);
        Admission second = admission("second", asked);
        TenantGuard guard = guard(new Gate(List.of(first, second), observer, OrgLabels.IDS));

        guard.call(ACME, Operation.SEARCH, org -> told.add("work"));

        assertThat(told).containsExactly("first", "second", "work", "second OK", "first OK", "search OK");
        assertThat(asked).hasSize(2)
                .containsOnly(new Entry(Operation.SEARCH, ACME.actor(), Optional.of(ACME.org())));
    }

    @Test
    void admission_thatRefuses_keepsTheWorkFromBeingDoneAndFreesWhatOthersLetIn() {
        Admission refusing = entry -> {
            throw new CroftException("come back in 3 s");
        };
        TenantGuard guard =
                guard(new Gate(List.of(admission("first", new ArrayList<>()), refusing), observer, OrgLabels.IDS));

        assertThatThrownBy(() -> guard.call(ACME, Operation.SEARCH, org -> told.add("work")))
                .hasMessage("come back in 3 s");

        assertThat(told).containsExactly("first", "first REFUSED", "search REFUSED");
    }

    @Test
    void admissions_areNotAskedForAnOrgThatIsNotThereNorForWhomMayNot() {
        Gate gate = new Gate(List.of(admission("asked", new ArrayList<>())), observer, OrgLabels.IDS);
        TenantGuard guard = guard(gate);
        TenantContext nobody = TenantContext.of(OrgId.named("nobody"), Actor.service("test"));

        assertThatThrownBy(() -> guard.call(nobody, Operation.SEARCH, org -> org))
                .isInstanceOf(UnknownOrgException.class);
        assertThatThrownBy(() -> gate.operate(ZOO.actor(), Operation.QUEUES_LIST, () -> 1))
                .isInstanceOf(NotPermittedException.class).hasMessageContaining("u-8").hasMessageContaining("ADMIN")
                .hasMessageContaining("queues.list").hasMessageContaining("[SUPER_ADMIN]");

        assertThat(told).containsExactly("search UNKNOWN_ORG", "queues.list NOT_PERMITTED");
    }

    @Test
    void callsOnTheLifeOfAnOrg_areNoneOfItsOwnToAdmissions() {
        List<Entry> asked = new ArrayList<>();
        TenantGuard guard =
                guard(new Gate(List.of(admission("asked", asked)), observer, OrgLabels.IDS));
        TenantContext nobody = TenantContext.of(OrgId.named("nobody"), Actor.service("test"));

        int made = guard.callAny(nobody, Operation.ORGS_CREATE, () -> 7);

        assertThat(made).isEqualTo(7);
        assertThat(asked).containsExactly(new Entry(Operation.ORGS_CREATE, nobody.actor(), Optional.empty(),
                Optional.of(nobody.org())));
        assertThat(told).containsExactly("asked", "asked OK", "orgs.create OK");
    }

    @Test
    void operate_letsSuperAdminsIn() {
        Gate gate = new Gate(List.of(), observer, OrgLabels.IDS);

        assertThat(gate.<Integer>operate(Actor.superAdmin("ops"), Operation.QUEUES_LIST, () -> 1)).isEqualTo(1);

        assertThat(told).containsExactly("queues.list OK");
    }

    @Test
    void observer_thatFails_changesNothingForTheCaller() throws Exception {
        TenantGuard guard = guard(new Gate(List.of(), (operation, outcome, tookNanos) -> {
            throw new IllegalStateException("full");
        }, OrgLabels.IDS));
        List<LoggedLine> lines = new ArrayList<>();

        int result = TestLogging.during(lines::add, () -> guard.call(ACME, Operation.SEARCH, org -> 7));

        assertThat(result).isEqualTo(7);

        assertThat(lines).filteredOn(line -> line.level() == Level.WARN)
                .singleElement(InstanceOfAssertFactories.type(LoggedLine.class))
                .satisfies(line -> assertThat(line.message()).contains("search"));
    }

    @Test
    void logs_nameTheCallAsLongAsItLastsAndThenWhatTheyNamedBefore() {
        TenantGuard guard = guard(Gate.open());
        List<Map<String, String>> seen = new ArrayList<>();
        MDC.put("request_id", "host");
        MDC.put("host_key", "kept");

        guard.call(ACME, Operation.SEARCH, org -> {
            seen.add(context());
            guard.call(ZOO, Operation.SEARCH, inner -> seen.add(context()));
            seen.add(context());
            guard.gate().operate(Actor.superAdmin("ops"), Operation.QUEUES_LIST, () -> seen.add(context()));
            return seen.add(context());
        });
        assertThatThrownBy(() -> guard.call(ZOO, Operation.SEARCH, org -> {
            throw new IllegalStateException("x");
        })).isInstanceOf(IllegalStateException.class);

        Map<String, String> acme = of("request-1", ACME.org().toString(), "MEMBER");
        Map<String, String> operator = of("request-1", null, "SUPER_ADMIN");
        assertThat(seen).containsExactly(acme, of("request-2", ZOO.org().toString(), "ADMIN"), acme, operator, acme);
        assertThat(context()).isEqualTo(of("host", null, null));
    }

    @Test
    void logs_sayOfEachCallWhatItWasAndHowItWent() throws Exception {
        TenantGuard guard = guard(Gate.open());
        List<LoggedLine> lines = new ArrayList<>();

        TestLogging.during(lines::add, () -> guard.call(ACME, Operation.DOCUMENTS_FIND, org -> org));

        assertThat(lines).hasSize(1);
        assertThat(lines.getFirst().fields()).containsEntry("operation", "documents.find")
                .containsEntry("outcome", "OK").containsKey("micros");
        assertThat(lines.getFirst().context()).containsEntry("request_id", "request-1")
                .containsEntry("org_id", ACME.org().toString()).containsEntry("actor_role", "MEMBER");
    }

    @Test
    void logs_sayWhyACallWasRefused() throws Exception {
        TenantGuard guard = guard(new Gate(List.of(entry -> {
            throw new CallRefusedException("too many", Reason.ORG_SHARE, Duration.ofMillis(7));
        }), observer, OrgLabels.IDS));
        List<LoggedLine> lines = new ArrayList<>();

        TestLogging.during(lines::add, () -> catchThrowableOfType(CallRefusedException.class,
                () -> guard.call(ACME, Operation.DOCUMENTS_FIND, org -> org)));

        assertThat(lines).hasSize(1);
        assertThat(lines.getFirst().fields()).containsEntry("outcome", "REFUSED").containsEntry("reason", "ORG_SHARE");
        assertThat(told).containsExactly("documents.find REFUSED");
    }

    @Test
    void logs_canNameOrgsByAHashThatNeedsItsKey() {
        OrgId org = OrgId.parse("6f1c1f3e-0f0e-4a57-9f0b-2f3c5d0e7a11");
        TenantContext context = new TenantContext(org, Actor.service("s"), "r");
        OrgLabels labels = OrgLabels.hashed(Secret.of("0123456789abcdef"));
        Gate gate = new Gate(List.of(), observer, labels);

        String named = gate.call(context, Operation.SEARCH, () -> context, any -> MDC.get("org_id"));

        // printf 6f1c1f3e-0f0e-4a57-9f0b-2f3c5d0e7a11 | openssl dgst -sha256 -hmac 0123456789abcdef
        assertThat(named).isEqualTo("15af6ff8e538bb39").isEqualTo(labels.of(org));
        assertThat(OrgLabels.hashed(Secret.of("0123456789abcdeF")).of(org)).isNotEqualTo(named);
        assertThatThrownBy(() -> OrgLabels.hashed(Secret.of("0123456789abcde")))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("15 bytes")
                .hasMessageNotContaining("0123");
    }

    private Admission admission(String name, List<Entry> asked) {
        return entry -> {
            asked.add(entry);
            told.add(name);
            Passage passage = (outcome, tookNanos) -> told.add(name + " " + outcome);
            return passage;
        };
    }

    private static Map<String, String> context() {
        Map<String, String> copy = MDC.getCopyOfContextMap();
        return copy == null ? Map.of() : copy;
    }

    private static Map<String, String> of(String request, @Nullable String org,
            @Nullable String role) {
        Map<String, String> expected = new HashMap<>(Map.of("request_id", request, "host_key", "kept"));
        if (org != null) {
            expected.put("org_id", org);
        }
        if (role != null) {
            expected.put("actor_role", role);
        }
        return expected;
    }

    private static TenantGuard guard(Gate gate) {
        InMemoryStore store = new InMemoryStore();
        store.orgs().create(ACME);
        store.orgs().create(ZOO);
        return new TenantGuard(store.orgs(), gate);
    }
}
