package io.croft.pg.queue;

import io.croft.Org;
import io.croft.OrgId;
import io.croft.job.Job;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.Binder;
import io.croft.pg.tx.Life;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Transactions;
import io.croft.pg.tx.Tx;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongFunction;

/** Reads all jobs of an organisation, page after page, as of one moment. */
final class JobExport {

    /** Payload and result of each are up to 256 KiB. */
    private static final int PAGE = 50;

    private final Transactions transactions;

    JobExport(Transactions transactions) {
        this.transactions = transactions;
    }

    void export(Org life, Consumer<Job> each) {
        OrgId org = life.id();
        Life.read(transactions, Access.tenant(org), life, tx -> {
            pages(tx, org, JobReadSql.EXPORT_LIVE, after -> p -> p.org(org).int8(after).int4(PAGE).org(org).org(org),
                    each);
            pages(tx, org, JobReadSql.EXPORT_ENDED, after -> p -> p.org(org).int8(after).int4(PAGE), each);
            return life;
        });
    }

    private static void pages(Tx tx, OrgId org, String sql, LongFunction<Binder> from, Consumer<Job> each)
            throws SQLException {
        long last = 0;
        List<Job> page;
        do {
            page = tx.query(sql, from.apply(last), Rows.list(row -> JobRows.job(org, row)));
            page.forEach(each);
            last = page.isEmpty() ? last : page.getLast().id().value();
        } while (!page.isEmpty());
    }
}
