package io.croft.pg.notify;

import io.croft.pg.tx.Schema;

/** What processes tell each other of. Each has a channel of NOTIFY for each schema. */
public enum Channel {
    /** A change log has grown. */
    CHANGES(NotifySql.NOTIFY_CHANGES, NotifySql.LISTEN_CHANGES, NotifySql.UNLISTEN_CHANGES, "changes"),
    /** Jobs were put into queues, or cancelled while they run. */
    JOBS(NotifySql.NOTIFY_JOBS, NotifySql.LISTEN_JOBS, NotifySql.UNLISTEN_JOBS, "jobs");

    private final String notify;
    private final String listen;
    private final String unlisten;
    private final String what;

    Channel(String notify, String listen, String unlisten, String what) {
        this.notify = notify;
        this.listen = listen;
        this.unlisten = unlisten;
        this.what = what;
    }

    /** Tells a text; it has a parameter. */
    String notifySql() {
        return notify;
    }

    String listenSql(Schema schema) {
        return schema.resolve(listen);
    }

    String unlistenSql(Schema schema) {
        return schema.resolve(unlisten);
    }

    /** What it is about, for people to read. */
    String what() {
        return what;
    }
}
