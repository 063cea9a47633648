package io.croft.pg;

import java.time.Duration;

/** Removes what every index has had time to read. Several processes may do so at once: each row goes once. */
final class Expiry {

    /** How long changes are kept: an index that was away longer is rebuilt. */
    static final Duration RETENTION = Duration.ofDays(7);

    private static final int BATCH = 10_000;
    private static final int MAX_BATCHES = 100;

    private final Transactions transactions;
    private final Duration retention;

    Expiry(Transactions transactions, Duration retention) {
        this.transactions = transactions;
        this.retention = retention;
    }

    void run() {
        batches(ChangeSql.EXPIRE_PRIVATE);
        batches(ChangeSql.EXPIRE_MARKET);
    }

    private void batches(String sql) {
        for (int i = 0; i < MAX_BATCHES; i++) {
            int gone =
                    transactions.query(Access.admin(), sql, p -> p.int4(BATCH).float8((double) retention.toSeconds()),
                            Rows.one(row -> row.getInt(1)));
            if (gone < BATCH) {
                return;
            }
        }
    }
}
