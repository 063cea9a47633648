package io.croft.spi.memory;

import io.croft.spi.Store;
import io.croft.spi.contract.FlagStoreContract;

class InMemoryFlagStoreTest extends FlagStoreContract {

    @Override
    protected Store openStore() {
        return new InMemoryStore();
    }
}
