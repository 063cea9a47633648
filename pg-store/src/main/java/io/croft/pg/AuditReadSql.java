package io.croft.pg;

/** The statements of {@link PgAuditStore}. */
final class AuditReadSql {

    private static final String COLUMNS = """
            SELECT e.id, e.at, e.org_id, e.actor_id, e.actor_role, e.request_id, e.action, e.subject,
              ARRAY(SELECT unnest(ARRAY[b.key, b.value]) FROM jsonb_each_text(e.before) b) AS before,
              ARRAY(SELECT unnest(ARRAY[a.key, a.value]) FROM jsonb_each_text(e.after) a) AS after
            FROM ${schema}.audit_entry e
            WHERE
            """;

    private static final String PASSES = """
            (e.at, e.id) < (?, ?) AND e.at >= ? AND e.at < ?
              AND (?::text IS NULL OR e.org_id = ?::text::uuid) AND (?::text IS NULL OR e.actor_id = ?)
              AND (?::text IS NULL OR e.action = ?)
            ORDER BY e.at DESC, e.id DESC LIMIT ?
            """;

    /** Served by audit_entry_org. */
    static final String OF_ORG = COLUMNS + "  e.org_id = ? AND e.incarnation = ? AND " + PASSES;

    /** Served by audit_entry_at. */
    static final String ALL = COLUMNS + PASSES;

    static final String PURGE = "SELECT ${schema}.purge_audit_v1(?, ?)";

    private AuditReadSql() {
    }
}
