package io.croft.pg.shard;

import io.croft.CroftException;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.OrgMovedException;
import io.croft.StoreUnavailableException;
import io.croft.UnknownOrgException;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.Binder;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Tx;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One call that moves an organisation from one database to another, or goes on with its move. The steps, and why no two
 * databases ever serve it at once, are in V021. Used by one thread.
 *
 * <p>What the databases say is all that there is to know of a move: a call looks where it stands and goes on from
 * there. Until the organisation has left, a call that fails lets it go on where it is; one that is killed leaves it as
 * it was at that moment, and the next call goes on. Two calls at once do no harm: the later one takes the move over,
 * and the other one fails.
 */
final class OrgMove {

    private static final Duration LOOK = Duration.ofMillis(20);
    private static final Duration LONGEST_LOOK = Duration.ofMillis(500);
    private static final int REMOVED = 10_000;
    private static final Logger LOG = LoggerFactory.getLogger(OrgMove.class);

    private final ShardMap map;
    private final OrgId org;
    private final Shard from;
    private final Shard to;
    private final Settings settings;
    private final UUID mover = UUID.randomUUID();

    /** What has been done; told right after each. */
    enum Step {
        BEGUN, HELD, QUIET, LEAVING, ALONE, ARRIVING, COPIED, LEFT, SWITCHED, ARRIVED, CLEARED
    }

    /**
     * How a move behaves.
     *
     * @param patience   how long attempts that run, and transactions that are open, may take to end
     * @param clearAfter for how long after it has left an organisation can still be read where it was, by processes
     *                   that do not know it yet
     * @param done       told of each step
     */
    record Settings(Duration patience, Duration clearAfter, Consumer<Step> done) {
    }

    /**
     * What a database says of an organisation.
     *
     * @param state    as in V001
     * @param mover    who moves it
     * @param movedAgo how long ago it had left
     */
    private record Here(String state, Optional<UUID> mover, Duration movedAgo) {

        boolean is(String what) {
            return state.equals(what);
        }
    }

    /** One life of it. */
    private record Life(UUID incarnation, OffsetDateTime createdAt) {
    }

    OrgMove(ShardMap map, OrgId org, Shard from, Shard to, Settings settings) {
        this.map = map;
        this.org = org;
        this.from = from;
        this.to = to;
        this.settings = settings;
    }

    /** Moves it from where the map has it. */
    void run() {
        if (!map.beginMove(org, from.name(), to.name())) {
            throw new OrgMovedException(
                    "organisation " + org + " was moved by another call at this moment: call again");
        }
        done(Step.BEGUN);
        if (!find(from).map(here -> here.is("MOVED")).orElse(false)) {
            try {
                leave();
            } catch (RuntimeException e) {
                giveUpAfter(e);
                throw e;
            }
        }
        done(Step.LEFT);
        if (!map.switchTo(org, from.name(), to.name()) && !isIn(to)) {
            throw new CroftException("organisation " + org + " has left " + from.name() + " for " + to.name()
                    + ", and the map says otherwise: was it set back?");
        }
        done(Step.SWITCHED);
        finish();
    }

    private boolean isIn(Shard shard) {
        return map.find(org).filter(place -> place.database().equals(shard.name())).isPresent();
    }

    private void leave() {
        long deadline = System.nanoTime() + settings.patience().toNanos();
        if (one(from, ShardSql.HAS_CONTENT, p -> p.org(org).org(org), Rows.one(row -> row.getBoolean(1)))) {
            throw new InvalidInputException("organisation " + org + " has documents or listings in " + from.name()
                    + ": they stay where they are, and their jobs with them");
        }
        one(from, ShardSql.HOLD, p -> p.org(org).bool(true), Rows.any());
        done(Step.HELD);
        awaitQuiet(deadline);
        done(Step.QUIET);
        Life life = begin();
        done(Step.LEAVING);
        awaitOthers(deadline);
        awaitQuiet(deadline);
        done(Step.ALONE);
        arrive(life);
        done(Step.ARRIVING);
        new OrgCopy(org, from, to, mover).run();
        done(Step.COPIED);
        if (update(from, ShardSql.LEFT, p -> p.org(org).uuid(mover)) == 0) {
            throw new OrgMovedException("the move of organisation " + org + " was taken over by another call");
        }
    }

    /** Waits until no attempt of it is leased; its processes, and the upkeep of any, see to that. */
    private void awaitQuiet(long deadline) {
        await(deadline,
                () -> one(from, ShardSql.LEAVING_ORG, p -> p.org(org), Rows.one(row -> row.getLong("running"))) == 0,
                "attempts of it still run");
    }

