package io.croft.spi.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.Actor;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.spi.Store;
import io.croft.spi.contract.SpendStoreContract;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class InMemorySpendStoreTest extends SpendStoreContract {

    private final SettableClock clock = new SettableClock();

    @Override
    protected Store openStore() {
        return new InMemoryStore(clock);
    }

    @Override
    public void advance(Duration time) {
        clock.advance(time);
    }

    @Test
    void nextDay_hasABudgetOfItsOwn() {
        OrgId acme = OrgId.named("acme");
        store().orgs().create(TenantContext.of(acme, Actor.superAdmin("test")));
        store().spends().take(acme, 100, 100);

        advance(store().spends().take(acme, 1, 100));

        assertThat(store().spends().spent(acme)).isZero();
        assertThat(store().spends().take(acme, 7, 100)).isZero();
        assertThat(store().spends().spent(acme)).isEqualTo(7);
    }
}
