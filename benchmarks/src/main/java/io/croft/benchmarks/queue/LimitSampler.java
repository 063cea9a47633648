package io.croft.benchmarks.queue;

import io.croft.benchmarks.run.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Counts, again and again, how many attempts each organisation has leased. Each sample is one statement, so it sees one
 * snapshot of the database; the user is a superuser, who sees every row.
 */
final class LimitSampler implements AutoCloseable {

    private static final long PAUSE_NANOS = Duration.ofMillis(2).toNanos();
    private static final String SAMPLE = """
            WITH held AS (SELECT r.queue_id, r.org_id, count(*) AS n FROM croft.run r GROUP BY r.queue_id, r.org_id)
            SELECT count(*) FILTER (WHERE h.n > l.max_running OR l.running > l.max_running),
                count(*) FILTER (WHERE h.n > l.running OR l.org_id IS NULL),
                count(*) FILTER (WHERE h.n = l.max_running),
                coalesce(sum(h.n), 0)
              FROM held h LEFT JOIN croft.lane l ON l.queue_id = h.queue_id AND l.org_id = h.org_id""";

    private final Connection connection;
    private final AtomicBoolean stop = new AtomicBoolean();
    private final Thread thread;
    private Samples samples = new Samples(0, 0, 0, 0, 0);
    private @Nullable Exception failure;

    /**
     * What the samples showed.
     *
     * @param count      how many were taken
     * @param overLimit  organisations seen with more leased attempts, or a greater counter, than their limit: must be
     *                   none
     * @param miscounted organisations seen with more leased attempts than their counter says: must be none
     * @param atLimit    organisations seen with exactly as many leased attempts as their limit
     * @param peak       the most attempts leased at once over all organisations
     */
    record Samples(long count, long overLimit, long miscounted, long atLimit, long peak) {
    }

    private LimitSampler(Connection connection) {
        this.connection = connection;
        this.thread = Thread.ofPlatform().name("croft-sampler").daemon().unstarted(this::sample);
    }

    static LimitSampler start(Database database) throws SQLException {
        LimitSampler sampler = new LimitSampler(database.connect());
        sampler.thread.start();
        return sampler;
    }

    /** Ends sampling and returns what was seen. */
    Samples finish() throws Exception {
        stop.set(true);
        thread.join();
        if (failure != null) {
            throw failure;
        }
        return samples;
    }

    @Override
    public void close() throws SQLException {
        stop.set(true);
        connection.close();
    }

    private void sample() {
        try (PreparedStatement statement = connection.prepareStatement(SAMPLE)) {
            while (!stop.get()) {
                try (ResultSet row = statement.executeQuery()) {
                    row.next();
                    samples = new Samples(samples.count() + 1, samples.overLimit() + row.getLong(1),
                            samples.miscounted() + row.getLong(2), samples.atLimit() + row.getLong(3),
                            Math.max(samples.peak(), row.getLong(4)));
                }
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        } catch (SQLException e) {
            failure = e; // thrown by finish
        }
    }
}
