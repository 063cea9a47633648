package io.croft.pg;

/** The statements of {@link PgFlagStore}, served by feature_flag_key. */
final class FlagSql {

    static final String VERSION = "SELECT v.version FROM ${schema}.flag_version v";

    /** One row at least: without a name if nothing is set. */
    static final String ALL = """
            SELECT v.version, f.org_id, f.name, f.is_on
            FROM ${schema}.flag_version v LEFT JOIN ${schema}.feature_flag f ON true
            """;

    /**
     * Holds all other changes back until the transaction ends. By the clock, so that a database that lost changes
     * gives none of their numbers again.
     */
    static final String RAISE_VERSION = """
            UPDATE ${schema}.flag_version
            SET version = greatest(version + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
            """;

    /** Keeps the organisation's life from ending before the transaction does. */
    static final String HOLD_ORG = "SELECT o.state FROM ${schema}.org o WHERE o.org_id = ? FOR KEY SHARE";

    static final String SET_FOR = """
            SELECT f.name, f.is_on FROM ${schema}.feature_flag f WHERE f.org_id IS NOT DISTINCT FROM ?::text::uuid
            """;

    static final String SET = """
            INSERT INTO ${schema}.feature_flag AS f (org_id, name, is_on) VALUES (?::text::uuid, ?, ?)
            ON CONFLICT ON CONSTRAINT feature_flag_key DO UPDATE SET is_on = EXCLUDED.is_on
            """;

    static final String UNSET = """
            DELETE FROM ${schema}.feature_flag f WHERE f.org_id IS NOT DISTINCT FROM ?::text::uuid AND f.name = ?
            """;

    private FlagSql() {
    }
}
