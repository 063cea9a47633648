package io.croft.pg.queue;

/** The statements of {@link PgScheduleStore}. The functions hold the logic; V018 says which index serves what. */
final class ScheduleSql {

    static final String NOW = "SELECT clock_timestamp() AS now";

    /** The organisation is null here, and in the next four, for a schedule of all of them. */
    static final String PUT = """
            SELECT ${schema}.put_schedule_v1(?::text::uuid, ?, ?, ?, ?::jsonb, ?::int2, ?, ?, ?, ?, ?, nullif(?, 0), ?,
              ?::int2, ?, ?::int2, ?, ?)
            """;

    static final String PAUSE = "SELECT ${schema}.pause_schedule_v1(?::text::uuid, ?)";

    static final String RESUME = "SELECT ${schema}.resume_schedule_v1(?::text::uuid, ?, ?, ?, ?)";

    static final String REMOVE = "SELECT ${schema}.remove_schedule_v1(?::text::uuid, ?)";

    static final String TRIGGER = "SELECT ${schema}.trigger_schedule_v1(?::text::uuid, ?)";

    private static final String STATUS = """
            SELECT s.name, q.name AS queue, s.kind, s.priority, s.max_attempts, s.tags, s.payload, s.time_field, s.cron,
              s.zone, s.every_ms, s.jitter_ms, s.missed, s.missed_each, s.overlap, s.paused, s.problem, s.next_at,
              s.last_time, s.last_fired_at, s.last_job_id, s.fired, s.missed_times, s.overlapped, s.revision,
              clock_timestamp() AS now
            FROM ${schema}.schedule s
              JOIN ${schema}.queue q ON q.queue_id = s.queue_id
            """;

    /** Served by the unique key, as are the next three. */
    static final String FIND = STATUS + "WHERE s.org_id = ?::text::uuid AND s.name = ?";
    static final String FIND_GLOBAL = STATUS + "WHERE s.org_id IS NULL AND s.name = ?";
    static final String LIST = STATUS + "WHERE s.org_id = ?::text::uuid AND s.name > ? ORDER BY s.name LIMIT ?";
    static final String LIST_GLOBAL = STATUS + "WHERE s.org_id IS NULL AND s.name > ? ORDER BY s.name LIMIT ?";

    static final String DUE = """
            SELECT d.now, d.wait_us, d.schedule_id, d.revision, d.org_id, d.name, d.queue, d.cron, d.zone, d.every_ms,
              d.jitter_ms, d.missed, d.missed_each, d.overlap, d.time_field, d.planned_at
            FROM ${schema}.due_schedules_v1(?) d
            """;

    static final String FIRE = """
            SELECT f.fired FROM ${schema}.fire_schedules_v1(?, ?, ?, ?, ?, ?, ?) f ORDER BY f.ord
            """;

    static final String FAIL = "SELECT ${schema}.fail_schedule_v1(?, ?, ?)";

    static final String ADVANCE = "SELECT a.jobs, a.queue, a.problem FROM ${schema}.advance_round_v1(?) a";

    private ScheduleSql() {
    }
}
