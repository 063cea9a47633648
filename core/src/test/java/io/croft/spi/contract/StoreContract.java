package io.croft.spi.contract;

import io.croft.spi.Store;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** What the contracts of a store's parts share: how to open it, and how time goes by. */
public abstract class StoreContract implements StoreFixture {

    private Store store;
    private String queue;

    /**
     * Opens a store that is ready for use. Called before each test; closed after it. All tests may use one database.
     */
    protected abstract Store openStore();

    /**
     * {@inheritDoc}
     *
     * <p>By default real time goes by; a store with a clock of its own sets that.
     */
    @Override
    public void advance(Duration time) {
        Await.pass(time);
    }

    @BeforeEach
    final void open() {
        store = openStore();
        queue = "q-" + UUID.randomUUID();
        store.jobs().registerQueue(queue);
    }

    @AfterEach
    final void close() {
        store.close();
    }

    @Override
    public final Store store() {
        return store;
    }

    @Override
    public final String queue() {
        return queue;
    }
}
