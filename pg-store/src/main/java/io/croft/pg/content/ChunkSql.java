package io.croft.pg.content;

/**
 * The statements that read chunks for an index. Each is one statement, and so sees one moment: the chunks, the title
 * and the fields are of one revision. What belongs to a document comes with its first chunk only. Chunks follow one
 * another in the order of their primary key.
 */
final class ChunkSql {

    /**
     * The first of the given documents, as many as take a given number of bytes, but at least one; a row without a
     * chunk for each that has none. No row if the org is being erased or lives another life.
     */
    static final String PRIVATE = """
            WITH page AS (
              SELECT p.place, p.id FROM (
                SELECT k.place, k.id, sum(coalesce(b.written_bytes, 0)) OVER (ORDER BY k.place)
                  - coalesce(b.written_bytes, 0) AS bytes_before
                FROM unnest(?::text[]) WITH ORDINALITY AS k (id, place)
                  LEFT JOIN ${schema}.document b ON b.org_id = ? AND b.id = k.id) p
              WHERE p.bytes_before < ?)
            SELECT o.org_id, page.id AS content_id, c.ordinal, c.start_offset, c.end_offset, c.text, c.vector,
              CASE WHEN c.ordinal = 0 THEN c.revision END AS revision,
              CASE WHEN c.ordinal = 0 THEN c.model_id END AS model_id,
              CASE WHEN c.ordinal = 0 THEN d.written_title END AS title,
              CASE WHEN c.ordinal = 0 THEN d.written_fields::text END AS fields,
              CASE WHEN c.ordinal = 0 THEN array_to_string(d.written_groups, E'\\n') END AS groups,
              CASE WHEN c.ordinal = 0 THEN d.written_at END AS written_at
            FROM ${schema}.org o
              CROSS JOIN page
              LEFT JOIN (${schema}.document d
                  JOIN ${schema}.private_chunk c ON c.org_id = d.org_id AND c.content_id = d.id)
                ON d.org_id = ? AND c.org_id = ? AND d.id = page.id
            WHERE o.org_id = ? AND o.incarnation = ? AND o.state IN ('ACTIVE', 'SUSPENDED')
            ORDER BY page.place, c.ordinal
            """;

    /** The same of the given listings. */
    static final String MARKET = """
            WITH page AS (
              SELECT p.place, p.org_id, p.id FROM (
                SELECT k.place, k.org_id, k.id, sum(coalesce(b.written_bytes, 0)) OVER (ORDER BY k.place)
                  - coalesce(b.written_bytes, 0) AS bytes_before
                FROM unnest(?::uuid[], ?::text[]) WITH ORDINALITY AS k (org_id, id, place)
                  LEFT JOIN ${schema}.listing b ON b.org_id = k.org_id AND b.id = k.id) p
              WHERE p.bytes_before < ?)
            SELECT page.org_id, page.id AS content_id, c.ordinal, c.start_offset, c.end_offset, c.text, c.vector,
              CASE WHEN c.ordinal = 0 THEN c.revision END AS revision,
              CASE WHEN c.ordinal = 0 THEN c.model_id END AS model_id,
              CASE WHEN c.ordinal = 0 THEN d.written_title END AS title,
              CASE WHEN c.ordinal = 0 THEN d.written_fields::text END AS fields,
              NULL::text AS groups,
              CASE WHEN c.ordinal = 0 THEN d.written_at END AS written_at
            FROM page
              LEFT JOIN (${schema}.listing d
                  JOIN ${schema}.market_chunk c ON c.org_id = d.org_id AND c.content_id = d.id)
                ON d.org_id = page.org_id AND d.id = page.id
            ORDER BY page.place, c.ordinal
            """;

    /** The next documents that have chunks, as many as take a given number of bytes, but at least one. */
    static final String SCAN_PRIVATE = """
            WITH page AS (
              SELECT p.id FROM (
                SELECT d.id, sum(d.written_bytes) OVER (ORDER BY d.id) - d.written_bytes AS bytes_before
                FROM (
                  SELECT b.id, b.written_bytes FROM ${schema}.document b
                  WHERE b.org_id = ? AND b.id > ? AND b.written_revision IS NOT NULL ORDER BY b.id LIMIT ?) d) p
              WHERE p.bytes_before < ?)
            SELECT o.org_id, c.content_id, c.ordinal, c.start_offset, c.end_offset, c.text, c.vector,
              CASE WHEN c.ordinal = 0 THEN c.revision END AS revision,
              CASE WHEN c.ordinal = 0 THEN c.model_id END AS model_id,
              CASE WHEN c.ordinal = 0 THEN d.written_title END AS title,
              CASE WHEN c.ordinal = 0 THEN d.written_fields::text END AS fields,
              CASE WHEN c.ordinal = 0 THEN array_to_string(d.written_groups, E'\\n') END AS groups,
              CASE WHEN c.ordinal = 0 THEN d.written_at END AS written_at
            FROM ${schema}.org o
              LEFT JOIN (page
                  JOIN ${schema}.document d ON d.org_id = ? AND d.id = page.id
                  JOIN ${schema}.private_chunk c ON c.org_id = d.org_id AND c.content_id = d.id)
                ON c.org_id = ?
            WHERE o.org_id = ? AND o.incarnation = ? AND o.state IN ('ACTIVE', 'SUSPENDED')
            ORDER BY c.content_id, c.ordinal
            """;

    static final String SCAN_MARKET = """
            WITH page AS (
              SELECT p.org_id, p.id FROM (
                SELECT d.org_id, d.id,
                  sum(d.written_bytes) OVER (ORDER BY d.org_id, d.id) - d.written_bytes AS bytes_before
                FROM (
                  SELECT b.org_id, b.id, b.written_bytes FROM ${schema}.listing b
                  WHERE (b.org_id, b.id) > (?, ?) AND b.written_revision IS NOT NULL
                  ORDER BY b.org_id, b.id LIMIT ?) d) p
              WHERE p.bytes_before < ?)
            SELECT c.org_id, c.content_id, c.ordinal, c.start_offset, c.end_offset, c.text, c.vector,
              CASE WHEN c.ordinal = 0 THEN c.revision END AS revision,
              CASE WHEN c.ordinal = 0 THEN c.model_id END AS model_id,
              CASE WHEN c.ordinal = 0 THEN d.written_title END AS title,
              CASE WHEN c.ordinal = 0 THEN d.written_fields::text END AS fields,
              NULL::text AS groups,
              CASE WHEN c.ordinal = 0 THEN d.written_at END AS written_at
            FROM page
              JOIN ${schema}.listing d ON d.org_id = page.org_id AND d.id = page.id
              JOIN ${schema}.market_chunk c ON c.org_id = d.org_id AND c.content_id = d.id
            ORDER BY c.org_id, c.content_id, c.ordinal
            """;

    private ChunkSql() {
    }
}
