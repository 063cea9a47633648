package io.croft.pg;

import io.croft.spi.ChangeFeed;
import io.croft.spi.Checkpoint;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexScope.MarketIndex;
import io.croft.spi.IndexScope.PrivateIndex;

/** The change logs: one for each organisation, numbered; one for the marketplace, ordered by transaction. */
final class PgChangeFeed implements ChangeFeed {

    private final Transactions transactions;

    PgChangeFeed(Transactions transactions) {
        this.transactions = transactions;
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
}
