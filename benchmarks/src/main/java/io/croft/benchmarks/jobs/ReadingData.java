package io.croft.benchmarks.jobs;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/**
 * Jobs put straight into the tables, as many as no test could run: ended ones of the last seven days, every tenth the
 * first organisation's and the others' skewed, and live ones with the counters that they would have left.
 */
final class ReadingData {

    private static final long BATCH = 1_000_000;
    private static final int LIVE = 200_000;
    private static final String KINDS = "(ARRAY['mail.send','embed.chunk','crawl.page'])";

    private final Connection connection;
    private final int orgs;
    private final long jobs;

    /**
     * @param connection a superuser's
     * @param orgs       how many organisations
     * @param jobs       how many jobs have ended
     */
    ReadingData(Connection connection, int orgs, long jobs) {
        this.connection = connection;
        this.orgs = orgs;
        this.jobs = jobs;
    }

    void fill() throws SQLException {
        execute("SET synchronous_commit = off");
        execute("INSERT INTO croft.org (org_id, created_at) SELECT md5('org' || o)::uuid, now() - interval '30 days' "
                + "FROM generate_series(1, " + orgs + ") o");
        makeDays();
        for (long from = 1; from <= jobs; from += BATCH) {
            ended(from, Math.min(jobs, from + BATCH - 1));
            System.out.printf(Locale.ROOT, "%,d of %,d ended jobs are there%n", Math.min(jobs, from + BATCH - 1), jobs);
        }
        live();
        counts();
        execute("SELECT setval('croft.job_seq', " + (jobs + LIVE + 100) + ")");
        execute("VACUUM ANALYZE");
    }

    private void makeDays() throws SQLException {
        execute("""
                DO $do$
                DECLARE
                  d date;
                  t text;
                  p text;
                BEGIN
                  FOREACH t IN ARRAY '{job_completed,job_cancelled,job_result}'::text[] LOOP
                    FOR i IN 1..7 LOOP
                      d := (now() AT TIME ZONE 'UTC')::date - i;
                      p := t || '_p' || to_char(d, 'YYYYMMDD');
                      EXECUTE format('CREATE TABLE croft.%I PARTITION OF croft.%I FOR VALUES FROM (%L) TO (%L)', p, t,
                        d || ' 00:00:00+00', (d + 1) || ' 00:00:00+00');
                      EXECUTE format('ALTER TABLE croft.%I OWNER TO croft_owner', p);
                    END LOOP;
                  END LOOP;
                END $do$
                """);
    }

    /** A twentieth was cancelled, a tenth had a key, a thousandth a tag, half of the completed have a result. */
    private void ended(long from, long to) throws SQLException {
        execute(String.format(Locale.ROOT, """
                WITH h AS (
                  INSERT INTO croft.job_history (finished_at, org_id, id, queue_id, kind, priority, outcome, attempts,
                      max_attempts, past_attempts, run_at, created_at, first_run_at, accepted_fence, key, tags, payload)
                    SELECT t.at + interval '1 s', md5('org' || CASE WHEN n %% 10 = 0 THEN 1
                        ELSE 1 + floor(%1$d * power(random(), 3))::int END)::uuid, n, 1 + n %% 3, %2$s[1 + n %% 3]
                        || CASE WHEN n %% 50 = 0 THEN '.bulk' ELSE '' END, 3, CASE WHEN n %% 20 = 7 THEN 6 ELSE 5 END,
                      1, 3, 0, t.at, t.at, t.at, n, CASE WHEN n %% 10 = 3 THEN 'invoice-' || n END,
                      CASE WHEN n %% 1000 = 0 THEN ARRAY['rare'] END,
                      jsonb_build_object('n', n, 'text', 'calm horse for a tall rider')
                    FROM generate_series(%3$d::bigint, %4$d::bigint) n,
                      LATERAL (SELECT now() - interval '7 days' + n * (interval '7 days' / %5$d) AS at) t
                    RETURNING finished_at, org_id, id, outcome)
                INSERT INTO croft.job_result (finished_at, org_id, id, result)
                  SELECT h.finished_at, h.org_id, h.id, '{"ok": true}' FROM h WHERE h.outcome = 5 AND h.id %% 2 = 0
                """, orgs, KINDS, from, to, jobs));
    }

