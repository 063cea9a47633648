package io.croft.spi.memory;

import io.croft.Org;
import io.croft.spi.Store;
import io.croft.spi.contract.BlobStoreContract;
import java.time.Duration;

class InMemoryBlobStoreTest extends BlobStoreContract {

    private final SettableClock clock = new SettableClock();

    @Override
    protected Store openStore() {
        return new InMemoryStore(clock);
    }

    @Override
    protected void age(Org org, String key, Duration by) {
        clock.advance(by);
    }
}
