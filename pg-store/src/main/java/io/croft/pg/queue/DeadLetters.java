package io.croft.pg.queue;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.job.DeadLetterFilter;
import io.croft.job.Job;
import io.croft.job.JobId;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.Binder;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Transactions;
import io.croft.spi.JobStore;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Dead letters by what they are. A statement looks at a thousand of them, whatever is asked for; where few match, a
 * call is several. Thread-safe.
 */
final class DeadLetters {

    private final Transactions transactions;

    DeadLetters(Transactions transactions) {
        this.transactions = transactions;
    }

    List<Job> list(OrgId org, DeadLetterFilter filter, Optional<JobId> after, int limit) {
        return list(JobSql.DEAD_LETTERS, org, filter, after, limit, row -> JobRows.job(org, row));
    }

    List<JobId> ids(OrgId org, DeadLetterFilter filter, Optional<JobId> after, int limit) {
        return list(JobSql.DEAD_LETTER_IDS, org, filter, after, limit, DeadLetters::id);
    }

    private <T> List<T> list(String sql, OrgId org, DeadLetterFilter filter, Optional<JobId> after, int limit,
            Rows.Row<T> row) {
        if (limit < 1 || limit > JobStore.MAX_BATCH) {
            throw new InvalidInputException(
                    limit + " dead letters in one call: ask for 1 to " + JobStore.MAX_BATCH);
        }
        List<T> found = new ArrayList<>();
        long from = after.map(JobId::value).orElse(0L);
        boolean goesOn = true;
        while (goesOn && found.size() < limit) {
            Page<T> page = transactions.query(Access.tenant(org), sql, page(org, filter, from, limit - found.size()),
                    rows -> read(rows, row));
            found.addAll(page.found());
            goesOn = page.next().isPresent();
            from = page.next().map(JobId::value).orElse(from);
        }
        return found;
    }

    private static Binder page(OrgId org, DeadLetterFilter filter, long after, int limit) {
        String queue = filter.queue().orElse(null);
        String tag = filter.tag().orElse(null);
        String errorClass = filter.errorClass().orElse(null);
        return p -> p.text(queue).text(queue).text(filter.kind().orElse(null)).text(tag).text(tag).text(errorClass)
                .text(errorClass).time(filter.from().map(JobRows::storable).orElse(null))
                .time(filter.before().map(JobRows::storable).orElse(null)).org(org).int8(after).int4(limit);
    }

    /**
     * What a statement found.
     *
     * @param found those that match
     * @param next  the last that it looked at, if there may be more
     */
    private record Page<T>(List<T> found, Optional<JobId> next) {
    }

    private static <T> Page<T> read(ResultSet rows, Rows.Row<T> row) throws SQLException {
        List<T> found = new ArrayList<>();
        Optional<JobId> next = Optional.empty();
        while (rows.next()) {
            if (rows.getBoolean("matches")) {
                found.add(row.read(rows));
            }
            if (rows.getBoolean("goes_on")) {
                next = Optional.of(id(rows));
            }
        }
        return new Page<>(found, next);
    }

    private static JobId id(ResultSet row) throws SQLException {
        return new JobId(row.getLong("id"));
    }
}
