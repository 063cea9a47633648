package io.croft.benchmarks.queue;

import io.croft.benchmarks.run.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * Counts, again and again, how many attempts each organisation has leased, while limits change and the database comes
 * and goes. Each look is one statement and so sees one snapshot. More than the limit is allowed only to those that ran
 * before it was lowered, so their number must not grow: at most the greatest of the limit now, the limit at the last
 * look and the number at the last look.
 */
final class LaneWatch implements AutoCloseable {

    private static final long PAUSE_NANOS = Duration.ofMillis(2).toNanos();
    private static final long AWAY_NANOS = Duration.ofMillis(100).toNanos();
    /** After a longer pause, limits may have changed twice. */
    private static final long GAP_NANOS = Duration.ofMillis(500).toNanos();
    private static final String LOOK = """
            WITH held AS (SELECT r.queue_id, r.org_id, count(*) AS n FROM croft.run r GROUP BY r.queue_id, r.org_id)
            SELECT l.queue_id || ' ' || l.org_id, coalesce(h.n, 0), l.running, l.max_running
              FROM croft.lane l LEFT JOIN held h ON h.queue_id = l.queue_id AND h.org_id = l.org_id""";

    private final Database database;
    private final AtomicBoolean stop = new AtomicBoolean();
    private final Thread thread = Thread.ofPlatform().name("croft-lane-watch").daemon().unstarted(this::watch);
    private Map<String, Lane> before = new HashMap<>();
    private long lookedNanos;
    private long looks;
    private long atLimit;
    private long violations;
    private long outages;

    private record Lane(int held, int limit) {
    }

    /**
     * What was seen.
     *
     * @param looks      snapshots
     * @param violations organisations seen beyond their limits, or with more leased attempts than counted: must be none
     * @param atLimit    organisations seen with as many leased attempts as their limit
     * @param outages    how often the database was away
     */
    record Seen(long looks, long violations, long atLimit, long outages) {
    }

    private LaneWatch(Database database) {
        this.database = database;
    }

    static LaneWatch start(Database database) {
        LaneWatch watch = new LaneWatch(database);
        watch.thread.start();
        return watch;
    }

    /** Ends it and says what was seen. */
    Seen finish() throws InterruptedException {
        stop.set(true);
        thread.join();
        return new Seen(looks, violations, atLimit, outages);
    }

    @Override
    public void close() {
        stop.set(true);
    }

    private void watch() {
        while (!stop.get()) {
            try (Connection connection = database.connect();
                    PreparedStatement look = connection.prepareStatement(LOOK)) {
                while (!stop.get()) {
                    look(look);
                    LockSupport.parkNanos(PAUSE_NANOS);
                }
            } catch (SQLException away) {
                outages++; // as is meant to happen: it looks again when the database is back
                LockSupport.parkNanos(AWAY_NANOS);
            }
        }
    }

    private void look(PreparedStatement look) throws SQLException {
        Map<String, Lane> now = new HashMap<>();
        boolean comparable = System.nanoTime() - lookedNanos < GAP_NANOS;
        try (ResultSet rows = look.executeQuery()) {
            while (rows.next()) {
                Lane lane = new Lane(rows.getInt(2), rows.getInt(4));
                Lane last = before.getOrDefault(rows.getString(1), new Lane(0, 0));
                now.put(rows.getString(1), lane);
                int most = Math.max(lane.limit(), Math.max(last.limit(), last.held()));
                if ((comparable && lane.held() > most) || lane.held() > rows.getInt(3)) {
                    violations++;
                }
                if (lane.held() == lane.limit()) {
                    atLimit++;
                }
            }
        }
        before = now;
        lookedNanos = System.nanoTime();
        looks++;
    }
}
