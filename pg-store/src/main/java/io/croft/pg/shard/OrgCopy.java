package io.croft.pg.shard;

import io.croft.OrgId;
import io.croft.OrgMovedException;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.Binder;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Tx;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Copies all that one database has of an organisation's jobs, its limits and its flags, into another that has none:
 * read as of one moment, since upkeep goes on there, and written in batches, each in a transaction of its own that
 * holds the organisation's row as this mover's. Used by one thread.
 */
final class OrgCopy {

    /** How many rows are read at a time. */
    private static final int PAGE = 250;
    /** How much text goes into one statement, in chars; one row may be more. */
    private static final int MAX_STATEMENT_CHARS = 8 * 1024 * 1024;

    private final OrgId org;
    private final Shard from;
    private final Shard to;
    private final UUID mover;

    OrgCopy(OrgId org, Shard from, Shard to, UUID mover) {
        this.org = org;
        this.from = from;
        this.to = to;
        this.mover = mover;
    }

    void run() {
        from.transactions().snapshot(Access.admin(org), tx -> {
            lanes(tx);
            jobs(tx);
            keys(tx);
            waits(tx);
            history(tx);
            results(tx);
            hours(tx);
            schedules(tx);
            ends(tx);
            lasts(tx);
            quotas(tx);
            flags(tx);
            return org;
        });
    }

    private void lanes(Tx tx) throws SQLException {
        List<Lane> lanes = tx.query(ShardSql.LEAVING_LANES, p -> p.org(org), Rows.list(Lane::read));
        if (!lanes.isEmpty()) {
            write(ShardSql.ARRIVE_LANES, p -> p.org(org).array("text", lanes, Lane::queue)
                    .array("float4", lanes, Lane::weight).array("int4", lanes, Lane::maxRunning)
                    .array("bool", lanes, Lane::paused).array("float4", lanes, Lane::cost)
                    .array("float8", lanes, Lane::rate).array("int4", lanes, Lane::burst)
                    .array("float8", lanes, Lane::tokens).array("timestamptz", lanes, Lane::refilledAt));
        }
    }

    /** Numbers of lanes are passed on as the text that they are read as. */
    private record Lane(String queue, String weight, String maxRunning, boolean paused, @Nullable String cost,
            @Nullable String rate, @Nullable String burst, @Nullable String tokens, @Nullable String refilledAt) {

        static Lane read(ResultSet row) throws SQLException {
            return new Lane(row.getString("queue"), row.getString("weight"), row.getString("max_running"),
                    row.getBoolean("paused"), row.getString("cost"), row.getString("rate"), row.getString("burst"),
                    row.getString("tokens"), row.getString("refilled_at"));
        }
    }

    private void jobs(Tx tx) throws SQLException {
        long last = 0;
        List<LiveJob> page;
        do {
            long after = last;
            page = tx.query(ShardSql.LEAVING_JOBS, p -> p.org(org).int8(after).int4(PAGE), Rows.list(LiveJob::read));
            for (List<LiveJob> some : slices(page, LiveJob::job)) {
                write(ShardSql.ARRIVE_JOBS, p -> p.org(org).array("text", some, LiveJob::queue)
                        .array("text", some, LiveJob::job).array("int8", some, LiveJob::place));
                last = some.getLast().id();
            }
        } while (page.size() == PAGE);
    }

    private record LiveJob(long id, String queue, String job, @Nullable Long place) {

        static LiveJob read(ResultSet row) throws SQLException {
            return new LiveJob(row.getLong("id"), row.getString("queue"), row.getString("job"),
                    row.getObject("pos", Long.class));
        }
    }

    private void keys(Tx tx) throws SQLException {
        String last = "";
        List<Key> page;
        do {
            String after = last;
            page = tx.query(ShardSql.LEAVING_KEYS, p -> p.org(org).text(after).int4(PAGE),
                    Rows.list(row -> new Key(row.getString("key"), row.getString("job_key"))));
            if (!page.isEmpty()) {
                rows("job_key", page.stream().map(key -> new Row(0, 0, null, key.row())).toList());
                last = page.getLast().key();
            }
        } while (page.size() == PAGE);
    }

    private record Key(String key, String row) {
    }

    private void waits(Tx tx) throws SQLException {
        Row last = new Row(0, 0, null, "");
        List<Row> page;
        do {
            Row after = last;
            page = tx.query(ShardSql.LEAVING_WAITS,
                    p -> p.org(org).int8(after.id()).int8(after.other()).int4(PAGE),
                    Rows.list(row -> new Row(row.getLong("child_id"), row.getLong("parent_id"), null,
                            row.getString("row"))));
            rows("job_wait", page);
            last = page.isEmpty() ? last : page.getLast();
        } while (page.size() == PAGE);
    }

    private void history(Tx tx) throws SQLException {
        pages(tx, ShardSql.LEAVING_HISTORY, "job_history",
                row -> new Row(row.getLong("id"), 0, row.getString("queue"), row.getString("row")));
    }

    private void results(Tx tx) throws SQLException {
        pages(tx, ShardSql.LEAVING_RESULTS, "job_result",
                row -> new Row(row.getLong("id"), 0, null, row.getString("row")));
    }

    private void pages(Tx tx, String sql, String table, Rows.Row<Row> read) throws SQLException {
        long last = 0;
        List<Row> page;
        do {
            long after = last;
            page = tx.query(sql, p -> p.org(org).int8(after).int4(PAGE), Rows.list(read));
            rows(table, page);
            last = page.isEmpty() ? last : page.getLast().id();
        } while (page.size() == PAGE);
    }

