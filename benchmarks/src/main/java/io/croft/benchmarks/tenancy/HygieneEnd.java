package io.croft.benchmarks.tenancy;

import java.util.SplittableRandom;

/** How the use of a connection ends before it goes back to the pool. */
enum HygieneEnd {

    /** As it should. */
    COMMITTED(70_000, "", ""),
    /** The first attempt loses against another transaction, the second one succeeds. */
    REPEATED(2_000, "", "DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = 'serialization_failure'; END $$"),
    /** The work throws, in the midst of it. */
    WORK_FAILED(8_000, "WorkFailedException", ""),
    /** A statement takes too long. */
    STATEMENT_TIMEOUT(3_000, "57014", "SET LOCAL statement_timeout = 1;\nSELECT pg_sleep(20)"),
    /** A statement waits too long for a lock. */
    LOCK_TIMEOUT(3_000, "55P03", "SET LOCAL lock_timeout = 1;\n" + HygieneMeddler.WAIT),
    /** A statement wants to write a row of another organisation. */
    REFUSED(4_000, "42501", HygieneMeddler.INTRUDE),
    /** A host's own transaction in which jobs are enqueued is committed. */
    HOST_COMMITTED(2_000, "", ""),
    /** It is rolled back. */
    HOST_ROLLED_BACK(3_000, "", ""),
    /** The host gives the connection back in the midst of it. */
    HOST_LEFT_OPEN(2_000, "", ""),
    /** The host gives it back after a statement has failed. */
    HOST_LEFT_FAILED(2_770, "", ""),
    /** A connection has listened for a while. */
    LISTENED(30, "", ""),
    /** The backend is killed while it executes a statement. */
    KILLED_IN_STATEMENT(50, "StoreUnavailableException", HygieneMeddler.WAIT_LONG),
    /** It is killed between two statements of a transaction. */
    KILLED_BETWEEN(50, "StoreUnavailableException", ""),
    /** It is killed when the connection has been borrowed and nothing was sent yet. */
    KILLED_BEFORE(30, "StoreUnavailableException", ""),
    /** The connection is aborted by another thread while a statement is executed. */
    ABORTED(35, "StoreUnavailableException", HygieneMeddler.WAIT_LONG),
    /** The virtual thread that waits for a statement is interrupted, which closes its socket. */
    INTERRUPTED(35, "StoreUnavailableException", HygieneMeddler.WAIT_LONG);

    private static final int ALL = 100_000;
    private static final int OFTEN = 1_000;

    private final int share;
    /** What the name and the message of the exception hold that the caller gets; empty if it gets none. */
    private final String failure;
    private final String sql;

    HygieneEnd(int share, String failure, String sql) {
        this.share = share;
        this.failure = failure;
        this.sql = sql;
    }

    /** One of them, by its share. */
    static HygieneEnd any(SplittableRandom random) {
        int left = random.nextInt(ALL);
        for (HygieneEnd end : values()) {
            left -= end.share;
            if (left < 0) {
                return end;
            }
        }
        throw new IllegalStateException("the shares are less than " + ALL);
    }

    /**
     * Whether a call has ended so.
     *
     * @param got the name and the message of the exception that the caller got; empty if it got none
     */
    boolean isSeenIn(String got) {
        // One that waits for somebody in vain ends by itself, for waiting too long.
        return failure.isEmpty()
                ? got.isEmpty()
                : got.contains(failure) && !(comesFromOutside() && got.contains(LOCK_TIMEOUT.failure));
    }

    /** What is sent with a statement, behind it, to bring this about; empty if nothing is. */
    String sql() {
        return sql;
    }

    /** Whether a few thousand cycles cannot do without it. */
    boolean isOften() {
        return share >= OFTEN;
    }

    /** Whether somebody else brings it about while the statement waits. */
    boolean comesFromOutside() {
        return sql.equals(HygieneMeddler.WAIT_LONG);
    }

    /** Whether the backend lives on when the client is gone, until it finds out. */
    boolean leavesBackend() {
        return this == ABORTED || this == INTERRUPTED;
    }
}
