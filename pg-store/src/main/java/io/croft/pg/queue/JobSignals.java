package io.croft.pg.queue;

import io.croft.pg.notify.Announcer;
import io.croft.pg.notify.Channel;
import io.croft.pg.notify.NotifyListener;
import io.croft.pg.tx.Schema;
import io.croft.spi.ChangeFeed.Listening;
import io.croft.spi.JobStore.Signal;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import javax.sql.DataSource;

/** Signals as words on the channel of jobs: the name of a queue, or {@value #CANCELLED}. Thread-safe. */
public final class JobSignals {

    private static final String CANCELLED = "!";
    private static final Pattern QUEUE = Pattern.compile("[a-zA-Z][a-zA-Z0-9._-]{0,63}");

    private final Schema schema;
    private final Announcer announcer;
    private final Optional<DataSource> source;

    /**
     * @param announcer tells on the channel of jobs
     * @param source    gives the connection that listens; empty if nobody is to listen
     */
    public JobSignals(Schema schema, Announcer announcer, Optional<DataSource> source) {
        this.schema = schema;
        this.announcer = announcer;
        this.source = source;
    }

    void signal(Signal signal) {
        switch (signal) {
            case Signal.Enqueued(String queue) -> announcer.say(queue);
            case Signal.Cancelled cancelled -> announcer.say(CANCELLED);
            case Signal.Missed missed -> {
                // nothing to tell: those who miss signals find out by themselves
            }
        }
    }

    Listening listen(Consumer<Signal> heard) {
        return source.<Listening>map(
                from -> NotifyListener.start(from, schema, Channel.JOBS, announcer, words -> {
                    if (words.isEmpty()) {
                        heard.accept(new Signal.Missed());
                    }
                    for (String word : words) {
                        if (word.equals(CANCELLED)) {
                            heard.accept(new Signal.Cancelled());
                        } else if (QUEUE.matcher(word).matches()) { // and not the test of another process
                            heard.accept(new Signal.Enqueued(word));
                        }
                    }
                })).orElse(Listening.DEAF);
    }
}
