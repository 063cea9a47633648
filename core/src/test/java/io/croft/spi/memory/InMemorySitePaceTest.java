package io.croft.spi.memory;

import io.croft.spi.Store;
import io.croft.spi.contract.SitePaceContract;
import java.time.Duration;

class InMemorySitePaceTest extends SitePaceContract {

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
