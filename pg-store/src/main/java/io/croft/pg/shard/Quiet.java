package io.croft.pg.shard;

import io.croft.StoreUnavailableException;
import io.croft.pg.tx.Binder;
import io.croft.pg.tx.Rows;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits until nobody works any more for an organisation that is to leave a database. Used by one thread. */
final class Quiet {

    private static final Duration LOOK = Duration.ofMillis(20);
    private static final Duration LONGEST_LOOK = Duration.ofMillis(500);

    private final OrgAt from;
    private final Duration patience;
    private final long deadline;

    /** From now on, and for no longer than that in all. */
    Quiet(OrgAt from, Duration patience) {
        this.from = from;
        this.patience = patience;
        this.deadline = System.nanoTime() + patience.toNanos();
    }

    /** Waits until no attempt of it is leased; its processes, and the upkeep of any, see to that. */
    void awaitAttempts() {
        await(() -> from.query(ShardSql.LEAVING_ORG, p -> p.org(from.org()),
                Rows.one(row -> row.getLong("running"))) == 0, "attempts of it still run");
    }

    /**
     * Waits until every transaction has ended that was open when it had been taken out of service: one may have seen it
     * in service. Those that begin later see that it is not.
     */
    void awaitOthers() {
        Set<String> open = new HashSet<>(openTransactions());
        await(() -> {
            open.retainAll(openTransactions());
            return open.isEmpty();
        }, "transactions that may have enqueued for it are still open");
    }

    private Set<String> openTransactions() {
        return Set.copyOf(from.query(ShardSql.OPEN_TRANSACTIONS, Binder.NONE, Rows.list(row -> row.getString(1))));
    }

    private void await(BooleanSupplier condition, String what) {
        long pause = LOOK.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new StoreUnavailableException("organisation " + from.org() + " stays in " + from.name() + ": "
                        + what + " after " + patience + "; call again, or with more patience");
            }
            LockSupport.parkNanos(pause);
            if (Thread.currentThread().isInterrupted()) {
                throw new StoreUnavailableException("the move of organisation " + from.org() + " was interrupted");
            }
            pause = Math.min(pause * 2, LONGEST_LOOK.toNanos());
        }
    }
}
