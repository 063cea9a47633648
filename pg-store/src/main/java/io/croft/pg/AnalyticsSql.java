package io.croft.pg;

/** The statements of {@link PgAnalyticsStore}, and of erasing what it keeps. */
final class AnalyticsSql {

    /** Gives a row if the batch has not been added yet. */
    static final String BEGIN_BATCH = """
            INSERT INTO ${schema}.search_writer AS w (writer, number, at) VALUES (?, ?, now())
            ON CONFLICT (writer) DO UPDATE SET number = EXCLUDED.number, at = EXCLUDED.at
              WHERE w.number < EXCLUDED.number
            RETURNING w.number
            """;

    /** Which of these lives of orgs go on; keeps them from ending before the transaction does. */
    static final String HOLD_LIVES = """
            SELECT o.org_id, o.incarnation FROM ${schema}.org o
            WHERE o.org_id = ANY (?) AND o.incarnation = ANY (?) AND o.state IN ('ACTIVE', 'SUSPENDED')
            ORDER BY o.org_id FOR KEY SHARE
            """;

    static final String ADD_HOURS = """
            INSERT INTO ${schema}.search_hour AS h (org_id, hour, mode, searches, zero_results, private_shown,
              private_clicked, private_incomplete, market_shown, market_clicked, market_incomplete, reciprocal_ranks,
              latency, slowest_nanos, slowest_request, dropped)
            SELECT u.org_id, u.hour, u.mode, u.searches, u.zero_results, u.private_shown, u.private_clicked,
              u.private_incomplete, u.market_shown, u.market_clicked, u.market_incomplete, u.reciprocal_ranks,
              u.latency::bigint[], u.slowest_nanos, u.slowest_request, u.dropped
            FROM unnest(?::uuid[], ?::timestamptz[], ?::text[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[],
              ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::float8[], ?::text[], ?::bigint[], ?::text[],
              ?::bigint[]) AS u (org_id, hour, mode, searches, zero_results, private_shown, private_clicked,
              private_incomplete, market_shown, market_clicked, market_incomplete, reciprocal_ranks, latency,
              slowest_nanos, slowest_request, dropped)
            ON CONFLICT (org_id, hour, mode) DO UPDATE SET
              searches = h.searches + EXCLUDED.searches,
              zero_results = h.zero_results + EXCLUDED.zero_results,
              private_shown = h.private_shown + EXCLUDED.private_shown,
              private_clicked = h.private_clicked + EXCLUDED.private_clicked,
              private_incomplete = h.private_incomplete + EXCLUDED.private_incomplete,
              market_shown = h.market_shown + EXCLUDED.market_shown,
              market_clicked = h.market_clicked + EXCLUDED.market_clicked,
              market_incomplete = h.market_incomplete + EXCLUDED.market_incomplete,
              reciprocal_ranks = h.reciprocal_ranks + EXCLUDED.reciprocal_ranks,
              latency = ARRAY(
                SELECT (l.element >> 40 << 40) + sum(l.element & 1099511627775)::bigint
                FROM unnest(h.latency || EXCLUDED.latency) AS l (element)
                GROUP BY l.element >> 40 ORDER BY l.element >> 40),
              slowest_nanos = greatest(h.slowest_nanos, EXCLUDED.slowest_nanos),
              slowest_request = CASE WHEN h.slowest_nanos >= EXCLUDED.slowest_nanos OR EXCLUDED.slowest_nanos IS NULL
                THEN h.slowest_request ELSE EXCLUDED.slowest_request END,
              dropped = h.dropped + EXCLUDED.dropped
            """;

    /** Which of these orgs have texts kept; nobody else adds texts of them, or says otherwise, in the meantime. */
    static final String HOLD_KEEPERS = """
            SELECT s.org_id FROM ${schema}.search_setting s WHERE s.org_id = ANY (?) AND s.texts = 'KEEP'
            ORDER BY s.org_id FOR NO KEY UPDATE
            """;

    /** Adds to texts that are known, and new ones as long as the org's day has room. */
    static final String ADD_TEXTS = """
            WITH given AS MATERIALIZED (
              SELECT u.org_id, u.day, u.hash, u.text, u.searches, u.zero_results,
                (SELECT true FROM ${schema}.search_text t
                  WHERE t.org_id = u.org_id AND t.day = u.day AND t.hash = u.hash) AS known
              FROM unnest(?::uuid[], ?::date[], ?::bytea[], ?::text[], ?::bigint[], ?::bigint[])
                AS u (org_id, day, hash, text, searches, zero_results)),
            held AS MATERIALIZED (
              SELECT d.org_id, d.day, (SELECT count(*) FROM ${schema}.search_text t
                WHERE t.org_id = d.org_id AND t.day = d.day) AS texts
              FROM (SELECT DISTINCT g.org_id, g.day FROM given g WHERE g.known IS NULL) d),
            placed AS (
              SELECT g.org_id, g.day, g.hash, g.text, g.searches, g.zero_results, g.known,
                row_number() OVER (PARTITION BY g.org_id, g.day, g.known ORDER BY g.searches DESC, g.hash) AS place
              FROM given g)
            INSERT INTO ${schema}.search_text AS t (org_id, day, hash, text, searches, zero_results)
            SELECT p.org_id, p.day, p.hash, p.text, p.searches, p.zero_results
            FROM placed p LEFT JOIN held h ON h.org_id = p.org_id AND h.day = p.day
            WHERE p.known OR p.place <= ? - h.texts
            ON CONFLICT (org_id, day, hash) DO UPDATE SET
              searches = t.searches + EXCLUDED.searches, zero_results = t.zero_results + EXCLUDED.zero_results
            """;

