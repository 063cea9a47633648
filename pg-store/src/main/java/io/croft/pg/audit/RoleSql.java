package io.croft.pg.audit;

import java.util.List;

/** Checks of roles: their attributes, what they are members of, and what they own. */
final class RoleSql {

    static final String ATTRIBUTES = CatalogueSql.PRELUDE + """
            SELECT 'ROLE_ATTRIBUTE', r.oid::regrole::text, format('is %s', a.is_),
              format('ALTER ROLE %I %s', r.rolname, a.not_)
            FROM pg_roles r CROSS JOIN LATERAL (VALUES
                ('SUPERUSER', 'NOSUPERUSER', r.rolsuper, false), ('BYPASSRLS', 'NOBYPASSRLS', r.rolbypassrls, false),
                ('CREATEROLE', 'NOCREATEROLE', r.rolcreaterole, false),
                ('REPLICATION', 'NOREPLICATION', r.rolreplication, false),
                ('CREATEDB', 'NOCREATEDB', r.rolcreatedb, true),
                ('LOGIN', 'NOLOGIN', r.rolcanlogin, true), ('INHERIT', 'NOINHERIT', r.rolinherit, true))
              a (is_, not_, holds, own_alone)
            WHERE a.holds AND (EXISTS (SELECT FROM own o WHERE o.oid = r.oid) OR NOT a.own_alone AND (
              EXISTS (SELECT FROM login l WHERE l.oid = r.oid) OR EXISTS (SELECT FROM audited t WHERE t.app = r.oid)
              OR r.rolname = ANY (ARRAY(SELECT jsonb_array_elements_text(c->'hostRoles') FROM cfg))))
            UNION ALL
            SELECT 'ROLE_MISSING', nsp.name || '_' || s, 'there is no such role', NULL
            FROM nsp CROSS JOIN unnest('{owner,app,dispatch,index,admin,worker}'::text[]) s
            WHERE NOT EXISTS (SELECT FROM own o WHERE o.suffix = s)
            """;

    static final String MEMBERSHIPS = CatalogueSql.PRELUDE + """
            , named AS (
              SELECT m.*, m.member::regrole::text AS who, m.roleid::regrole::text AS whom,
                (SELECT o.suffix FROM own o WHERE o.oid = m.member) AS own_member,
                (SELECT o.suffix FROM own o WHERE o.oid = m.roleid) AS own_role,
                EXISTS (SELECT FROM login l WHERE l.oid = m.member) AS is_login,
                (SELECT r.rolsuper FROM pg_roles r WHERE r.oid = m.member) AS is_super
              FROM member m)
            SELECT 'ROLE_MEMBER', n.who, format('is a member of %s, and may take its rights', n.whom),
              format('REVOKE %s FROM %s', n.whom, n.who)
            FROM named n WHERE n.own_member IS NOT NULL
              AND NOT (n.own_member = 'owner' AND coalesce(n.own_role = 'dispatch', false))
            UNION ALL
            SELECT 'MEMBER_UNLISTED', n.who, format('may take the rights of %s', n.whom),
              format('REVOKE %s FROM %s', n.whom, n.who)
            FROM named n WHERE n.own_role IS NOT NULL AND n.own_member IS NULL AND NOT n.is_super
              AND (NOT n.is_login OR n.own_role = 'dispatch')
            UNION ALL
            SELECT 'ROLE_ADMIN_OPTION', n.who, format('may make others members of %s', n.whom),
              format('REVOKE ADMIN OPTION FOR %s FROM %s', n.whom, n.who)
            FROM named n WHERE n.own_role IS NOT NULL AND n.admin_option AND NOT n.is_super
            UNION ALL
            SELECT 'LOGIN_INHERITS', n.who, format('has the rights of %s without switching to it', n.whom),
              CASE WHEN current_setting('server_version_num')::int < 160000
                THEN format('ALTER ROLE %s NOINHERIT', n.who)
                ELSE format('GRANT %s TO %s WITH INHERIT FALSE', n.whom, n.who) END
            FROM named n WHERE n.own_role IS NOT NULL AND n.is_login AND n.inherits AND NOT n.is_super
            """;

