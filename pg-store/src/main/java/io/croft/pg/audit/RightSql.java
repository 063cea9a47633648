package io.croft.pg.audit;

import java.util.List;

/** Checks of grants, on tables, columns, sequences and schemas, of the database, and of what is yet to be made. */
final class RightSql {

    static final String RELATIONS = CatalogueSql.PRELUDE + """
            , obj AS (
              SELECT k.oid, k.oid::regclass::text AS name, k.relname::text AS relname, k.relkind, k.relowner, k.relacl
              FROM nsp JOIN pg_class k ON k.relnamespace = nsp.oid
              WHERE k.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')),
            granted AS (
              SELECT o.name, o.relname, o.relkind, x.grantee, x.privilege_type AS priv, x.is_grantable,
                NULL::text AS col
              FROM obj o CROSS JOIN LATERAL aclexplode(o.relacl) x WHERE x.grantee <> o.relowner
              UNION ALL
              SELECT o.name, o.relname, o.relkind, x.grantee, x.privilege_type, x.is_grantable, t.attname::text
              FROM obj o JOIN pg_attribute t ON t.attrelid = o.oid AND NOT t.attisdropped
                CROSS JOIN LATERAL aclexplode(t.attacl) x
              WHERE x.grantee <> o.relowner),
            allowed AS MATERIALIZED (
              SELECT w.oid AS grantee, l.w[3] AS priv, l.w[4] AS relname, string_to_array(l.w[5], ',') AS cols
              FROM line l JOIN own w ON w.suffix = l.w[2] WHERE l.w[1] = 'right'),
            judged AS (
              SELECT g.*, w.name AS who,
                g.priv || coalesce(' (' || quote_ident(g.col) || ')', '') AS what,
                a.priv IS NOT NULL AS expected
              FROM granted g JOIN who w ON w.oid = g.grantee
                LEFT JOIN allowed a ON a.grantee = g.grantee AND a.priv = g.priv
                AND a.relname = g.relname AND (a.cols IS NULL OR g.col = ANY (a.cols)))
            SELECT CASE WHEN j.grantee = 0 THEN 'PUBLIC_GRANT'
                WHEN j.priv IN ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN') THEN 'RIGHT_' || j.priv
                WHEN j.expected THEN 'GRANT_OPTION' WHEN j.col IS NOT NULL THEN 'RIGHT_COLUMN' ELSE 'RIGHT' END,
              j.name, CASE WHEN j.expected THEN format('%s may grant %s on', j.who, j.what)
                ELSE format('%s has %s', j.who, j.what) END,
              format('REVOKE %s%s ON %s%s FROM %s CASCADE', CASE WHEN j.expected THEN 'GRANT OPTION FOR ' END, j.what,
                CASE WHEN j.relkind = 'S' THEN 'SEQUENCE ' END, j.name, j.who)
            FROM judged j WHERE NOT j.expected OR j.is_grantable
            """;

    static final String HOST_TABLES = CatalogueSql.PRELUDE + """
            SELECT CASE WHEN x.grantee = 0 THEN 'PUBLIC_GRANT' ELSE 'RIGHT_' || x.privilege_type END, a.name,
              format('%s has %s', w.name, x.privilege_type),
              format('REVOKE %s ON %s FROM %s', x.privilege_type, a.name, w.name)
            FROM audited a CROSS JOIN LATERAL aclexplode(a.relacl) x
              JOIN who w ON w.oid = x.grantee
            WHERE NOT a.own AND x.grantee <> a.relowner
              AND (x.grantee = 0 OR x.privilege_type IN ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN'))
            UNION ALL
            SELECT 'PUBLIC_GRANT', a.name, format('PUBLIC has %s (%I)', x.privilege_type, t.attname),
              format('REVOKE %s (%I) ON %s FROM PUBLIC', x.privilege_type, t.attname, a.name)
            FROM audited a JOIN pg_attribute t ON t.attrelid = a.oid CROSS JOIN LATERAL aclexplode(t.attacl) x
            WHERE NOT a.own AND x.grantee = 0
            """;

