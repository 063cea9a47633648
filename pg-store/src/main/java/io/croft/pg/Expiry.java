package io.croft.pg;

import io.croft.pg.tx.Access;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Transactions;
import java.time.Duration;

/**
 * Removes changes that every index has had time to read, and old counts of searches. Several processes may do so at
 * once: each row goes once.
 */
final class Expiry {

    /** How long changes are kept: an index that was away longer is rebuilt. */
    static final Duration RETENTION = Duration.ofDays(7);

    /** How long counts of searches are kept. */
    static final Duration SEARCHES_RETENTION = Duration.ofDays(90);
    /** How long texts of queries are kept. */
    static final Duration TEXTS_RETENTION = Duration.ofDays(30);
    /** How long a batch of counts is known to have been added: longer than a process sends it again. */
    private static final Duration WRITERS_RETENTION = Duration.ofDays(7);

    /** How long it is remembered when a site was asked, after it may be again. */
    private static final Duration SITES_RETENTION = Duration.ofHours(1);

    private static final int BATCH = 10_000;
    private static final int MAX_BATCHES = 100;

    private final Transactions transactions;
    private final Duration retention;

    Expiry(Transactions transactions, Duration retention) {
        this.transactions = transactions;
        this.retention = retention;
    }

    void run() {
        batches(ExpirySql.PRIVATE_CHANGES, retention);
        batches(ExpirySql.MARKET_CHANGES, retention);
        batches(ExpirySql.HOURS, SEARCHES_RETENTION);
        batches(ExpirySql.TEXTS, TEXTS_RETENTION);
        batches(ExpirySql.WRITERS, WRITERS_RETENTION);
        batches(ExpirySql.SITES, SITES_RETENTION);
    }

    private void batches(String sql, Duration age) {
        for (int i = 0; i < MAX_BATCHES; i++) {
            int gone =
                    transactions.query(Access.admin(), sql, p -> p.int4(BATCH).float8((double) age.toSeconds()),
                            Rows.one(row -> row.getInt(1)));
            if (gone < BATCH) {
                return;
            }
        }
    }
}
