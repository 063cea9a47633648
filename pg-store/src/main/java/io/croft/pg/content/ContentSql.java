package io.croft.pg.content;

import io.croft.search.Source;
import java.util.function.UnaryOperator;

/**
 * The statements on documents and listings, but for reading their chunks. Both have the same columns, so each statement
 * stands here once;
 * <code>${content}</code> and <code>${chunk}</code> are the tables of the source, <code>${source}</code> is its
 * number. The primary keys serve all of them.
 */
final class ContentSql {

    /**
     * In order of the ids, so that two writers of the same ones wait for each other rather than deadlock. No row of
     * what is there and not seen.
     */
    private static final String PUT = """
            INSERT INTO ${schema}.${content} AS d (org_id, id, revision, title, text, fields, groups)
            SELECT o.org_id, i.id, i.writes, i.title, i.text, i.fields::jsonb, string_to_array(i.groups, E'\\n')
            FROM ${schema}.org o
              CROSS JOIN unnest(?::text[], ?::int[], ?::text[], ?::text[], ?::text[], ?::text[])
                WITH ORDINALITY AS i (id, writes, title, text, fields, groups, place)
            WHERE o.org_id = ? AND o.state = 'ACTIVE'
            ORDER BY i.place
            ON CONFLICT (org_id, id) DO UPDATE SET revision = d.revision + excluded.revision, deleted = false,
              title = excluded.title, text = excluded.text, fields = excluded.fields, groups = excluded.groups,
              job_id = NULL, updated_at = excluded.updated_at,
              replaced_bytes = CASE WHEN NOT d.deleted
                THEN octet_length(d.title) + octet_length(d.text) + octet_length(d.fields::text) END
            WHERE d.deleted OR ${seen}
            RETURNING id, revision, replaced_bytes IS NULL AS is_new,
              octet_length(title) + octet_length(text) + octet_length(fields::text) - coalesce(replaced_bytes, 0)
                AS grown
            """;

    /**
     * Whether a document is seen by a member of these groups; by who has none given, all are. Its parameter is an
     * array of groups, or null.
     */
    static final String SEEN = "(d.groups IS NULL OR d.groups && coalesce(?::text[], d.groups))";

    /** A row if the organisation is there and takes documents. */
    static final String IS_ACTIVE = "SELECT FROM ${schema}.org o WHERE o.org_id = ? AND o.state = 'ACTIVE'";

    private static final String SET_JOBS = """
            UPDATE ${schema}.${content} d SET job_id = i.job_id
            FROM unnest(?::text[], ?::bigint[]) AS i (id, job_id)
            WHERE d.org_id = ? AND d.id = i.id
            """;

    /** One row if the org is active; without a revision if there was nothing to delete. */
    private static final String DELETE = """
            WITH o AS (SELECT a.org_id FROM ${schema}.org a WHERE a.org_id = ? AND a.state = 'ACTIVE'),
            was AS (
              SELECT d.id, octet_length(d.title) + octet_length(d.text) + octet_length(d.fields::text)
                + coalesce(d.written_bytes, 0) AS bytes
              FROM ${schema}.${content} d WHERE d.org_id = ? AND d.id = ? AND NOT d.deleted AND ${seen} FOR UPDATE),
            gone AS (
              UPDATE ${schema}.${content} d SET revision = d.revision + 1, deleted = true, title = '', text = '',
                fields = '{}', groups = NULL, job_id = NULL, written_revision = NULL, written_title = NULL,
                written_fields = NULL, written_groups = NULL, written_at = NULL, written_bytes = NULL,
                replaced_bytes = NULL, updated_at = now()
              FROM o, was WHERE d.org_id = o.org_id AND d.org_id = ? AND d.id = was.id AND NOT d.deleted
              RETURNING d.revision, was.bytes)
            SELECT g.revision, g.bytes FROM o LEFT JOIN gone g ON true
            """;

    /**
     * Of these documents, those whose searchable revision is for somebody whom the newest one is not for: lets it be
     * for those alone whom both are for. An array of no groups is for nobody. Parameters: org, array of ids.
     */
    static final String NARROW = """
            UPDATE ${schema}.document d SET written_groups = CASE WHEN d.written_groups IS NULL THEN d.groups
              ELSE ARRAY(SELECT w.name FROM unnest(d.written_groups) AS w (name) WHERE w.name = ANY (d.groups)) END
            WHERE d.org_id = ? AND d.id = ANY (?::text[]) AND d.written_revision IS NOT NULL AND d.groups IS NOT NULL
              AND (d.written_groups IS NULL OR NOT d.written_groups <@ d.groups)
            RETURNING d.id
            """;

    private static final String DELETE_CHUNKS = """
            DELETE FROM ${schema}.${chunk} WHERE org_id = ? AND content_id = ?
            """;

    /** Locks the row until the end: whoever writes or deletes the document waits. */
    private static final String LOCK = """
            SELECT d.revision, d.deleted, d.written_bytes FROM ${schema}.${content} d
            WHERE d.org_id = ? AND d.id = ? FOR UPDATE
            """;

    private static final String ADD_CHUNKS = """
            INSERT INTO ${schema}.${chunk} (org_id, content_id, ordinal, revision, start_offset, end_offset, text,
              model_id, dimensions, vector)
            SELECT ?, ?, i.ordinal, ?, i.start_offset, i.end_offset, i.text, ?, ?, i.vector
            FROM unnest(?::int[], ?::int[], ?::int[], ?::text[], ?::bytea[])
              AS i (ordinal, start_offset, end_offset, text, vector)
            """;

