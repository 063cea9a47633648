package io.croft.pg.content;

/** The statements of {@link ContentCopy}. The primary keys serve all of them. */
final class CopySql {

    /**
     * The next documents, as many as take a given number of bytes, but at least one; with the chunks of those whose
     * newest revision has them. What is a document's, not a chunk's, stands in its first row only.
     *
     * <p>No row at all if the organisation does not live this life; one without an id if it has no more documents.
     *
     * <p>Parameters: org, incarnation, org, the id before, the groups of who copies, the most documents, the bytes,
     * org.
     */
    static final String READ = """
            WITH life AS (
              SELECT o.org_id FROM ${schema}.org o WHERE o.org_id = ? AND o.incarnation = ? AND o.state = 'ACTIVE'),
            page AS (
              SELECT p.id FROM (
                SELECT d.id, sum(d.bytes) OVER (ORDER BY d.id) - d.bytes AS bytes_before
                FROM (
                  SELECT b.id, octet_length(b.text) + coalesce(b.written_bytes, 0) AS bytes
                  FROM ${schema}.document b
                  WHERE b.org_id = ? AND b.id > ? AND NOT b.deleted AND b.text <> ''
                    AND (b.groups IS NULL OR b.groups && coalesce(?::text[], b.groups))
                  ORDER BY b.id LIMIT ?) d) p
              WHERE p.bytes_before < ?)
            SELECT d.id, c.ordinal, c.start_offset, c.end_offset, c.text AS chunk_text, c.vector,
              CASE WHEN coalesce(c.ordinal, 0) = 0 THEN c.model_id END AS model_id,
              CASE WHEN coalesce(c.ordinal, 0) = 0 THEN d.title END AS title,
              CASE WHEN coalesce(c.ordinal, 0) = 0 THEN d.text END AS text,
              CASE WHEN coalesce(c.ordinal, 0) = 0 THEN d.fields::text END AS fields,
              CASE WHEN coalesce(c.ordinal, 0) = 0 THEN array_to_string(d.groups, E'\\n') END AS groups,
              CASE WHEN coalesce(c.ordinal, 0) = 0 THEN d.updated_at END AS put_at
            FROM life l
              LEFT JOIN (page JOIN ${schema}.document d ON d.org_id = ? AND d.id = page.id) ON d.org_id = l.org_id
              LEFT JOIN ${schema}.private_chunk c
                ON c.org_id = d.org_id AND c.content_id = d.id AND d.written_revision = d.revision
            ORDER BY d.id, c.ordinal
            """;

    /**
     * Adds those whose id is free, in order of the ids, as {@link ContentSql} does; bytes are null where chunks are to
     * be made.
     *
     * <p>Parameters: arrays of ids, titles, texts, fields, groups, times and bytes; the org, its incarnation.
     */
    static final String ADD = """
            INSERT INTO ${schema}.document AS d (org_id, id, revision, title, text, fields, groups, updated_at,
              written_revision, written_title, written_fields, written_groups, written_at, written_bytes)
            SELECT o.org_id, i.id, 1, i.title, i.text, i.fields::jsonb, string_to_array(i.groups, E'\\n'), i.put_at,
              CASE WHEN i.bytes IS NOT NULL THEN 1 END, CASE WHEN i.bytes IS NOT NULL THEN i.title END,
              CASE WHEN i.bytes IS NOT NULL THEN i.fields::jsonb END,
              CASE WHEN i.bytes IS NOT NULL THEN string_to_array(i.groups, E'\\n') END,
              CASE WHEN i.bytes IS NOT NULL THEN i.put_at END, i.bytes
            FROM ${schema}.org o
              CROSS JOIN unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::timestamptz[], ?::bigint[])
                WITH ORDINALITY AS i (id, title, text, fields, groups, put_at, bytes, place)
            WHERE o.org_id = ? AND o.incarnation = ? AND o.state = 'ACTIVE'
            ORDER BY i.place
            ON CONFLICT (org_id, id) DO UPDATE SET revision = d.revision + 1, deleted = false, title = excluded.title,
              text = excluded.text, fields = excluded.fields, groups = excluded.groups,
              updated_at = excluded.updated_at,
              written_revision = CASE WHEN excluded.written_bytes IS NOT NULL THEN d.revision + 1 END,
              written_title = excluded.written_title, written_fields = excluded.written_fields,
              written_groups = excluded.written_groups, written_at = excluded.written_at,
              written_bytes = excluded.written_bytes
            WHERE d.deleted
            RETURNING id, revision,
              octet_length(title) + octet_length(text) + octet_length(fields::text) + coalesce(written_bytes, 0)
                AS bytes
            """;

    /**
     * A row if the organisation lives this life.
     *
     * <p>Parameters: org, incarnation.
     */
    static final String LIVES = """
            SELECT FROM ${schema}.org o WHERE o.org_id = ? AND o.incarnation = ? AND o.state = 'ACTIVE'
            """;

    private CopySql() {
    }
}
