package io.croft.pg.change;

/** The statements of {@link PgChangeFeed}, its readers and its watch. */
final class ChangeSql {

    /** Served by the primary key. No row if the org is being erased or lives another life. */
    static final String PRIVATE_HEAD = """
            SELECT k.last_seq, k.last_change
            FROM ${schema}.org o JOIN ${schema}.change_counter k ON k.org_id = o.org_id
            WHERE o.org_id = ? AND o.incarnation = ? AND o.state IN ('ACTIVE', 'SUSPENDED')
            """;

    /** Where the log stands, and what comes after a change. Served by change's primary key. */
    static final String PRIVATE_NEXT = """
            SELECT k.last_seq, k.last_change, c.seq, c.change_id, c.previous_id, c.document_id
            FROM ${schema}.org o JOIN ${schema}.change_counter k ON k.org_id = o.org_id
              LEFT JOIN LATERAL (
                SELECT n.seq, n.change_id, n.previous_id, n.document_id FROM ${schema}.change n
                WHERE n.org_id = ? AND n.seq > ? ORDER BY n.seq LIMIT ?) c ON true
            WHERE o.org_id = ? AND o.incarnation = ? AND o.state IN ('ACTIVE', 'SUSPENDED')
            ORDER BY c.seq
            """;

    /** How far a place is from the log's end, and when the first change after it was entered. Served by the same. */
    static final String PRIVATE_UNREAD = """
            SELECT k.last_seq, coalesce(extract(epoch FROM clock_timestamp() - c.at) * 1000000, 0)::bigint AS age_micros
            FROM ${schema}.org o JOIN ${schema}.change_counter k ON k.org_id = o.org_id
              LEFT JOIN LATERAL (
                SELECT n.at FROM ${schema}.change n WHERE n.org_id = ? AND n.seq > ? ORDER BY n.seq LIMIT 1) c ON true
            WHERE o.org_id = ? AND o.incarnation = ? AND o.state IN ('ACTIVE', 'SUSPENDED')
            """;

    /** The last row whose place in the order nothing can come before any more. Served by the primary key, backwards. */
    static final String MARKET_HEAD = """
            SELECT i.epoch, l.xid, l.id, l.change_id
            FROM ${schema}.installation i CROSS JOIN LATERAL (
              SELECT m.xid, m.id, m.change_id FROM ${schema}.market_change m
              WHERE m.xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
              ORDER BY m.xid DESC, m.id DESC LIMIT 1) l
            """;

    /**
     * A page of the rows that one snapshot did not see and another one does, in the order of (xid, id), and the last
     * settled row of the latter. Both halves are ranges of the primary key.
     */
    static final String MARKET_NEXT = """
            WITH fresh AS (
              (SELECT m.xid, m.id, m.change_id, m.org_id, m.listing_id FROM ${schema}.market_change m
                WHERE m.xid >= ? AND (m.xid, m.id) > (?, ?) AND m.xid < ? AND m.xid <> ALL (?)
                ORDER BY m.xid, m.id LIMIT ?)
              UNION ALL
              (SELECT m.xid, m.id, m.change_id, m.org_id, m.listing_id FROM ${schema}.market_change m
                WHERE m.xid = ANY (?) AND (m.xid, m.id) > (?, ?) AND m.xid < ? AND m.xid <> ALL (?)
                ORDER BY m.xid, m.id LIMIT ?)),
            page AS (SELECT * FROM fresh ORDER BY xid, id LIMIT ?)
            SELECT i.epoch, pg_current_snapshot()::text AS snapshot,
              EXISTS (SELECT FROM ${schema}.market_change k WHERE k.xid = ? AND k.id = ? AND k.change_id = ?) AS known,
              l.xid AS settled_xid, l.id AS settled_id, l.change_id AS settled_change,
              p.xid, p.id, p.change_id, p.org_id, p.listing_id
            FROM ${schema}.installation i
              LEFT JOIN LATERAL (
                SELECT m.xid, m.id, m.change_id FROM ${schema}.market_change m
                WHERE m.xid < least(?, pg_snapshot_xmin(pg_current_snapshot())::text::bigint)
                ORDER BY m.xid DESC, m.id DESC LIMIT 1) l ON true
              LEFT JOIN page p ON true
            ORDER BY p.xid, p.id
            """;

    /**
     * Counts the rows that a reader has not handed out: what the snapshot of its last round did not see and is behind
     * its cursor; and what that of its present round cannot see and is before it. All three are ranges of the primary
     * key.
     */
    static final String MARKET_UNREAD = """
            SELECT count(*) AS unread,
              coalesce(extract(epoch FROM clock_timestamp() - min(u.at)) * 1000000, 0)::bigint AS age_micros
            FROM (
              (SELECT m.at FROM ${schema}.market_change m
                WHERE m.xid >= ? AND (m.xid, m.id) > (?, ?) AND m.org_id IS NOT NULL
                ORDER BY m.xid, m.id LIMIT ?)
              UNION ALL
              (SELECT m.at FROM ${schema}.market_change m
                WHERE m.xid = ANY (?) AND m.xid < ? AND (m.xid, m.id) > (?, ?) AND m.org_id IS NOT NULL
                ORDER BY m.xid, m.id LIMIT ?)
              UNION ALL
              (SELECT m.at FROM ${schema}.market_change m
                WHERE m.xid = ANY (?) AND (m.xid >= ? OR m.xid = ANY (?)) AND (m.xid, m.id) <= (?, ?)
                  AND m.org_id IS NOT NULL
                ORDER BY m.xid, m.id LIMIT ?)) u
            """;

    /** The first row that is left. Served by the primary key. */
    static final String MARKET_FIRST = """
            SELECT i.epoch, m.xid, m.id, m.change_id
            FROM ${schema}.installation i CROSS JOIN LATERAL (
              SELECT f.xid, f.id, f.change_id FROM ${schema}.market_change f ORDER BY f.xid, f.id LIMIT 1) m
            """;

    static final String SNAPSHOT = "SELECT pg_current_snapshot()::text";

    /** Whose logs have rows that a snapshot did not see. Served by change_xid and market_change's primary key. */
    static final String GROWN = """
            SELECT pg_current_snapshot()::text AS snapshot,
              EXISTS (SELECT FROM ${schema}.market_change m WHERE m.xid >= ?)
                OR EXISTS (SELECT FROM ${schema}.market_change m WHERE m.xid = ANY (?)) AS market,
              k.org_id, k.incarnation
            FROM (VALUES (1)) AS one (n)
              LEFT JOIN (
                SELECT c.org_id FROM ${schema}.change c WHERE c.xid >= ?
                UNION
                SELECT c.org_id FROM ${schema}.change c WHERE c.xid = ANY (?)) g ON true
              LEFT JOIN ${schema}.change_counter k ON k.org_id = g.org_id
            """;

    private ChangeSql() {
    }
}
