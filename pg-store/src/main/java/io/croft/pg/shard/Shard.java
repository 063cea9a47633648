package io.croft.pg.shard;

import io.croft.job.QueueStatus;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.Binder;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Transactions;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.Pausable;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * One of several databases.
 *
 * @param name         its name
 * @param transactions the way to it
 * @param jobs         the jobs in it
 */
public record Shard(String name, Transactions transactions, JobStore jobs) {

    private static final int PAGE = 10_000;
    private static final UUID FIRST = new UUID(0, 0); // no organisation has that id

    /**
     * What a database says of itself.
     *
     * @param joined whether it is one of several already
     * @param used   whether it has, or had, organisations or jobs
     * @param lastId the last id that it has given to a job, or a greater one
     */
    record Own(boolean joined, boolean used, long lastId) {
    }

    Own own() {
        return transactions.query(Access.admin(), ShardSql.THIS_DATABASE, Binder.NONE,
                Rows.one(row -> new Own(row.getString("name") != null, row.getBoolean("used"),
                        row.getLong("last_id"))));
    }

    /** Becomes one of several, with ids of its own from then on. Does nothing if it is. */
    void join(int number, long afterId) {
        transactions.query(Access.admin(), ShardSql.JOIN, p -> p.text(name).int4(number).int8(afterId), Rows.any());
    }

    /** Makes the queues of another database known here, and those that are new here what they are there. */
    void takeQueues(Shard other) {
        Map<String, QueueStatus> here = jobs.queues();
        other.jobs.queues().forEach((queue, there) -> {
            if (!here.containsKey(queue)) {
                jobs.registerQueue(queue);
                jobs.setLimits(queue, there.limits());
                if (there.paused()) {
                    jobs.pause(new Pausable.Queue(queue));
                }
            }
        });
    }

    /** Puts all organisations that are in service here into the map. */
    void mapOrgs(ShardMap map) {
        eachOrgs(some -> map.adopt(name, some));
    }

    /** Gives all organisations that are in service here, many at a time. */
    void eachOrgs(Consumer<List<UUID>> orgs) {
        UUID last = FIRST;
        List<UUID> some;
        do {
            UUID after = last;
            some = transactions.query(Access.admin(), ShardSql.ORGS, p -> p.uuid(after).int4(PAGE),
                    Rows.list(row -> row.getObject(1, UUID.class)));
            if (!some.isEmpty()) {
                orgs.accept(some);
                last = some.getLast();
            }
        } while (some.size() == PAGE);
    }
}
