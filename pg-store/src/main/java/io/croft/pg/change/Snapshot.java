package io.croft.pg.change;

import java.util.Arrays;

/**
 * What a statement could see: every transaction before {@code xmin}, none from {@code xmax} on, and none of those that
 * were running. As Postgres writes it: {@code xmin:xmax:running,running…}
 *
 * <p>A row that was written by transaction x and is seen by a later snapshot is new, and was not seen by this one,
 * exactly if {@code x >= xmax} or x was running. So a reader that keeps its last snapshot is told each row once, at its
 * first chance, however long some other transaction stays open.
 *
 * @param xmin    the least transaction that was running; all before it have ended for good
 * @param xmax    the first transaction that had not begun
 * @param running between the two, ascending
 */
@SuppressWarnings("ArrayRecordComponent")
record Snapshot(long xmin, long xmax, long[] running) {

    private static final long[] NONE_RUNNING = {};

    /** Saw nothing: to it, all rows are new. */
    static final Snapshot OF_NOTHING = new Snapshot(0, 0, NONE_RUNNING);

    static Snapshot parse(String text) {
        String[] parts = text.split(":", -1);
        if (parts.length != 3) {
            throw new IllegalArgumentException("no snapshot: " + text);
        }
        long[] running = parts[2].isEmpty()
                ? NONE_RUNNING
                : Arrays.stream(parts[2].split(",")).mapToLong(Long::parseLong).toArray();
        return new Snapshot(Long.parseLong(parts[0]), Long.parseLong(parts[1]), running);
    }
}
