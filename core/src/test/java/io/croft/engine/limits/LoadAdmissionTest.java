package io.croft.engine.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.croft.Actor;
import io.croft.CallObserver.Outcome;
import io.croft.CallRefusedException;
import io.croft.CallRefusedException.Reason;
import io.croft.OrgId;
import io.croft.guard.Admission.Entry;
import io.croft.guard.Admission.Passage;
import io.croft.guard.Operation;
import io.croft.limits.LoadShedding;
import io.croft.spi.contract.Race;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LoadAdmissionTest {

    private static final OrgId ACME = OrgId.named("acme");
    private static final OrgId ZOO = OrgId.named("zoo");
    private static final OrgId LAB = OrgId.named("lab");
    private static final long MILLI = Duration.ofMillis(1).toNanos();

    private long now;
    private final LoadAdmission four = new LoadAdmission(new LoadShedding(4, 4, 0.5), () -> now);

    private static Passage admit(LoadAdmission admission, OrgId org) {
        return admission.admit(new Entry(Operation.SEARCH, Actor.service("s"), Optional.of(org)));
    }

    private static CallRefusedException refusal(LoadAdmission admission, OrgId org) {
        return catchThrowableOfType(CallRefusedException.class, () -> admit(admission, org));
    }

    @Test
    void calls_beyondAnOrgsShareAndBeyondTheLimit_areRefusedUntilOthersEnd() {
        Passage first = admit(four, ACME);
        admit(four, ACME);
        CallRefusedException ofOrg = refusal(four, ACME);
        admit(four, ZOO);
        Passage last = admit(four, ZOO);
        CallRefusedException ofAll = refusal(four, LAB);

        assertThat(ofOrg.reason()).isEqualTo(Reason.ORG_SHARE);
        assertThat(ofAll.reason()).isEqualTo(Reason.OVERLOAD);
        for (CallRefusedException refused : List.of(ofOrg, ofAll)) {
            assertThat(refused.retryAfter()).isBetween(Duration.ofMillis(25), Duration.ofSeconds(8));
            assertThat(refused).hasMessageContaining("search is refused").hasMessageContaining("come back in");
        }
        first.ended(Outcome.OK, MILLI);
        Passage other = admit(four, LAB);
        assertThat(refusal(four, ACME).reason()).as("all four are taken").isEqualTo(Reason.OVERLOAD);
        other.ended(Outcome.FAILED, MILLI);
        last.ended(Outcome.REFUSED, MILLI);
        admit(four, ACME);
    }

    @Test
    void callsForNoOrgAndThoseThatCostNothing_areNeverRefused() {
        for (OrgId org : List.of(ACME, ACME, ZOO, ZOO)) {
            admit(four, org);
        }

        for (int i = 0; i < 10; i++) {
            four.admit(new Entry(Operation.ORGS_SUSPEND, Actor.superAdmin("ops"), Optional.empty()));
            four.admit(new Entry(Operation.FLAGS_IS_ON, Actor.service("s"), Optional.of(ACME)));
        }
        assertThat(refusal(four, LAB).reason()).isEqualTo(Reason.OVERLOAD);
    }

    @Test
    void limit_growsWhileCallsAreQuickAndUsed() {
        LoadAdmission admission = new LoadAdmission(new LoadShedding(4, 100, 1), () -> now);
        int before = admission.limit();

        pass(admission, 50, MILLI);
        int grown = admission.limit();
        pass(admission, 50, 100 * MILLI);

        assertThat(grown).isGreaterThan(before);
        assertThat(admission.limit()).isLessThan(grown);
    }

    /** Windows in which as many calls as may be are under way, each for so long. */
    private void pass(LoadAdmission admission, int windows, long nanos) {
        for (int window = 0; window < windows; window++) {
            for (int round = 0; round < 4; round++) {
                List<Passage> passages = new ArrayList<>();
                IntStream.range(0, admission.limit()).forEach(i -> passages.add(admit(admission, ACME)));
                now += LoadAdmission.WINDOW.toNanos() / 4;
                passages.forEach(passage -> passage.ended(Outcome.OK, nanos));
            }
        }
    }

    @Test
    void places_areAllFreeAgainAfterwards() {
        Race.of(8, number -> {
            for (int i = 0; i < 5_000; i++) {
                try {
                    admit(four, number % 2 == 0 ? ACME : ZOO).ended(Outcome.OK, MILLI);
                } catch (CallRefusedException e) {
                    assertThat(e.reason()).isNotNull();
                }
            }
            return true;
        });

        for (OrgId org : List.of(ACME, ACME, ZOO, ZOO)) {
            admit(four, org);
        }
        assertThat(refusal(four, LAB).reason()).isEqualTo(Reason.OVERLOAD);
    }
}
