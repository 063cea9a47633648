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
            for (IndexScope.PrivateIndex life : store.orgs().gone(lives)) {
                LOG.info("the files of organisation {} in its life {} are removed: the database does not know it, or"
                        + " not any more", life.org(), life.incarnation());
                erase(blobs, life);
            }
        }
    }

    /** Removes the files of a life that is over; where that fails, a later round does it. */
    static void erase(BlobStore blobs, IndexScope.PrivateIndex life) {
        try {
            blobs.erase(life);
        } catch (StoreUnavailableException e) {
            LOG.warn("the files of organisation {} in its life {}, which is over, cannot be removed now ({}): it is"
                    + " tried again every {}", life.org(), life.incarnation(), e.getMessage(), EVERY);
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