    static final String SCHEMAS = CatalogueSql.PRELUDE + """
            SELECT CASE WHEN x.grantee = 0 THEN 'PUBLIC_GRANT' WHEN x.privilege_type = 'CREATE' THEN 'SCHEMA_CREATE'
                ELSE 'RIGHT' END, nsp.name, format('%s has %s on the schema', w.name, x.privilege_type),
              format('REVOKE %s ON SCHEMA %I FROM %s', x.privilege_type, nsp.name, w.name)
            FROM cfg CROSS JOIN nsp CROSS JOIN LATERAL aclexplode(nsp.nspacl) x
              JOIN who w ON w.oid = x.grantee
            WHERE x.grantee <> nsp.nspowner AND NOT (x.privilege_type = 'USAGE' AND NOT x.is_grantable
              AND (EXISTS (SELECT FROM own o WHERE o.oid = x.grantee) OR EXISTS (SELECT FROM pg_roles r
                WHERE r.oid = x.grantee AND r.rolname = ANY (ARRAY(SELECT jsonb_array_elements_text(c->'hostRoles'))))))
            UNION ALL
            SELECT 'SCHEMA_CREATE', quote_ident(n.nspname),
              format('%s may make objects in it that are found before others of their name', w.name),
              format('REVOKE CREATE ON SCHEMA %I FROM %s', n.nspname, w.name)
            FROM nsp JOIN pg_namespace n ON n.oid <> nsp.oid CROSS JOIN LATERAL aclexplode(n.nspacl) x
              JOIN who w ON w.oid = x.grantee
            WHERE x.privilege_type = 'CREATE' AND x.grantee <> n.nspowner AND (x.grantee = 0
              OR EXISTS (SELECT FROM own o WHERE o.oid = x.grantee))
            """;

    /** PUBLIC may make temporary objects unless the host forbids it: no function of the schema looks at them first. */
    static final String DATABASE = CatalogueSql.PRELUDE + """
            SELECT 'DATABASE_RIGHT', quote_ident(d.datname),
              format('%s has %s on the database', w.name, x.privilege_type),
              format('REVOKE %s ON DATABASE %I FROM %s', x.privilege_type, d.datname, w.name)
            FROM pg_database d CROSS JOIN LATERAL aclexplode(d.datacl) x
              JOIN who w ON w.oid = x.grantee
            WHERE d.datname = current_database() AND x.grantee <> d.datdba
              AND (x.grantee = 0 AND x.privilege_type = 'CREATE'
                OR x.privilege_type IN ('CREATE', 'TEMPORARY') AND EXISTS (SELECT FROM own o WHERE o.oid = x.grantee))
            """;

    static final String DEFAULTS = CatalogueSql.PRELUDE + """
            SELECT 'DEFAULT_PRIVILEGE',
              d.defaclrole::regrole::text || coalesce(' IN ' || d.defaclnamespace::regnamespace, ''),
              format('%s gets %s on %s that will be made', w.name, x.privilege_type, k.kind),
              format('ALTER DEFAULT PRIVILEGES FOR ROLE %s%s REVOKE %s ON %s FROM %s', d.defaclrole::regrole,
                ' IN SCHEMA ' || d.defaclnamespace::regnamespace, x.privilege_type, k.kind, w.name)
            FROM (SELECT defaclrole, defaclobjtype, defaclacl, nullif(defaclnamespace, 0) AS defaclnamespace
                FROM pg_default_acl) d
              CROSS JOIN LATERAL aclexplode(d.defaclacl) x
              JOIN who w ON w.oid = x.grantee
              CROSS JOIN LATERAL (SELECT CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES'
                WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS'
                ELSE 'LARGE OBJECTS' END AS kind) k
            WHERE x.grantee <> d.defaclrole AND (d.defaclnamespace = (SELECT nsp.oid FROM nsp)
              OR d.defaclrole IN (SELECT o.oid FROM own o))
            """;

    /** Settings that only superusers may change unless they are granted: the one that turns foreign keys off, say. */
    static final String PARAMETERS = CatalogueSql.PRELUDE + """
            SELECT 'PARAMETER_RIGHT', p.parname, format('%s has %s on it', w.name, x.privilege_type),
              format('REVOKE %s ON PARAMETER %s FROM %s', x.privilege_type, p.parname, w.name)
            FROM pg_parameter_acl p CROSS JOIN LATERAL aclexplode(p.paracl) x JOIN who w ON w.oid = x.grantee
            WHERE x.grantee = 0 OR EXISTS (SELECT FROM own o WHERE o.oid = x.grantee)
              OR EXISTS (SELECT FROM caller v WHERE v.oid = x.grantee)
            """;

    /** Catalogues that hold samples of rows, passwords or whole objects, and are readable by superusers alone. */
    static final String CATALOGUES = CatalogueSql.PRELUDE + """
            SELECT 'CATALOGUE_READABLE', t.t::regclass::text,
              format('%s may read it: it holds what row security hides', v.name),
              format('REVOKE SELECT ON %s FROM %I, PUBLIC', t.t::regclass, v.name)
            FROM caller v CROSS JOIN unnest(
              '{pg_authid,pg_statistic,pg_statistic_ext_data,pg_largeobject,pg_user_mapping}'::text[]) t
            WHERE has_table_privilege(v.oid, t.t::regclass, 'SELECT')
            """;

    static final List<String> ALL =
            List.of(RELATIONS, HOST_TABLES, SCHEMAS, DATABASE, DEFAULTS, PARAMETERS, CATALOGUES);

    private RightSql() {
    }
}
