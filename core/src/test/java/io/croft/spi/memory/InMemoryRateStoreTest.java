package io.croft.spi.memory;

import io.croft.spi.Store;
import io.croft.spi.contract.RateStoreContract;
import java.time.Duration;

class InMemoryRateStoreTest extends RateStoreContract {

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
