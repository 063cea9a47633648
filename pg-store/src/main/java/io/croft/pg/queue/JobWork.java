package io.croft.pg.queue;

import io.croft.CroftException;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.StoreUnavailableException;
import io.croft.job.Job;
import io.croft.job.JobError;
import io.croft.job.JobId;
import io.croft.job.JobProgress;
import io.croft.job.JobStatus;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.Parameters;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.SqlErrors;
import io.croft.pg.tx.Transactions;
import io.croft.spi.BoundedText;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Expired;
import io.croft.spi.JobStore.Held;
import io.croft.spi.JobStore.Lane;
import io.croft.spi.JobStore.Outcome;
import io.croft.spi.JobStore.Report;
import io.croft.spi.JobStore.Upkept;
import io.croft.spi.JobStore.Watched;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What workers ask for, over all organisations. Thread-safe. */
final class JobWork {

    /**
     * Jobs of a claim for each lane that it takes at least: a claim's cost follows its lanes, and this many pays best.
     */
    private static final int JOBS_PER_LANE = 5;
    /** How often a claim asks for lanes whose turn it is and that others hold, before it takes others: within 25 ms. */
    private static final int FAIR_CLAIMS = 9;
    /** How often it asks at all, while others hold all lanes that may have jobs: within 40 ms. */
    private static final int MAX_CLAIMS = 13;
    private static final long CLAIM_PAUSE_NANOS = 500_000;
    private static final int MAX_WORKER_CHARS = 128;
    private static final Duration MAX_LEASE = Duration.ofDays(1);
    private static final Logger LOG = LoggerFactory.getLogger(JobWork.class);

    private final Transactions transactions;
    private final WakeReading wakes = new WakeReading();

    JobWork(Transactions transactions) {
        this.transactions = transactions;
    }

    List<ClaimedJob> claim(String queue, int want, String worker, Duration lease, int together) {
        requireAtMostBatch("jobs to claim", want);
        if (want < 1) {
            throw new InvalidInputException(want + " jobs to claim: ask for 1 to " + JobStore.MAX_BATCH);
        }
        if (worker.isEmpty() || worker.length() > MAX_WORKER_CHARS || !BoundedText.isStorable(worker)) {
            throw new InvalidInputException(
                    "the worker's name has " + worker.length() + " characters and must have 1 to "
                            + MAX_WORKER_CHARS + ", without U+0000");
        }
        if (together < 1) {
            throw new InvalidInputException(together + " jobs that are worth having together: the least is 1");
        }
        int lanes = Math.ceilDiv(want, Math.max(JOBS_PER_LANE, together));
        for (int attempt = 1;; attempt++) {
            // Then any in every other round: those between tell lanes that are held from none.
            boolean any = attempt > FAIR_CLAIMS && (attempt - FAIR_CLAIMS) % 2 == 1;
            Optional<List<ClaimedJob>> claimed = transactions.query(Access.worker(), JobSql.CLAIM,
                    p -> p.int4(want).int4(lanes).text(worker).int8(leaseMillis(lease)).bool(any).text(queue),
                    JobWork::readClaim);
            boolean held = claimed.isEmpty() || (any && claimed.get().isEmpty());
            if (!held || attempt == MAX_CLAIMS) {
                return claimed.orElse(List.of());
            }
            LockSupport.parkNanos(CLAIM_PAUSE_NANOS * attempt);
        }
    }

    /** Empty if others hold the lanes whose turn it is. */
    private static Optional<List<ClaimedJob>> readClaim(ResultSet rows) throws SQLException {
        List<ClaimedJob> claimed = new ArrayList<>();
        while (rows.next()) {
            long id = rows.getLong(1);
            if (rows.wasNull()) {
                return Optional.empty();
            }
            claimed.add(readClaimed(new JobId(id), rows));
        }
        return Optional.of(claimed);
    }

