package io.croft.pg.notify;

/** The statements of {@link Announcer} and {@link ListeningConnection}: one channel for each schema. */
final class NotifySql {

    /**
     * Tells those who listen. Nothing is lost if it does not outlive the server, so its COMMIT waits for no disk: while
     * it lasts no other transaction of the database that notifies can commit.
     */
    static final String NOTIFY = """
            SELECT set_config('synchronous_commit', 'off', true), pg_notify('${schema}_changes', ?)
            """;

    static final String LISTEN = "LISTEN ${schema}_changes";

    static final String UNLISTEN = "UNLISTEN ${schema}_changes";

    /** Asks nothing: is the server there? */
    static final String ALIVE = "SELECT 1";

    private NotifySql() {
    }
}
