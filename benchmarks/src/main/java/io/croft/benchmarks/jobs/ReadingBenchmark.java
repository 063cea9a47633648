package io.croft.benchmarks.jobs;

import io.croft.OrgId;
import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.run.Given;
import io.croft.benchmarks.run.Percentiles;
import io.croft.job.JobFilter;
import io.croft.job.JobId;
import io.croft.job.JobState;
import io.croft.spi.JobStore;
import io.croft.spi.Store;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * How long each way takes to look at many jobs, with 10,000 organisations and 10,000,000 ended jobs, 200,000 live ones
 * and a day of counts: of the organisation that has a tenth of them, and of others. Measured at the store, over a
 * connection of its pool. The size {@code explain=1} prints how Postgres makes a list.
 */
public final class ReadingBenchmark implements Benchmark {

    private static final double BAR_MILLIS = 10;
    /** A pool of ten connections, each of which plans a statement anew until it has met it several times. */
    private static final int WARM = 120;
    private static final int PAGE = 100;

    /** One way to look. */
    private interface Read {

        /** The call of this number. */
        void call(int number);
    }

    @Override
    public Outcome run() throws Exception {
        int orgs = Given.count("orgs", 10_000);
        long jobs = Given.number("jobs", 10_000_000);
        int times = Given.count("times", 500);
        try (Database database = Database.start();
                Store store = database.store();
                Connection connection = database.connect()) {
            List.of("mail", "embed", "crawl").forEach(store.jobs()::registerQueue);
            ReadingData data = new ReadingData(connection, orgs, jobs);
            data.fill();
            System.out.printf(Locale.ROOT,
                    "%,d ended jobs of %,d organisations: %.0f bytes of disk a job, %.0f more for "
                            + "one with a result; %.0f a count of an organisation, kind and hour%n",
                    jobs, orgs,
                    (double) data.bytes("job_history") / jobs, data.bytes("job_result") / (jobs * .475),
                    (double) data.bytes("job_hour") / (orgs * 72.0));
            boolean reached = true;
            for (Map.Entry<String, Read> read : reads(store.jobs(), data).entrySet()) {
                reached &= measure(read.getKey(), read.getValue(), times);
            }
            if (Given.number("explain", 0) > 0) {
                explain(connection, data.largest());
            }
            return reached ? Outcome.REACHED : Outcome.MISSED;
        }
    }

    private static boolean measure(String name, Read read, int times) {
        for (int i = 0; i < WARM; i++) {
            read.call(i);
        }
        long[] nanos = new long[times];
        for (int i = 0; i < times; i++) {
            long start = System.nanoTime();
            read.call(i);
            nanos[i] = System.nanoTime() - start;
        }
        Percentiles took = Percentiles.of(nanos);
        System.out.printf(Locale.ROOT, "%-58s %s%n", name, took);
        return took.millis(.95) <= BAR_MILLIS;
    }

    private static Map<String, Read> reads(JobStore jobs, ReadingData data) throws SQLException {
        Map<String, Read> reads = new LinkedHashMap<>();
        OrgId largest = OrgId.of(data.largest());
        List<Long> ended = data.endedIds(largest.value(), 200);
        reads.put("job by id", i -> jobs.find(largest, new JobId(ended.get(i % ended.size()))));
        List<OrgId> some = data.some(200).stream().map(OrgId::of).toList();
        for (boolean of : List.of(true, false)) {
            String name = of ? ", largest organisation" : ", others";
            List<OrgId> orgs = of ? List.of(largest) : some;
            lists(reads, name, jobs, orgs, ended);
            reads.put("counts by state and oldest job" + name, i -> jobs.counts(at(orgs, i)));
            Instant now = Instant.now();
            reads.put("figures of a day" + name,
                    i -> jobs.counted(at(orgs, i), now.minus(Duration.ofDays(1)), now));
            reads.put("figures of a week" + name,
                    i -> jobs.counted(at(orgs, i), now.minus(Duration.ofDays(7)), now));
        }
        operator(reads, jobs);
        return reads;
    }

    private static void lists(Map<String, Read> reads, String name, JobStore jobs, List<OrgId> orgs,
            List<Long> places) {
        Map<String, JobFilter> filters = new LinkedHashMap<>();
        Instant now = Instant.now();
        filters.put("all", JobFilter.ALL);
        filters.put("dead letters", JobFilter.ALL.withStates(JobState.DEAD));
        filters.put("running", JobFilter.ALL.withStates(JobState.RUNNING));
        filters.put("scheduled of a kind", JobFilter.ALL.withStates(JobState.SCHEDULED).withKind("mail.send"));
        filters.put("cancelled of a kind", JobFilter.ALL.withStates(JobState.CANCELLED).withKind("mail.send"));
        filters.put("a rare tag", JobFilter.ALL.withTag("rare"));
        filters.put("a tag that none has", JobFilter.ALL.withTag("none"));
        filters.put("a key", JobFilter.ALL.withKey("invoice-13"));
        filters.put("ended in an hour three days ago", JobFilter.ALL.withFinishedFrom(now.minus(Duration.ofHours(72)))
                .withFinishedBefore(now.minus(Duration.ofHours(71))));
        filters.forEach((what, filter) -> reads.put("list: " + what + name,
                i -> jobs.list(at(orgs, i), filter, Optional.empty(), PAGE)));
        reads.put("list: all, from the middle on" + name, i -> jobs.list(at(orgs, i), JobFilter.ALL,
                Optional.of(new JobId(at(places, i))), PAGE));
    }

    private static void operator(Map<String, Read> reads, JobStore jobs) {
        Instant now = Instant.now();
        reads.put("a queue's counts by state and oldest job", i -> jobs.counts("mail"));
        for (JobState state : List.of(JobState.READY, JobState.SCHEDULED, JobState.RUNNING, JobState.DEAD)) {
            reads.put("the 100 lanes with the most jobs " + state,
                    i -> jobs.lanes("mail", state, Optional.empty(), PAGE));
        }
        reads.put("figures of a day, all organisations", i -> jobs.counted(now.minus(Duration.ofDays(1)), now));
        reads.put("figures of a week, all organisations", i -> jobs.counted(now.minus(Duration.ofDays(7)), now));
    }

    private static <T> T at(List<T> list, int number) {
        return list.get(number % list.size());
    }

    /** By auto_explain, which shows the plans inside the functions. */
    private static void explain(Connection connection, UUID org) throws SQLException {
        connection.setAutoCommit(false);
        List<String> shown = new ArrayList<>();
        try (Statement statement = connection.createStatement()) {
            statement.execute("LOAD 'auto_explain'");
            for (String setting : List.of("log_min_duration = 0", "log_analyze = on", "log_buffers = on",
                    "log_nested_statements = on")) {
                statement.execute("SET LOCAL auto_explain." + setting);
            }
            statement.execute("SET LOCAL ROLE croft_app");
            statement.execute("SELECT set_config('croft.org_id', '" + org + "', true)");
            statement.execute("SET LOCAL client_min_messages = log");
            statement.clearWarnings();
            statement.execute("SELECT count(*) FROM croft.list_jobs_v1('" + org
                    + "', NULL, '{1,2,3,4,5,6}', NULL, NULL, 'none', NULL, NULL, NULL, NULL, NULL, 101, 1000)");
            for (SQLWarning warning = statement.getWarnings(); warning != null; warning = warning.getNextWarning()) {
                shown.add(warning.getMessage());
            }
        }
        connection.rollback();
        shown.forEach(System.out::println);
    }
}
