package io.croft.spi.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.audit.AuditFilter;
import io.croft.spi.Store;
import io.croft.spi.contract.AuditStoreContract;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class InMemoryAuditStoreTest extends AuditStoreContract {

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
    void entries_goWithTheirRetention() {
        newOrg();
        clock.advance(Duration.ofDays(399));
        newOrg();
        clock.advance(Duration.ofDays(2));

        store().expire();

        assertThat(store().audit().list(AuditFilter.ALL, Optional.empty(), 10)).hasSize(1);
    }
}
