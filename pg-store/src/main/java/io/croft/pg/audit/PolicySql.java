package io.croft.pg.audit;

import java.util.List;

/**
 * Checks of policies. Those of the schema are compared with what is expected, word by word: {@code org} stands for the
 * one condition that names the transaction's organisation, {@code -} for none, {@code ~} for a blank and {@code @} for
 * the schema. Those of the host's tables have to be recognised as naming it.
 */
final class PolicySql {

    static final String OWN = CatalogueSql.PRELUDE + """
            , actual AS (
              SELECT a.name, p.polname::text AS policy, p.polpermissive,
                CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
                  WHEN 'd' THEN 'DELETE' ELSE 'ALL' END AS cmd,
                (SELECT string_agg(x.who, ',' ORDER BY x.who COLLATE "C") FROM (
                  SELECT coalesce(o.suffix, CASE WHEN u.r = 0 THEN 'PUBLIC' ELSE u.r::regrole::text END) AS who
                  FROM unnest(p.polroles) u (r) LEFT JOIN own o ON o.oid = u.r) x) AS roles,
                (SELECT CASE WHEN e IS NULL THEN '-' WHEN regexp_replace(e, '\\s', '', 'g') ~ n.org THEN 'org'
                  ELSE regexp_replace(replace(e, n.prefix, '@.'), '\\s+', '~', 'g') END
                  FROM pg_get_expr(p.polqual, p.polrelid) e) AS sees,
                (SELECT CASE WHEN e IS NULL THEN '-' WHEN regexp_replace(e, '\\s', '', 'g') ~ n.org THEN 'org'
                  ELSE regexp_replace(replace(e, n.prefix, '@.'), '\\s+', '~', 'g') END
                  FROM pg_get_expr(p.polwithcheck, p.polrelid) e) AS writes
              FROM audited a JOIN pg_policy p ON p.polrelid = a.oid CROSS JOIN (SELECT format('%I.', nsp.name) AS prefix,
                '^\\(org_id=\\(SELECT\\(NULLIF\\(current_setting\\(''croft\\.org_id''::text,true\\),''''::text\\)\\)'
                '::uuid(AS"?nullif"?)?\\)\\)$' AS org FROM nsp) n
              WHERE a.own),
            expect AS (
              SELECT a.name, l.w[3] AS policy, l.w[4] AS cmd, l.w[5] AS roles, l.w[6] AS sees, l.w[7] AS writes,
                format('CREATE POLICY %I ON %s FOR %s TO %s', l.w[3], a.name, l.w[4],
                  (SELECT string_agg(quote_ident(nsp.name || '_' || x), ', ') FROM string_to_table(l.w[5], ',') x))
                  || coalesce((SELECT string_agg(CASE e.part WHEN 6 THEN ' USING (' ELSE ' WITH CHECK (' END
                      || CASE e.word WHEN 'org'
                        THEN 'org_id = (SELECT nullif(current_setting(''croft.org_id'', true), '''')::uuid)'
                        ELSE replace(replace(e.word, '~', ' '), '@.', format('%I.', nsp.name)) END || ')', ''
                      ORDER BY e.part)
                    FROM (VALUES (6, l.w[6]), (7, l.w[7])) e (part, word) WHERE e.word <> '-'), '') AS make
              FROM nsp CROSS JOIN line l JOIN audited a ON a.relnamespace = nsp.oid AND a.relname = l.w[2]
              WHERE l.w[1] = 'policy')
            SELECT CASE WHEN c.policy IS NULL THEN 'POLICY_MISSING' WHEN c.roles ~ 'PUBLIC' THEN 'POLICY_PUBLIC'
                WHEN c.sees = 'true' AND e.sees IS DISTINCT FROM 'true'
                  OR c.writes = 'true' AND e.writes IS DISTINCT FROM 'true' THEN 'POLICY_TRUE'
                WHEN e.policy IS NULL THEN 'POLICY_UNLISTED'
                WHEN c.writes = '-' AND e.writes <> '-' THEN 'POLICY_NO_CHECK' ELSE 'POLICY_CHANGED' END,
              format('%I ON %s', coalesce(c.policy, e.policy), coalesce(c.name, e.name)),
              CASE WHEN c.policy IS NULL THEN 'the policy is not there'
                ELSE format('a %s policy for %s to %s, USING %s, WITH CHECK %s',
                    CASE WHEN c.polpermissive THEN 'permissive' ELSE 'restrictive' END, c.cmd, c.roles, c.sees,
                    c.writes)
                  || CASE WHEN e.policy IS NULL THEN ' that is none of this release: permissive ones add up'
                    ELSE format(' instead of one for %s to %s, USING %s, WITH CHECK %s', e.cmd, e.roles, e.sees,
                      e.writes) END END,
              concat_ws('; ', CASE WHEN c.policy IS NOT NULL THEN format('DROP POLICY %I ON %s', c.policy, c.name) END,
                e.make)
            FROM actual c FULL JOIN expect e ON e.name = c.name AND e.policy = c.policy
            WHERE c.policy IS NULL OR e.policy IS NULL OR NOT c.polpermissive
              OR (c.cmd, c.roles, c.sees, c.writes) IS DISTINCT FROM (e.cmd, e.roles, e.sees, e.writes)
            """;

