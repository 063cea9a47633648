package io.croft.pg.queue;

/**
 * The statements of {@link PgJobStore} and the classes beside it. The functions hold the queue's logic; V010 to V014,
 * V019 and V020 say which index serves what.
 */
final class JobSql {

    static final String REGISTER_QUEUE = "SELECT ${schema}.register_queue_v1(?)";

    /** Of one organisation, alike but for their payloads. */
    static final String ENQUEUE_ALIKE = """
            SELECT e.ids
            FROM ${schema}.enqueue_v1(ARRAY[?::uuid], p_queue => ARRAY[?::text], p_kind => ARRAY[?::text],
              p_priority => ARRAY[?::int2], p_max_attempts => ARRAY[?::int4], p_payload => ?, p_told => ?) e
            """;

    /** Of one organisation. */
    static final String ENQUEUE = """
            SELECT e.job_id, e.duplicate, e.replaced, e.state, e.result
            FROM ${schema}.enqueue_v1(array_fill(?::uuid, ARRAY[?::int]), p_queue => ?, p_kind => ?, p_payload => ?,
              p_priority => ?, p_max_attempts => ?, p_run_at => ?, p_delay_ms => ?, p_deadline => ?, p_tags => ?,
              p_key => ?, p_key_until => ?, p_key_ttl_ms => ?, p_repeat => ?, p_quiet_ms => ?, p_at_most_ms => ?,
              p_told => ?) e
            ORDER BY e.ord
            """;

    /** The same where some wait for others. */
    static final String ENQUEUE_WAITING = """
            SELECT e.job_id, e.duplicate, e.replaced, e.state, e.result
            FROM ${schema}.enqueue_v1(array_fill(?::uuid, ARRAY[?::int]), p_queue => ?, p_kind => ?, p_payload => ?,
              p_priority => ?, p_max_attempts => ?, p_run_at => ?, p_delay_ms => ?, p_deadline => ?, p_tags => ?,
              p_key => ?, p_key_until => ?, p_key_ttl_ms => ?, p_repeat => ?, p_quiet_ms => ?, p_at_most_ms => ?,
              p_told => ?, p_wait_child => ?, p_wait_parent => ?, p_wait_id => ?, p_wait_need => ?, p_wait_name => ?) e
            ORDER BY e.ord
            """;

    /** Served by the primary key. */
    static final String PARENTS = """
            SELECT w.parent_id, w.need, w.state, w.name FROM ${schema}.job_wait w
            WHERE w.org_id = ? AND w.child_id = ?
            ORDER BY w.parent_id
            """;

    /** A queue that is not known gives no row, and so no call. Times are in microseconds where every job has one. */
    static final String CLAIM = """
            SELECT c.id, c.org_id, c.kind, c.payload, c.attempt, c.max_attempts, c.fence,
              (date_part('epoch', c.created_at) * 1000000)::bigint, c.tags, c.deadline, c.overdue
            FROM ${schema}.queue q CROSS JOIN LATERAL ${schema}.claim_v1(q.queue_id, ?, ?, ?, ?, ?) c
            WHERE q.name = ?
            """;

    static final String FINISH = """
            SELECT f.ord, f.accepted FROM ${schema}.finish_v1(?, ?, ?, ?, ?, ?, ?, ?, ?, ?) f ORDER BY f.ord
            """;

    static final String FINISH_DEFERRED = """
            SELECT ${schema}.finish_deferred_v1(?, ?, ?, 1::smallint, ?::jsonb)
            """;

    static final String HEARTBEAT = "SELECT h.ord, h.cancelled FROM ${schema}.heartbeat_v1(?, ?, ?, ?) h";

    static final String PROGRESS = "SELECT p FROM ${schema}.progress_v1(?, ?, ?, ?, ?) p";

    static final String WATCH = """
            SELECT w.ord, w.state, w.attempts, w.progress, w.progress_message, w.progress_at
            FROM ${schema}.watch_v1(?, ?) w
            """;

    static final String RELEASE = "SELECT ${schema}.release_v1(?, ?, ?)";