    /**
     * Takes it out of service. It is held once more: another call may have let it go since it was held. Whoever does
     * that, looks whether it is in service, and waits for this if it looks now.
     */
    private Life begin() {
        return from.transactions().run(Access.admin(org), tx -> {
            Life life = tx.query(ShardSql.LEAVE, p -> p.uuid(mover).text(to.name()).org(org),
                    Rows.first(row -> new Life(row.getObject("incarnation", UUID.class),
                            row.getObject("created_at", OffsetDateTime.class))))
                    .orElseThrow(() -> new UnknownOrgException("organisation " + org + " is not in " + from.name()
                            + ", or is being erased: it cannot be moved"));
            tx.query(ShardSql.HOLD, p -> p.org(org).bool(true), Rows.any());
            return life;
        });
    }

    /**
     * Waits until every transaction has ended that was open when it had been taken out of service: one may have seen it
     * in service. Those that begin later see that it is not.
     */
    private void awaitOthers(long deadline) {
        Set<String> open = new HashSet<>(openTransactions());
        await(deadline, () -> {
            open.retainAll(openTransactions());
            return open.isEmpty();
        }, "transactions that may have enqueued for it are still open");
    }

    private Set<String> openTransactions() {
        return Set.copyOf(one(from, ShardSql.OPEN_TRANSACTIONS, Binder.NONE, Rows.list(row -> row.getString(1))));
    }

