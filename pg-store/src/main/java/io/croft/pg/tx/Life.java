package io.croft.pg.tx;

import io.croft.Org;
import io.croft.StoreUnavailableException;

/** Reads what one life of an organisation has, as of one moment, and tells somebody of it as it reads. */
public final class Life {

    private static final String LIVES = """
            SELECT FROM ${schema}.org o
            WHERE o.org_id = ? AND o.incarnation = ? AND o.state IN ('ACTIVE', 'SUSPENDED', 'LEAVING')
            """;

    private Life() {
    }

    /**
     * Reads in one transaction.
     *
     * @param work is not done a second time: whom it tells has been told of a part already
     * @throws io.croft.UnknownOrgException if this life is over
     */
    public static <T> T read(Transactions transactions, Access access, Org life, Transactions.Work<T> work) {
        boolean[] begun = new boolean[1];
        return transactions.snapshot(access, tx -> {
            if (!tx.query(LIVES, p -> p.org(life.id()).uuid(life.incarnation()), Rows.any())) {
                throw Refusals.unknown(life.id());
            }
            if (begun[0]) {
                throw new StoreUnavailableException("reading what organisation " + life.id()
                        + " has was ended by the database: begin anew");
            }
            begun[0] = true;
            return work.run(tx);
        });
    }
}