    static final String RESCUE = """
            SELECT r.org_id, q.name AS queue, r.kind, min(r.created_at) AS since, count(*) AS rescued,
              count(*) FILTER (WHERE r.state = 4) AS dead
            FROM ${schema}.rescue_v1(?) r
              JOIN ${schema}.queue q ON q.queue_id = r.queue_id
            GROUP BY r.org_id, q.name, r.kind
            """;

    /**
     * One after the other: what goes on after others have ended, and what was just promoted, is told to its lane; moved
     * is where all lanes are known; and a lane that waits for its rate limit from now on is among those that wait.
     */
    static final String MOVE = """
            SELECT m.settled, m.promoted, (m.d).drained, (m.d).passed, (m.d).queues AS came_queues, (m.d).came,
              (m.d).next_from, (m.d).walk_us, m.moved, t.thawed, t.queues, t.waits
            FROM (SELECT ${schema}.settle_v1(?) AS settled, ${schema}.promote_v1(?) AS promoted,
                ${schema}.drain_v1(?, ?) AS d, ${schema}.move_v1(?) AS moved, ?::int AS most) m
              CROSS JOIN LATERAL ${schema}.thaw_v1(m.most) t
            """;

    static final String REDRIVE = "SELECT r FROM ${schema}.redrive_v1(?, ?, ?) r ORDER BY r";

    static final String DISCARD = "SELECT d FROM ${schema}.discard_v1(?, ?, ?) d ORDER BY d";

    static final String DISCARD_DEAD = "SELECT d FROM ${schema}.discard_v1(?, ?, ?, p_dead => true) d ORDER BY d";

    static final String CANCEL = "SELECT c.id, c.outcome FROM ${schema}.cancel_v1(?, ?, ?) c ORDER BY c.id";

    static final String SET_LANE = "SELECT ${schema}.set_lane_v1(?, ?, ?, ?, ?, ?)";

    static final String PAUSE_LANE = "SELECT ${schema}.pause_lane_v1(?, ?, ?)";

    static final String PAUSE_ORG = "SELECT ${schema}.pause_org_v1(?, ?)";

    static final String PAUSE_QUEUE = "SELECT ${schema}.pause_queue_v1(?, ?)";

    static final String SET_QUEUE = "SELECT ${schema}.set_queue_v1(?, ?, ?::int2)";

    static final String QUEUE_LIMITS = "SELECT q.max_running, q.share_by FROM ${schema}.queue q WHERE q.name = ?";

    static final String QUEUES = """
            SELECT d.queue, d.queued, d.running, d.runnable, d.paused, d.max_running, d.share_by
            FROM ${schema}.queue_depth_v1() d
            """;

    static final String LANES = """
            SELECT d.queue, d.queued, d.running, d.max_running, d.weight, d.rate, d.burst, d.paused, d.org_paused,
              d.queue_paused, d.throttled_until, d.st
            FROM ${schema}.lane_depth_v1(?) d
            """;

    static final String PURGE_KEYS = "SELECT ${schema}.purge_keys_v1(?)";

    static final String MARK_JOBS = "SELECT ${schema}.mark_jobs_v1()";

    static final String EXPIRE_DEAD = "SELECT ${schema}.expire_dead_v1(?, ?)";

    static final String PURGE_HOURS = "SELECT ${schema}.purge_hours_v1(?, ?)";

    static final String MAINTAIN_HISTORY = """
            SELECT m.created, m.dropped FROM ${schema}.maintain_history_v1(?, ?, ?) m
            """;

