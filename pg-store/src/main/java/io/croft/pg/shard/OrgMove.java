package io.croft.pg.shard;

import io.croft.CroftException;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.OrgMovedException;
import io.croft.OrgSuspendedException;
import io.croft.StoreUnavailableException;
import io.croft.UnknownOrgException;
import io.croft.pg.shard.OrgAt.State;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Tx;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
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
 * and the other one fails, however late it goes on.
 */
final class OrgMove {

    private static final Logger LOG = LoggerFactory.getLogger(OrgMove.class);

    private final ShardMap map;
    private final OrgId org;
    private final OrgAt from;
    private final OrgAt to;
    private final Settings settings;
    private final UUID mover = UUID.randomUUID();

    /** What has been done; told right after each. A move that is given up gets to STAYED instead of the rest. */
    enum Step {
        BEGUN, HELD, QUIET, LEAVING, ALONE, ARRIVING, COPIED, LEFT, SWITCHED, ARRIVED, CLEARED, STAYED
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

    /** One life of it. */
    private record Life(UUID incarnation, OffsetDateTime createdAt) {
    }

    OrgMove(ShardMap map, OrgId org, Shard from, Shard to, Settings settings) {
        this.map = map;
        this.org = org;
        this.from = new OrgAt(org, from);
        this.to = new OrgAt(org, to);
        this.settings = settings;
    }

    /** Moves it from where the map has it. */
    void run() {
        if (!map.beginMove(org, from.name(), to.name(), mover)) {
            throw new OrgMovedException(
                    "organisation " + org + " was moved by another call at this moment: call again");
        }
        done(Step.BEGUN);
        try {
            if (!hasLeft()) {
                leave();
            }
        } catch (RuntimeException e) {
            giveUpAfter(e);
            throw e;
        }
        done(Step.LEFT);
        if (!map.switchTo(org, from.name(), to.name(), mover) && !isIn(to)) {
            throw new OrgMovedException("organisation " + org + " has left " + from.name() + " for " + to.name()
                    + ", and its move was taken over by another call: see what becomes of that, or call again");
        }
        done(Step.SWITCHED);
        finish();
    }

    private boolean isIn(OrgAt place) {
        return map.find(org).filter(known -> known.database().equals(place.name())).isPresent();
    }

    /** Whether it has left for there already; one that can not leave at all is refused. */
    private boolean hasLeft() {
        State here = from.find().orElseThrow(() -> new UnknownOrgException("organisation " + org + " is not in "
                + from.name() + ", where the map has it: create it, or erase it, before it is moved"));
        if (here.is("ERASING")) {
            throw new UnknownOrgException("organisation " + org + " is being erased: it cannot be moved; erase it"
                    + " again if that has failed");
        } else if (here.is("SUSPENDED")) {
            throw new OrgSuspendedException(org);
        } else if (here.is("MOVED") && !leavesForHere(here)) {
            throw new CroftException("organisation " + org + " has left " + from.name() + " for "
                    + here.movedTo().orElse("nowhere") + ": move it there, which is all that can become of it");
        }
        return here.is("MOVED");
    }

    private boolean leavesForHere(State state) {
        return state.movedTo().equals(Optional.of(to.name()));
    }

    private void leave() {
        Quiet quiet = new Quiet(from, settings.patience());
        if (from.query(ShardSql.HAS_CONTENT, p -> p.org(org), Rows.one(row -> row.getBoolean(1)))) {
            throw new InvalidInputException("organisation " + org + " has documents or listings in " + from.name()
                    + ", or files or crawls for some: they stay where they are, and their jobs with them");
        }
        from.hold();
        done(Step.HELD);
        quiet.awaitAttempts();
        done(Step.QUIET);
        Optional<State> there = to.find(); // before it is taken out of service here: only so may it be taken over
        Life life = begin();
        done(Step.LEAVING);
        quiet.awaitOthers();
        quiet.awaitAttempts();
        done(Step.ALONE);
        arrive(life, there);
        done(Step.ARRIVING);
        new OrgCopy(org, from.shard(), to.shard(), mover).run();
        done(Step.COPIED);
        if (from.update(ShardSql.LEFT, p -> p.org(org).uuid(mover)) == 0) {
            throw takenOver();
        }
    }

