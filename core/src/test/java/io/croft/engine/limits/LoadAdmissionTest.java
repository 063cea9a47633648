package io.croft.engine.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.croft.Actor;
import io.croft.CallObserver;
import io.croft.CallObserver.Outcome;
import io.croft.CallRefusedException;
import io.croft.CallRefusedException.Reason;
import io.croft.OrgId;
import io.croft.guard.Admission.Entry;
import io.croft.guard.Admission.Passage;
import io.croft.guard.Operation;
import io.croft.limits.LoadReport;
import io.croft.limits.LoadShedding;
import io.croft.logs.LoggedLine;
import io.croft.logs.TestLogging;
import io.croft.spi.contract.Race;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.slf4j.event.Level;

class LoadAdmissionTest {

    private static final OrgId ACME = OrgId.named("acme");
    private static final OrgId ZOO = OrgId.named("zoo");
    private static final OrgId LAB = OrgId.named("lab");
    private static final long MILLI = Duration.ofMillis(1).toNanos();

    private long now;
    private final List<LoadReport> reports = new ArrayList<>();
    private final LoadAdmission four = admission(4, 4, 0.5);

    private LoadAdmission admission(int least, int most, double orgShare) {
        CallObserver observer = new CallObserver() {
            @Override
            public void called(String operation, Outcome outcome, long tookNanos) {
                throw new IllegalStateException("the gate's to call");
            }

            @Override
            public void loadMeasured(LoadReport report) {
                reports.add(report);
            }
        };
        return new LoadAdmission(new LoadShedding(least, most, orgShare, Duration.ZERO), observer, () -> now);
    }

    private static Passage admit(LoadAdmission admission, OrgId org, Operation operation) {
        return admission.admit(new Entry(operation, Actor.service("s"), Optional.of(org)));
    }

    private static Passage admit(LoadAdmission admission, OrgId org) {
        return admit(admission, org, Operation.SEARCH);
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
        Passage last = admit(four, LAB);
        CallRefusedException ofAll = refusal(four, OrgId.named("late"));

        assertThat(ofOrg.reason()).isEqualTo(Reason.ORG_SHARE);
        assertThat(ofAll.reason()).isEqualTo(Reason.OVERLOAD);
        for (CallRefusedException refused : List.of(ofOrg, ofAll)) {
            assertThat(refused.retryAfter()).isBetween(Duration.ofMillis(25), Duration.ofSeconds(8));
            assertThat(refused).hasMessageContaining("search is refused").hasMessageContaining("come back in");
        }
        first.ended(Outcome.OK, MILLI);
        last.ended(Outcome.FAILED, MILLI);
        admit(four, OrgId.named("late"));
        admit(four, LAB).ended(Outcome.REFUSED, MILLI);
        admit(four, LAB);
    }

    /** Each place that is taken leaves fewer for whoever has many: two that flood have less than one has alone. */
    @Test
    void orgsThatFlood_leavePlacesForOthers() {
        LoadAdmission hundred = admission(100, 100, 0.5);

        int alone = admittedOf(hundred, ACME, 1_000);
        int second = admittedOf(hundred, ZOO, 1_000);
        int third = admittedOf(hundred, LAB, 1_000);

        assertThat(alone).isEqualTo(50);
        assertThat(second).isEqualTo(25);
        assertThat(third).isEqualTo(13);
        assertThat(IntStream.range(0, 12).filter(i -> admittedOf(hundred, OrgId.named("quiet-" + i), 1) == 1).count())
                .isEqualTo(12);
        assertThat(refusal(hundred, OrgId.named("quiet-12")).reason()).isEqualTo(Reason.OVERLOAD);
    }

    @Test
    void oneOrg_mayHaveAllWhereTheHostSaysSo() {
        assertThat(admittedOf(admission(100, 100, 1), ACME, 1_000)).isEqualTo(100);
    }

    private static int admittedOf(LoadAdmission admission, OrgId org, int calls) {
        return (int) IntStream.range(0, calls).filter(i -> refusal(admission, org) == null).count();
    }

