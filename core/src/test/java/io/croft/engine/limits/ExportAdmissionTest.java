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
import io.croft.limits.LoadShedding;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Each export keeps a connection of the pool while its stream is read, however slowly. */
class ExportAdmissionTest {

    private static final OrgId ACME = OrgId.named("acme");
    private static final OrgId ZOO = OrgId.named("zoo");

    private final ExportAdmission exports = new ExportAdmission(CallObserver.NOBODY, () -> 0);

    private Passage admit(OrgId org) {
        return exports.admit(new Entry(Operation.ORGS_EXPORT, Actor.service("s"), Optional.of(org)));
    }

    /** A super admin's are on the life of an organisation, which may be suspended. */
    private Passage admitOperator(OrgId org) {
        return exports.admit(new Entry(Operation.ORGS_EXPORT, Actor.superAdmin("ops"), Optional.empty(),
                Optional.of(org)));
    }

    private static Reason refusal(Runnable call) {
        return catchThrowableOfType(CallRefusedException.class, call::run).reason();
    }

    @Test
    void exports_areOneOfAnOrgWhoeverMakesThem() {
        Passage first = admit(ACME);

        assertThat(refusal(() -> admit(ACME))).isEqualTo(Reason.ORG_SHARE);
        assertThat(refusal(() -> admitOperator(ACME))).isEqualTo(Reason.ORG_SHARE);
        first.ended(Outcome.FAILED, 1);
        admitOperator(ACME);
        assertThat(refusal(() -> admit(ACME))).isEqualTo(Reason.ORG_SHARE);
    }

    @Test
    void exports_areFewInAll() {
        Passage first = admit(ACME);
        for (int i = 1; i < LoadShedding.EXPORTS; i++) {
            OrgId org = OrgId.named("org-" + i);
            Passage other = i % 2 == 0 ? admit(org) : admitOperator(org);
            assertThat(other).isNotNull();
        }

        assertThat(refusal(() -> admit(ZOO))).isEqualTo(Reason.OVERLOAD);
        assertThat(refusal(() -> admitOperator(ZOO))).isEqualTo(Reason.OVERLOAD);
        first.ended(Outcome.OK, 1);
        admit(ZOO);
    }

    @Test
    void otherCalls_areNoneOfThem() {
        for (int i = 0; i < 10; i++) {
            exports.admit(new Entry(Operation.DOCUMENTS_COPY, Actor.service("s"), Optional.of(ACME)));
            exports.admit(new Entry(Operation.ORGS_ERASE, Actor.service("s"), Optional.empty(), Optional.of(ACME)));
            exports.admit(new Entry(Operation.QUEUES_LIST, Actor.superAdmin("ops"), Optional.empty()));
        }

        assertThat(admit(ACME)).isNotNull();
    }
}