    private static ClaimedJob readClaimed(JobId id, ResultSet row) throws SQLException {
        JobLease lease = new JobLease(new OrgId(row.getObject(2, UUID.class)), id, row.getLong(7));
        return new ClaimedJob(lease, row.getString(3), row.getString(4), row.getInt(5), row.getInt(6),
                Instant.EPOCH.plus(row.getLong(8), ChronoUnit.MICROS), JobRows.tags(row, 9), JobRows.time(row, 10),
                row.getBoolean(11));
    }

    List<Boolean> finish(List<Completion> completions) {
        requireAtMostBatch("completions", completions.size());
        if (completions.isEmpty()) {
            return List.of();
        }
        List<JobLease> leases = completions.stream().map(Completion::lease).toList();
        List<Ending> endings = completions.stream().map(completion -> Ending.of(completion.outcome())).toList();
        return unlessHeld(completions.size(), () -> transactions.query(Access.worker(), JobSql.FINISH,
                p -> bind(p, leases).array("int2", endings, Ending::outcome)
                        .arrayOrNull("jsonb", endings, Ending::result)
                        .arrayOrNull("int8", endings, Ending::delayMillis)
                        .arrayOrNull("text", endings, Ending::errorClass)
                        .arrayOrNull("text", endings, Ending::errorMessage)
                        .arrayOrNull("text", endings, Ending::errorStack)
                        .arrayOrNull("int8", completions, JobWork::tookMicros),
                rows -> readAccepted(rows, completions.size())));
    }

    /** One row without a position says that all are. */
    private static List<Boolean> readAccepted(ResultSet rows, int size) throws SQLException {
        List<Boolean> accepted = new ArrayList<>(size);
        while (rows.next()) {
            if (rows.getInt(1) == 0) {
                return Collections.nCopies(size, true);
            }
            accepted.add(rows.getInt(2) > 0);
        }
        return accepted;
    }

    private static @Nullable Long tookMicros(Completion completion) {
        return completion.took().map(took -> TimeUnit.NANOSECONDS.toMicros(took.toNanos())).orElse(null);
    }

    /**
     * A completion waits in vain for a handler's transaction that goes on: that is no outage. It is refused, so that
     * the others of its call can be stored without it.
     */
    private static List<Boolean> unlessHeld(int size, Supplier<List<Boolean>> finish) {
        try {
            return finish.get();
        } catch (StoreUnavailableException e) {
            if (e.getCause() instanceof SQLException cause && SqlErrors.isTooSlow(cause)) {
                throw new CroftException("the database did not end " + size
                        + " attempts in time: a transaction that is still open may be ending one of them", cause);
            }
            throw e;
        }
    }

    Held heartbeat(Collection<JobLease> leases, Duration lease) {
        long millis = leaseMillis(lease);
        List<JobLease> held = new ArrayList<>();
        List<JobLease> cancelled = new ArrayList<>();
        for (List<JobLease> part : parts(leases)) {
            transactions.query(Access.worker(), JobSql.HEARTBEAT, p -> bind(p, part).int8(millis), rows -> {
                while (rows.next()) {
                    JobLease beaten = part.get(rows.getInt(1) - 1);
                    held.add(beaten);
                    if (rows.getBoolean(2)) {
                        cancelled.add(beaten);
                    }
                }
                return held;
            });
        }
        return new Held(held, cancelled);
    }

    List<JobLease> report(List<Report> reports) {
        requireAtMostBatch("reports of progress", reports.size());
        if (reports.isEmpty()) {
            return List.of();
        }
        return transactions.query(Access.worker(), JobSql.PROGRESS,
                p -> bind(p, reports.stream().map(Report::lease).toList())
                        .array("float8", reports, Report::fraction)
                        .array("text", reports,
                                report -> BoundedText.chars(report.message(), JobProgress.MAX_MESSAGE_CHARS)),
                Rows.list(row -> reports.get(row.getInt(1) - 1).lease()));
    }

