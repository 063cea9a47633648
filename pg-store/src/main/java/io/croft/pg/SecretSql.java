package io.croft.pg;

/** The statements of {@link PgSecretStore}; the primary key serves both. */
final class SecretSql {

    static final String FIND = """
            SELECT s.value FROM ${schema}.secret s WHERE s.name = ?
            """;

    /**
     * Whoever comes second waits for the first and makes none. It is made where it is kept, of 244 random bits: what
     * is sent as a parameter may be written into the server's log. Only Postgres's own functions are named, for one of
     * its extensions may be missing.
     */
    static final String MAKE = """
            INSERT INTO ${schema}.secret (name, value)
            VALUES (?, pg_catalog.sha256(pg_catalog.uuid_send(pg_catalog.gen_random_uuid())
              || pg_catalog.uuid_send(pg_catalog.gen_random_uuid())))
            ON CONFLICT (name) DO NOTHING
            """;

    private SecretSql() {
    }
}