    private static final String SET_WRITTEN = """
            UPDATE ${schema}.${content} SET written_revision = revision, written_title = title, written_fields = fields,
              written_groups = groups, written_at = updated_at, written_bytes = ?
            WHERE org_id = ? AND id = ?
            """;

    private static final String LOG_DOCUMENT = """
            WITH n AS (
              UPDATE ${schema}.change_counter SET last_seq = last_seq + 1, last_change = gen_random_uuid(),
                previous_change = last_change
              WHERE org_id = ? RETURNING org_id, last_seq, last_change, previous_change)
            INSERT INTO ${schema}.change (org_id, seq, change_id, previous_id, document_id)
              SELECT n.org_id, n.last_seq, n.last_change, n.previous_change, ?::text FROM n
            """;

    private static final String LOG_LISTING = """
            INSERT INTO ${schema}.market_change (org_id, listing_id) VALUES (?, ?)
            """;

    /** One row if the org is active; without an id if there is no such content, or its first file is not read yet. */
    private static final String FIND = """
            SELECT d.id, d.revision, d.title, d.text, d.fields::text AS fields,
              array_to_string(d.groups, E'\\n') AS groups
            FROM ${schema}.org o
              LEFT JOIN ${schema}.${content} d ON d.org_id = ? AND d.id = ? AND NOT d.deleted AND d.text <> ''
                AND ${seen}
            WHERE o.org_id = ? AND o.state = 'ACTIVE'
            """;

    /**
     * One row if the org is active; without an id if this is not the newest revision, or its file is not read yet: the
     * text that is there is then an older one's.
     */
    private static final String PENDING = """
            SELECT d.id, d.revision, d.title, d.text, d.fields::text AS fields,
              array_to_string(d.groups, E'\\n') AS groups
            FROM ${schema}.org o
              LEFT JOIN ${schema}.${content} d ON d.org_id = ? AND d.id = ? AND d.revision = ? AND NOT d.deleted
                AND d.text <> '' AND NOT EXISTS (
                  SELECT FROM ${schema}.input i
                  WHERE i.org_id = d.org_id AND i.source = ${source} AND i.id = d.id AND i.revision = d.revision
                    AND i.step IN (1, 2))
            WHERE o.org_id = ? AND o.state = 'ACTIVE'
            """;

    /** One row if the org is active; without a revision if there never was such content. */
    private static final String STATUS = """
            SELECT d.revision, d.deleted, d.written_revision, d.job_id,
              j.state AS job_state, j.error_class, j.error_message,
              h.outcome, CASE h.outcome WHEN 5 THEN h.error_class END AS end_class,
              CASE h.outcome WHEN 5 THEN h.error_message ELSE h.note END AS end_message
            FROM ${schema}.org o LEFT JOIN ${schema}.${content} d ON d.org_id = ? AND d.id = ? AND ${seen}
              LEFT JOIN ${schema}.job j ON j.org_id = d.org_id AND j.id = d.job_id
              LEFT JOIN ${schema}.job_history h ON h.org_id = d.org_id AND h.id = d.job_id
            WHERE o.org_id = ? AND o.state = 'ACTIVE'
            """;

    private static final ContentSql DOCUMENTS = new ContentSql("document", "private_chunk", "0", LOG_DOCUMENT);
    private static final ContentSql LISTINGS = new ContentSql("listing", "market_chunk", "1", LOG_LISTING);

    /** Parameters: org, id, groups, org. */
    final String find;
    /** Parameters: org, id, revision, org. */
    final String pending;
    /** Parameters: org, id, groups, org. */
    final String status;
    /**
     * Parameters: arrays of ids, of how often each is written, of titles, texts, fields and groups; the org; the
     * writer's groups.
     */
    final String put;
    /** Parameters: arrays of ids and of jobs; the org. */
    final String setJobs;
    /** Parameters: the org, twice; the id; the groups; the org. */
    final String delete;
    /** Parameters: org, id. */
    final String deleteChunks;
    /** Parameters: org, id. */
    final String lock;
    /** Parameters: org, id, revision, model, dimensions; arrays of ordinals, starts, ends, texts and vectors. */
    final String addChunks;
    /** Parameters: bytes; org, id. */
    final String setWritten;
    /** Parameters: org, id. Touches one row. */
    final String log;

    private ContentSql(String content, String chunk, String source, String log) {
        UnaryOperator<String> in = sql -> sql.replace("${content}", content).replace("${chunk}", chunk)
                .replace("${source}", source).replace("${seen}", SEEN);
        this.put = in.apply(PUT);
        this.setJobs = in.apply(SET_JOBS);
        this.delete = in.apply(DELETE);
        this.deleteChunks = in.apply(DELETE_CHUNKS);
        this.lock = in.apply(LOCK);
        this.addChunks = in.apply(ADD_CHUNKS);
        this.setWritten = in.apply(SET_WRITTEN);
        this.find = in.apply(FIND);
        this.pending = in.apply(PENDING);
        this.status = in.apply(STATUS);
        this.log = log;
    }

    static ContentSql of(Source source) {
        return switch (source) {
            case PRIVATE -> DOCUMENTS;
            case MARKETPLACE -> LISTINGS;
        };
    }
}
