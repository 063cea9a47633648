package io.croft.spi.memory;

import io.croft.spi.Store;
import io.croft.spi.contract.ChangeFeedContract;
import java.time.Duration;

class InMemoryChangeFeedTest extends ChangeFeedContract {

    private final SettableClock clock = new SettableClock();

    @Override
    protected Store openStore() {
        return new InMemoryStore(clock);
    }

    @Override
    public void advance(Duration time) {
        clock.advance(time);
    }

    @Override
    public Store openOtherStore() {
        return new InMemoryStore(clock);
    }
}
