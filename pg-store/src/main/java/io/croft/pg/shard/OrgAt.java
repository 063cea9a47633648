package io.croft.pg.shard;

import io.croft.OrgId;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.Binder;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Transactions;
import io.croft.pg.tx.Tx;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/**
 * An organisation in one of several databases. Thread-safe.
 *
 * @param org   the organisation
 * @param shard the database
 */
record OrgAt(OrgId org, Shard shard) {

    private static final int REMOVED = 10_000;

    /**
     * What a database says of an organisation.
     *
     * @param name     as in V001
     * @param mover    who moves it, or has moved it
     * @param movedTo  the database that it leaves, or has left, for
     * @param movedAgo how long ago it had left; zero if it has not
     */
    record State(String name, Optional<UUID> mover, Optional<String> movedTo, Duration movedAgo) {

        boolean is(String what) {
            return name.equals(what);
        }
    }

    /** Holds the organisation's row, and says whether it is as it must be. */
    interface Holding {

        boolean holds(Tx tx) throws SQLException;
    }

    /** The database's name. */
    String name() {
        return shard.name();
    }

    /** What there is of it; empty if it is not known there. */
    Optional<State> find() {
        return query(ShardSql.ORG, p -> p.org(org),
                Rows.first(row -> new State(row.getString("state"),
                        Optional.ofNullable(row.getObject("mover", UUID.class)),
                        Optional.ofNullable(row.getString("moved_to")),
                        Duration.ofMillis((long) (row.getDouble("moved_seconds") * 1000)))));
    }

    /** Has nothing of it claimed from now on. */
    void hold() {
        query(ShardSql.HOLD, p -> p.org(org).bool(true), Rows.any());
    }

    <T> T query(String sql, Binder binder, Rows<T> rows) {
        return shard.transactions().query(access(), sql, binder, rows);
    }

    int update(String sql, Binder binder) {
        return shard.transactions().update(access(), sql, binder);
    }

    <T> T run(Transactions.Work<T> work) {
        return shard.transactions().run(access(), work);
    }

    /** Removes, in batches, all that the queue has of it, its limits and its flags, as long as it is held so. */
    void removeRows(Holding holding) {
        removeRows(holding, ShardSql.REMOVE_SCHEDULES, p -> p.org(org));
        removeRows(holding, ShardSql.REMOVE_JOBS, p -> p.org(org).int4(REMOVED));
        removeRows(holding, ShardSql.REMOVE_QUOTAS, p -> p.org(org).org(org));
        removeRows(holding, ShardSql.REMOVE_FLAGS, p -> p.org(org));
    }

    private void removeRows(Holding holding, String sql, Binder binder) {
        long removed;
        do {
            removed = run(tx -> holding.holds(tx)
                    ? tx.queryAndCommit(sql, binder, Rows.one(row -> row.getLong(1)))
                    : 0L);
        } while (removed > 0);
    }

    private Access access() {
        return Access.admin(org);
    }
}
