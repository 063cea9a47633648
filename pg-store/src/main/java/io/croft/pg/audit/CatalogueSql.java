package io.croft.pg.audit;

/**
 * What every check begins with: the schema, what is expected of it, its roles, who is a member of what, and the tables
 * that are audited. The one parameter is the {@link Scope}. Only what a check uses of it is executed.
 *
 * <p>Catalogues that differ between versions of Postgres are read by way of {@code to_jsonb}, so that one statement
 * serves all: membership has its own INHERIT and SET from version 16 on.
 */
final class CatalogueSql {

    static final String PRELUDE = """
            WITH RECURSIVE cfg AS MATERIALIZED (SELECT CAST(? AS jsonb) AS c),
            nsp AS MATERIALIZED (
              SELECT n.oid, n.nspname::text AS name, n.nspowner, n.nspacl
              FROM cfg JOIN pg_namespace n ON n.nspname = c->>'schema'),
            line AS MATERIALIZED (
              SELECT string_to_array(l, ' ') AS w
              FROM cfg CROSS JOIN regexp_split_to_table(c->>'expected', '\\n') l WHERE l ~ '^[a-z]'),
            own AS MATERIALIZED (
              SELECT r.oid, r.rolname::text AS name, s.suffix, r.rolsuper
              FROM nsp CROSS JOIN unnest('{owner,app,dispatch,index,admin,worker}'::text[]) s (suffix)
                JOIN pg_roles r ON r.rolname = nsp.name || '_' || s.suffix),
            who AS MATERIALIZED (
              SELECT r.oid, r.oid::regrole::text AS name FROM pg_roles r UNION ALL SELECT 0, 'PUBLIC'),
            -- Whoever made the roles by CREATEROLE may administer them, but neither takes nor inherits them.
            member AS MATERIALIZED (
              SELECT m.roleid, m.member, m.admin_option, j.inherits
              FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member
                CROSS JOIN LATERAL (
                  SELECT coalesce((to_jsonb(m)->>'inherit_option')::boolean, r.rolinherit) AS inherits,
                    coalesce((to_jsonb(m)->>'set_option')::boolean, true) AS sets) j
              WHERE NOT (r.rolcreaterole AND m.admin_option AND NOT j.inherits AND NOT j.sets)),
            reach AS (
              SELECT m.member, m.roleid FROM member m
              UNION
              SELECT h.member, m.roleid FROM reach h JOIN member m ON m.member = h.roleid),
            login AS MATERIALIZED (
              SELECT r.oid, r.rolname::text AS name, r.rolsuper
              FROM cfg CROSS JOIN pg_roles r
              WHERE r.rolname = ANY (ARRAY(SELECT jsonb_array_elements_text(c->'logins')))
                OR (jsonb_array_length(c->'logins') = 0 AND r.rolcanlogin
                  AND NOT EXISTS (SELECT FROM own o WHERE o.oid = r.oid)
                  AND EXISTS (SELECT FROM reach h JOIN own o ON o.oid = h.roleid
                    WHERE o.suffix = 'app' AND h.member = r.oid))),
            -- By the catalogues, because a name is resolved only for those who may use its schema.
            host AS MATERIALIZED (
              SELECT k.oid, h->>'table' AS label, h->>'org' AS org, h->>'setting' AS setting, r.oid AS role
              FROM cfg CROSS JOIN jsonb_array_elements(c->'tables') h JOIN pg_namespace n ON n.nspname = h->>'schema'
                JOIN pg_class k ON k.relnamespace = n.oid AND k.relname = h->>'name' AND k.relkind IN ('r', 'p', 'f')
                JOIN pg_roles r ON r.rolname = h->>'role'),
            -- Who executes statements on behalf of tenants, or could. A superuser may do everything anyway, which is
            -- a finding of its own.
            caller AS MATERIALIZED (
              SELECT o.oid, o.name FROM own o WHERE o.suffix NOT IN ('owner', 'dispatch') AND NOT o.rolsuper
              UNION SELECT l.oid, l.name FROM login l WHERE NOT l.rolsuper
              UNION SELECT r.oid, r.rolname FROM host h JOIN pg_roles r ON r.oid = h.role WHERE NOT r.rolsuper
              UNION SELECT r.oid, r.rolname FROM cfg JOIN pg_roles r
                ON r.rolname = ANY (ARRAY(SELECT jsonb_array_elements_text(c->'hostRoles'))) WHERE NOT r.rolsuper),
            rel AS MATERIALIZED (
              SELECT k.oid, k.relname::text AS relname, k.relnamespace, k.relkind, k.relowner, k.relrowsecurity,
                k.relforcerowsecurity, k.relacl, coalesce(pg_partition_root(k.oid)::oid, k.oid) AS root
              FROM pg_class k
              WHERE k.relkind IN ('r', 'p', 'f') AND k.relnamespace <> 'pg_catalog'::regnamespace
                AND k.relnamespace <> 'information_schema'::regnamespace),
            audited AS MATERIALIZED (
              SELECT r.oid, r.oid::regclass::text AS name, r.relname, r.relnamespace, r.relkind, r.relowner,
                r.relrowsecurity, r.relforcerowsecurity, r.relacl, r.root, l.w IS NOT NULL AS listed,
                coalesce(l.w[3], CASE WHEN a.attnum IS NULL THEN 'plain' ELSE 'tenant' END) AS kind,
                'org_id'::text AS org, a.attnum AS orgatt, 'croft.org_id'::text AS setting,
                (SELECT o.oid FROM own o WHERE o.suffix = 'app') AS app, true AS own
              FROM nsp CROSS JOIN rel r JOIN pg_class t ON t.oid = r.root
                LEFT JOIN line l ON l.w[1] = 'table'
                  AND l.w[2] = CASE WHEN t.relnamespace = nsp.oid THEN t.relname::text ELSE r.relname END
                LEFT JOIN pg_attribute a ON a.attrelid = r.oid AND a.attname = 'org_id' AND NOT a.attisdropped
              WHERE nsp.oid IN (r.relnamespace, t.relnamespace)
              UNION ALL
              SELECT r.oid, r.oid::regclass::text, r.relname, r.relnamespace, r.relkind, r.relowner,
                r.relrowsecurity, r.relforcerowsecurity, r.relacl, r.root, true, 'tenant', h.org, a.attnum,
                h.setting, h.role, false
              FROM host h JOIN rel r ON r.root = h.oid
                LEFT JOIN pg_attribute a ON a.attrelid = r.oid AND a.attname = h.org AND NOT a.attisdropped),
            -- Views and rules that read audited tables, through others as well.
            dependent AS (
              SELECT w.oid AS rule, w.ev_class AS oid
              FROM pg_depend d JOIN pg_rewrite w ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
                JOIN audited a ON d.refclassid = 'pg_class'::regclass AND d.refobjid = a.oid
              WHERE w.ev_class <> d.refobjid AND a.kind <> 'plain'
              UNION
              SELECT w.oid, w.ev_class
              FROM dependent p JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = p.oid
                JOIN pg_rewrite w ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
              WHERE w.ev_class <> p.oid)
            """;

    /** Whether there is such a schema. */
    static final String SCHEMA_EXISTS = "SELECT 't' FROM pg_namespace n WHERE n.nspname = ?";

    /** Tables of the host that are not there, or whose role is not. */
    static final String HOST_MISSING = PRELUDE + """
            SELECT 'MISSING', h->>'table', CASE WHEN EXISTS (SELECT FROM pg_roles r WHERE r.rolname = h->>'role')
                THEN 'there is no such table' ELSE 'there is no role ' || (h->>'role') END, NULL
            FROM cfg CROSS JOIN jsonb_array_elements(c->'tables') h
            WHERE NOT EXISTS (SELECT FROM host t WHERE t.label = h->>'table')
            """;

    private CatalogueSql() {
    }
}
