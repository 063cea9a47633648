package io.croft.spi.memory;

import io.croft.spi.Store;
import io.croft.spi.contract.InputStoreContract;
import java.time.Duration;

class InMemoryInputStoreTest extends InputStoreContract {

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
