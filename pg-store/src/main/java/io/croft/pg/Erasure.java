package io.croft.pg;

import io.croft.OrgId;
import io.croft.StoreUnavailableException;
import io.croft.UnknownOrgException;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes an organisation, in batches, each in a transaction of its own.
 *
 * <p>Once the organisation is marked, nothing new begins; what was already under way may still commit. Every table's
 * foreign key ends at the organisation's row, so the removal of that, which comes last, waits for open transactions and
 * fails if one of them left something: then the round is done again.
 *
 * <p>An organisation may be erased by two at once, and created again as soon as one of them is done. So each step is
 * bound to the life that it began with, and does nothing once that is over.
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
        UUID life = transactions.query(Access.admin(org), OrgSql.BEGIN_ERASING, p -> p.org(org),
                Rows.first(row -> row.getObject("incarnation", UUID.class)))
                .orElseThrow(() -> new UnknownOrgException(
                        "organisation " + org + " does not exist: there is nothing to erase"));
        erase(org, life);
    }

    /** Removes this life of an organisation that is marked; nothing if it is over. */
    void erase(OrgId org, UUID life) {
        for (int round = 1; round <= MAX_ROUNDS; round++) {
            try {
                eraseRows(org, life);
                eraseOrg(org, life);
                return;
            } catch (ForeignKeyException e) {
                LOG.debug("round {} of erasing organisation {} met a transaction that was still open", round, org, e);
            }
        }
        throw new StoreUnavailableException("organisation " + org + " was still being written to in " + MAX_ROUNDS
                + " rounds of erasing it: it stays marked and unusable; erase it again");
    }

    /** Jobs first, so that workers stop writing; chunks before the documents that they refer to. */
    private void eraseRows(OrgId org, UUID life) {
        untilNone(org, life, OrgSql.ERASE_JOBS, p -> p.org(org).int4(JOBS));
        batches(org, life, OrgSql.ERASE_PRIVATE_CHUNKS);
        batches(org, life, OrgSql.ERASE_DOCUMENTS);
        batches(org, life, OrgSql.ERASE_MARKET_CHUNKS);
        batches(org, life, OrgSql.ERASE_LISTINGS);
        batches(org, life, OrgSql.ERASE_CHANGES);
        batches(org, life, AnalyticsSql.ERASE_HOURS);
        batches(org, life, AnalyticsSql.ERASE_TEXTS);
        batches(org, life, AnalyticsSql.ERASE_SETTING);
    }

    private void batches(OrgId org, UUID life, OrgSql.Batch batch) {
        untilNone(org, life, batch.sql(), p -> p.org(org).org(org).int4(batch.size()));
    }

    private void untilNone(OrgId org, UUID life, String sql, Binder binder) {
        long removed;
        do {
            removed = transactions.run(Access.admin(org), tx -> {
                boolean held = tx.query(OrgSql.HOLD_ERASING, p -> p.org(org).uuid(life), Rows.any());
                return held ? tx.queryAndCommit(sql, binder, Rows.one(row -> row.getLong(1))) : 0L;
            });
        } while (removed > 0);
    }

    private void eraseOrg(OrgId org, UUID life) {
        transactions.run(Access.admin(org), tx -> {
            tx.update(OrgSql.ERASE_COUNTER, p -> p.org(org).uuid(life));
            int ended = tx.update(OrgSql.ERASE_ORG, p -> p.org(org).uuid(life));
            if (ended > 0) {
                // A lane that was made since, by a call that had begun before the erasure, must not outlive the org.
                tx.query(OrgSql.ERASE_JOBS, p -> p.org(org).int4(JOBS), Rows.one(row -> row.getLong(1)));
            }
            return ended;
        });
    }
}
