package io.croft.pg;

/**
 * The statements of {@link PgOrgStore} and {@link Erasure}. Each is served by the primary keys, which begin with the
 * org.
 */
final class OrgSql {

    /** Gives no row if another transaction created the org at this moment: once more, then. */
    static final String CREATE = """
            WITH made AS (
              INSERT INTO ${schema}.org (org_id) VALUES (?) ON CONFLICT (org_id) DO NOTHING
                RETURNING org_id, incarnation, state, created_at),
            counted AS (
              INSERT INTO ${schema}.change_counter (org_id, incarnation) SELECT m.org_id, m.incarnation FROM made m)
            SELECT m.incarnation, m.state, m.created_at, true AS is_new FROM made m
            UNION ALL
            SELECT o.incarnation, o.state, o.created_at, false AS is_new FROM ${schema}.org o WHERE o.org_id = ?
            """;

    static final String FIND = """
            SELECT o.incarnation, o.state, o.created_at FROM ${schema}.org o
            WHERE o.org_id = ? AND o.state NOT IN ('MOVED', 'ARRIVING')
            """;

    private static final String SUMMARIES = """
            SELECT o.org_id, o.incarnation, o.state, o.created_at, u.documents, u.listings, u.chunks, u.bytes,
              u.written_at, h.hour AS searched_at, j.queued, j.running
            FROM page o
              CROSS JOIN LATERAL (
                SELECT sum(v.documents)::bigint AS documents, sum(v.listings)::bigint AS listings,
                  sum(v.chunks)::bigint AS chunks, sum(v.bytes)::bigint AS bytes, max(v.written_at) AS written_at
                FROM ${schema}.org_usage v WHERE v.org_id = o.org_id) u
              LEFT JOIN LATERAL (
                SELECT s.hour FROM ${schema}.search_hour s WHERE s.org_id = o.org_id ORDER BY s.hour DESC LIMIT 1) h
                ON true
              LEFT JOIN ${schema}.org_jobs_v1(ARRAY(SELECT p.org_id FROM page p)) j ON j.org_id = o.org_id
            ORDER BY o.org_id
            """;

    static final String SUMMARY = """
            WITH page AS MATERIALIZED (
              SELECT p.org_id, p.incarnation, p.state, p.created_at FROM ${schema}.org p
              WHERE p.org_id = ? AND p.state NOT IN ('MOVED', 'ARRIVING'))
            """ + SUMMARIES;

    static final String LIST = """
            WITH page AS MATERIALIZED (
              SELECT p.org_id, p.incarnation, p.state, p.created_at FROM ${schema}.org p
              WHERE p.org_id > ? AND p.state NOT IN ('MOVED', 'ARRIVING') ORDER BY p.org_id LIMIT ?)
            """ + SUMMARIES;

    /** Served by the primary keys. */
    static final String QUOTAS = """
            SELECT q.resource, q.most FROM ${schema}.org o LEFT JOIN ${schema}.quota q ON q.org_id = o.org_id
            WHERE o.org_id = ? AND o.state NOT IN ('MOVED', 'ARRIVING')
            """;

    /** Keeps others from setting its quotas, and from changing its state, until the transaction ends. */
    static final String HOLD = """
            SELECT o.incarnation, o.state FROM ${schema}.org o
            WHERE o.org_id = ? AND o.state NOT IN ('MOVED', 'ARRIVING', 'ERASING') FOR NO KEY UPDATE
            """;

    /** The row of a limit before its shares, as whoever uses it; it may be held by an open transaction. */
    static final String SET_QUOTAS = """
            INSERT INTO ${schema}.quota AS q (org_id, resource, most)
            SELECT ?, l.resource, l.most FROM unnest(?::smallint[], ?::bigint[]) AS l (resource, most)
            ORDER BY l.resource
            ON CONFLICT (org_id, resource) DO UPDATE SET most = excluded.most
            """;

    static final String LIFT_QUOTAS = """
            DELETE FROM ${schema}.quota WHERE org_id = ? AND resource <> ALL (?::smallint[])
            """;

    static final String EMPTY_SHARES = """
            INSERT INTO ${schema}.quota_share (org_id, resource, stripe)
            SELECT ?, l.resource, s.stripe FROM unnest(?::smallint[]) AS l (resource)
              CROSS JOIN generate_series(1, 16) AS s (stripe)
            ORDER BY l.resource, s.stripe
            ON CONFLICT (org_id, resource, stripe) DO UPDATE SET free = 0
            """;

    static final String DEAL_SHARES = """
            SELECT ${schema}.use_quota_v1(?, l.resource, 0) FROM unnest(?::smallint[]) AS l (resource)
            ORDER BY l.resource
            """;

    static final String REMOVE_SHARES = """
            DELETE FROM ${schema}.quota_share WHERE org_id = ? AND resource <> ALL (?::smallint[])
            """;