    @Test
    void searches_goOnWhileTheDatabaseHasTooMuchToDo() {
        for (OrgId org : List.of(ACME, ACME, ZOO, LAB)) {
            admit(four, org, Operation.JOBS_ENQUEUE);
        }

        assertThat(catchThrowableOfType(CallRefusedException.class, () -> admit(four, ZOO, Operation.DOCUMENTS_PUT))
                .reason()).isEqualTo(Reason.OVERLOAD);
        admit(four, ZOO);
    }

    @Test
    void callsForNoOrgThoseOfOperatorsUploadsAndThoseThatCostNothing_areNeverRefused() {
        for (Operation operation : List.of(Operation.SEARCH, Operation.JOBS_ENQUEUE)) {
            for (OrgId org : List.of(ACME, ACME, ZOO, LAB)) {
                admit(four, org, operation);
            }
        }

        for (int i = 0; i < 10; i++) {
            four.admit(new Entry(Operation.ORGS_SUSPEND, Actor.superAdmin("ops"), Optional.empty()));
            admit(four, ACME, Operation.FLAGS_IS_ON);
            admit(four, ACME, Operation.JOBS_PAUSE_ALL);
            admit(four, ACME, Operation.DOCUMENTS_COPY);
            admit(four, ACME, Operation.ORGS_EXPORT);
            admit(four, ACME, Operation.INGEST_UPLOAD);
        }
        assertThat(refusal(four, ZOO).reason()).isEqualTo(Reason.OVERLOAD);
    }

    @Test
    void limit_growsWhileCallsAreQuickAndUsedAndShrinksWhenTheyAreSlow() {
        LoadAdmission admission = admission(4, 1_000, 1);
        int before = admission.searches();

        pass(admission, 20, MILLI);
        int grown = admission.searches();
        pass(admission, 20, 100 * MILLI);

        assertThat(grown).isGreaterThan(before);
        assertThat(admission.searches()).isLessThan(grown);
    }

    /** Windows in which as many calls as may be are under way, each for so long. */
    private void pass(LoadAdmission admission, int windows, long nanos) {
        for (int window = 0; window < windows; window++) {
            for (int round = 0; round < 4; round++) {
                List<Passage> passages = new ArrayList<>();
                IntStream.range(0, admission.searches()).forEach(i -> passages.add(admit(admission, ACME)));
                now += LoadLimit.WINDOW.toNanos() / 4;
                passages.forEach(passage -> passage.ended(Outcome.OK, nanos));
            }
        }
    }

    @Test
    void whatIsRefused_isToldToLogsAndObserverNowAndThen() throws Exception {
        List<LoggedLine> lines = new ArrayList<>();
        TestLogging.during(lines::add, () -> {
            admit(four, ACME);
            Passage second = admit(four, ACME);
            refusal(four, ACME);
            refusal(four, ACME);
            admit(four, ZOO);
            admit(four, LAB);
            assertThat(reports).as("too early").isEmpty();
            now += LoadLimit.TOLD_EVERY.toNanos();
            refusal(four, OrgId.named("late"));
            now += LoadLimit.TOLD_EVERY.toNanos();
            second.ended(Outcome.OK, MILLI);
            return true;
        });

        assertThat(reports).as("nothing is told when nothing was refused")
                .containsExactly(new LoadReport("searches", 4, 4, 2, 1));
        assertThat(lines).hasSize(1);
        assertThat(lines.getFirst().level()).isEqualTo(Level.WARN);
        assertThat(lines.getFirst().fields()).containsEntry("load", "searches").containsEntry("limit", "4")
                .containsEntry("under_way", "4").containsEntry("refused_org_share", "2")
                .containsEntry("refused_overload", "1");
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

        for (OrgId org : List.of(ACME, ACME, ZOO, LAB)) {
            admit(four, org);
        }
        assertThat(refusal(four, LAB).reason()).isEqualTo(Reason.OVERLOAD);
    }
}
