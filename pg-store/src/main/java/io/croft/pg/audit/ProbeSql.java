package io.croft.pg.audit;

import java.util.List;

/** The statements of {@link Probe}, and what it puts into the tables of two organisations. */
final class ProbeSql {

    /** Rows of an organisation, each made by the role that may; the one parameter is the organisation. */
    static final List<Seed> SEEDS = List.of(
            new Seed("admin", false, "org", "INSERT INTO ${schema}.org (org_id) VALUES (CAST(? AS uuid))"),
            new Seed("admin", true, "change_counter", """
                    INSERT INTO ${schema}.change_counter (org_id, incarnation)
                      SELECT o.org_id, o.incarnation FROM ${schema}.org o WHERE o.org_id = CAST(? AS uuid)
                    """),
            new Seed("app", true, "document", """
                    INSERT INTO ${schema}.document (org_id, id, revision, title, text, fields)
                      VALUES (CAST(? AS uuid), 'croft-audit', 1, '', 'x', '{}')
                    """),
            new Seed("app", true, "listing", """
                    INSERT INTO ${schema}.listing (org_id, id, revision, title, text, fields)
                      VALUES (CAST(? AS uuid), 'croft-audit', 1, '', 'x', '{}')
                    """),
            new Seed("app", true, "private_chunk", """
                    INSERT INTO ${schema}.private_chunk (org_id, content_id, ordinal, revision, start_offset,
                        end_offset, text, model_id, dimensions, vector)
                      VALUES (CAST(? AS uuid), 'croft-audit', 0, 1, 0, 1, 'x', 'm', 1, '\\x00000000')
                    """),
            new Seed("app", true, "market_chunk", """
                    INSERT INTO ${schema}.market_chunk (org_id, content_id, ordinal, revision, start_offset,
                        end_offset, text, model_id, dimensions, vector)
                      VALUES (CAST(? AS uuid), 'croft-audit', 0, 1, 0, 1, 'x', 'm', 1, '\\x00000000')
                    """),
            new Seed("app", true, "change", """
                    INSERT INTO ${schema}.change (org_id, seq, change_id, document_id)
                      VALUES (CAST(? AS uuid), 1, gen_random_uuid(), 'croft-audit')
                    """),
            new Seed("admin", false, "search_hour", """
                    INSERT INTO ${schema}.search_hour (org_id, hour, mode, searches, zero_results, private_shown,
                        private_clicked, private_incomplete, market_shown, market_clicked, market_incomplete,
                        reciprocal_ranks, latency, dropped)
                      VALUES (CAST(? AS uuid), date_trunc('hour', now()), 'TEXT', 1, 0, 0, 0, 0, 0, 0, 0, 0, '{}', 0)
                    """),
            new Seed("admin", false, "search_setting", """
                    INSERT INTO ${schema}.search_setting (org_id, texts) VALUES (CAST(? AS uuid), 'DISCARD')
                    """),
            new Seed("admin", false, "search_text", """
                    INSERT INTO ${schema}.search_text (org_id, day, hash, text, searches, zero_results)
                      VALUES (CAST(? AS uuid), current_date, decode(repeat('00', 32), 'hex'), 'x', 1, 0)
                    """),
            new Seed("app", true, "blob", """
                    INSERT INTO ${schema}.blob (org_id, key, bytes)
                      VALUES (CAST(? AS uuid), decode(repeat('00', 32), 'hex'), 1)
                    """),
            new Seed("app", true, "blob_part", """
                    INSERT INTO ${schema}.blob_part (org_id, key, part, content)
                      VALUES (CAST(? AS uuid), decode(repeat('00', 32), 'hex'), 0, '\\x00')
                    """),
            new Seed("app", true, "input", """
                    INSERT INTO ${schema}.input (org_id, source, id, revision, hash, step)
                      VALUES (CAST(? AS uuid), 0, 'croft-audit', 1, decode(repeat('00', 32), 'hex'), 3)
                    """),
            new Seed("app", true, "crawl",
                    "INSERT INTO ${schema}.crawl (org_id, name) VALUES (CAST(? AS uuid), 'croft-audit')"),
            new Seed("app", true, "crawl_page", """
                    INSERT INTO ${schema}.crawl_page (org_id, crawl, url, kind, depth, hops, round, place, failures,
                        waiting)
                      VALUES (CAST(? AS uuid), 'croft-audit', 'x', 1, 0, 0, 1, 0, 0, false)
                    """),
            new Seed("app", true, "embed_spend", """
                    INSERT INTO ${schema}.embed_spend (org_id, day, tokens) VALUES (CAST(? AS uuid), current_date, 1)
                    """),
            new Seed("app", true, "audit_entry", """
                    INSERT INTO ${schema}.audit_entry (org_id, actor_id, actor_role, action, subject, before, after)
                      VALUES (CAST(? AS uuid), 'croft-audit', 'SERVICE', 'croft.audit', '', '{}', '{}')
                    """),
            // One job waits under a key, another one is cancelled and so leaves for the history.
            new Seed("app", true, "job", """
                    SELECT count(e.job_id)
                    FROM (SELECT CAST(? AS uuid) AS org, (SELECT min(q.name) FROM ${schema}.queue q) AS queue) o
                      CROSS JOIN LATERAL ${schema}.enqueue_v1(ARRAY[o.org, o.org], ARRAY[o.queue, o.queue],
                        ARRAY['croft-audit', 'croft-audit'], ARRAY['{}', '{}']::jsonb[], ARRAY[2, 2]::smallint[],
                        p_key => ARRAY['croft-audit', NULL]::text[]) e
                    """),
            new Seed("app", true, "job_history", """
                    SELECT count(*)
                    FROM (SELECT j.org_id, j.id FROM ${schema}.job j
                        WHERE j.org_id = CAST(? AS uuid) AND j.key IS NULL) w
                      CROSS JOIN LATERAL ${schema}.cancel_v1(w.org_id, ARRAY[w.id], 'croft-audit') c
                    """));

