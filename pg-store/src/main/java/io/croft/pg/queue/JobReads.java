package io.croft.pg.queue;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.job.JobCounts;
import io.croft.job.JobFilter;
import io.croft.job.JobId;
import io.croft.job.JobPriority;
import io.croft.job.JobState;
import io.croft.job.JobSummary;
import io.croft.job.LaneCounts;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.ForeignKeyException;
import io.croft.pg.tx.Histograms;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Transactions;
import io.croft.spi.AttemptBatch;
import io.croft.spi.AttemptBatch.OrgCounts;
import io.croft.spi.JobReading;
import io.croft.spi.JobStore;
import io.croft.spi.KindCounts;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Lists and counts of jobs, and how attempts went. Thread-safe. */
final class JobReads implements JobReading {

    /** The most jobs that one call looks at, unless it may give more: each may lie on a page of its own. */
    static final int MAX_SCANNED = 1000;

    private final Transactions transactions;

    JobReads(Transactions transactions) {
        this.transactions = transactions;
    }

    @Override
    public Listed list(OrgId org, JobFilter filter, Optional<JobId> before, int limit) {
        requirePage("jobs", limit);
        List<JobState> states = List.copyOf(filter.states());
        return transactions.query(Access.tenant(org), JobReadSql.LIST,
                p -> p.org(org).int8(before.map(JobId::value).orElse(Long.MAX_VALUE))
                        .array("int2", states, JobRows::number).text(filter.queue().orElse(null))
                        .text(filter.kind().orElse(null)).text(filter.tag().orElse(null))
                        .text(filter.key().orElse(null)).time(time(filter.createdFrom()))
                        .time(time(filter.createdBefore())).time(time(filter.finishedFrom()))
                        .time(time(filter.finishedBefore())).int4(limit + 1).int4(Math.max(MAX_SCANNED, limit + 1)),
                rows -> page(rows, limit));
    }

    private static @Nullable Instant time(Optional<Instant> time) {
        return time.map(JobRows::storable).orElse(null);
    }

    /** One more than asked for shows that there are more; so does one that does not match. */
    private static Listed page(ResultSet rows, int limit) throws SQLException {
        List<JobSummary> jobs = new ArrayList<>();
        while (rows.next()) {
            if (jobs.size() == limit) {
                return new Listed(jobs, Optional.of(jobs.getLast().id()));
            }
            if (!rows.getBoolean("matches")) {
                return new Listed(jobs, Optional.of(new JobId(rows.getLong("id"))));
            }
            jobs.add(summary(rows));
        }
        return new Listed(jobs, Optional.empty());
    }

    private static JobSummary summary(ResultSet row) throws SQLException {
        JobState state = JobRows.state(row.getInt("state"));
        return new JobSummary(new JobId(row.getLong("id")), row.getString("kind"), row.getString("queue"), state,
                JobPriority.ofLevel(row.getInt("priority")), JobRows.tags(row),
                Optional.ofNullable(row.getString("key")), row.getInt("attempts"), row.getInt("max_attempts"),
                JobRows.time(row, "created_at").orElseThrow(),
                state == JobState.SCHEDULED ? JobRows.time(row, "run_at") : Optional.empty(),
                JobRows.time(row, "deadline"), JobRows.time(row, "first_run_at"), JobRows.time(row, "finished_at"),
                Optional.ofNullable(row.getString("error_class")), Optional.ofNullable(row.getString("note")));
    }

    @Override
    public Map<String, JobCounts> counts(OrgId org) {
        return transactions.query(Access.tenant(org), JobReadSql.COUNTS_OF_ORG, p -> p.org(org), JobReads::byQueue);
    }

    @Override
    public JobCounts counts(String queue) {
        return transactions.query(Access.admin(), JobReadSql.COUNTS, p -> p.text(queue),
                Rows.one(JobReads::readCounts));
    }

    private static Map<String, JobCounts> byQueue(ResultSet rows) throws SQLException {
        Map<String, JobCounts> counts = new LinkedHashMap<>();
        while (rows.next()) {
            counts.put(rows.getString("queue"), readCounts(rows));
        }
        return counts;
    }

    private static JobCounts readCounts(ResultSet row) throws SQLException {
        return new JobCounts(row.getLong("waiting"), row.getLong("scheduled"), row.getLong("ready"),
                row.getLong("running"), row.getLong("dead"), JobRows.time(row, "oldest"));
    }

    @Override
    public List<LaneCounts> lanes(String queue, JobState by, Optional<LanePlace> after, int limit) {
        requirePage("lanes", limit);
        if (by.isFinal()) {
            throw new InvalidInputException("lanes by " + by + ": only jobs that have not ended for good are counted");
        }
        long jobs = after.map(LanePlace::jobs).orElse(Long.MAX_VALUE);
        UUID org = after.map(place -> place.org().value()).orElse(new UUID(-1, -1));
        return transactions.query(Access.admin(), JobReadSql.LANES,
                p -> p.text(queue).int4(JobRows.number(by)).int8(jobs).uuid(org).int4(limit),
                Rows.list(row -> new LaneCounts(new OrgId(row.getObject("org_id", UUID.class)), readCounts(row))));
    }

    @Override
    public void count(AttemptBatch batch) {
        try {
            store(batch);
        } catch (ForeignKeyException e) {
            store(batch); // an org of it was erased meanwhile, and is known to be gone now
        }
    }

    private void store(AttemptBatch batch) {
        List<OrgCounts> counts = batch.counts();
        transactions.query(Access.worker(), JobReadSql.COUNT,
                p -> p.uuid(batch.writer()).int8(batch.number()).array("uuid", counts, count -> count.org().value())
                        .array("timestamptz", counts, count -> count.since().toString())
                        .array("text", counts, count -> count.counts().queue())
                        .array("text", counts, count -> count.counts().kind())
                        .array("int8", counts, number(KindCounts::completed))
                        .array("int8", counts, number(KindCounts::failed))
                        .array("int8", counts, number(KindCounts::cancelled))
                        .array("text", counts, count -> Histograms.packed(count.counts().times())),
                Rows.any());
    }

    private static Function<OrgCounts, Long> number(ToLongFunction<KindCounts> value) {
        return counts -> value.applyAsLong(counts.counts());
    }

    @Override
    public List<KindCounts> counted(OrgId org, Instant from, Instant to) {
        return transactions.query(Access.tenant(org), JobReadSql.COUNTED_OF_ORG, p -> p.org(org).time(from).time(to),
                JobReads::byKind);
    }

    @Override
    public List<KindCounts> counted(Instant from, Instant to) {
        return transactions.query(Access.admin(), JobReadSql.COUNTED, p -> p.time(from).time(to), JobReads::byKind);
    }

    /** Added up here, which is less work for the database. */
    private static List<KindCounts> byKind(ResultSet rows) throws SQLException {
        Map<List<String>, KindCounts> sums = new LinkedHashMap<>();
        while (rows.next()) {
            KindCounts counts = new KindCounts(rows.getString("queue"), rows.getString("kind"),
                    rows.getLong("completed"), rows.getLong("failed"), rows.getLong("cancelled"),
                    Histograms.unpacked((Long[]) rows.getArray("times").getArray()));
            sums.merge(List.of(counts.queue(), counts.kind()), counts, KindCounts::plus);
        }
        return List.copyOf(sums.values());
    }

    private static void requirePage(String what, int limit) {
        if (limit < 1 || limit > JobStore.MAX_BATCH) {
            throw new InvalidInputException(limit + " " + what + " in one call: ask for 1 to " + JobStore.MAX_BATCH);
        }
    }
}