    List<Optional<JobStatus>> statuses(List<Watched> jobs) {
        requireAtMostBatch("watched jobs", jobs.size());
        if (jobs.isEmpty()) {
            return List.of();
        }
        List<Optional<JobStatus>> statuses = new ArrayList<>(Collections.nCopies(jobs.size(), Optional.empty()));
        return transactions.query(Access.worker(), JobSql.WATCH,
                p -> p.array("uuid", jobs, job -> job.org().value()).array("int8", jobs, job -> job.id().value()),
                rows -> {
                    while (rows.next()) {
                        int position = rows.getInt("ord") - 1;
                        statuses.set(position, Optional.of(new JobStatus(jobs.get(position).id(),
                                JobRows.state(rows.getInt("state")), rows.getInt("attempts"),
                                JobRows.progress(rows))));
                    }
                    return statuses;
                });
    }

    void release(Collection<JobLease> leases) {
        for (List<JobLease> part : parts(leases)) {
            transactions.query(Access.worker(), JobSql.RELEASE, p -> bind(p, part), Rows.one(row -> row.getInt(1)));
        }
    }

    /** Rescues in a transaction of its own, and goes on with the rest where that cannot be done now. */
    Upkept maintain(int limit, Consumer<Lane> died) {
        if (limit < 1) {
            throw new InvalidInputException(limit + " rows of upkeep: the least is 1");
        }
        List<Rescued> rescued;
        try {
            rescued = transactions.query(Access.worker(), JobSql.RESCUE, p -> p.int4(limit),
                    Rows.list(row -> new Rescued(new Expired(
                            new Lane(new OrgId(row.getObject("org_id", UUID.class)), row.getString("queue")),
                            row.getString("kind"), JobRows.time(row, "since").orElseThrow(), row.getInt("rescued")),
                            row.getInt("dead"))));
        } catch (StoreUnavailableException e) {
            LOG.warn("attempts whose leases have ended wait for the next round: {}", e.getMessage());
            return move(limit, false, List.of());
        }
        int ended = rescued.stream().mapToInt(some -> some.attempts().attempts()).sum();
        if (ended > 0) {
            LOG.warn(
                    "{} attempts ended with their leases; {} of their jobs are dead letters now, the others wait or are "
                            + "cancelled",
                    ended, rescued.stream().mapToInt(Rescued::dead).sum());
        }
        rescued.stream().filter(some -> some.dead() > 0).map(some -> some.attempts().lane()).forEach(died);
        return move(limit, ended >= limit, rescued.stream().map(Rescued::attempts).toList());
    }

    /** Leaves expired leases be: to look for them is to read all of what runs, in a transaction of its own. */
    Upkept advance(int limit) {
        return move(limit, false, List.of());
    }

    private Upkept move(int limit, boolean moreExpired, List<Expired> expired) {
        // What was moved is told to its lane by the next round.
        long from = wakes.from();
        Moved moved = transactions.query(Access.worker(), JobSql.MOVE,
                p -> p.int4(limit).int4(limit).int4(limit).int8(from).int4(limit).int4(limit),
                Rows.one(row -> new Moved(new Upkept(
                        moreExpired || row.getInt("settled") > 0 || row.getInt("promoted") >= limit
                                || row.getInt("drained") >= limit || row.getInt("moved") > 0
                                || row.getInt("thawed") >= limit,
                        from > 0 || row.getInt("passed") > 0,
                        thaws(row.getArray("queues"), row.getArray("waits")), expired,
                        byQueue(row.getArray("came_queues"), row.getArray("came"))),
                        row.getLong("next_from"), Duration.of(row.getLong("walk_us"), ChronoUnit.MICROS))));
        wakes.read(from, moved.next(), moved.read());
        return moved.upkept();
    }

    /**
     * What a round came to.
     *
     * @param upkept what it did
     * @param next   where the next may begin
     * @param read   how long it took to read what there was for lanes
     */
    private record Moved(Upkept upkept, long next, Duration read) {
    }

    private static Map<String, Duration> thaws(@Nullable Array queues, @Nullable Array waits) throws SQLException {
        Map<String, Duration> thaws = new HashMap<>();
        JobWork.<Long>byQueue(queues, waits)
                .forEach((queue, micros) -> thaws.put(queue, Duration.of(micros, ChronoUnit.MICROS)));
        return thaws;
    }