    /**
     * Served by the primary keys, in each of history's partitions. A live job's state is where the scheduling tables
     * have it: see V010.
     */
    static final String FIND = """
            SELECT j.id, j.kind, q.name AS queue, j.priority, j.tags, j.key,
              CASE WHEN j.state <> 0 THEN j.state WHEN r.id IS NOT NULL THEN 3 WHEN j.run_at > clock_timestamp() THEN 1
                ELSE 2 END AS state,
              coalesce(r.attempt, j.attempt) AS attempts, j.max_attempts, j.created_at, j.run_at, j.deadline,
              coalesce(j.first_run_at, r.started_at) AS first_run_at,
              CASE WHEN j.state = 4 THEN j.updated_at END AS finished_at, j.payload, NULL::jsonb AS result,
              j.error_class, j.error_message, j.error_stack, j.note, r.progress, r.progress_message, r.progress_at
            FROM ${schema}.job j
              JOIN ${schema}.queue q ON q.queue_id = j.queue_id
              LEFT JOIN ${schema}.running_v1(?, ARRAY[?::bigint]) r ON r.id = j.id
            WHERE j.org_id = ? AND j.id = ?
            UNION ALL
            SELECT h.id, h.kind, q.name, h.priority, h.tags, h.key, h.outcome, h.attempts, h.max_attempts, h.created_at,
              h.run_at, h.deadline, h.first_run_at, h.finished_at, h.payload,
              (SELECT r.result FROM ${schema}.job_result r
                WHERE r.org_id = h.org_id AND r.id = h.id AND r.finished_at = h.finished_at),
              h.error_class, h.error_message, h.error_stack, h.note, NULL, NULL, NULL
            FROM ${schema}.job_history h
              JOIN ${schema}.queue q ON q.queue_id = h.queue_id
            WHERE h.org_id = ? AND h.id = ?
            """;

    /**
     * Of the first thousand dead letters after one, those that a filter lets pass (null for what lets pass all), and
     * the last of the thousand, which need not match. Served by job_dead.
     */
    private static final String DEAD = """
            FROM (
              SELECT b.*, row_number() OVER (ORDER BY b.id) AS place,
                (?::text IS NULL OR b.queue_id = (SELECT q.queue_id FROM ${schema}.queue q WHERE q.name = ?))
                  AND b.kind = coalesce(?, b.kind) AND (?::text IS NULL OR coalesce(b.tags @> ARRAY[?::text], false))
                  AND (?::text IS NULL OR coalesce(b.error_class = ?, false))
                  AND b.updated_at >= coalesce(?::timestamptz, '-infinity')
                  AND b.updated_at < coalesce(?::timestamptz, 'infinity') AS matches
              FROM (
                SELECT d.id, d.queue_id, d.kind, d.priority, d.tags, d.key, d.state, d.attempt, d.max_attempts,
                  d.created_at, d.run_at, d.deadline, d.first_run_at, d.updated_at, d.payload, d.error_class,
                  d.error_message, d.error_stack, d.note
                FROM ${schema}.job d
                WHERE d.org_id = ? AND d.state = 4 AND d.id > ?
                ORDER BY d.id
                LIMIT 1000) b) j
              JOIN ${schema}.queue q ON q.queue_id = j.queue_id
            WHERE j.matches OR j.place = 1000
            ORDER BY j.id
            LIMIT ?
            """;

    static final String DEAD_LETTERS = """
            SELECT j.matches, j.place = 1000 AS goes_on, j.id, j.kind, q.name AS queue, j.priority, j.tags, j.key,
              j.state, j.attempt AS attempts, j.max_attempts, j.created_at, j.run_at, j.deadline, j.first_run_at,
              j.updated_at AS finished_at, j.payload, NULL::jsonb AS result, j.error_class, j.error_message,
              j.error_stack, j.note, NULL::float8 AS progress, NULL::text AS progress_message,
              NULL::timestamptz AS progress_at
            """ + DEAD;

    static final String DEAD_LETTER_IDS = "SELECT j.matches, j.place = 1000 AS goes_on, j.id " + DEAD;

    /** Served by job_dead_lane. */
    static final String COUNT_DEAD_LETTERS = """
            SELECT count(*) FROM (
              SELECT FROM ${schema}.job j
              WHERE j.org_id = ? AND j.state = 4
                AND j.queue_id = (SELECT q.queue_id FROM ${schema}.queue q WHERE q.name = ?)
              LIMIT ?) d
            """;

    private JobSql() {
    }
}
