package io.croft.pg.queue;

/** The statements of {@link JobReads} and {@link JobExport}. */
final class JobReadSql {

    /** As the tenant: the function runs with the caller's rights. */
    static final String LIST = """
            SELECT j.id, j.kind, j.queue, j.priority, j.tags, j.key, j.state, j.attempts, j.max_attempts, j.created_at,
              j.run_at, j.deadline, j.first_run_at, j.finished_at, j.error_class, j.note, j.matches
            FROM ${schema}.list_jobs_v1(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) j
            """;

    static final String COUNTS_OF_ORG = """
            SELECT c.queue, c.waiting, c.scheduled, c.ready, c.running, c.dead, c.oldest
            FROM ${schema}.org_counts_v1(?) c
            """;

    static final String COUNTS = """
            SELECT c.waiting, c.scheduled, c.ready, c.running, c.dead, c.oldest FROM ${schema}.queue_counts_v1(?) c
            """;

    static final String LANES = """
            SELECT l.org_id, l.waiting, l.scheduled, l.ready, l.running, l.dead, l.oldest
            FROM ${schema}.queue_lanes_v1(?, ?::int2, ?, ?, ?) l
            """;

    static final String COUNT = "SELECT ${schema}.count_attempts_v1(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

    /** Served by the primary key. */
    static final String COUNTED_OF_ORG = """
            SELECT q.name AS queue, h.kind, h.completed, h.failed, h.cancelled, h.times
            FROM ${schema}.job_hour h
              JOIN ${schema}.queue q ON q.queue_id = h.queue_id
            WHERE h.org_id = ? AND h.hour >= ? AND h.hour < ?
            """;

    /** Served by the primary key. */
    static final String COUNTED = """
            SELECT q.name AS queue, h.kind, h.completed, h.failed, h.cancelled, h.times
            FROM ${schema}.job_kind_hour h
              JOIN ${schema}.queue q ON q.queue_id = h.queue_id
            WHERE h.hour >= ? AND h.hour < ?
            """;

    /** As {@link JobSql#FIND} has them. Served by the primary key. */
    static final String EXPORT_LIVE = """
            WITH page AS MATERIALIZED (
              SELECT b.id FROM ${schema}.job b WHERE b.org_id = ? AND b.id > ? ORDER BY b.id LIMIT ?)
            SELECT j.id, j.kind, q.name AS queue, j.priority, j.tags, j.key,
              CASE WHEN j.state <> 0 THEN j.state WHEN r.id IS NOT NULL THEN 3 WHEN j.run_at > clock_timestamp() THEN 1
                ELSE 2 END AS state,
              coalesce(r.attempt, j.attempt) AS attempts, j.max_attempts, j.created_at, j.run_at, j.deadline,
              coalesce(j.first_run_at, r.started_at) AS first_run_at,
              CASE WHEN j.state = 4 THEN j.updated_at END AS finished_at, j.payload, NULL::jsonb AS result,
              j.error_class, j.error_message, j.error_stack, j.note, r.progress, r.progress_message, r.progress_at
            FROM page
              JOIN ${schema}.job j ON j.org_id = ? AND j.id = page.id
              JOIN ${schema}.queue q ON q.queue_id = j.queue_id
              LEFT JOIN ${schema}.running_v1(?, ARRAY(SELECT p.id FROM page p)) r ON r.id = j.id
            ORDER BY j.id
            """;

    /** Served by the primary keys of history's partitions. */
    static final String EXPORT_ENDED = """
            SELECT h.id, h.kind, q.name AS queue, h.priority, h.tags, h.key, h.outcome AS state, h.attempts,
              h.max_attempts, h.created_at, h.run_at, h.deadline, h.first_run_at, h.finished_at, h.payload,
              (SELECT r.result FROM ${schema}.job_result r
                WHERE r.org_id = h.org_id AND r.id = h.id AND r.finished_at = h.finished_at) AS result,
              h.error_class, h.error_message, h.error_stack, h.note, NULL::float8 AS progress,
              NULL::text AS progress_message, NULL::timestamptz AS progress_at
            FROM (SELECT b.* FROM ${schema}.job_history b WHERE b.org_id = ? AND b.id > ? ORDER BY b.id LIMIT ?) h
              JOIN ${schema}.queue q ON q.queue_id = h.queue_id
            ORDER BY h.id
            """;

    private JobReadSql() {
    }
}
