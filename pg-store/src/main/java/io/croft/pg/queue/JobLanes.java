package io.croft.pg.queue;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.job.Fairness;
import io.croft.job.LaneDepth;
import io.croft.job.LaneLimits;
import io.croft.job.LaneState;
import io.croft.job.LaneStatus;
import io.croft.job.LaneStatus.Pause;
import io.croft.job.QueueLimits;
import io.croft.job.QueueStatus;
import io.croft.job.RateLimit;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.Binder;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Transactions;
import io.croft.spi.JobStore;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Reads limits, pauses and depths of lanes and queues. Thread-safe. */
final class JobLanes {

    /** Reads lanes, by the names of their queues. */
    static final Rows<Map<String, LaneStatus>> BY_QUEUE = byQueue(JobLanes::readLane);

    private final Transactions transactions;

    JobLanes(Transactions transactions) {
        this.transactions = transactions;
    }

    Map<String, LaneStatus> lanes(OrgId org) {
        return transactions.query(Access.tenant(org), JobSql.LANES, p -> p.org(org), BY_QUEUE);
    }

    Map<String, QueueStatus> queues() {
        return transactions.query(Access.admin(), JobSql.QUEUES, Binder.NONE, byQueue(row -> new QueueStatus(
                row.getLong("queued"), row.getLong("running"), row.getLong("runnable"), readLimits(row),
                row.getBoolean("paused"))));
    }

    QueueLimits limits(String queue) {
        return transactions
                .query(Access.admin(), JobSql.QUEUE_LIMITS, p -> p.text(queue), Rows.first(JobLanes::readLimits))
                .orElseThrow(() -> new InvalidInputException(
                        "queue \"" + queue + "\" is not known: " + JobStore.MAKES_KNOWN));
    }

    private static <T> Rows<Map<String, T>> byQueue(Rows.Row<T> value) {
        return rows -> {
            Map<String, T> values = new LinkedHashMap<>();
            while (rows.next()) {
                values.put(rows.getString("queue"), value.read(rows));
            }
            return values;
        };
    }

    private static LaneStatus readLane(ResultSet row) throws SQLException {
        int burst = row.getInt("burst");
        Optional<RateLimit> rate =
                row.wasNull() ? Optional.empty() : Optional.of(new RateLimit(row.getDouble("rate"), burst));
        Set<Pause> pauses = EnumSet.noneOf(Pause.class);
        if (row.getBoolean("paused")) {
            pauses.add(Pause.LANE);
        }
        if (row.getBoolean("org_paused")) {
            pauses.add(Pause.ORG);
        }
        if (row.getBoolean("queue_paused")) {
            pauses.add(Pause.QUEUE);
        }
        // The weight is a float there: its shortest text is what was set.
        double weight = Double.parseDouble(Float.toString(row.getFloat("weight")));
        return new LaneStatus(new LaneDepth(row.getLong("queued"), row.getInt("running")),
                new LaneLimits(row.getInt("max_running"), weight, rate),
                state(row.getInt("st")), pauses,
                Optional.ofNullable(row.getObject("throttled_until", OffsetDateTime.class))
                        .map(OffsetDateTime::toInstant));
    }

    /** The state with this number in the database. */
    private static LaneState state(int number) {
        return switch (number) {
            case 0 -> LaneState.IDLE;
            case 1 -> LaneState.RUNNABLE;
            case 2 -> LaneState.AT_LIMIT;
            case 3 -> LaneState.PAUSED;
            case 4 -> LaneState.THROTTLED;
            default -> throw new IllegalStateException("the database gave lane state " + number);
        };
    }

    static QueueLimits readLimits(ResultSet row) throws SQLException {
        int maxRunning = row.getInt("max_running");
        OptionalInt limit = row.wasNull() ? OptionalInt.empty() : OptionalInt.of(maxRunning);
        return new QueueLimits(limit,
                row.getInt("share_by") == number(Fairness.JOBS) ? Fairness.JOBS : Fairness.TIME);
    }

    /** Its number in the database. */
    static int number(Fairness fairness) {
        return switch (fairness) {
            case TIME -> 1;
            case JOBS -> 2;
        };
    }
}