    /** Jobs need a queue to be in. */
    static final String SOME_QUEUE = """
            SELECT CASE WHEN NOT EXISTS (SELECT FROM ${schema}.queue)
              THEN ${schema}.register_queue_v1('croft-audit') END
            """;

    /** What an application's transaction must refuse, naming another organisation; the parameter is that one. */
    static final List<Crossing> CROSSINGS = List.of(
            new Crossing("market_change",
                    "INSERT INTO ${schema}.market_change (org_id, listing_id) VALUES (CAST(? AS uuid), 'croft-audit')"),
            new Crossing("enqueue_v1", """
                    SELECT count(e.job_id)
                    FROM (SELECT CAST(? AS uuid) AS org, (SELECT min(q.name) FROM ${schema}.queue q) AS queue) o
                      CROSS JOIN LATERAL ${schema}.enqueue_v1(ARRAY[o.org], ARRAY[o.queue], ARRAY['croft-audit'],
                        ARRAY['{}']::jsonb[], ARRAY[2]::smallint[]) e
                    """));

    /** Tables and views that a role may read, whose rows have an organisation. */
    static final String READABLE = CatalogueSql.PRELUDE + """
            SELECT k.oid::regclass::text, quote_ident(k.org), k.relname, k.type
            FROM (
              SELECT a.oid, a.org, a.relname, format_type(t.atttypid, t.atttypmod) AS type
              FROM audited a JOIN pg_attribute t ON t.attrelid = a.oid AND t.attnum = a.orgatt
              WHERE a.own AND a.kind <> 'plain' AND a.relkind <> 'f'
              UNION
              SELECT v.oid, 'org_id', v.relname::text, format_type(t.atttypid, t.atttypmod)
              FROM dependent d JOIN pg_class v ON v.oid = d.oid
                JOIN pg_attribute t ON t.attrelid = v.oid AND t.attname = 'org_id'
              WHERE v.relkind IN ('v', 'm')) k
              CROSS JOIN own o JOIN pg_class r ON r.oid = k.oid
            WHERE o.suffix = ? AND has_schema_privilege(o.oid, r.relnamespace, 'USAGE')
              AND has_column_privilege(o.oid, k.oid, k.org, 'SELECT')
            ORDER BY 1
            """;

