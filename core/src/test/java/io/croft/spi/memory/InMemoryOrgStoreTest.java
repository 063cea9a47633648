package io.croft.spi.memory;

import io.croft.spi.Store;
import io.croft.spi.contract.OrgStoreContract;
import java.time.Duration;

class InMemoryOrgStoreTest extends OrgStoreContract {

    private final SettableClock clock = new SettableClock();

    @Override
    protected Store openStore() {
        return new InMemoryStore(clock);
    }

    @Override
    public void advance(Duration time) {
        clock.advance(time);
    }
}
