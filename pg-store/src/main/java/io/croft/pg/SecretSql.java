package io.croft.pg;

/** The statements of {@link PgSecretStore}; the primary key serves both. */
final class SecretSql {

    static final String FIND = """
            SELECT s.value FROM ${schema}.secret s WHERE s.name = ?
            """;

    /** Whoever comes second waits for the first and makes none. */
    static final String MAKE = """
            INSERT INTO ${schema}.secret (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING
            """;

    private SecretSql() {
    }
}
