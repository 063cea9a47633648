package io.croft.pg;

import io.croft.OrgId;
import io.croft.StoreUnavailableException;
import io.croft.UnknownOrgException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes an organisation, in batches, each in a transaction of its own.
 *
 * <p>Once the organisation is marked, nothing new begins; what was already under way may still commit. Every table's foreign key
 * ends at the organisation's row, so the removal of that, which comes last, waits for open transactions and fails if one of them
 * left something: then the round is done again.
 */
final class Erasure {

    private static final int JOBS = 10_000;
    private static final int MAX_ROUNDS = 20;
    private static final Logger LOG = LoggerFactory.getLogger(Erasure.class);

    private final Transactions transactions;

    Erasure(Transactions transactions) {
        this.transactions = transactions;
    }

    void erase(OrgId org) {
        if (transactions.update(Access.admin(org), OrgSql.BEGIN_ERASING, p -> p.org(org)) == 0) {
            throw new UnknownOrgException("organisation " + org + " does not exist: there is nothing to erase");
        }
        for (int round = 1; round <= MAX_ROUNDS; round++) {
            try {
                eraseRows(org);
                eraseOrg(org);
                return;
            } catch (ForeignKeyException e) {
                LOG.debug("round {} of erasing organisation {} met a transaction that was still open", round, org, e);
            }
        }
        throw new StoreUnavailableException("organisation " + org + " was still being written to in " + MAX_ROUNDS
                + " rounds of erasing it: it stays marked and unusable; erase it again");
    }

    /** Jobs first, so that workers stop writing; chunks before the documents that they refer to. */
    private void eraseRows(OrgId org) {
        jobs(org);
        batches(org, OrgSql.ERASE_PRIVATE_CHUNKS);
        batches(org, OrgSql.ERASE_DOCUMENTS);
        batches(org, OrgSql.ERASE_MARKET_CHUNKS);
        batches(org, OrgSql.ERASE_LISTINGS);
        batches(org, OrgSql.ERASE_CHANGES);
    }

    private void batches(OrgId org, OrgSql.Batch batch) {
        untilNone(org, batch.sql(), p -> p.org(org).org(org).int4(batch.size()));
    }

    private void jobs(OrgId org) {
        untilNone(org, OrgSql.ERASE_JOBS, p -> p.org(org).int4(JOBS));
    }

    private void untilNone(OrgId org, String sql, Binder binder) {
        long removed;
        do {
            removed = transactions.query(Access.admin(org), sql, binder, Rows.one(row -> row.getLong(1)));
        } while (removed > 0);
    }

    private void eraseOrg(OrgId org) {
        transactions.run(Access.admin(org), tx -> {
            tx.update(OrgSql.ERASE_COUNTER, p -> p.org(org));
            return tx.update(OrgSql.ERASE_ORG, p -> p.org(org));
        });
    }
}
