package io.croft.spi.memory;

import io.croft.spi.Store;
import io.croft.spi.contract.SecretStoreContract;

class InMemorySecretStoreTest extends SecretStoreContract {

    @Override
    protected Store openStore() {
        return new InMemoryStore();
    }
}
