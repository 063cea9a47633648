package io.croft.embedded;

/** A real Postgres server for tests, demos and benchmarks. */
public final class EmbeddedPostgresServer {

    private EmbeddedPostgresServer() {
    }
}
