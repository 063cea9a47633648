package io.croft.pg.content;

import io.croft.search.Source;
import java.util.function.UnaryOperator;

/**
 * The statements on inputs, for documents and for listings. <code>${content}</code>, <code>${chunk}</code> and
 * <code>${source}</code> are the tables and the number of the source. The primary keys serve all of them, but where it
 * says otherwise.
 */
final class InputSql {

    /** The columns that {@link InputRow} reads; d, i, j and h are the content, its input, its job and that's end. */
    private static final String FOUND = """
            FROM ${schema}.org o LEFT JOIN ${schema}.${content} d ON d.org_id = ? AND d.id = ? AND ${seen}
              LEFT JOIN ${schema}.input i
                ON i.org_id = d.org_id AND i.source = ${source} AND i.id = d.id AND i.revision = d.revision
              LEFT JOIN ${schema}.job j ON j.org_id = d.org_id AND j.id = d.job_id
              LEFT JOIN ${schema}.job_history h ON h.org_id = d.org_id AND h.id = d.job_id
            WHERE o.org_id = ? AND o.state = 'ACTIVE'
            """;

    /** One row if the org is active; without a revision if there never was such content. */
    private static final String PROGRESS = """
            SELECT d.revision, d.deleted, d.written_revision, d.job_id, i.hash, i.step, i.reason, i.remedy, i.note,
              j.state AS job_state, j.error_class, j.error_message, CASE j.state WHEN 0 THEN j.note END AS put_off,
              h.outcome, CASE h.outcome WHEN 5 THEN h.error_class END AS end_class,
              CASE h.outcome WHEN 5 THEN h.error_message ELSE h.note END AS end_message
            """ + FOUND;

    /**
     * A new revision whose text is not known yet: what the row says stays, so that a text that is there is still for
     * whom it was. No row if the org is not active, or what is there is not seen.
     */
    private static final String PUT_UNREAD = """
            INSERT INTO ${schema}.${content} AS d (org_id, id, revision, title, text, fields, groups)
            SELECT o.org_id, ?, 1, '', '', '{}', string_to_array(?::text, E'\\n')
            FROM ${schema}.org o WHERE o.org_id = ? AND o.state = 'ACTIVE'
            ON CONFLICT (org_id, id) DO UPDATE SET revision = d.revision + 1, deleted = false, job_id = NULL,
              groups = CASE WHEN d.text = '' THEN excluded.groups ELSE d.groups END, updated_at = excluded.updated_at,
              replaced_bytes = CASE WHEN NOT d.deleted
                THEN octet_length(d.title) + octet_length(d.text) + octet_length(d.fields::text) END
            WHERE d.deleted OR ${seen}
            RETURNING id, revision, replaced_bytes IS NULL AS is_new,
              octet_length(title) + octet_length(text) + octet_length(fields::text) - coalesce(replaced_bytes, 0)
                AS grown
            """;

    private static final String KEEP_FILE = """
            INSERT INTO ${schema}.input (org_id, source, id, revision, hash, step, blob, bytes, name, type, title,
              fields, groups)
            VALUES (?, ${source}, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?::jsonb, string_to_array(?::text, E'\\n'))
            ON CONFLICT (org_id, source, id) DO UPDATE SET revision = excluded.revision, hash = excluded.hash,
              step = excluded.step, blob = excluded.blob, bytes = excluded.bytes, name = excluded.name,
              type = excluded.type, title = excluded.title, fields = excluded.fields, groups = excluded.groups,
              reason = NULL, remedy = NULL, note = NULL
            """;

    private static final String KEEP_TEXT = """
            INSERT INTO ${schema}.input (org_id, source, id, revision, hash, step) VALUES (?, ${source}, ?, ?, ?, 3)
            ON CONFLICT (org_id, source, id) DO UPDATE SET revision = excluded.revision, hash = excluded.hash,
              step = excluded.step, blob = NULL, bytes = NULL, name = NULL, type = NULL, title = NULL, fields = NULL,
              groups = NULL, reason = NULL, remedy = NULL, note = NULL
            """;