    private OrgMovedException takenOver() {
        return new OrgMovedException("the move of organisation " + org + " was taken over by another call");
    }

    /**
     * Takes it out of service. It is held once more: another call may have let it go since it was held. Whoever does
     * that, looks whether it is in service, and waits for this if it looks now.
     */
    private Life begin() {
        return from.run(tx -> {
            Life life = tx.query(ShardSql.LEAVE, p -> p.uuid(mover).text(to.name()).org(org).text(to.name()),
                    Rows.first(row -> new Life(row.getObject("incarnation", UUID.class),
                            row.getObject("created_at", OffsetDateTime.class))))
                    .orElseThrow(() -> new OrgMovedException("organisation " + org + " is not in service in "
                            + from.name() + " any more: it was suspended, or another call moves or erases it"));
            tx.query(ShardSql.HOLD, p -> p.org(org).bool(true), Rows.any());
            return life;
        });
    }

    /** Makes it known there, out of service, held, and with nothing that an earlier try or stay may have left. */
    private void arrive(Life life, Optional<State> before) {
        to.shard().takeQueues(from.shard());
        String state = before.map(State::name).orElse(null);
        String copier = before.flatMap(State::mover).map(UUID::toString).orElse(null);
        boolean arrives = to.run(tx -> {
            int there = tx.update(ShardSql.ARRIVE, p -> p.org(org).uuid(life.incarnation())
                    .time(life.createdAt().toInstant()).uuid(mover).text(state).text(copier));
            if (there == 0) {
                return false;
            }
            tx.update(ShardSql.REMOVE_COUNTER, p -> p.org(org));
            return tx.update(ShardSql.ADD_COUNTER, p -> p.org(org).uuid(life.incarnation())) == 1;
        });
        if (!arrives) {
            throw to.find().filter(there -> !there.is("MOVED") && !there.is("ARRIVING"))
                    .<CroftException>map(there -> new CroftException("organisation " + org + " is in " + to.name()
                            + " by itself, beside " + from.name() + ": it was created there past the map, and cannot be"
                            + " moved there"))
                    .orElseGet(this::takenOver);
        }
        to.removeRows(this::holdsArriving);
        to.hold();
        long[] last = from.query(ShardSql.LEAVING_ORG, p -> p.org(org),
                Rows.one(row -> new long[]{row.getLong("last_id"), row.getLong("last_fence")}));
        to.query(ShardSql.RAISE_IDS, p -> p.org(org).int8(last[0]).int8(last[1]), Rows.any());
    }

    private boolean holdsArriving(Tx tx) throws SQLException {
        return tx.query(ShardSql.HOLD_ARRIVING, p -> p.org(org).uuid(mover), Rows.any());
    }

    /** What follows once it has left and the map says so. Does nothing that is done already. */
    void finish() {
        Optional<State> here = from.find();
        if (here.filter(state -> state.is("ACTIVE") || state.is("LEAVING") || state.is("SUSPENDED")).isPresent()) {
            throw new CroftException("organisation " + org + " has moved from " + from.name() + " to " + to.name()
                    + ", and is in " + from.name() + " again: was that restored to an earlier time?");
        }
        enterService(here);
        done(Step.ARRIVED);
        awaitReaders(here.map(State::movedAgo).orElse(settings.clearAfter()));
        from.removeRows(tx -> tx.query(ShardSql.HOLD_MOVED, p -> p.org(org), Rows.any()));
        done(Step.CLEARED);
        map.endMoved(org, from.name(), to.name());
    }