    static final String SUSPEND = """
            UPDATE ${schema}.org SET state = 'SUSPENDED' WHERE org_id = ? AND state = 'ACTIVE'
            """;

    static final String RESUME = """
            UPDATE ${schema}.org SET state = 'ACTIVE' WHERE org_id = ? AND state = 'SUSPENDED'
            """;

    /** Pauses its lanes or lets them go on, as its state says. */
    static final String TELL_LANES = "SELECT ${schema}.tell_lanes_v1(?)";

    /** Served by the primary key, once for each of the given. */
    static final String GONE = """
            SELECT g.org_id, g.incarnation FROM unnest(?::uuid[], ?::uuid[]) AS g (org_id, incarnation)
            WHERE NOT EXISTS (
              SELECT FROM ${schema}.org o WHERE o.org_id = g.org_id AND o.incarnation = g.incarnation)
            """;

    /** One that is suspended only for a super admin: it may have become so a moment ago. */
    static final String BEGIN_ERASING = """
            UPDATE ${schema}.org SET state = 'ERASING', moved_to = NULL, moved_at = NULL
            WHERE org_id = ? AND state NOT IN ('LEAVING', 'ARRIVING') AND (state <> 'SUSPENDED' OR ?)
            RETURNING incarnation
            """;

    /** Keeps this life of an org, which is being erased, from ending before the transaction does. */
    static final String HOLD_ERASING = """
            SELECT FROM ${schema}.org o WHERE o.org_id = ? AND o.incarnation = ? AND o.state = 'ERASING' FOR KEY SHARE
            """;

    static final String ERASE_JOBS = "SELECT ${schema}.erase_jobs_v1(?, ?)";

    static final String ERASE_SCHEDULES = "SELECT ${schema}.erase_schedules_v1(?)";

    static final Batch ERASE_PRIVATE_CHUNKS = new Batch(5_000, """
            WITH gone AS (
              DELETE FROM ${schema}.private_chunk c WHERE c.org_id = ? AND (c.content_id, c.ordinal) IN (
                SELECT b.content_id, b.ordinal FROM ${schema}.private_chunk b WHERE b.org_id = ?
                ORDER BY b.content_id, b.ordinal LIMIT ?)
              RETURNING 1)
            SELECT count(*) FROM gone
            """);

    static final Batch ERASE_MARKET_CHUNKS = new Batch(5_000, """
            WITH gone AS (
              DELETE FROM ${schema}.market_chunk c WHERE c.org_id = ? AND (c.content_id, c.ordinal) IN (
                SELECT b.content_id, b.ordinal FROM ${schema}.market_chunk b WHERE b.org_id = ?
                ORDER BY b.content_id, b.ordinal LIMIT ?)
              RETURNING 1)
            SELECT count(*) FROM gone
            """);

    static final Batch ERASE_DOCUMENTS = new Batch(1_000, """
            WITH gone AS (
              DELETE FROM ${schema}.document d WHERE d.org_id = ? AND d.id = ANY (ARRAY(
                SELECT b.id FROM ${schema}.document b WHERE b.org_id = ? ORDER BY b.id LIMIT ?))
              RETURNING 1)
            SELECT count(*) FROM gone
            """);

    /** Each listing that was not withdrawn before enters the marketplace's log. */
    static final Batch ERASE_LISTINGS = new Batch(1_000, """
            WITH gone AS (
              DELETE FROM ${schema}.listing l WHERE l.org_id = ? AND l.id = ANY (ARRAY(
                SELECT b.id FROM ${schema}.listing b WHERE b.org_id = ? ORDER BY b.id LIMIT ?))
              RETURNING l.org_id, l.id, l.deleted),
            logged AS (
              INSERT INTO ${schema}.market_change (org_id, listing_id)
                SELECT g.org_id, g.id FROM gone g WHERE NOT g.deleted)
            SELECT count(*) FROM gone
            """);

    static final Batch ERASE_USAGE = new Batch(100, """
            WITH gone AS (
              DELETE FROM ${schema}.org_usage u WHERE u.org_id = ? AND u.stripe = ANY (ARRAY(
                SELECT b.stripe FROM ${schema}.org_usage b WHERE b.org_id = ? ORDER BY b.stripe LIMIT ?))
              RETURNING 1)
            SELECT count(*) FROM gone
            """);

    static final Batch ERASE_SHARES = new Batch(1_000, """
            WITH gone AS (
              DELETE FROM ${schema}.quota_share s WHERE s.org_id = ? AND (s.resource, s.stripe) IN (
                SELECT b.resource, b.stripe FROM ${schema}.quota_share b WHERE b.org_id = ?
                ORDER BY b.resource, b.stripe LIMIT ?)
              RETURNING 1)
            SELECT count(*) FROM gone
            """);

