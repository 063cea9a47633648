package io.croft.pg.change;

import io.croft.OrgId;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.Binder;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Transactions;
import io.croft.spi.ChangeFeed.Watch;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexScope.MarketIndex;
import io.croft.spi.IndexScope.PrivateIndex;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;

/**
 * Tells which logs have rows that it has not seen. It looks at the logs' transaction numbers with the snapshot of its
 * last look ({@link Snapshot}), so that it misses no COMMIT that came late, names no row twice, and its cost follows
 * what is new: one round trip and two short index scans when nothing is. The counters stay free of indexes on what
 * changes, and their updates HOT.
 */
final class LogWatch implements Watch {

    private final Transactions transactions;
    private Snapshot seen;

    LogWatch(Transactions transactions) {
        this.transactions = transactions;
        this.seen = Snapshot.parse(transactions.query(Access.index(), ChangeSql.SNAPSHOT, Binder.NONE,
                Rows.one(row -> row.getString(1))));
    }

    @Override
    public Set<IndexScope> changed() {
        Look look = look(seen);
        if (look.snapshot().xmax() < seen.xmax()) {
            // The database was set back: numbers are given out again, so all that there is may be new.
            look = look(Snapshot.OF_NOTHING);
        }
        seen = look.snapshot();
        return look.grown();
    }

    private Look look(Snapshot since) {
        return transactions.query(Access.index(), ChangeSql.GROWN,
                p -> p.int8(since.xmax()).int8s(since.running()).int8(since.xmax()).int8s(since.running()),
                LogWatch::read);
    }

    private static Look read(ResultSet rows) throws SQLException {
        if (!rows.next()) {
            throw new SQLException("a statement that gives rows gave none");
        }
        Snapshot snapshot = Snapshot.parse(rows.getString("snapshot"));
        Set<IndexScope> grown = new HashSet<>();
        if (rows.getBoolean("market")) {
            grown.add(new MarketIndex());
        }
        do {
            UUID org = rows.getObject("org_id", UUID.class);
            if (org != null) {
                grown.add(new PrivateIndex(OrgId.of(org), rows.getObject("incarnation", UUID.class)));
            }
        } while (rows.next());
        return new Look(snapshot, grown);
    }

    private record Look(Snapshot snapshot, Set<IndexScope> grown) {
    }
}
