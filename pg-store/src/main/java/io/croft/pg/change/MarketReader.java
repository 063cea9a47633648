package io.croft.pg.change;

import io.croft.OrgId;
import io.croft.pg.change.MarketPosition.Spot;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.Binder;
import io.croft.pg.tx.Refusals;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Transactions;
import io.croft.search.Lag;
import io.croft.spi.ChangeFeed.Batch;
import io.croft.spi.ChangeFeed.Reader;
import io.croft.spi.ChangeFeed.Unread;
import io.croft.spi.Checkpoint;
import io.croft.spi.ContentKey;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads the marketplace's log, where all organisations write at once and nobody waits for anybody.
 *
 * <p>The log's order is (transaction, id), but rows become visible in the order of the COMMITs, so a row may appear
 * before others that were read long ago. The reader therefore works by snapshots: a <em>round</em> hands out, in pages,
 * every row that its snapshot sees and that of the round before did not. Each row is handed out once, as soon as it can
 * be seen; how long some transaction stays open makes no difference, and nothing needs to be remembered but the two
 * snapshots.
 *
 * <p>A checkpoint must outlive the process, and cannot hold a list of transactions. It is the last row that is
 * <em>settled</em>: before it no row can appear any more, because its transaction is before the least one that was
 * running. Reading from there again gives what came after it a second time, which does no harm. So an open transaction
 * delays the checkpoint and nothing else.
 *
 * <p>The row's random id, and the installation's epoch, tell whether it is still the same log. Rows are removed after
 * some days, but never the last settled one.
 */
final class MarketReader implements Reader {

    private static final int MAX_LIMIT = 1000;
    private static final Spot START = new Spot(0, 0);
    /** As a snapshot's bounds: the statement's own. */
    private static final Snapshot OF_NOW = new Snapshot(Long.MAX_VALUE, Long.MAX_VALUE, new long[0]);

    private final Transactions transactions;
    private final Checkpoint from;
    private @Nullable MarketPosition checkpoint;
    /** All that it sees has been handed out. */
    private Snapshot before = Snapshot.OF_NOTHING;
    /** The present round's, between two of its pages. */
    private @Nullable Snapshot round;
    /** The last row of the present round that was handed out. */
    private Spot cursor = START;

    MarketReader(Transactions transactions, Checkpoint from) {
        this.transactions = transactions;
        this.from = from;
    }

    static Checkpoint head(Transactions transactions) {
        return transactions.query(Access.index(), ChangeSql.MARKET_HEAD, Binder.NONE, Rows.one(MarketPosition::read))
                .toCheckpoint();
    }

    @Override
    public Batch next(int limit) {
        Refusals.requireBatch("listings", limit, MAX_LIMIT);
        MarketPosition start = checkpoint;
        if (start == null) {
            Optional<MarketPosition> found = from.equals(Checkpoint.BEGINNING)
                    ? beginning()
                    : MarketPosition.parse(from);
            if (found.isEmpty()) {
                return new Batch.Lost(from.equals(Checkpoint.BEGINNING)
                        ? "the beginning of the marketplace's log has expired"
                        : "checkpoint \"" + from.value() + "\" is not of the marketplace's log");
            }
            start = found.get();
            cursor = start.spot();
        }
        return read(start, limit);
    }

    @Override
    public Unread unread() {
        Snapshot seen = before;
        Snapshot bound = round == null ? OF_NOW : round;
        Spot after = checkpoint == null
                ? MarketPosition.parse(from).map(MarketPosition::spot).orElse(START)
                : cursor;
        return () -> transactions.query(Access.index(), ChangeSql.MARKET_UNREAD,
                p -> p.int8(seen.xmax()).int8(after.xid()).int8(after.id()).int4(Lag.MAX_ROWS)
                        .int8s(seen.running()).int8(seen.xmax()).int8(after.xid()).int8(after.id()).int4(Lag.MAX_ROWS)
                        .int8s(bound.running()).int8(seen.xmax()).int8s(seen.running())
                        .int8(after.xid()).int8(after.id()).int4(Lag.MAX_ROWS),
                Rows.one(row -> new Lag(Math.min(Lag.MAX_ROWS, row.getLong("unread")), PrivateReader.age(row))));
    }

    private Optional<MarketPosition> beginning() {
        return transactions.query(Access.index(), ChangeSql.MARKET_FIRST, Binder.NONE, Rows.one(MarketPosition::read))
                .ifBeginning();
    }

    private Batch read(MarketPosition start, int limit) {
        Snapshot seen = before;
        Snapshot bound = round == null ? OF_NOW : round;
        Spot after = cursor;
        return transactions.query(Access.index(), ChangeSql.MARKET_NEXT,
                p -> p.int8(seen.xmax())
                        .int8(after.xid()).int8(after.id()).int8(bound.xmax()).int8s(bound.running()).int4(limit)
                        .int8s(seen.running())
                        .int8(after.xid()).int8(after.id()).int8(bound.xmax()).int8s(bound.running()).int4(limit)
                        .int4(limit)
                        .int8(start.spot().xid()).int8(start.spot().id()).uuid(start.change())
                        .int8(bound.xmin()),
                rows -> read(rows, start, limit));
    }

    private Batch read(ResultSet rows, MarketPosition start, int limit) throws SQLException {
        if (!rows.next()) {
            throw new SQLException("table installation is empty");
        }
        Snapshot now = Snapshot.parse(rows.getString("snapshot"));
        UUID epoch = rows.getObject("epoch", UUID.class);
        if (!rows.getBoolean("known") || !epoch.equals(start.epoch()) || now.xmax() < before.xmax()) {
            return new Batch.Lost(
                    "entry " + start.spot().id() + " of the marketplace's log is not there: it expired, or "
                            + "the database is another one or was set back");
        }
        MarketPosition settled = new MarketPosition(epoch,
                new Spot(rows.getLong("settled_xid"), rows.getLong("settled_id")),
                rows.getObject("settled_change", UUID.class));
        Set<ContentKey> dirty = new LinkedHashSet<>();
        MarketPosition last = null;
        int count = 0;
        do {
            rows.getLong("id");
            if (rows.wasNull()) {
                break;
            }
            last = MarketPosition.read(rows);
            count++;
            UUID org = rows.getObject("org_id", UUID.class);
            if (org != null) {
                dirty.add(new ContentKey(OrgId.of(org), rows.getString("listing_id")));
            }
        } while (rows.next());
        boolean goesOn = count == limit;
        // A round that had several pages ends with what its first one could see: more may have come since.
        boolean more = goesOn || round != null;
        MarketPosition to = advance(start, settled, goesOn ? last : null, now);
        return new Batch.Changes(List.copyOf(dirty), to.toCheckpoint(), more);
    }

    /**
     * Takes note of what was handed out.
     *
     * @param last the page's last row, if the round goes on
     */
    private MarketPosition advance(MarketPosition start, MarketPosition settled, @Nullable MarketPosition last,
            Snapshot now) {
        Snapshot present = round == null ? now : round;
        MarketPosition reached = settled;
        if (last == null) {
            before = present;
            round = null;
            cursor = START;
        } else {
            round = present;
            cursor = last.spot();
            reached = last.spot().compareTo(settled.spot()) < 0 ? last : settled;
        }
        checkpoint = reached.spot().compareTo(start.spot()) > 0 ? reached : start;
        return checkpoint;
    }
}
