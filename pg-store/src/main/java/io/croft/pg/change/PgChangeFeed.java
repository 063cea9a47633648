package io.croft.pg.change;

import io.croft.pg.notify.Announcer;
import io.croft.pg.notify.Channel;
import io.croft.pg.notify.NotifyListener;
import io.croft.pg.tx.Transactions;
import io.croft.spi.ChangeFeed;
import io.croft.spi.Checkpoint;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexScope.MarketIndex;
import io.croft.spi.IndexScope.PrivateIndex;
import java.util.Optional;
import javax.sql.DataSource;

/** The change logs: one for each organisation, numbered; one for the marketplace, ordered by transaction. */
public final class PgChangeFeed implements ChangeFeed {

    private final Transactions transactions;
    private final Announcer announcer;
    private final Optional<DataSource> listening;

    /**
     * The feed of a store.
     *
     * @param listening gives the connection that listens for changes; empty if nobody is to listen
     */
    public PgChangeFeed(Transactions transactions, Announcer announcer, Optional<DataSource> listening) {
        this.transactions = transactions;
        this.announcer = announcer;
        this.listening = listening;
    }

    @Override
    public Checkpoint head(IndexScope scope) {
        return switch (scope) {
            case PrivateIndex index -> PrivateReader.head(transactions, index);
            case MarketIndex market -> MarketReader.head(transactions);
        };
    }

    @Override
    public Reader reader(IndexScope scope, Checkpoint from) {
        return switch (scope) {
            case PrivateIndex index -> new PrivateReader(transactions, index, from);
            case MarketIndex market -> new MarketReader(transactions, from);
        };
    }

    @Override
    public Watch watch() {
        return new LogWatch(transactions);
    }

    @Override
    public Listening listen(Runnable grown) {
        return listening.<Listening>map(
                source -> NotifyListener.start(source, transactions.schema(), Channel.CHANGES, announcer,
                        words -> grown.run()))
                .orElse(Listening.DEAF);
    }
}