    /** Once the map says that it is there, nobody takes over what is there. */
    private void enterService(Optional<State> here) {
        UUID copier = here.or(to::find).flatMap(State::mover).orElse(mover);
        boolean paused = from.query(ShardSql.LEAVING_ORG, p -> p.org(org), Rows.one(row -> row.getBoolean("paused")));
        boolean active = to.run(tx -> {
            if (tx.update(ShardSql.ARRIVED, p -> p.org(org).uuid(copier)) == 0) {
                return false;
            }
            if (paused) {
                tx.query(ShardSql.PAUSE, p -> p.org(org), Rows.any());
            }
            return tx.query(ShardSql.HOLD, p -> p.org(org).bool(false), Rows.any());
        });
        if (!active && to.find().filter(now -> !now.is("ARRIVING") && !now.is("MOVED")).isEmpty()) {
            throw new CroftException("organisation " + org + " has left " + from.name() + " for " + to.name()
                    + ", and what should be there is not: nothing is cleared. Was " + to.name()
                    + " restored to an earlier time, or the organisation erased there past the map?");
        }
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
            if (stay(tx -> tx.update(ShardSql.STAY, p -> p.org(org).uuid(mover)))) {
                map.endUnmoved(org, from.name(), to.name(), mover);
            }
        } catch (RuntimeException e) {
            LOG.warn("the move of organisation {} from {} to {} has failed, and could not be ended: move it again, to"
                    + " {} to have it go on there", org, from.name(), to.name(), from.name());
            why.addSuppressed(e);
        }
    }

    /** Ends its move: it goes on where it is. */
    void cancel() {
        if (!map.takeMove(org, from.name(), to.name(), mover)) {
            throw takenOver();
        }
        if (from.find().filter(here -> here.is("MOVED") && leavesForHere(here)).isPresent()) {
            throw new InvalidInputException("organisation " + org + " has left " + from.name()
                    + " already: its move can only go on, to " + to.name());
        }
        if (!stay(tx -> tx.update(ShardSql.STAY_ANYHOW, p -> p.org(org)))) {
            throw takenOver();
        }
        map.endUnmoved(org, from.name(), to.name(), mover);
    }

    /**
     * Has it go on here, and removes what was there of it at that moment; returns whether there is nothing left to
     * move. It goes on here even if the other database cannot be reached.
     */
    private boolean stay(Return back) {
        Optional<UUID> copier = Optional.empty();
        RuntimeException unreachable = null;
        try {
            copier = to.find().filter(there -> there.is("ARRIVING")).flatMap(State::mover);
        } catch (RuntimeException e) {
            unreachable = e;
        }
        if (!goesOnHere(back)) {
            return false;
        }
        done(Step.STAYED);
        if (unreachable != null) {
            throw unreachable;
        }
        copier.ifPresent(this::removeCopy);
        return true;
    }

    /** Takes it into service again. */
    private interface Return {

        int back(Tx tx) throws SQLException;
    }

    private boolean goesOnHere(Return back) {
        return from.run(tx -> {
            back.back(tx);
            Optional<State> here = tx.query(ShardSql.HOLD_STATE, p -> p.org(org),
                    Rows.first(row -> new State(row.getString("state"), Optional.empty(),
                            Optional.ofNullable(row.getString("moved_to")), Duration.ZERO)));
            if (here.filter(state -> state.is("ACTIVE") || state.is("SUSPENDED")).isPresent()) {
                return tx.query(ShardSql.HOLD, p -> p.org(org).bool(false), Rows.any());
            }
            // one that is being erased, or is not there, cannot move; one that has left for elsewhere not to here
            return here.filter(state -> state.is("LEAVING") || (state.is("MOVED") && leavesForHere(state))).isEmpty();
        });
    }

    private void removeCopy(UUID copier) {
        if (to.update(ShardSql.TAKE_ARRIVING, p -> p.uuid(mover).org(org).uuid(copier)) == 0) {
            return; // somebody moves it again
        }
        to.removeRows(this::holdsArriving);
        to.update(ShardSql.NOT_ARRIVED, p -> p.text(from.name()).org(org).uuid(mover));
    }

    private void done(Step step) {
        LOG.debug("organisation {} from {} to {}: {}", org, from.name(), to.name(), step);
        settings.done().accept(step);
    }
}
