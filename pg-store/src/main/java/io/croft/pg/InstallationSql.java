package io.croft.pg;

/** The statements of {@link Installation}. */
final class InstallationSql {

    /** Who has logged in, whether it may take the roles and there is a schema for them, and a history of that. */
    static final String LOGIN = """
            SELECT r.rolname AS login, r.rolsuper AS superuser,
              (SELECT count(*) = 5 FROM pg_roles c
                WHERE c.rolname IN (n.name || '_owner', n.name || '_app', n.name || '_worker', n.name || '_index',
                    n.name || '_admin')
                  AND pg_has_role(r.oid, c.oid, 'MEMBER'))
                AND EXISTS (SELECT FROM pg_namespace s WHERE s.nspname = n.name) AS may_take_roles,
              EXISTS (SELECT FROM pg_class t JOIN pg_namespace s ON s.oid = t.relnamespace
                WHERE s.nspname = n.name AND t.relname = 'croft_migrations') AS migrated
            FROM pg_roles r, (SELECT ?::text AS name) n
            WHERE r.rolname = current_user
            """;

    /** Reasons why a tenant's transaction would not be held to its rows; none if all is well. */
    static final String UNSAFE = """
            SELECT 'the transaction runs as ' || current_user FROM (SELECT ?::text AS name) n
            WHERE current_user <> n.name || '_app'
            UNION ALL
            SELECT 'role ' || r.rolname || ' is a superuser or bypasses row-level security' FROM pg_roles r
            WHERE r.rolname = current_user AND (r.rolsuper OR r.rolbypassrls)
            UNION ALL
            SELECT 'role ' || current_user || ' has the rights of ' || c.relowner::regrole::text
              || ', the owner of table ' || c.relname
            FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace
            WHERE s.nspname = ?::text AND c.relkind IN ('r', 'p') AND pg_has_role(c.relowner, 'USAGE')
            UNION ALL
            SELECT 'table ' || c.relname || ' has no forced row-level security'
            FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace
            WHERE s.nspname = ?::text AND c.relkind IN ('r', 'p') AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
              AND EXISTS (SELECT FROM pg_attribute a
                WHERE a.attrelid = c.oid AND a.attname = 'org_id' AND NOT a.attisdropped)
              AND has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE')
            """;

    static final String CHECK_INSTALLATION = "SELECT ${schema}.check_installation_v1()";

    private InstallationSql() {
    }
}
