package io.croft.pg.notify;

import io.croft.pg.tx.Schema;
import java.time.Duration;

/** What processes tell each other of. Each has a channel of NOTIFY for each schema. */
public enum Channel {
    /** A change log has grown. */
    CHANGES(NotifySql.NOTIFY_CHANGES, NotifySql.LISTEN_CHANGES, NotifySql.UNLISTEN_CHANGES, "changes",
            Duration.ofMillis(25)),
    /** Jobs were put into queues, or cancelled while they run: somebody may wait for them. */
    JOBS(NotifySql.NOTIFY_JOBS, NotifySql.LISTEN_JOBS, NotifySql.UNLISTEN_JOBS, "jobs", Duration.ofMillis(10));

    private final String notify;
    private final String listen;
    private final String unlisten;
    private final String what;
    private final Duration pause;

    Channel(String notify, String listen, String unlisten, String what, Duration pause) {
        this.notify = notify;
        this.listen = listen;
        this.unlisten = unlisten;
        this.what = what;
        this.pause = pause;
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

    /** The least time between two notifications, and between two looks at those that came. */
    Duration pause() {
        return pause;
    }
}
