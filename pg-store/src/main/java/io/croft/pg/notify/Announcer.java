package io.croft.pg.notify;

import io.croft.pg.tx.Access;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Transactions;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells all processes that a change log has grown, after the COMMIT and in a transaction of its own: a NOTIFY inside
 * the writer's would have all writers of the database commit one after the other. Writers never wait for it, and
 * however many there are, it is told at most once in {@link #PAUSE}. What is lost, because this process or the database
 * ends, is found by those who look by themselves. Thread-safe.
 */
public final class Announcer implements AutoCloseable {

    /** The least time between two notifications. */
    static final Duration PAUSE = Duration.ofMillis(25);

    private static final Duration LAST_WORD = Duration.ofSeconds(1);
    private static final Logger LOG = LoggerFactory.getLogger(Announcer.class);

    private final Transactions transactions;
    private final AtomicBoolean pending = new AtomicBoolean();
    private final Semaphore wakes = new Semaphore(0);
    private final CountDownLatch stop = new CountDownLatch(1);
    private final Thread thread;

    private Announcer(Transactions transactions) {
        this.transactions = transactions;
        this.thread = Thread.ofVirtual().name("croft-notify").unstarted(this::run);
    }

    /** Starts the thread that tells; the caller closes it. */
    public static Announcer start(Transactions transactions) {
        Announcer announcer = new Announcer(transactions);
        announcer.thread.start();
        return announcer;
    }

    /** Changes were committed: everybody is told soon. Returns at once. */
    public void changed() {
        if (!pending.getAndSet(true)) {
            wakes.release();
        }
    }

    /** Tells this text now. */
    void tell(String payload) {
        transactions.query(Access.index(), NotifySql.NOTIFY, p -> p.text(payload), Rows.any());
    }

    private void run() {
        try {
            do {
                wakes.acquire();
                if (pending.getAndSet(false)) {
                    announce();
                }
            } while (!stop.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS));
            if (pending.getAndSet(false)) {
                announce();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            LOG.warn("other processes are told of changes no more, because the thread that does was interrupted: they"
                    + " find them when they look by themselves");
        }
    }

    private void announce() {
        try {
            tell("");
        } catch (RuntimeException e) {
            LOG.debug("other processes could not be told of changes and find them when they look: {}", e.getMessage());
        }
    }

    /** Ends after a last word, if there is one to say; a word that takes longer than a second is not waited for. */
    @Override
    public void close() {
        stop.countDown();
        wakes.release();
        try {
            if (!thread.join(LAST_WORD)) {
                LOG.debug("the last notification is not waited for");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
