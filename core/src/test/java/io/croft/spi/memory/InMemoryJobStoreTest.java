package io.croft.spi.memory;

import io.croft.spi.Store;
import io.croft.spi.contract.JobStoreContract;
import java.time.Duration;

class InMemoryJobStoreTest extends JobStoreContract {

    private final SettableClock clock = new SettableClock();

    @Override
    protected Store openStore() {
        return new InMemoryStore(clock);
    }

    @Override
    protected void forgetEndedJobs() {
        clock.advance(Duration.ofDays(8));
        store().expire();
    }

    @Override
    public void advance(Duration time) {
        clock.advance(time);
    }
}