    private static final String POSSIBLE = """
            SELECT a.name, quote_ident(a.org), format_type(o.atttypid, o.atttypmod),
              (SELECT quote_ident(min(t.attname::text)) FROM pg_attribute t WHERE t.attrelid = a.oid AND t.attnum > 0
                AND NOT t.attisdropped AND t.attgenerated = ''
                AND has_column_privilege(w.oid, a.oid, t.attnum, 'UPDATE')),
              has_table_privilege(w.oid, a.oid, 'DELETE'),
              CASE WHEN has_column_privilege(w.oid, a.oid, a.orgatt, 'INSERT')
                AND has_column_privilege(w.oid, a.oid, a.orgatt, 'SELECT')
                THEN coalesce((SELECT string_agg(quote_ident(t.attname), ', ' ORDER BY t.attnum) FROM pg_attribute t
                  WHERE t.attrelid = a.oid AND t.attnum > 0 AND NOT t.attisdropped AND t.attgenerated = ''
                    AND t.attidentity = '' AND t.attnum <> a.orgatt
                    AND has_column_privilege(w.oid, a.oid, t.attnum, 'INSERT')
                    AND has_column_privilege(w.oid, a.oid, t.attnum, 'SELECT')), '') END
            FROM audited a JOIN pg_roles w ON w.oid = a.app
              JOIN pg_attribute o ON o.attrelid = a.oid AND o.attnum = a.orgatt
            """;

    /**
     * What the application's role may do to each table. The columns: name, organisation's column and its type, one that
     * it may update, whether it may delete, and those beside the organisation's that it may insert.
     */
    static final String WRITABLE = CatalogueSql.PRELUDE + POSSIBLE + """
            WHERE a.own AND a.kind <> 'plain' AND a.relkind IN ('r', 'p') AND (
              has_any_column_privilege(w.oid, a.oid, 'INSERT, UPDATE') OR has_table_privilege(w.oid, a.oid, 'DELETE'))
            ORDER BY 1
            """;

    /** The same of the host's table that is the second parameter, whatever may be done to it. */
    static final String HOST = CatalogueSql.PRELUDE + POSSIBLE + """
              JOIN host h ON h.oid = a.oid
            WHERE NOT a.own AND h.label = ?
            """;

    /** Calls of the functions that the application's role may execute, for the organisation that is the parameter. */
    static final String CALLS = CatalogueSql.PRELUDE + """
            SELECT p.oid::regprocedure::text, format('SELECT count(*) FROM %I.%I(%s)', nsp.name, p.proname,
              (SELECT string_agg(CASE WHEN n > 1 THEN 'CAST(NULL AS ' || format_type(t, NULL) || ')'
                  WHEN t = 'uuid'::regtype THEN 'CAST(? AS uuid)' ELSE 'ARRAY[CAST(? AS uuid)]' END, ', ' ORDER BY n)
                FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY u (t, n))),
              p.prosecdef
            FROM nsp JOIN pg_proc p ON p.pronamespace = nsp.oid CROSS JOIN own o
            WHERE o.suffix = 'app' AND has_function_privilege(o.oid, p.oid, 'EXECUTE') AND p.prokind = 'f'
              AND p.proargtypes[0] IN ('uuid'::regtype, 'uuid[]'::regtype) AND NOT p.proisstrict
            ORDER BY 1
            """;

    private ProbeSql() {
    }

    /**
     * A row of an organisation.
     *
     * @param role  the role that may make it, without the schema's name
     * @param held  whether that role has to be set to the organisation
     * @param table where it lands
     * @param sql   what makes it
     */
    record Seed(String role, boolean held, String table, String sql) {
    }

    /**
     * What must be refused.
     *
     * @param object the table or function
     * @param sql    the statement
     */
    record Crossing(String object, String sql) {
    }
}
