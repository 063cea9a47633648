package io.croft.pg;

import io.croft.ErasureReceipt;
import io.croft.OrgId;
import io.croft.Role;
import io.croft.StoreUnavailableException;
import io.croft.TenantContext;
import io.croft.UnknownOrgException;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.AuditSql;
import io.croft.pg.tx.Binder;
import io.croft.pg.tx.ForeignKeyException;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.SqlErrors;
import io.croft.pg.tx.Transactions;
import io.croft.pg.tx.Tx;
import io.croft.spi.Acting;
import io.croft.spi.OrgNotes;
import java.sql.SQLException;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes an organisation, in batches, each in a transaction of its own.
 *
 * <p>Once the organisation is marked, nothing new begins; what was already under way may still commit. Whoever writes
 * for it writes a row whose foreign key ends at the organisation's row, so the removal of that, which comes last, waits
 * for open transactions and fails if such a row is there: then the round is done again. Of enqueued jobs it is the row
 * that tells their lane or, when upkeep has told it, the lane. Jobs are looked for once more after the removal all the
 * same.
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

    /** Removes it, and says what that was. */
    ErasureReceipt.Rows erase(TenantContext context) {
        OrgId org = context.org();
        UUID life = transactions.run(Access.admin(org), tx -> begin(tx, context));
        return erase(org, life, Acting.in(context, life));
    }

    /** Marks it. */
    private static UUID begin(Tx tx, TenantContext context) throws SQLException {
        OrgId org = context.org();
        boolean isOperator = context.actor().role() == Role.SUPER_ADMIN;
        UUID life = tx.query(OrgSql.BEGIN_ERASING, p -> p.org(org).bool(isOperator),
                Rows.first(row -> row.getObject("incarnation", UUID.class)))
                .orElseThrow(() -> new UnknownOrgException(
                        "organisation " + org + " does not exist: there is nothing to erase"));
        tx.updateAndCommit(AuditSql.add(OrgNotes.erasing(Acting.in(context, life), org)));
        return life;
    }

    /** Removes this life of an organisation that is marked; nothing if it is over. */
    ErasureReceipt.Rows erase(OrgId org, UUID life, Acting who) {
        ErasureReceipt.Rows removed = ErasureReceipt.Rows.NONE;
        for (int round = 1; round <= MAX_ROUNDS; round++) {
            try {
                removed = removed.plus(eraseRows(org, life));
                return eraseOrg(org, life, who, removed);
            } catch (ForeignKeyException e) {
                LOG.debug("round {} of erasing organisation {} met a transaction that was still open", round, org, e);
            } catch (StoreUnavailableException e) {
                if (!(e.getCause() instanceof SQLException cause && SqlErrors.isHeld(cause))) {
                    throw e;
                }
                LOG.debug("round {} of erasing organisation {} met a job that somebody held", round, org, e);
            }
        }
        throw new StoreUnavailableException("organisation " + org + " was still being written to in " + MAX_ROUNDS
                + " rounds of erasing it: it stays marked and unusable; erase it again");
    }

    /** Schedules and jobs first, so that workers stop writing; chunks before the documents that they refer to. */
    private ErasureReceipt.Rows eraseRows(OrgId org, UUID life) {
        long schedules = untilNone(org, life, OrgSql.ERASE_SCHEDULES, p -> p.org(org));
        long jobs = schedules + untilNone(org, life, OrgSql.ERASE_JOBS, p -> p.org(org).int4(JOBS));
        long privateChunks = batches(org, life, OrgSql.ERASE_PRIVATE_CHUNKS);
        long documents = batches(org, life, OrgSql.ERASE_DOCUMENTS);
        long marketChunks = batches(org, life, OrgSql.ERASE_MARKET_CHUNKS);
        long listings = batches(org, life, OrgSql.ERASE_LISTINGS);
        long changes = batches(org, life, OrgSql.ERASE_CHANGES);
        batches(org, life, OrgSql.ERASE_USAGE);
        batches(org, life, OrgSql.ERASE_SHARES);
        long quotas = batches(org, life, OrgSql.ERASE_QUOTAS);
        long analytics = batches(org, life, AnalyticsSql.ERASE_HOURS) + batches(org, life, AnalyticsSql.ERASE_TEXTS)
                + batches(org, life, AnalyticsSql.ERASE_SETTING);
        batches(org, life, OrgSql.ERASE_FLAGS); // settings, which nobody counts
        batches(org, life, OrgSql.ERASE_CRAWL_PAGES);
        batches(org, life, OrgSql.ERASE_CRAWLS);
        batches(org, life, OrgSql.ERASE_SPENT);
        batches(org, life, OrgSql.ERASE_INPUTS);
        batches(org, life, OrgSql.ERASE_BLOB_PARTS);
        long blobs = batches(org, life, OrgSql.ERASE_BLOBS);
        return new ErasureReceipt.Rows(documents, listings, privateChunks + marketChunks, changes, jobs, analytics,
                quotas, blobs);
    }

    private long batches(OrgId org, UUID life, OrgSql.Batch batch) {
        return untilNone(org, life, batch.sql(), p -> p.org(org).org(org).int4(batch.size()));
    }

    private long untilNone(OrgId org, UUID life, String sql, Binder binder) {
        long removed = 0;
        long batch;
        do {
            batch = transactions.run(Access.admin(org), tx -> {
                boolean held = tx.query(OrgSql.HOLD_ERASING, p -> p.org(org).uuid(life), Rows.any());
                return held ? tx.queryAndCommit(sql, binder, Rows.one(row -> row.getLong(1))) : 0L;
            });
            removed += batch;
        } while (batch > 0);
        return removed;
    }

    /**
     * Once the organisation's row is locked by its removal, no enqueue that began before the erasure is open any more,
     * and none can follow: what such a one has left goes with it. Until this commits, whoever keeps the queues of all
     * organisations may wait for that row. So nothing is waited for any more but for a moment: a job that somebody
     * holds, as a handler's open transaction does, is waited for in another round.
     */
    private ErasureReceipt.Rows eraseOrg(OrgId org, UUID life, Acting who, ErasureReceipt.Rows before) {
        return transactions.run(Access.admin(org), tx -> {
            tx.update(OrgSql.ERASE_COUNTER, p -> p.org(org).uuid(life));
            if (tx.update(OrgSql.ERASE_ORG, p -> p.org(org).uuid(life)) == 0) {
                return before;
            }
            tx.query(OrgSql.WAIT_BRIEFLY, Binder.NONE, Rows.any());
            long jobs = 0;
            long batch;
            do {
                batch = tx.query(OrgSql.ERASE_JOBS, p -> p.org(org).int4(JOBS), Rows.one(row -> row.getLong(1)));
                jobs += batch;
            } while (batch > 0);
            ErasureReceipt.Rows removed = before.plus(new ErasureReceipt.Rows(0, 0, 0, 0, jobs, 0, 0, 0));
            tx.updateAndCommit(AuditSql.add(OrgNotes.erased(who, org, removed)));
            return removed;
        });
    }
}
