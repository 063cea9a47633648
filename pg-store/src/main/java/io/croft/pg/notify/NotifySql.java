package io.croft.pg.notify;

/** The statements of {@link Announcer} and {@link ListeningConnection}: for each {@link Channel} one of each schema. */
final class NotifySql {

    /**
     * Tells those who listen. Nothing is lost if it does not outlive the server, so its COMMIT waits for no disk: while
     * it lasts no other transaction of the database that notifies can commit.
     */
    static final String NOTIFY_CHANGES = """
            SELECT set_config('synchronous_commit', 'off', true), pg_notify('${schema}_changes', ?)
            """;

    static final String LISTEN_CHANGES = "LISTEN ${schema}_changes";

    static final String UNLISTEN_CHANGES = "UNLISTEN ${schema}_changes";

    /** As {@link #NOTIFY_CHANGES}. */
    static final String NOTIFY_JOBS = """
            SELECT set_config('synchronous_commit', 'off', true), pg_notify('${schema}_jobs', ?)
            """;

    static final String LISTEN_JOBS = "LISTEN ${schema}_jobs";

    static final String UNLISTEN_JOBS = "UNLISTEN ${schema}_jobs";

    /** Asks nothing: is the server there? */
    static final String ALIVE = "SELECT 1";

    private NotifySql() {
    }
}