    private void live() throws SQLException {
        execute(String.format(Locale.ROOT, """
                CREATE TEMPORARY TABLE live AS
                  SELECT md5('org' || CASE WHEN n %% 10 = 0 THEN 1 ELSE 1 + n %% %1$d END)::uuid AS org_id,
                    %2$d + n AS id, (1 + n %% 3)::smallint AS queue_id,
                    CASE WHEN n / 3 %% 100 < 60 THEN 'ready' WHEN n / 3 %% 100 < 88 THEN 'later'
                      WHEN n / 3 %% 100 < 98 THEN 'dead' ELSE 'run' END AS how
                  FROM generate_series(1, %3$d) n
                """, orgs, jobs, LIVE));
        execute("""
                INSERT INTO croft.job (org_id, id, queue_id, kind, priority, state, attempt, max_attempts, run_at,
                    created_at, updated_at, payload, error_class, first_run_at)
                  SELECT l.org_id, l.id, l.queue_id, %s[l.queue_id], 3, CASE l.how WHEN 'dead' THEN 4 ELSE 0 END,
                    CASE l.how WHEN 'dead' THEN 3 ELSE 0 END, 3,
                    now() + CASE l.how WHEN 'later' THEN interval '1 hour' ELSE interval '-1 minute' END,
                    now() - interval '1 minute', now(), '{}',
                    CASE l.how WHEN 'dead' THEN 'java.io.IOException' END,
                    CASE l.how WHEN 'dead' THEN now() - interval '30 s' END FROM live l
                """.formatted(KINDS));
        execute("INSERT INTO croft.ready (queue_id, org_id, priority, pos, id, attempt) "
                + "SELECT queue_id, org_id, 3, id, id, 0 FROM live WHERE how = 'ready'");
        execute("INSERT INTO croft.scheduled (run_at, id, org_id, queue_id, priority, attempt) "
                + "SELECT j.run_at, l.id, l.org_id, l.queue_id, 3, 0 FROM live l "
                + "JOIN croft.job j ON j.org_id = l.org_id AND j.id = l.id WHERE l.how = 'later'");
        execute("""
                INSERT INTO croft.run (id, org_id, queue_id, priority, attempt, fence, started_at, lease_until, worker)
                  SELECT id, org_id, queue_id, 3, 1, id, now(), now() + interval '1 hour', 'w' FROM live
                    WHERE how = 'run'
                """);
        execute("""
                INSERT INTO croft.lane (queue_id, org_id, max_running, queued, running, scheduled, dead, h3)
                  SELECT queue_id, org_id, 1000, count(*) FILTER (WHERE how = 'ready'),
                    count(*) FILTER (WHERE how = 'run'), count(*) FILTER (WHERE how = 'later'),
                    count(*) FILTER (WHERE how = 'dead'),
                    coalesce(min(id) FILTER (WHERE how = 'ready') - 1, 9223372036854775807) FROM live GROUP BY 1, 2
                """);
    }

    /** A day of all organisations, a week of the first one and of all together. */
    private void counts() throws SQLException {
        execute("INSERT INTO croft.job_hour SELECT md5('org' || o)::uuid, " + hour(80, 95) + "generate_series(1, "
                + orgs + ") o, generate_series(0, 23) h, generate_series(1, 3) q");
        execute("INSERT INTO croft.job_hour SELECT md5('org1')::uuid, " + hour(60, 99)
                + "generate_series(24, 167) h, generate_series(1, 3) q");
        execute("INSERT INTO croft.job_kind_hour SELECT " + hour(60, 119)
                + "generate_series(0, 167) h, generate_series(1, 3) q");
    }

    /** An hour's counts of queue q, with five attempts in each of these buckets. */
    private static String hour(int from, int to) {
        return "date_trunc('hour', now()) - h * interval '1 hour', q, " + KINDS + "[q], 100, 3, 1, "
                + "ARRAY(SELECT (b::bigint << 40) + 5 FROM generate_series(" + from + ", " + to + ") b) FROM ";
    }

    /** Bytes of a table and all that belongs to it, its partitions' too. */
    long bytes(String table) throws SQLException {
        String relation = "'croft." + table + "'";
        return Long.parseLong(column("SELECT coalesce(sum(pg_total_relation_size(relid)), pg_total_relation_size("
                + relation + ")) FROM pg_partition_tree(" + relation + ")").getFirst());
    }

    /** The organisation that has a tenth of all jobs. */
    UUID largest() throws SQLException {
        return UUID.fromString(column("SELECT md5('org1')::uuid").getFirst());
    }

    /** Some organisations by chance. */
    List<UUID> some(int number) throws SQLException {
        return column("SELECT org_id FROM croft.org ORDER BY random() LIMIT " + number).stream().map(UUID::fromString)
                .toList();
    }

    /** Some ended jobs of an organisation. */
    List<Long> endedIds(UUID org, int number) throws SQLException {
        return column("SELECT id FROM croft.job_history WHERE org_id = '" + org + "' ORDER BY random() LIMIT "
                + number).stream().map(Long::parseLong).toList();
    }

    private List<String> column(String sql) throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
            List<String> values = new ArrayList<>();
            while (rows.next()) {
                values.add(rows.getString(1));
            }
            return values;
        }
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
