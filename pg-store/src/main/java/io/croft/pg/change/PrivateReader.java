package io.croft.pg.change;

import io.croft.OrgId;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.Refusals;
import io.croft.pg.tx.Transactions;
import io.croft.search.Lag;
import io.croft.spi.ChangeFeed.Batch;
import io.croft.spi.ChangeFeed.Reader;
import io.croft.spi.ChangeFeed.Unread;
import io.croft.spi.Checkpoint;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexScope.PrivateIndex;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads one organisation's log, as that organisation. Its numbers have no gaps and become visible in their order, so
 * the last one says everything. Each change has a random id and names that of the one before it, which tells whether
 * this is still the log that the checkpoint was taken of.
 */
final class PrivateReader implements Reader {

    private static final int MAX_LIMIT = 1000;

    private final Transactions transactions;
    private final PrivateIndex index;
    private final Checkpoint from;
    private Position position;

    PrivateReader(Transactions transactions, PrivateIndex index, Checkpoint from) {
        this.transactions = transactions;
        this.index = index;
        this.from = from;
        this.position = Position.parse(from).orElse(Position.UNREADABLE);
    }

    static Checkpoint head(Transactions transactions, PrivateIndex index) {
        OrgId org = index.org();
        return transactions.query(Access.tenant(org), ChangeSql.PRIVATE_HEAD,
                p -> p.org(org).uuid(index.incarnation()), rows -> {
                    if (!rows.next()) {
                        throw Refusals.notThisLife(index);
                    }
                    return Position.read(rows, "last_seq", "last_change").toCheckpoint();
                });
    }

    @Override
    public Batch next(int limit) {
        Refusals.requireBatch("documents", limit, MAX_LIMIT);
        if (position.equals(Position.UNREADABLE)) {
            return new Batch.Lost("checkpoint \"" + from.value() + "\" is not of an organisation's log");
        }
        OrgId org = index.org();
        Position at = position;
        return transactions.query(Access.tenant(org), ChangeSql.PRIVATE_NEXT,
                p -> p.org(org).int8(at.seq()).int4(limit).org(org).uuid(index.incarnation()), rows -> read(rows, at));
    }

    @Override
    public Unread unread() {
        OrgId org = index.org();
        long after = Math.max(0, position.seq());
        return () -> transactions.query(Access.tenant(org), ChangeSql.PRIVATE_UNREAD,
                p -> p.org(org).int8(after).org(org).uuid(index.incarnation()), rows -> {
                    if (!rows.next()) {
                        throw Refusals.notThisLife(index);
                    }
                    return new Lag(Math.max(0, rows.getLong("last_seq") - after), age(rows));
                });
    }

    /** How old the oldest is. The clock of the server may have been set back. */
    static Duration age(ResultSet row) throws SQLException {
        return Duration.of(Math.max(0, row.getLong("age_micros")), ChronoUnit.MICROS);
    }

    private Batch read(ResultSet rows, Position at) throws SQLException {
        if (!rows.next()) {
            throw Refusals.notThisLife(index);
        }
        Position last = Position.read(rows, "last_seq", "last_change");
        Set<ContentKey> dirty = new LinkedHashSet<>();
        Position to = at;
        boolean more = to.seq() < last.seq();
        while (more) {
            Position next = Position.read(rows, "seq", "change_id");
            if (next.seq() != to.seq() + 1 || !Position.readId(rows, "previous_id").equals(to.change())) {
                break;
            }
            dirty.add(new ContentKey(index.org(), rows.getString("document_id")));
            to = next;
            more = rows.next();
        }
        if (more || (to.seq() >= last.seq() && !to.equals(last))) {
            return new Batch.Lost("change " + to.seq() + " of organisation " + index.org() + ", whose log is at "
                    + last.seq() + ", is not in it: it expired, or the database was set back");
        }
        position = to;
        return new Batch.Changes(List.copyOf(dirty), to.toCheckpoint(), to.seq() < last.seq());
    }

    /**
     * A place in the log: after a change.
     *
     * @param seq    the change's number; 0 before the first
     * @param change its random id; nil before the first
     */
    private record Position(long seq, UUID change) {

        private static final UUID NIL = new UUID(0, 0);
        static final Position UNREADABLE = new Position(-1, NIL);

        private static final Pattern TEXT = Pattern.compile("(\\d{1,18}):([0-9a-f-]{36})");

        /** Reads a number and an id; no number is 0. */
        static Position read(ResultSet row, String seq, String change) throws SQLException {
            return new Position(row.getLong(seq), readId(row, change));
        }

        /** Reads an id; none is nil. */
        static UUID readId(ResultSet row, String change) throws SQLException {
            UUID id = row.getObject(change, UUID.class);
            return id == null ? NIL : id;
        }

        static Optional<Position> parse(Checkpoint checkpoint) {
            if (checkpoint.equals(Checkpoint.BEGINNING)) {
                return Optional.of(new Position(0, NIL));
            }
            Matcher text = TEXT.matcher(checkpoint.value());
            return text.matches()
                    ? Optional.of(new Position(Long.parseLong(text.group(1)), UUID.fromString(text.group(2))))
                    : Optional.empty();
        }

        Checkpoint toCheckpoint() {
            return seq == 0 ? Checkpoint.BEGINNING : new Checkpoint(seq + ":" + change);
        }
    }
}
