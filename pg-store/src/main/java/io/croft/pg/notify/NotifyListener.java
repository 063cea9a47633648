package io.croft.pg.notify;

import io.croft.StoreUnavailableException;
import io.croft.pg.tx.Schema;
import io.croft.pg.tx.SqlErrors;
import io.croft.spi.ChangeFeed;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears what is told on a channel, on a connection of its own. Whether that works cannot be known from the connection:
 * a pooler between may share one session of the server among many, and then LISTEN succeeds and nothing ever arrives.
 * So before it counts as hearing, a random word told on another connection must arrive on this one.
 *
 * <p>While it does not hear, others look often. A connection that was lost is replaced at once, and after
 * failures at growing intervals; one that hears nothing is given back, and tried again after seconds, then minutes.
 * Thread-safe.
 */
public final class NotifyListener implements ChangeFeed.Listening {

    /** How long the word of the test may be on its way. */
    private static final Duration TEST_PATIENCE = Duration.ofSeconds(2);
    /** How long one wait for notifications lasts: so long does it take to notice that it is to end. */
    private static final Duration BREATH = Duration.ofMillis(100);
    /** How long the connection may be silent before it is asked whether it is alive. */
    private static final Duration SILENCE = Duration.ofSeconds(30);
    /** When one that is deaf is tried again: soon, since a busy server may only have been late, then seldom. */
    private static final Duration FIRST_DEAF_PAUSE = Duration.ofSeconds(3);
    private static final Duration LONGEST_DEAF_PAUSE = Duration.ofMinutes(3);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final Duration END_PATIENCE = Duration.ofSeconds(1);
    private static final Logger LOG = LoggerFactory.getLogger(NotifyListener.class);

    private final DataSource source;
    private final Schema schema;
    private final Announcer announcer;
    private final Channel channel;
    private final Consumer<List<String>> heard;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final Thread thread;
    private volatile boolean hears;
    private volatile @Nullable ListeningConnection current;
    /** Confined to the thread. */
    private boolean complained;

    private NotifyListener(DataSource source, Schema schema, Channel channel, Announcer announcer,
            Consumer<List<String>> heard) {
        this.source = source;
        this.schema = schema;
        this.channel = channel;
        this.announcer = announcer;
        this.heard = heard;
        this.thread = Thread.ofPlatform().name("croft-listen-" + channel.what()).daemon().unstarted(this::run);
    }

    /**
     * Begins to listen.
     *
     * @param source    gives the connection
     * @param channel   what to listen to
     * @param announcer of the same channel: tells the word of the test, on a connection from elsewhere
     * @param heard     gets the words that were told; none when it begins or ceases to hear, since what was told in
     *                  between is lost
     */
    public static NotifyListener start(DataSource source, Schema schema, Channel channel, Announcer announcer,
            Consumer<List<String>> heard) {
        NotifyListener listener = new NotifyListener(source, schema, channel, announcer, heard);
        listener.thread.start();
        return listener;
    }

    @Override
    public boolean hears() {
        return hears && stop.getCount() > 0;
    }

    private void run() {
        Duration pause = Duration.ZERO;
        Duration deafPause = Duration.ZERO;
        try {
            while (!stop.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                boolean heard = false;
                try {
                    listen();
                } catch (DeafException e) {
                    complain("other processes are not heard, so their " + channel.what() + " are looked for often: "
                            + e.getMessage() + ". Give the store connections that reach the server itself, or say "
                            + "withoutListening() on its builder");
                    deafPause = e.mayBeLate
                            ? longer(deafPause, FIRST_DEAF_PAUSE, LONGEST_DEAF_PAUSE)
                            : LONGEST_DEAF_PAUSE;
                    pause = deafPause;
                    continue;
                } catch (SQLException | RuntimeException e) {
                    heard = hears;
                    deafPause = Duration.ZERO;
                    complain("the connection that listens for " + channel.what() + " is lost or not to be had, so they "
                            + "are looked for often until it is back: " + e.getMessage());
                } finally {
                    setHears(false);
                }
                pause = heard ? BREATH : longer(pause, FIRST_PAUSE, LONGEST_PAUSE);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            LOG.warn("other processes' {} are heard of no more, because the thread that listens was interrupted",
                    channel.what());
        } finally {
            setHears(false);
        }
    }

    private static Duration longer(Duration pause, Duration first, Duration longest) {
        Duration twice = pause.multipliedBy(2);
        return twice.compareTo(first) < 0 ? first : twice.compareTo(longest) > 0 ? longest : twice;
    }

    /** Once, and again only after it has worked. */
    private void complain(String message) {
        if (!complained && stop.getCount() > 0) {
            complained = true;
            LOG.warn(message);
        }
    }

    private void setHears(boolean now) {
        if (hears != now) {
            hears = now;
            heard.accept(List.of());
        }
    }

    /** Listens until it is to end. */
    private void listen() throws SQLException, InterruptedException {
        try (ListeningConnection line = open()) {
            current = line;
            test(line);
            if (complained) {
                LOG.info("other processes' {} are heard of again", channel.what());
                complained = false;
            }
            setHears(true);
            long heardAtNanos = System.nanoTime();
            while (stop.getCount() > 0) {
                List<String> told = line.hear(BREATH);
                if (!told.isEmpty()) {
                    heardAtNanos = System.nanoTime();
                    heard.accept(told.stream().flatMap(payload -> Arrays.stream(payload.split(",", -1))).distinct()
                            .toList());
                    // what many processes tell at once is one reason to look
                    if (stop.await(channel.pause().toMillis(), TimeUnit.MILLISECONDS)) {
                        return;
                    }
                } else if (System.nanoTime() - heardAtNanos > SILENCE.toNanos()) {
                    line.requireAlive();
                    heardAtNanos = System.nanoTime();
                }
            }
        } finally {
            current = null;
        }
    }

    /** A connection that the server or the source refuses to let listen is deaf; one that is not to be had is not. */
    private ListeningConnection open() throws SQLException {
        try {
            return ListeningConnection.open(source, schema, channel);
        } catch (SQLException e) {
            if (SqlErrors.translate(e) instanceof StoreUnavailableException) {
                throw e;
            }
            throw new DeafException("a connection cannot listen: " + SqlErrors.message(e), false);
        }
    }

    private void test(ListeningConnection line) throws SQLException {
        String word = "test " + UUID.randomUUID();
        announcer.tell(word);
        long until = System.nanoTime() + TEST_PATIENCE.toNanos();
        while (stop.getCount() > 0) {
            List<String> told = line.hear(BREATH);
            if (told.contains(word)) {
                return;
            }
            if (System.nanoTime() - until > 0) {
                throw new DeafException("a notification did not arrive within " + TEST_PATIENCE
                        + ", as behind a pooler that shares sessions by transaction", true);
            }
        }
    }

    @Override
    public void close() {
        stop.countDown();
        try {
            if (!thread.join(END_PATIENCE)) {
                abort();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            abort();
        }
    }

    /** The thread ends by itself when its connection breaks, or when it at last gets one. */
    private void abort() {
        ListeningConnection line = current;
        if (line == null) {
            return;
        }
        try {
            line.abort();
        } catch (SQLException e) {
            LOG.debug("the connection that listens could not be broken: {}", e.getMessage());
        }
    }

    /** Nothing is heard on this connection. */
    private static final class DeafException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final boolean mayBeLate;

        /**
         * Says why.
         *
         * @param mayBeLate whether it may be that a busy server was only slow
         */
        DeafException(String message, boolean mayBeLate) {
            super(message);
            this.mayBeLate = mayBeLate;
        }
    }
}
