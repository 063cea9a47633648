package io.croft.pg.audit;

import java.util.List;

/** Checks of functions: those of the schema against what is expected of each, and others that lead around it. */
final class FunctionSql {

    private static final String FUNCTIONS = """
            , fn AS (
              SELECT p.oid, p.oid::regprocedure::text AS name, p.proname::text AS proname, p.proowner, p.prosecdef,
                p.provolatile, p.proleakproof, p.proconfig, p.proacl, p.prosrc, p.prolang, l.w,
                (SELECT o.oid FROM own o WHERE o.suffix = l.w[3]) AS right_owner,
                count(*) OVER (PARTITION BY p.proname, p.pronargs) AS namesakes
              FROM nsp JOIN pg_proc p ON p.pronamespace = nsp.oid
                LEFT JOIN line l ON l.w[1] = 'function' AND l.w[2] = p.proname || '/' || p.pronargs)
            """;

    static final String OWN = CatalogueSql.PRELUDE + FUNCTIONS + """
            SELECT 'FUNCTION_UNLISTED', f.name, 'no function of this release', format('DROP FUNCTION %s', f.name)
            FROM fn f WHERE f.w IS NULL OR f.namesakes > 1
            UNION ALL
            SELECT 'FUNCTION_OWNER', f.name, format('is owned by %s and runs with its rights', f.proowner::regrole),
              format('ALTER FUNCTION %s OWNER TO %s', f.name, f.right_owner::regrole)
            FROM fn f WHERE f.proowner <> f.right_owner
            UNION ALL
            SELECT 'FUNCTION_SECURITY', f.name,
              format('is SECURITY %s', CASE WHEN f.prosecdef THEN 'DEFINER' ELSE 'INVOKER' END),
              format('ALTER FUNCTION %s SECURITY %s', f.name, CASE WHEN f.prosecdef THEN 'INVOKER' ELSE 'DEFINER' END)
            FROM fn f WHERE f.prosecdef <> (f.w[4] = 'definer')
            UNION ALL
            SELECT 'FUNCTION_VOLATILITY', f.name, format('is %s instead of %s', v.is_, upper(f.w[5])),
              format('ALTER FUNCTION %s %s', f.name, upper(f.w[5]))
            FROM fn f CROSS JOIN LATERAL (SELECT CASE f.provolatile WHEN 'i' THEN 'IMMUTABLE' WHEN 's' THEN 'STABLE'
              ELSE 'VOLATILE' END AS is_) v
            WHERE v.is_ <> upper(f.w[5])
            UNION ALL
            SELECT 'FUNCTION_LEAKPROOF', f.name, 'is LEAKPROOF: it is called with rows before policies have seen them',
              format('ALTER FUNCTION %s NOT LEAKPROOF', f.name)
            FROM fn f WHERE f.proleakproof
            UNION ALL
            SELECT 'FUNCTION_PATH', f.name, 'the caller''s search_path decides what its names mean',
              format('ALTER FUNCTION %s SET search_path = pg_catalog, pg_temp', f.name)
            FROM fn f WHERE f.prosecdef AND ('search_path=pg_catalog, pg_temp' = ANY (f.proconfig)) IS NOT TRUE
            UNION ALL
            SELECT 'FUNCTION_ROW_SECURITY', f.name, 'runs under the caller''s row_security',
              format('ALTER FUNCTION %s SET row_security = on', f.name)
            FROM fn f WHERE f.prosecdef AND ('row_security=on' = ANY (f.proconfig)) IS NOT TRUE
            UNION ALL
            SELECT 'FUNCTION_SETTING', f.name, format('sets %s', s), format('ALTER FUNCTION %s RESET %s', f.name,
              quote_ident(split_part(s, '=', 1)))
            FROM fn f CROSS JOIN unnest(f.proconfig) s
            WHERE s !~ ('^(search_path=pg_catalog, pg_temp$|row_security=on$|enable_|jit=|plan_cache_mode='
              '|lock_timeout=)')
            UNION ALL
            SELECT 'FUNCTION_BODY', f.name, 'does something else than this release''s', NULL
            FROM cfg CROSS JOIN fn f WHERE f.w IS NOT NULL AND NOT EXISTS (
              SELECT FROM jsonb_array_elements_text(c->'bodies'->f.proname) b WHERE b = f.prosrc)
            UNION ALL
            SELECT CASE WHEN x.grantee = 0 THEN 'FUNCTION_PUBLIC' ELSE 'FUNCTION_RIGHT' END, f.name,
              format('may be executed by %s', g.name),
              format('REVOKE EXECUTE ON FUNCTION %s FROM %s', f.name, g.name)
            FROM cfg CROSS JOIN fn f CROSS JOIN LATERAL aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) x
              LEFT JOIN pg_roles r ON r.oid = x.grantee
              JOIN who g ON g.oid = x.grantee
            WHERE x.grantee <> f.proowner
              AND (x.is_grantable OR NOT EXISTS (SELECT FROM own o
                WHERE o.oid = x.grantee AND o.suffix = ANY (string_to_array(f.w[6], ','))))
              AND (x.is_grantable OR NOT (f.proname IN ('enqueue_v1', 'finish_deferred_v1', 'check_database_v1')
                AND coalesce(r.rolname = ANY (ARRAY(SELECT jsonb_array_elements_text(c->'hostRoles'))), false)))
            """;