    private static final String SUMMED = """
            sums AS (
              SELECT c.mode, sum(c.searches)::bigint AS searches, sum(c.zero_results)::bigint AS zero_results,
                sum(c.private_shown)::bigint AS private_shown, sum(c.private_clicked)::bigint AS private_clicked,
                sum(c.private_incomplete)::bigint AS private_incomplete,
                sum(c.market_shown)::bigint AS market_shown, sum(c.market_clicked)::bigint AS market_clicked,
                sum(c.market_incomplete)::bigint AS market_incomplete,
                sum(c.reciprocal_ranks) AS reciprocal_ranks, sum(c.dropped)::bigint AS dropped
              FROM chosen c GROUP BY c.mode),
            slowest AS (
              SELECT DISTINCT ON (c.mode) c.mode, c.org_id, c.slowest_nanos, c.slowest_request
              FROM chosen c WHERE c.slowest_nanos IS NOT NULL ORDER BY c.mode, c.slowest_nanos DESC),
            buckets AS (
              SELECT c.mode, l.element >> 40 AS bucket, sum(l.element & 1099511627775)::bigint AS counted
              FROM chosen c CROSS JOIN LATERAL unnest(c.latency) AS l (element) GROUP BY 1, 2),
            histograms AS (
              SELECT b.mode, array_agg(b.bucket << 40 | b.counted) AS latency FROM buckets b GROUP BY b.mode)
            SELECT s.mode, s.searches, s.zero_results, s.private_shown, s.private_clicked, s.private_incomplete,
              s.market_shown, s.market_clicked, s.market_incomplete, s.reciprocal_ranks, s.dropped,
              w.org_id AS slowest_org, w.slowest_nanos, w.slowest_request,
              coalesce(h.latency, '{}') AS latency
            FROM sums s LEFT JOIN slowest w ON w.mode = s.mode LEFT JOIN histograms h ON h.mode = s.mode
            """;

    /** Served by the primary key. */
    static final String COUNTS_OF_ORG = """
            WITH chosen AS MATERIALIZED (
              SELECT * FROM ${schema}.search_hour c WHERE c.org_id = ? AND c.hour >= ? AND c.hour < ?),
            """ + SUMMED;

    /** Served by search_hour_hour. */
    static final String COUNTS_OF_ALL = """
            WITH chosen AS MATERIALIZED (
              SELECT * FROM ${schema}.search_hour c WHERE c.hour >= ? AND c.hour < ?),
            """ + SUMMED;

    /** Served by the primary key. */
    static final String TOP_BY_SEARCHES = """
            SELECT min(t.text) AS text, sum(t.searches)::bigint AS searches, sum(t.zero_results)::bigint AS zero_results
            FROM ${schema}.search_text t WHERE t.org_id = ? AND t.day BETWEEN ? AND ? GROUP BY t.hash
            ORDER BY 2 DESC, min(t.text) COLLATE "C" LIMIT ?
            """;

    static final String TOP_BY_ZERO_RESULTS = """
            SELECT min(t.text) AS text, sum(t.searches)::bigint AS searches, sum(t.zero_results)::bigint AS zero_results
            FROM ${schema}.search_text t WHERE t.org_id = ? AND t.day BETWEEN ? AND ? GROUP BY t.hash
            HAVING sum(t.zero_results) > 0 ORDER BY 3 DESC, min(t.text) COLLATE "C" LIMIT ?
            """;

    static final String KEEPERS = """
            SELECT s.org_id FROM ${schema}.search_setting s WHERE s.org_id = ANY (?) AND s.texts = 'KEEP'
            """;

    static final String HOLD_ACTIVE =
            "SELECT FROM ${schema}.org o WHERE o.org_id = ? AND o.state = 'ACTIVE' FOR KEY SHARE";

    static final String SET_TEXTS = """
            INSERT INTO ${schema}.search_setting (org_id, texts) VALUES (?, ?)
            ON CONFLICT (org_id) DO UPDATE SET texts = EXCLUDED.texts
            """;

    static final String REMOVE_TEXTS = "DELETE FROM ${schema}.search_text WHERE org_id = ?";

    static final OrgSql.Batch ERASE_HOURS = new OrgSql.Batch(5_000, """
            WITH gone AS (
              DELETE FROM ${schema}.search_hour h WHERE h.org_id = ? AND (h.hour, h.mode) IN (
                SELECT b.hour, b.mode FROM ${schema}.search_hour b WHERE b.org_id = ? ORDER BY b.hour, b.mode LIMIT ?)
              RETURNING 1)
            SELECT count(*) FROM gone
            """);

    static final OrgSql.Batch ERASE_TEXTS = new OrgSql.Batch(5_000, """
            WITH gone AS (
              DELETE FROM ${schema}.search_text t WHERE t.org_id = ? AND (t.day, t.hash) IN (
                SELECT b.day, b.hash FROM ${schema}.search_text b WHERE b.org_id = ? ORDER BY b.day, b.hash LIMIT ?)
              RETURNING 1)
            SELECT count(*) FROM gone
            """);

    static final OrgSql.Batch ERASE_SETTING = new OrgSql.Batch(1, """
            WITH gone AS (
              DELETE FROM ${schema}.search_setting s WHERE s.org_id = ? AND s.org_id IN (
                SELECT b.org_id FROM ${schema}.search_setting b WHERE b.org_id = ? LIMIT ?)
              RETURNING 1)
            SELECT count(*) FROM gone
            """);

    private AnalyticsSql() {
    }
}
