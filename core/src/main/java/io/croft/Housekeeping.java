package io.croft;

import io.croft.spi.Store;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has the store remove what has outlived its retention, every few minutes. */
final class Housekeeping implements AutoCloseable {

    private static final Duration EVERY = Duration.ofMinutes(5);
    private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);

    private final Store store;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final Thread thread;

    private Housekeeping(Store store) {
        this.store = store;
        this.thread = Thread.ofVirtual().name("croft-housekeeping").unstarted(this::run);
    }

    static Housekeeping start(Store store) {
        Housekeeping housekeeping = new Housekeeping(store);
        housekeeping.thread.start();
        return housekeeping;
    }

    private void run() {
        try {
            do {
                try {
                    store.expire();
                } catch (RuntimeException e) {
                    LOG.warn("what has outlived its retention could not be removed; it is tried again in {}", EVERY, e);
                }
            } while (!stop.await(EVERY.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            LOG.warn("housekeeping was interrupted and ends: restart this process to have it run again");
        }
    }

    @Override
    public void close() {
        stop.countDown();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
