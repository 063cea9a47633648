package io.croft.pg.change;

import io.croft.spi.Checkpoint;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A place in the marketplace's log: after a row of it.
 *
 * @param epoch  the installation's, while the row's transaction number means what it does
 * @param spot   the row's place
 * @param change the row's random id
 */
record MarketPosition(UUID epoch, Spot spot, UUID change) {

    private static final String ID = "([0-9a-f-]{36})";
    private static final Pattern TEXT = Pattern.compile(ID + ":(\\d{1,18}):(\\d{1,18}):" + ID);
    private static final long FIRST_ID = 1;

    /** Reads the columns epoch, xid, id and change_id. */
    static MarketPosition read(ResultSet row) throws SQLException {
        return new MarketPosition(row.getObject("epoch", UUID.class), new Spot(row.getLong("xid"), row.getLong("id")),
                row.getObject("change_id", UUID.class));
    }

    static Optional<MarketPosition> parse(Checkpoint checkpoint) {
        Matcher text = TEXT.matcher(checkpoint.value());
        return text.matches()
                ? Optional.of(new MarketPosition(UUID.fromString(text.group(1)),
                        new Spot(Long.parseLong(text.group(2)), Long.parseLong(text.group(3))),
                        UUID.fromString(text.group(4))))
                : Optional.empty();
    }

    /** This place, if the log truly begins after it. */
    Optional<MarketPosition> ifBeginning() {
        return spot.id() == FIRST_ID ? Optional.of(this) : Optional.empty();
    }

    Checkpoint toCheckpoint() {
        return new Checkpoint(epoch + ":" + spot.xid() + ":" + spot.id() + ":" + change);
    }

    /**
     * Where a row stands in the log.
     *
     * @param xid the transaction that wrote it
     * @param id  its number, unique, in the order of the transaction's own rows
     */
    record Spot(long xid, long id) implements Comparable<Spot> {

        private static final Comparator<Spot> ORDER = Comparator.comparingLong(Spot::xid).thenComparingLong(Spot::id);

        @Override
        public int compareTo(Spot other) {
            return ORDER.compare(this, other);
        }
    }
}
