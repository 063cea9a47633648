package io.croft.pg;

import io.croft.OrgId;
import io.croft.spi.ChangeFeed.Batch;
import io.croft.spi.ChangeFeed.Reader;
import io.croft.spi.Checkpoint;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexScope.PrivateIndex;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads one organisation's log, as that organisation. Its numbers have no gaps and become visible in their order, so the last one
 * says everything; the random id beside it tells whether it is still the same log.
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
                        throw ChunkReader.notThisLife(index);
                    }
                    long last = rows.getLong("last_seq");
                    return last == 0
                            ? Checkpoint.BEGINNING
                            : new Position(last, rows.getObject("last_change", UUID.class)).toCheckpoint();
                });
    }

    @Override
    public Batch next(int limit) {
        PgContentStore.requireBatch("documents", limit, MAX_LIMIT);
        if (position.equals(Position.UNREADABLE)) {
            return new Batch.Lost("checkpoint \"" + from.value() + "\" is not of an organisation's log");
        }
        OrgId org = index.org();
        Position at = position;
        return transactions.query(Access.tenant(org), ChangeSql.PRIVATE_NEXT,
                p -> p.int8(at.seq()).uuid(at.change())
                        .org(org).int8(at.seq()).uuid(at.change())
                        .org(org).int8(at.seq()).int4(limit)
                        .org(org).uuid(index.incarnation()),
                rows -> read(rows, at));
    }

    private Batch read(ResultSet rows, Position at) throws SQLException {
        if (!rows.next()) {
            throw ChunkReader.notThisLife(index);
        }
        long last = rows.getLong("last_seq");
        if (at.seq() > 0 && !rows.getBoolean("known")) {
            return new Batch.Lost("change " + at.seq() + " is not in the log of organisation " + index.org()
                    + ", which is at " + last + ": it expired, or the database was set back");
        }
        Set<ContentKey> dirty = new LinkedHashSet<>();
        Position to = at;
        while (to.seq() < last) {
            long seq = rows.getLong("seq");
            if (rows.wasNull() || seq != to.seq() + 1) {
                return new Batch.Lost("change " + (to.seq() + 1) + " of organisation " + index.org() + " has expired");
            }
            dirty.add(new ContentKey(index.org(), rows.getString("document_id")));
            to = new Position(seq, rows.getObject("change_id", UUID.class));
            if (!rows.next()) {
                break;
            }
        }
        position = to;
        return new Batch.Changes(List.copyOf(dirty), to.toCheckpoint(), to.seq() < last);
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