    /** One row if the org is active; without a revision if the input is not the newest, or its text is known. */
    private static final String PENDING = """
            SELECT i.revision, i.blob, i.bytes, i.name, i.type, i.title, i.fields::text AS fields,
              array_to_string(i.groups, E'\\n') AS groups
            FROM ${schema}.org o LEFT JOIN (${schema}.input i
                JOIN ${schema}.${content} d ON d.org_id = i.org_id AND d.id = i.id AND d.revision = i.revision
                  AND NOT d.deleted)
              ON i.org_id = ? AND i.source = ${source} AND i.id = ? AND i.revision = ? AND i.step IN (1, 2)
            WHERE o.org_id = ? AND o.state = 'ACTIVE'
            """;

    private static final String SET_TEXT = """
            UPDATE ${schema}.${content} SET title = ?, text = ?, fields = ?::jsonb,
              groups = string_to_array(?::text, E'\\n'),
              replaced_bytes = octet_length(title) + octet_length(text) + octet_length(fields::text)
            WHERE org_id = ? AND id = ?
            RETURNING octet_length(title) + octet_length(text) + octet_length(fields::text) - replaced_bytes AS grown
            """;

    private static final String SET_READ = """
            UPDATE ${schema}.input SET step = 3, note = ?
            WHERE org_id = ? AND source = ${source} AND id = ? AND revision = ?
            """;

    private static final String SET_SCANNED = """
            UPDATE ${schema}.input SET step = 2 WHERE org_id = ? AND source = ${source} AND id = ? AND revision = ?
            """;

    private static final String SET_FAILED = """
            UPDATE ${schema}.input SET reason = ?, remedy = ?
            WHERE org_id = ? AND source = ${source} AND id = ? AND revision = ?
            """;

    private static final String FORGET = """
            DELETE FROM ${schema}.input WHERE org_id = ? AND source = ${source} AND id = ?
            """;

    /** Reads every row of the org's. Jobs are looked for only where there may be one. */
    private static final String COUNTS = """
            SELECT count(*) FILTER (WHERE s.step = 1) AS extracting, count(*) FILTER (WHERE s.step = 2) AS recognising,
              count(*) FILTER (WHERE s.step = 3) AS embedding,
              count(*) FILTER (WHERE s.step = 4) AS indexed, count(*) FILTER (WHERE s.step = 5) AS failed
            FROM (
              SELECT CASE WHEN d.written_revision = d.revision THEN 4
                WHEN i.reason IS NOT NULL OR j.id IS NULL OR j.state = 4 THEN 5
                ELSE coalesce(i.step, 3) END AS step
              FROM ${schema}.${content} d
                LEFT JOIN ${schema}.input i
                  ON i.org_id = d.org_id AND i.source = ${source} AND i.id = d.id AND i.revision = d.revision
                LEFT JOIN ${schema}.job j ON j.org_id = d.org_id AND j.id = d.job_id
                  AND d.written_revision IS DISTINCT FROM d.revision
              WHERE d.org_id = ? AND NOT d.deleted) s
            """;

    /**
     * Locks them in the order of their ids, as {@link ContentSql} does, so that none is superseded before it has its
     * job. Dead letters are none that they wait for.
     */
    private static final String OUTDATED_PAGE = """
            SELECT d.id, d.revision FROM ${schema}.${content} d
            WHERE d.org_id = ? AND d.id > ? AND d.written_revision = d.revision
              AND EXISTS (SELECT FROM ${schema}.${chunk} c
                WHERE c.org_id = ? AND c.content_id = d.id AND c.ordinal = 0 AND c.model_id <> ?)
              AND NOT EXISTS (SELECT FROM ${schema}.job j WHERE j.org_id = ? AND j.id = ANY (ARRAY[d.job_id])
                AND j.state <> 4)
            ORDER BY d.id LIMIT ? FOR UPDATE OF d
            """;