    private void rows(String table, List<Row> rows) {
        for (List<Row> some : slices(rows, Row::row)) {
            write(ShardSql.ARRIVE_ROWS, p -> p.org(org).text(table).array("text", some, Row::queue)
                    .array("text", some, Row::row));
        }
    }

    private void hours(Tx tx) throws SQLException {
        Hour last = new Hour("-infinity", 0, "", new Row(0, 0, null, ""));
        List<Hour> page;
        do {
            Hour after = last;
            page = tx.query(ShardSql.LEAVING_HOURS,
                    p -> p.org(org).text(after.hour()).int4(after.queueId()).text(after.kind()).int4(PAGE),
                    Rows.list(row -> new Hour(row.getString("hour"), row.getInt("queue_id"), row.getString("kind"),
                            queued(row))));
            rows("job_hour", page.stream().map(Hour::row).toList());
            last = page.isEmpty() ? last : page.getLast();
        } while (page.size() == PAGE);
    }

    private record Hour(String hour, int queueId, String kind, Row row) {
    }

    private void schedules(Tx tx) throws SQLException {
        String last = "";
        List<Schedule> page;
        do {
            String after = last;
            page = tx.query(ShardSql.LEAVING_SCHEDULES, p -> p.org(org).text(after).int4(PAGE),
                    Rows.list(row -> new Schedule(row.getString("name"), queued(row))));
            rows("schedule", page.stream().map(Schedule::row).toList());
            last = page.isEmpty() ? last : page.getLast().name();
        } while (page.size() == PAGE);
    }

    private record Schedule(String name, Row row) {
    }

    private static Row queued(ResultSet row) throws SQLException {
        return new Row(0, 0, row.getString("queue"), row.getString("row"));
    }

    /**
     * A row as text.
     *
     * @param id    by which the table is read
     * @param other the second part of that, if there is one
     * @param queue the name of its queue, if it has one
     * @param row   all of it
     */
    private record Row(long id, long other, @Nullable String queue, String row) {
    }

    private void ends(Tx tx) throws SQLException {
        long last = 0;
        List<End> page;
        do {
            long after = last;
            page = tx.query(ShardSql.LEAVING_ENDS, p -> p.org(org).int8(after).int4(PAGE),
                    Rows.list(row -> new End(row.getLong("settle_id"), row.getLong("parent_id"),
                            row.getString("outcome"))));
            write(page, List.of());
            last = page.isEmpty() ? last : page.getLast().number();
        } while (page.size() == PAGE);
    }

    private record End(long number, long parent, @Nullable String outcome) {
    }

    /** One for each schedule of all organisations at most, of which there are few. */
    private void lasts(Tx tx) throws SQLException {
        write(List.of(), tx.query(ShardSql.LEAVING_LAST, p -> p.org(org),
                Rows.list(row -> new Last(row.getString("name"), row.getLong("job_id")))));
    }

    private void quotas(Tx tx) throws SQLException {
        List<Quota> quotas = tx.query(ShardSql.LEAVING_QUOTAS, p -> p.org(org),
                Rows.list(row -> new Quota(row.getInt("resource"), row.getLong("most"))));
        if (!quotas.isEmpty()) {
            write(ShardSql.ARRIVE_QUOTAS,
                    p -> p.org(org).array("int2", quotas, Quota::resource).array("int8", quotas, Quota::most));
        }
    }

    private record Quota(int resource, long most) {
    }

    private void flags(Tx tx) throws SQLException {
        List<Flag> flags = tx.query(ShardSql.LEAVING_FLAGS, p -> p.org(org),
                Rows.list(row -> new Flag(row.getString("name"), row.getBoolean("is_on"))));
        if (!flags.isEmpty()) {
            write(ShardSql.ARRIVE_FLAGS,
                    p -> p.org(org).array("text", flags, Flag::name).array("bool", flags, Flag::on));
        }
    }

    private record Flag(String name, boolean on) {
    }

    private void write(List<End> ends, List<Last> lasts) {
        if (!ends.isEmpty() || !lasts.isEmpty()) {
            write(ShardSql.ARRIVE_ENDS, p -> p.org(org).array("int8", ends, End::parent)
                    .array("int2", ends, End::outcome).array("text", lasts, Last::schedule)
                    .array("int8", lasts, Last::job));
        }
    }

    private record Last(String schedule, long job) {
    }

    private void write(String sql, Binder binder) {
        to.transactions().run(Access.admin(org), tx -> {
            if (!tx.query(ShardSql.HOLD_ARRIVING, p -> p.org(org).uuid(mover), Rows.any())) {
                throw new OrgMovedException("the move of organisation " + org + " was taken over by another call");
            }
            return tx.queryAndCommit(sql, binder, Rows.any());
        });
    }

    /** In parts that fit into a statement. */
    private static <T> List<List<T>> slices(List<T> rows, Function<T, String> text) {
        List<List<T>> slices = new ArrayList<>();
        int from = 0;
        long chars = 0;
        for (int i = 0; i < rows.size(); i++) {
            int more = text.apply(rows.get(i)).length();
            if (i > from && chars + more > MAX_STATEMENT_CHARS) {
                slices.add(rows.subList(from, i));
                from = i;
                chars = 0;
            }
            chars += more;
        }
        if (from < rows.size()) {
            slices.add(rows.subList(from, rows.size()));
        }
        return slices;
    }
}
