package io.croft.pg.content;

import io.croft.OrgId;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.Binder;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Transactions;
import io.croft.spi.SpendStore;
import java.time.Duration;

/** What is spent, a row for each organisation. Thread-safe. */
public final class PgSpendStore implements SpendStore {

    private final Transactions transactions;

    public PgSpendStore(Transactions transactions) {
        this.transactions = transactions;
    }

    @Override
    public Duration take(OrgId org, long tokens, long budget) {
        Access access = Access.tenant(org);
        boolean taken =
                transactions.query(access, SpendSql.TAKE, p -> p.int8(tokens).org(org).int8(budget), Rows.any());
        if (taken) {
            return Duration.ZERO;
        }
        double millis = transactions.query(access, SpendSql.MILLIS_LEFT, Binder.NONE,
                Rows.one(row -> row.getDouble("millis")));
        return Duration.ofMillis(Math.max(1, (long) Math.ceil(millis)));
    }

    @Override
    public void giveBack(OrgId org, long tokens) {
        transactions.update(Access.tenant(org), SpendSql.GIVE_BACK, p -> p.int8(tokens).org(org));
    }

    @Override
    public long spent(OrgId org) {
        return transactions.query(Access.tenant(org), SpendSql.SPENT, p -> p.org(org),
                Rows.first(row -> row.getLong("tokens"))).orElse(0L);
    }
}