    /**
     * An expression passes if it is, as a whole, the column compared with the setting or with a function that names it,
     * or that AND something: what stands beside an AND lets no more rows pass. Postgres puts each part of an AND into
     * parentheses, so the first and the last part are known by the parentheses around all.
     */
    static final String HOST = CatalogueSql.PRELUDE + """
            SELECT CASE WHEN e.expr = 'true' THEN 'POLICY_TRUE' ELSE 'POLICY_ORG' END,
              format('%I ON %s', p.polname, a.name),
              CASE WHEN e.expr = 'true' THEN format('%s (true) lets every row pass', e.part)
                ELSE format('%s is not recognised as %I = the setting %s: %s', e.part, a.org, a.setting, e.expr) END,
              format('ALTER POLICY %I ON %s %s (%I = (SELECT nullif(current_setting(%L, true), '''')::%s))', p.polname,
                a.name, e.part, a.org, a.setting, coalesce(format_type(t.atttypid, t.atttypmod), 'uuid'))
            FROM audited a JOIN pg_policy p ON p.polrelid = a.oid
              LEFT JOIN pg_attribute t ON t.attrelid = a.oid AND t.attnum = a.orgatt
              CROSS JOIN LATERAL (VALUES ('USING', pg_get_expr(p.polqual, p.polrelid), p.polqual::text),
                ('WITH CHECK', pg_get_expr(p.polwithcheck, p.polrelid), p.polwithcheck::text)) e (part, expr, tree)
              CROSS JOIN LATERAL (SELECT regexp_replace(e.expr, '\\s', '', 'g') AS flat) q
              CROSS JOIN LATERAL (SELECT format('(%1$s|\\(%1$s\\)::text)',
                regexp_replace(regexp_replace(quote_ident(a.org), '\\s', '', 'g'), '([^\\w"])', '\\\\\\1', 'g'))
                AS side) c
            WHERE NOT a.own AND p.polpermissive AND e.expr IS NOT NULL AND NOT EXISTS (
              SELECT FROM (
                SELECT format('current_setting\\(''%s''::text(,(true|false))?\\)', replace(a.setting, '.', '\\.'))
                  AS src
                UNION ALL
                SELECT replace(f.oid::regproc::text, '.', '\\.') || '\\(\\)'
                FROM regexp_matches(e.tree, ':(?:op)?funcid (\\d+)', 'g') m JOIN pg_proc f ON f.oid = m[1]::oid
                WHERE f.pronamespace <> 'pg_catalog'::regnamespace AND strpos(f.prosrc, a.setting) > 0) s
                CROSS JOIN LATERAL (SELECT format('(%1$s|NULLIF\\(%1$s,''''::text\\))', s.src) AS plain) n
                CROSS JOIN LATERAL (
                  SELECT format('(%1$s|\\(%1$s\\)::[a-z0-9_."]+(\\([0-9]+\\))?)', n.plain) AS cast_) t
                CROSS JOIN LATERAL (
                  SELECT format('(%1$s|\\(SELECT%1$s(AS"?[a-z0-9_]+"?)?\\))', t.cast_) AS side) v
                CROSS JOIN LATERAL (SELECT format('\\((%2$s=%1$s|%1$s=%2$s)\\)', v.side, c.side) AS same) w
              WHERE q.flat ~ format('^(%1$s|\\(%1$sAND.*\\)|\\(.*AND%1$s\\))$', w.same))
            """;

    /** A function that a policy calls decides which rows are seen: when it is evaluated, and by whom, matters. */
    static final String FUNCTIONS = CatalogueSql.PRELUDE + """
            SELECT DISTINCT e.code, f.oid::regprocedure::text,
              format('is called by policy %I on %s, and %s', p.polname, a.name, e.problem),
              format('ALTER FUNCTION %s %s', f.oid::regprocedure, e.remedy)
            FROM audited a JOIN pg_policy p ON p.polrelid = a.oid
              CROSS JOIN LATERAL regexp_matches(concat(p.polqual, p.polwithcheck), ':(?:op)?funcid (\\d+)', 'g') m
              JOIN pg_proc f ON f.oid = m[1]::oid
              CROSS JOIN LATERAL (VALUES
                ('POLICY_FUNCTION_IMMUTABLE', f.provolatile = 'i',
                  'is IMMUTABLE: a cached plan may keep the organisation that it was made for', 'STABLE'),
                ('POLICY_FUNCTION_VOLATILE', f.provolatile = 'v', 'is VOLATILE: it is called for each row', 'STABLE'),
                ('POLICY_FUNCTION_LEAKPROOF', f.proleakproof,
                  'is LEAKPROOF: whoever may replace it sees rows before the policy', 'NOT LEAKPROOF'),
                ('POLICY_FUNCTION_PATH', f.prosecdef AND NOT EXISTS (
                  SELECT FROM unnest(f.proconfig) s WHERE s ~ '^search_path=.*pg_temp"?$'),
                  'is SECURITY DEFINER with the caller''s search_path', 'SET search_path = pg_catalog, pg_temp'))
              e (code, bad, problem, remedy)
            WHERE f.pronamespace <> 'pg_catalog'::regnamespace AND e.bad
            """;

    static final List<String> ALL = List.of(OWN, HOST, FUNCTIONS);

    private PolicySql() {
    }
}