    private void await(long deadline, BooleanSupplier condition, String what) {
        long pause = LOOK.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new StoreUnavailableException("organisation " + org + " stays in " + from.name() + ": " + what
                        + " after " + settings.patience() + "; call again, or with more patience");
            }
            LockSupport.parkNanos(pause);
            if (Thread.currentThread().isInterrupted()) {
                throw new StoreUnavailableException("the move of organisation " + org + " was interrupted");
            }
            pause = Math.min(pause * 2, LONGEST_LOOK.toNanos());
        }
    }

    /** Makes it known there, out of service, held, and with nothing that an earlier try or stay may have left. */
    private void arrive(Life life) {
        to.takeQueues(from);
        to.transactions().run(Access.admin(org), tx -> {
            int there = tx.update(ShardSql.ARRIVE, p -> p.org(org).uuid(life.incarnation())
                    .time(life.createdAt().toInstant()).uuid(mover));
            if (there == 0) {
                throw new CroftException("organisation " + org + " is in " + to.name() + " by itself, beside "
                        + from.name() + ": it was created there past the map, and cannot be moved there");
            }
            tx.update(ShardSql.REMOVE_COUNTER, p -> p.org(org));
            return tx.update(ShardSql.ADD_COUNTER, p -> p.org(org).uuid(life.incarnation()));
        });
        removeRows(to, tx -> tx.query(ShardSql.HOLD_ARRIVING, p -> p.org(org).uuid(mover), Rows.any()));
        one(to, ShardSql.HOLD, p -> p.org(org).bool(true), Rows.any());
        long[] last = one(from, ShardSql.LEAVING_ORG, p -> p.org(org),
                Rows.one(row -> new long[]{row.getLong("last_id"), row.getLong("last_fence")}));
        one(to, ShardSql.RAISE_IDS, p -> p.org(org).int8(last[0]).int8(last[1]), Rows.any());
    }

    /** What follows once it has left and the map says so. Does nothing that is done already. */
    void finish() {
        Here here = find(from).orElseThrow(() -> new CroftException("organisation " + org + " is not in " + from.name()
                + " any more, which it was to be cleared from: was it erased there past the map?"));
        UUID copier = here.mover().orElse(mover);
        boolean paused = one(from, ShardSql.LEAVING_ORG, p -> p.org(org), Rows.one(row -> row.getBoolean("paused")));
        boolean active = to.transactions().run(Access.admin(org), tx -> {
            if (tx.update(ShardSql.ARRIVED, p -> p.org(org).uuid(copier)) == 0) {
                return false;
            }
            if (paused) {
                tx.query(ShardSql.PAUSE, p -> p.org(org), Rows.any());
            }
            return tx.query(ShardSql.HOLD, p -> p.org(org).bool(false), Rows.any());
        });
        if (!active && !find(to).map(there -> there.is("ACTIVE") || there.is("ERASING")).orElse(true)) {
            throw new CroftException("organisation " + org + " has arrived in " + to.name()
                    + ", and cannot be taken into service there: it was copied by another mover");
        }
        done(Step.ARRIVED);
        awaitReaders(here.movedAgo());
        removeRows(from, tx -> tx.query(ShardSql.HOLD_MOVED, p -> p.org(org), Rows.any()));
        done(Step.CLEARED);
        map.endMoved(org, from.name(), to.name());
    }

    private void awaitReaders(Duration already) {
        long end = System.nanoTime() + settings.clearAfter().minus(already).toNanos();
        for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
            if (Thread.currentThread().isInterrupted()) {
                throw new StoreUnavailableException("organisation " + org + " has moved to " + to.name()
                        + ", and the call was interrupted before " + from.name()
                        + " could be cleared of it: call again");
            }
        }
    }

    /** Lets it go on where it is, as far as it is this call's to do so. */
    private void giveUpAfter(RuntimeException why) {
        try {
            if (stay()) {
                map.endUnmoved(org, from.name(), to.name());
            }
        } catch (RuntimeException e) {
            LOG.warn("organisation {} could not be let go after its move from {} to {} had failed: move it again, to {}"
                    + " to have it go on there", org, from.name(), to.name(), from.name());
            why.addSuppressed(e);
        }
    }

    /** Ends its move: it goes on where it is. */
    void cancel() {
        if (find(from).map(here -> here.is("MOVED")).orElse(false)) {
            throw new InvalidInputException("organisation " + org + " has left " + from.name()
                    + " already: its move can only go on, to " + to.name());
        }
        update(from, ShardSql.TAKE_LEAVING, p -> p.uuid(mover).org(org));
        if (!stay()) {
            throw new OrgMovedException("the move of organisation " + org + " was taken over by another call");
        }
        map.endUnmoved(org, from.name(), to.name());
    }

    /**
     * Takes it into service again, if this mover has taken it out, or nobody has; returns whether it did. What it left
     * there is removed first, by whoever is the last to take it.
     */
    private boolean stay() {
        boolean here = from.transactions().run(Access.admin(org), tx -> {
            tx.update(ShardSql.STAY, p -> p.org(org).uuid(mover));
            if (!tx.query(ShardSql.HOLD_ACTIVE, p -> p.org(org), Rows.any())) {
                return false;
            }
            return tx.query(ShardSql.HOLD, p -> p.org(org).bool(false), Rows.any());
        });
        if (here && update(to, ShardSql.TAKE_ARRIVING, p -> p.uuid(mover).org(org)) > 0) {
            removeRows(to, tx -> tx.query(ShardSql.HOLD_ARRIVING, p -> p.org(org).uuid(mover), Rows.any()));
            to.transactions().run(Access.admin(org), tx -> {
                if (!tx.query(ShardSql.HOLD_ARRIVING, p -> p.org(org).uuid(mover), Rows.any())) {
                    return 0; // somebody moves it again, and needs the counter
                }
                tx.update(ShardSql.REMOVE_COUNTER, p -> p.org(org));
                return tx.update(ShardSql.REMOVE_ARRIVING, p -> p.org(org).uuid(mover));
            });
        }
        return here;
    }

    /** Removes, in batches, all that the queue has of it there, as long as it is held so. */
    private void removeRows(Shard shard, Holding holding) {
        removeRows(shard, holding, ShardSql.REMOVE_SCHEDULES, p -> p.org(org));
        removeRows(shard, holding, ShardSql.REMOVE_JOBS, p -> p.org(org).int4(REMOVED));
    }

    private void removeRows(Shard shard, Holding holding, String sql, Binder binder) {
        long removed;
        do {
            removed = shard.transactions().run(Access.admin(org),
                    tx -> holding.holds(tx) ? tx.queryAndCommit(sql, binder, Rows.one(row -> row.getLong(1))) : 0L);
        } while (removed > 0);
    }

    /** Holds the organisation's row, and says whether it is as it must be. */
    private interface Holding {

        boolean holds(Tx tx) throws SQLException;
    }

    private Optional<Here> find(Shard shard) {
        return one(shard, ShardSql.ORG, p -> p.org(org),
                Rows.first(row -> new Here(row.getString("state"),
                        Optional.ofNullable(row.getObject("mover", UUID.class)),
                        Duration.ofMillis((long) (row.getDouble("moved_seconds") * 1000)))));
    }

    private <T> T one(Shard shard, String sql, Binder binder, Rows<T> rows) {
        return shard.transactions().query(Access.admin(org), sql, binder, rows);
    }

    private int update(Shard shard, String sql, Binder binder) {
        return shard.transactions().update(Access.admin(org), sql, binder);
    }

    private void done(Step step) {
        LOG.debug("organisation {} from {} to {}: {}", org, from.name(), to.name(), step);
        settings.done().accept(step);
    }
}