    static final Batch ERASE_QUOTAS = new Batch(100, """
            WITH gone AS (
              DELETE FROM ${schema}.quota q WHERE q.org_id = ? AND q.resource = ANY (ARRAY(
                SELECT b.resource FROM ${schema}.quota b WHERE b.org_id = ? ORDER BY b.resource LIMIT ?))
              RETURNING 1)
            SELECT count(*) FROM gone
            """);

    static final Batch ERASE_CRAWL_PAGES = new Batch(5_000, """
            WITH gone AS (
              DELETE FROM ${schema}.crawl_page p WHERE p.org_id = ? AND (p.crawl, p.url) IN (
                SELECT b.crawl, b.url FROM ${schema}.crawl_page b WHERE b.org_id = ? ORDER BY b.crawl, b.url LIMIT ?)
              RETURNING 1)
            SELECT count(*) FROM gone
            """);

    static final Batch ERASE_CRAWLS = new Batch(1_000, """
            WITH gone AS (
              DELETE FROM ${schema}.crawl c WHERE c.org_id = ? AND c.name IN (
                SELECT b.name FROM ${schema}.crawl b WHERE b.org_id = ? ORDER BY b.name LIMIT ?)
              RETURNING 1)
            SELECT count(*) FROM gone
            """);

    static final Batch ERASE_SPENT = new Batch(10, """
            WITH gone AS (
              DELETE FROM ${schema}.embed_spend s WHERE s.org_id = ? AND s.org_id IN (
                SELECT b.org_id FROM ${schema}.embed_spend b WHERE b.org_id = ? LIMIT ?)
              RETURNING 1)
            SELECT count(*) FROM gone
            """);

    static final Batch ERASE_INPUTS = new Batch(1_000, """
            WITH gone AS (
              DELETE FROM ${schema}.input i WHERE i.org_id = ? AND (i.source, i.id) IN (
                SELECT b.source, b.id FROM ${schema}.input b WHERE b.org_id = ? ORDER BY b.source, b.id LIMIT ?)
              RETURNING 1)
            SELECT count(*) FROM gone
            """);

    static final Batch ERASE_BLOB_PARTS = new Batch(100, """
            WITH gone AS (
              DELETE FROM ${schema}.blob_part p WHERE p.org_id = ? AND (p.key, p.part) IN (
                SELECT b.key, b.part FROM ${schema}.blob_part b WHERE b.org_id = ? ORDER BY b.key, b.part LIMIT ?)
              RETURNING 1)
            SELECT count(*) FROM gone
            """);

    static final Batch ERASE_BLOBS = new Batch(1_000, """
            WITH gone AS (
              DELETE FROM ${schema}.blob d WHERE d.org_id = ? AND d.key = ANY (ARRAY(
                SELECT b.key FROM ${schema}.blob b WHERE b.org_id = ? ORDER BY b.key LIMIT ?))
              RETURNING 1)
            SELECT count(*) FROM gone
            """);

    static final Batch ERASE_CHANGES = new Batch(5_000, """
            WITH gone AS (
              DELETE FROM ${schema}.change c WHERE c.org_id = ? AND c.seq = ANY (ARRAY(
                SELECT b.seq FROM ${schema}.change b WHERE b.org_id = ? ORDER BY b.seq LIMIT ?))
              RETURNING 1)
            SELECT count(*) FROM gone
            """);

    /** Processes are told that they are gone by the version. */
    static final Batch ERASE_FLAGS = new Batch(1_000, """
            WITH gone AS (
              DELETE FROM ${schema}.feature_flag f WHERE f.org_id = ? AND f.name = ANY (ARRAY(
                SELECT b.name FROM ${schema}.feature_flag b WHERE b.org_id = ? ORDER BY b.name LIMIT ?))
              RETURNING 1),
            raised AS (
              UPDATE ${schema}.flag_version
              SET version = greatest(version + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
              WHERE EXISTS (SELECT FROM gone))
            SELECT count(*) FROM gone
            """);

    static final String ERASE_COUNTER = "DELETE FROM ${schema}.change_counter WHERE org_id = ? AND incarnation = ?";

    static final String ERASE_ORG =
            "DELETE FROM ${schema}.org WHERE org_id = ? AND incarnation = ? AND state = 'ERASING'";

    static final String WAIT_2_SECONDS = "SELECT set_config('lock_timeout', '2s', true)";

    static final String WAIT_BRIEFLY = "SELECT set_config('lock_timeout', '200ms', true)";

    private OrgSql() {
    }

    /**
     * A statement that removes a batch of an org's rows, chunks fewer at a time than other rows, and counts them.
     *
     * @param size how many rows at most
     * @param sql  its parameters are the org, twice, and the size
     */
    record Batch(int size, String sql) {
    }
}
