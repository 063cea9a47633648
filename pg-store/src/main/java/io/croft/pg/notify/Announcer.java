package io.croft.pg.notify;

import io.croft.pg.tx.Access;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Transactions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells all processes on a channel what was committed, after the COMMIT and in a transaction of its own: a NOTIFY
 * inside the writer's would have all writers of the database commit one after the other. Writers never wait for it, and
 * however many there are, what they say is told together, once in a pause. What is lost, because this process or the
 * database ends, is found by those who look by themselves. Thread-safe.
 */
public final class Announcer implements AutoCloseable {

    /** A notification has room for 8,000 bytes, and a word has 64 at most. */
    private static final int MAX_WORDS = 100;
    private static final Duration LAST_WORD = Duration.ofSeconds(1);
    private static final Logger LOG = LoggerFactory.getLogger(Announcer.class);

    private final Transactions transactions;
    private final Channel channel;
    private final Set<String> untold = ConcurrentHashMap.newKeySet();
    private final Semaphore wakes = new Semaphore(0);
    private final CountDownLatch stop = new CountDownLatch(1);
    private final Thread thread;

    private Announcer(Transactions transactions, Channel channel) {
        this.transactions = transactions;
        this.channel = channel;
        this.thread = Thread.ofVirtual().name("croft-notify").unstarted(this::run);
    }

    /** Starts the thread that tells; the caller closes it. */
    public static Announcer start(Transactions transactions, Channel channel) {
        Announcer announcer = new Announcer(transactions, channel);
        announcer.thread.start();
        return announcer;
    }

    /** Changes were committed: everybody is told soon. Returns at once. */
    public void changed() {
        say("");
    }

    /**
     * Everybody is told this word soon, once however often it is said until then. Returns at once.
     *
     * @param word up to 64 characters without a comma
     */
    public void say(String word) {
        if (untold.add(word)) {
            wakes.release();
        }
    }

    /** Tells this text now. */
    void tell(String payload) {
        transactions.query(Access.index(), channel.notifySql(), p -> p.text(payload), Rows.any());
    }

    private void run() {
        try {
            do {
                wakes.acquire();
                wakes.drainPermits();
                announce();
            } while (!stop.await(channel.pause().toMillis(), TimeUnit.MILLISECONDS));
            announce();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            LOG.warn("other processes are told of {} no more, because the thread that does was interrupted: they find "
                    + "them when they look by themselves", channel.what());
        }
    }

    private void announce() {
        List<String> words = new ArrayList<>();
        for (Iterator<String> all = untold.iterator(); all.hasNext();) {
            words.add(all.next());
            all.remove();
        }
        try {
            for (int from = 0; from < words.size(); from += MAX_WORDS) {
                tell(String.join(",", words.subList(from, Math.min(words.size(), from + MAX_WORDS))));
            }
        } catch (RuntimeException e) {
            LOG.debug("other processes could not be told of {} and find them when they look: {}", channel.what(),
                    e.getMessage());
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
