package io.croft.pg.queue;

/** The statements of {@link JobReads}. */
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

    private JobReadSql() {
    }
}
