package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.spi.SpendStore;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every store counts of what is spent on embedding. A run over midnight, in UTC, is not what it expects. */
public abstract class SpendStoreContract extends StoreContract {

    private OrgId org;
    private OrgId other;

    @BeforeEach
    final void prepare() {
        ContentSteps steps = new ContentSteps(this);
        org = steps.newOrg();
        other = steps.newOrg();
    }

    private SpendStore spends() {
        return store().spends();
    }

    @Test
    void take_isGivenUntilTheBudgetIsSpent() {
        assertThat(spends().spent(org)).isZero();
        assertThat(spends().take(org, 60, 100)).isZero();
        assertThat(spends().take(org, 60, 100)).as("the last one may go beyond").isZero();

        Duration left = spends().take(org, 1, 100);

        assertThat(left).isPositive().isLessThanOrEqualTo(Duration.ofDays(1));
        assertThat(spends().spent(org)).isEqualTo(120);
        assertThat(spends().take(org, 1, 121)).as("of a greater budget").isZero();
        assertThat(spends().take(other, 1, 100)).as("another's").isZero();
        assertThat(spends().spent(other)).isEqualTo(1);
    }

    @Test
    void take_ofMoreThanADaysIsGivenOnce() {
        assertThat(spends().take(org, 1_000, 100)).isZero();
        assertThat(spends().take(org, 1_000, 100)).isPositive();
    }

    @Test
    void giveBack_letsOthersSpend() {
        spends().take(org, 100, 100);

        spends().giveBack(org, 40);

        assertThat(spends().spent(org)).isEqualTo(60);
        assertThat(spends().take(org, 1, 100)).isZero();
        spends().giveBack(org, 1_000);
        assertThat(spends().spent(org)).isZero();
        spends().giveBack(other, 5);
        assertThat(spends().spent(other)).isZero();
    }

    @Test
    void take_ofManyAtOnceIsCountedEach() {
        Race.of(20, number -> spends().take(org, 3, 1_000));

        assertThat(spends().spent(org)).isEqualTo(60);
    }

    @Test
    void take_ofAnUnknownOrganisationIsNothing() {
        assertThat(spends().take(OrgId.of(new UUID(1, 2)), 1, 100)).isPositive();
    }
}
