package io.croft;

import io.croft.spi.BlobStore;
import io.croft.spi.IndexScope;
import io.croft.spi.Store;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the store remove what has outlived its retention, and removes files of lives that are over, every few minutes.
 */
final class Housekeeping implements AutoCloseable {

    private static final Duration EVERY = Duration.ofMinutes(5);
    private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);

    private final Store store;
    private final BlobStore blobs;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final Thread thread;

    private Housekeeping(Store store, BlobStore blobs) {
        this.store = store;
        this.blobs = blobs;
        this.thread = Thread.ofVirtual().name("croft-housekeeping").unstarted(this::run);
    }

    static Housekeeping start(Store store, BlobStore blobs) {
        Housekeeping housekeeping = new Housekeeping(store, blobs);
        housekeeping.thread.start();
        return housekeeping;
    }

    private void run() {
        try {
            do {
                try {
                    store.expire();
                    removeBlobsOfThoseGone();
                } catch (RuntimeException e) {
                    LOG.warn("what has outlived its retention could not be removed; it is tried again in {}", EVERY, e);
                }
            } while (!stop.await(EVERY.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            LOG.warn("housekeeping was interrupted and ends: restart this process to have it run again");
        }
    }

    private void removeBlobsOfThoseGone() {
        Set<IndexScope.PrivateIndex> lives = blobs.lives();
        if (!lives.isEmpty()) {
            store.orgs().gone(lives).forEach(blobs::erase);
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