    /** Who acts for tenants must not get, by any chain of memberships, to a role that row security does not hold. */
    static final String REACHES = CatalogueSql.PRELUDE + """
            SELECT 'ROLE_REACHES', w.rolname::text, format('becomes %s by membership: %s', r.rolname,
                CASE WHEN r.rolsuper THEN 'a superuser' WHEN r.rolbypassrls THEN 'it bypasses row security'
                  WHEN r.rolcreaterole THEN 'it may make and change roles'
                  WHEN r.rolreplication THEN 'it may read every change of the database'
                  ELSE 'it reads, writes or executes past grants' END), NULL
            FROM reach h JOIN pg_roles r ON r.oid = h.roleid JOIN pg_roles w ON w.oid = h.member
            WHERE NOT w.rolsuper AND (EXISTS (SELECT FROM login l WHERE l.oid = h.member)
                OR EXISTS (SELECT FROM own o WHERE o.oid = h.member)
                OR EXISTS (SELECT FROM audited t WHERE t.app = h.member)
                OR w.rolname = ANY (ARRAY(SELECT jsonb_array_elements_text(c->'hostRoles') FROM cfg)))
              AND (r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR r.rolreplication OR r.rolname IN (
                'pg_read_all_data', 'pg_write_all_data', 'pg_read_server_files', 'pg_write_server_files',
                'pg_execute_server_program', 'pg_maintain', 'pg_create_subscription', 'pg_database_owner'))
            """;

    static final String OWNERSHIP = CatalogueSql.PRELUDE + """
            SELECT 'OWNER', k.oid::regclass::text, format('is owned by %s', k.relowner::regrole),
              format('ALTER %s %s OWNER TO %s_owner', CASE k.relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW'
                WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END, k.oid::regclass, nsp.name)
            FROM nsp JOIN pg_class k ON k.relnamespace = nsp.oid
            WHERE k.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
              AND k.relowner IS DISTINCT FROM (SELECT o.oid FROM own o WHERE o.suffix = 'owner')
            UNION ALL
            SELECT 'OWNER', nsp.name, format('the schema is owned by %s', nsp.nspowner::regrole),
              format('ALTER SCHEMA %I OWNER TO %s_owner', nsp.name, nsp.name)
            FROM nsp WHERE nsp.nspowner IS DISTINCT FROM (SELECT o.oid FROM own o WHERE o.suffix = 'owner')
            UNION ALL
            SELECT 'OWNER', a.name, format('tenants'' role %s owns it, or may become its owner', a.app::regrole),
              format('ALTER TABLE %s OWNER TO …', a.name)
            FROM audited a WHERE NOT a.own AND (a.relowner = a.app
              OR EXISTS (SELECT FROM reach h WHERE h.member = a.app AND h.roleid = a.relowner))
            UNION ALL
            SELECT 'ROLE_OWNS', o.oid::regrole::text,
              format('owns %s, and so may change it', coalesce(CASE WHEN d.dbid <> 0 OR d.classid IN
                ('pg_database'::regclass, 'pg_tablespace'::regclass)
                THEN pg_describe_object(d.classid, d.objid, d.objsubid) END, 'an object')),
              format('REASSIGN OWNED BY %s TO %s_owner', o.oid::regrole, nsp.name)
            FROM nsp CROSS JOIN own o JOIN pg_shdepend d ON d.refclassid = 'pg_authid'::regclass AND d.refobjid = o.oid
            WHERE d.deptype = 'o' AND d.dbid IN (0,
                (SELECT b.oid FROM pg_database b WHERE b.datname = current_database()))
              AND (o.suffix IN ('app', 'worker', 'index', 'admin') OR d.classid IN
                ('pg_database'::regclass, 'pg_tablespace'::regclass)
                OR o.suffix = 'dispatch' AND d.classid <> 'pg_proc'::regclass)
            """;

    static final List<String> ALL = List.of(ATTRIBUTES, MEMBERSHIPS, REACHES, OWNERSHIP);

    private RoleSql() {
    }
}