    /** Functions of others that the application's roles may call, and that could read past row security. */
    static final String ELSEWHERE = CatalogueSql.PRELUDE + """
            , callable AS (
              SELECT p.oid, p.proowner, p.prosecdef, p.proname, p.prolang, p.pronamespace, string_agg(v.name, ', '
                ORDER BY v.name) AS by
              FROM pg_proc p CROSS JOIN caller v
              WHERE has_function_privilege(v.oid, p.oid, 'EXECUTE')
                AND has_schema_privilege(v.oid, p.pronamespace, 'USAGE')
                AND (p.pronamespace <> 'pg_catalog'::regnamespace OR p.proname ~ ('^(pg_read_file|pg_read_binary_file'
                  '|pg_ls_dir|pg_stat_file|lo_import|lo_export)$'))
              GROUP BY p.oid)
            SELECT 'DEFINER_ELSEWHERE', p.oid::regprocedure::text,
              format('is SECURITY DEFINER as %s, whom row security does not hold, and %s may execute it',
                p.proowner::regrole, p.by),
              format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', p.oid::regprocedure)
            FROM nsp JOIN callable p ON p.pronamespace <> nsp.oid JOIN pg_roles w ON w.oid = p.proowner
            WHERE p.prosecdef AND (w.rolsuper OR w.rolbypassrls OR EXISTS (SELECT FROM own o WHERE o.oid = w.oid)
                OR EXISTS (SELECT FROM reach h JOIN own o ON o.oid = h.roleid WHERE h.member = w.oid)
                OR EXISTS (SELECT FROM audited a JOIN pg_policy q ON q.polrelid = a.oid
                  WHERE NOT a.own AND q.polpermissive
                    AND 'true' IN (pg_get_expr(q.polqual, q.polrelid), pg_get_expr(q.polwithcheck, q.polrelid))
                    AND (w.oid = ANY (q.polroles) OR EXISTS (
                      SELECT FROM reach h WHERE h.member = w.oid AND h.roleid = ANY (q.polroles)))))
              AND NOT EXISTS (SELECT FROM pg_depend d
                WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
            UNION ALL
            SELECT 'FUNCTION_UNTRUSTED', p.oid::regprocedure::text,
              format('is written in %s, which may reach files and network, and %s may execute it', l.lanname, p.by),
              format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', p.oid::regprocedure)
            FROM callable p JOIN pg_language l ON l.oid = p.prolang
            WHERE NOT l.lanpltrusted AND l.lanname NOT IN ('internal', 'c')
            UNION ALL
            SELECT 'FILE_FUNCTION', p.oid::regprocedure::text, format('reads or writes files of the server, and %s may'
              ' execute it', p.by), format('REVOKE EXECUTE ON FUNCTION %s FROM %s', p.oid::regprocedure, p.by)
            FROM callable p WHERE p.pronamespace = 'pg_catalog'::regnamespace
              AND NOT EXISTS (SELECT FROM pg_depend d
                WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
            UNION ALL
            SELECT 'EXTENSION', e.extname::text,
              format('gives access to files or network by functions that %s may execute',
                string_agg(DISTINCT p.by, ', ')),
              format('DROP EXTENSION %I', e.extname)
            FROM pg_extension e JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
                AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
              JOIN callable p ON p.oid = d.objid
            WHERE e.extname ~ ('^(dblink|adminpack|http|pgsql_http|pg_net|plsh|plpython[0-9]*u|plperlu|pltclu'
              '|pg_background|pg_cron|aws_s3|aws_lambda)$')
            GROUP BY e.extname
            """;

    /**
     * Leakproof functions of others. A statement may call one with rows before policies have seen them, so what it
     * tells of its arguments, by a message or an error, it tells of every organisation's rows.
     */
    static final String LEAKPROOF = CatalogueSql.PRELUDE + """
            SELECT 'FUNCTION_LEAKPROOF', p.oid::regprocedure::text,
              format('is LEAKPROOF, and %s may call it with rows before policies have seen them', u.by),
              format('ALTER FUNCTION %s NOT LEAKPROOF', p.oid::regprocedure)
            FROM nsp JOIN pg_proc p ON p.proleakproof AND p.pronamespace <> nsp.oid
              JOIN pg_language l ON l.oid = p.prolang
              CROSS JOIN LATERAL (SELECT string_agg(v.name, ', ' ORDER BY v.name) AS by FROM caller v
                WHERE has_function_privilege(v.oid, p.oid, 'EXECUTE')
                  AND has_schema_privilege(v.oid, p.pronamespace, 'USAGE')) u
            WHERE u.by IS NOT NULL AND NOT (p.pronamespace = 'pg_catalog'::regnamespace AND l.lanname = 'internal'
              AND p.prosrc = ANY (ARRAY(SELECT unnest(e.w[2:]) FROM line e WHERE e.w[1] = 'leakproof')))
            """;

    static final List<String> ALL = List.of(OWN, ELSEWHERE, LEAKPROOF);

    private FunctionSql() {
    }
}