    private static final String OUTDATED = """
            SELECT count(*) FROM ${schema}.${content} d
            WHERE d.org_id = ? AND d.written_revision = d.revision
              AND EXISTS (SELECT FROM ${schema}.${chunk} c
                WHERE c.org_id = ? AND c.content_id = d.id AND c.ordinal = 0 AND c.model_id <> ?)
            """;

    /**
     * By the revision that was found to be superseded: an input that was replaced since, which the statement waits
     * for, is of another one and stays.
     */
    private static final String FORGET_SUPERSEDED = """
            WITH g AS MATERIALIZED (
              SELECT s.id, s.revision FROM ${schema}.input s
              WHERE s.org_id = ? AND s.source = ${source} AND NOT EXISTS (
                SELECT FROM ${schema}.${content} d
                WHERE d.org_id = ? AND d.id = s.id AND d.revision = s.revision AND NOT d.deleted))
            DELETE FROM ${schema}.input i USING g
            WHERE i.org_id = ? AND i.source = ${source} AND i.id = g.id AND i.revision = g.revision
            """;

    /** One row; null if the job is past its retention. */
    static final String PAYLOAD = """
            SELECT coalesce((SELECT j.payload FROM ${schema}.job j WHERE j.org_id = ? AND j.id = ?),
              (SELECT h.payload FROM ${schema}.job_history h WHERE h.org_id = ? AND h.id = ?))::text AS payload
            """;

    /** Served by input_blob. */
    static final String UNUSED = """
            SELECT k.key FROM unnest(?::bytea[]) AS k (key)
            WHERE NOT EXISTS (SELECT FROM ${schema}.input i WHERE i.org_id = ? AND i.blob = k.key)
            """;

    private static final InputSql DOCUMENTS = new InputSql("document", "private_chunk", "0");
    private static final InputSql LISTINGS = new InputSql("listing", "market_chunk", "1");

    /** Parameters: org, id, groups, org. */
    final String progress;
    /** Parameters: id, groups, org; the writer's groups. */
    final String putUnread;
    /** Parameters: org, id, revision, hash, blob, bytes, name, type, title, fields, groups. */
    final String keepFile;
    /** Parameters: org, id, revision, hash. */
    final String keepText;
    /** Parameters: org, id, revision, org. */
    final String pending;
    /** Parameters: title, text, fields, groups, org, id. */
    final String setText;
    /** Parameters: note, org, id, revision. */
    final String setRead;
    /** Parameters: org, id, revision. */
    final String setScanned;
    /** Parameters: reason, remedy, org, id, revision. */
    final String setFailed;
    /** Parameters: org, id. */
    final String forget;
    /** Parameters: org. */
    final String counts;
    /** Parameters: org, after, org, model, org, limit. */
    final String outdatedPage;
    /** Parameters: org, org, model. */
    final String outdated;
    /** Parameters: org, org, org. */
    final String forgetSuperseded;

    private InputSql(String content, String chunk, String source) {
        UnaryOperator<String> in = sql -> sql.replace("${content}", content).replace("${chunk}", chunk)
                .replace("${source}", source).replace("${seen}", ContentSql.SEEN);
        this.progress = in.apply(PROGRESS);
        this.putUnread = in.apply(PUT_UNREAD);
        this.keepFile = in.apply(KEEP_FILE);
        this.keepText = in.apply(KEEP_TEXT);
        this.pending = in.apply(PENDING);
        this.setText = in.apply(SET_TEXT);
        this.setRead = in.apply(SET_READ);
        this.setScanned = in.apply(SET_SCANNED);
        this.setFailed = in.apply(SET_FAILED);
        this.forget = in.apply(FORGET);
        this.counts = in.apply(COUNTS);
        this.outdatedPage = in.apply(OUTDATED_PAGE);
        this.outdated = in.apply(OUTDATED);
        this.forgetSuperseded = in.apply(FORGET_SUPERSEDED);
    }

    static InputSql of(Source source) {
        return switch (source) {
            case PRIVATE -> DOCUMENTS;
            case MARKETPLACE -> LISTINGS;
        };
    }
}
