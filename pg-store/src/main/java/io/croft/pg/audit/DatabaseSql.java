package io.croft.pg.audit;

import java.util.List;

/** Checks of what lies around the schema: replication, other servers, pinned settings, and types and operators. */
final class DatabaseSql {

    static final String REPLICATION = CatalogueSql.PRELUDE + """
            SELECT 'PUBLICATION', quote_ident(p.pubname), 'publishes every table of the database, past row security',
              format('DROP PUBLICATION %I', p.pubname)
            FROM pg_publication p WHERE p.puballtables
            UNION ALL
            SELECT 'PUBLICATION', quote_ident(p.pubname), format('publishes %s, past row security', a.name),
              format('ALTER PUBLICATION %I DROP TABLE %s', p.pubname, a.name)
            FROM audited a JOIN pg_publication_rel r ON r.prrelid = a.oid JOIN pg_publication p ON p.oid = r.prpubid
            UNION ALL
            SELECT 'PUBLICATION', quote_ident(p.pubname),
              format('publishes the tables of schema %s, past row security', n.pnnspid::regnamespace),
              format('ALTER PUBLICATION %I DROP TABLES IN SCHEMA %s', p.pubname, n.pnnspid::regnamespace)
            FROM pg_publication_namespace n JOIN pg_publication p ON p.oid = n.pnpubid
            WHERE n.pnnspid IN (SELECT a.relnamespace FROM audited a)
            UNION ALL
            SELECT 'SUBSCRIPTION', a.name, format('subscription %s writes into it, past row security', s.subname),
              format('DROP SUBSCRIPTION %I', s.subname)
            FROM audited a JOIN pg_subscription_rel r ON r.srrelid = a.oid JOIN pg_subscription s ON s.oid = r.srsubid
            """;

    static final String SERVERS = CatalogueSql.PRELUDE + """
            SELECT 'FOREIGN_SERVER', quote_ident(s.srvname), format('%s may make foreign tables on it', v.name),
              format('REVOKE USAGE ON FOREIGN SERVER %I FROM %I, PUBLIC', s.srvname, v.name)
            FROM caller v JOIN pg_foreign_server s ON has_server_privilege(v.oid, s.oid, 'USAGE')
            UNION ALL
            SELECT 'FOREIGN_SERVER', quote_ident(f.fdwname), format('%s may make servers of it', v.name),
              format('REVOKE USAGE ON FOREIGN DATA WRAPPER %I FROM %I, PUBLIC', f.fdwname, v.name)
            FROM caller v JOIN pg_foreign_data_wrapper f ON has_foreign_data_wrapper_privilege(v.oid, f.oid, 'USAGE')
            """;

    static final String SETTINGS = CatalogueSql.PRELUDE + """
            , pinned AS (
              SELECT s.setrole, s.setdatabase, lower(split_part(conf, '=', 1)) AS name,
                substr(conf, strpos(conf, '=') + 1) AS value
              FROM pg_db_role_setting s CROSS JOIN LATERAL unnest(s.setconfig) conf
              WHERE s.setdatabase IN (0, (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()))
                AND (s.setrole = 0 OR s.setrole IN (SELECT o.oid FROM own o UNION SELECT l.oid FROM login l
                  UNION SELECT a.app FROM audited a UNION SELECT v.oid FROM caller v)))
            SELECT 'SETTING', concat_ws(' IN DATABASE ', CASE WHEN p.setrole <> 0 THEN p.setrole::regrole::text END,
                CASE WHEN p.setdatabase <> 0 THEN quote_ident(current_database()) END, CASE WHEN p.setrole = 0
                AND p.setdatabase = 0 THEN 'ALL' END),
              format('sessions begin with %s = %s', p.name, CASE WHEN p.name ~ '\\.' THEN '…' ELSE p.value END),
              CASE WHEN p.setrole = 0 AND p.setdatabase <> 0
                THEN format('ALTER DATABASE %I RESET %s', current_database(), p.name)
                ELSE format('ALTER ROLE %s%s RESET %s',
                  CASE WHEN p.setrole = 0 THEN 'ALL' ELSE p.setrole::regrole::text END,
                  CASE WHEN p.setdatabase <> 0 THEN ' IN DATABASE ' || quote_ident(current_database()) END, p.name) END
            FROM pinned p
            WHERE p.name = 'row_security' AND p.value NOT IN ('on', 'true', 'yes', '1')
              OR p.name = 'session_replication_role' AND p.value <> 'origin'
              OR p.name IN ('role', 'session_authorization', 'session_preload_libraries', 'local_preload_libraries')
              OR p.name IN (SELECT a.setting FROM audited a)
              OR p.name = 'search_path' AND (p.value ~ 'pg_catalog' AND p.value !~ '^"?pg_catalog'
                OR p.value ~ '^"?pg_temp')
            UNION ALL
            SELECT 'SETTING', 'server', format('%s = %s', s.name, s.reset_val), format('ALTER SYSTEM RESET %s', s.name)
            FROM pg_settings s WHERE s.name IN ('row_security', 'session_replication_role')
              AND s.reset_val NOT IN ('on', 'origin')
              AND NOT EXISTS (SELECT FROM pinned p WHERE p.name = s.name)
            """;

    static final String OBJECTS = CatalogueSql.PRELUDE + """
            SELECT 'OBJECT_UNLISTED', format('%I.%I', nsp.name, t.typname), 'no type of this release',
              format('DROP TYPE %I.%I', nsp.name, t.typname)
            FROM nsp JOIN pg_type t ON t.typnamespace = nsp.oid LEFT JOIN pg_class k ON k.oid = t.typrelid
            WHERE t.typcategory <> 'A' AND (t.typrelid = 0 OR k.relkind = 'c') AND NOT EXISTS (
              SELECT FROM pg_range r WHERE r.rngmultitypid = t.oid)
            UNION ALL
            SELECT 'OBJECT_UNLISTED', o.oid::regoperator::text, 'no operator of this release',
              format('DROP OPERATOR %s', o.oid::regoperator)
            FROM nsp JOIN pg_operator o ON o.oprnamespace = nsp.oid
            UNION ALL
            SELECT 'OBJECT_UNLISTED', format('%I.%I', nsp.name, c.collname), 'no collation of this release',
              format('DROP COLLATION %I.%I', nsp.name, c.collname)
            FROM nsp JOIN pg_collation c ON c.collnamespace = nsp.oid
            """;

    /** Whoever gets this connection next would begin as somebody. */
    static final String LEFT_OVER = CatalogueSql.PRELUDE + """
            SELECT 'ORG_PRESET', 'session', format('a session begins with %s set', s.setting),
              format('SELECT set_config(%L, %L, false)', s.setting, '')
            FROM (SELECT 'croft.org_id' AS setting FROM cfg
              UNION SELECT h.setting FROM host h) s
            WHERE nullif(current_setting(s.setting, true), '') IS NOT NULL
            """;

    static final List<String> ALL = List.of(REPLICATION, SERVERS, SETTINGS, OBJECTS);

    private DatabaseSql() {
    }
}