    /** Null where there is no queue. */
    @SuppressWarnings("unchecked")
    private static <N extends Number> Map<String, N> byQueue(@Nullable Array queues, @Nullable Array numbers)
            throws SQLException {
        Map<String, N> byQueue = new HashMap<>();
        if (queues != null && numbers != null) {
            String[] names = (String[]) queues.getArray();
            N[] values = (N[]) numbers.getArray();
            for (int i = 0; i < names.length; i++) {
                byQueue.put(names[i], values[i]);
            }
        }
        return byQueue;
    }

    /**
     * What became of expired leases.
     *
     * @param attempts those that ended
     * @param dead     how many of their jobs are dead letters now
     */
    private record Rescued(Expired attempts, int dead) {
    }

    private static Parameters bind(Parameters parameters, List<JobLease> leases) throws SQLException {
        return parameters.array("uuid", leases, lease -> lease.org().value())
                .array("int8", leases, lease -> lease.id().value())
                .array("int8", leases, JobLease::fence);
    }

    private static List<List<JobLease>> parts(Collection<JobLease> leases) {
        List<JobLease> all = List.copyOf(leases);
        List<List<JobLease>> parts = new ArrayList<>();
        for (int from = 0; from < all.size(); from += JobStore.MAX_BATCH) {
            parts.add(all.subList(from, Math.min(all.size(), from + JobStore.MAX_BATCH)));
        }
        return parts;
    }

    private static void requireAtMostBatch(String what, int size) {
        if (size > JobStore.MAX_BATCH) {
            throw new InvalidInputException(size + " " + what + " in one call: the most is " + JobStore.MAX_BATCH);
        }
    }

    private static long leaseMillis(Duration lease) {
        if (lease.compareTo(Duration.ofMillis(1)) < 0 || lease.compareTo(MAX_LEASE) > 0) {
            throw new InvalidInputException("a lease of " + lease + " is outside 1 millisecond to 1 day");
        }
        return lease.toMillis();
    }

    /**
     * An outcome as the database takes it; V012 says what the numbers mean.
     *
     * @param outcome      its number
     * @param result       JSON
     * @param delayMillis  until the next attempt
     * @param errorClass   of a failure
     * @param errorMessage of a failure, or the reason
     * @param errorStack   of a failure
     */
    private record Ending(int outcome, @Nullable String result, @Nullable Long delayMillis, @Nullable String errorClass,
            @Nullable String errorMessage, @Nullable String errorStack) {

        private static Ending saying(int outcome, @Nullable Long delayMillis, String note) {
            return new Ending(outcome, null, delayMillis, null,
                    note.isEmpty() ? null : BoundedText.chars(note, Job.MAX_NOTE_CHARS), null);
        }

        static Ending of(Outcome outcome) {
            return switch (outcome) {
                case Outcome.Completed completed -> new Ending(1, checked(completed.result()), null, null, null, null);
                case Outcome.Failed failed -> new Ending(failed.retryAfter().isPresent() ? 2 : 3, null,
                        failed.retryAfter().map(Ending::millis).orElse(null),
                        BoundedText.chars(failed.errorClass(), JobError.MAX_TYPE_CHARS),
                        BoundedText.chars(failed.message(), JobError.MAX_MESSAGE_CHARS), stack(failed.stackTrace()));
                case Outcome.Snoozed snoozed -> saying(4, millis(snoozed.delay()), snoozed.note());
                case Outcome.Cancelled cancelled -> saying(5, null, cancelled.reason());
                case Outcome.NotBegun notBegun -> saying(6, null, notBegun.reason());
            };
        }

        private static @Nullable String stack(String stackTrace) {
            return stackTrace.isEmpty() ? null : BoundedText.lines(stackTrace, JobError.MAX_STACK_BYTES);
        }

        private static @Nullable String checked(Optional<String> result) {
            result.ifPresent(JobJson::checkResult);
            return result.orElse(null);
        }

        private static long millis(Duration delay) {
            if (delay.isNegative() || delay.compareTo(Duration.ofDays(3660)) > 0) {
                throw new InvalidInputException("a delay of " + delay + " is outside 0 to 10 years");
            }
            return delay.toMillis();
        }
    }
}
