package io.croft.pg.queue;

import io.croft.OrgId;
import io.croft.job.JobId;
import io.croft.job.JobKey;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.pg.tx.Binder;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Tx;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Takes jobs in: checks all of them, then sends them in as few statements as their payloads allow, usually one. A
 * statement takes its keys in order, so that two callers do not block one another.
 */
final class JobIntake {

    /**
     * How much payload goes into one statement, in chars; one job may be more. As {@code jsonb} keeps it, that has
     * mostly less than 4 MiB, up to which the function checks all jobs at once.
     */
    static final int MAX_STATEMENT_CHARS = 2 * 1024 * 1024;
    /** The same where jobs have keys, which it checks one by one, and takes in order within a statement alone. */
    static final int MAX_KEYED_CHARS = 16 * 1024 * 1024;
    /** The most jobs of one statement; the function's own limit. */
    private static final int MAX_STATEMENT_JOBS = 100_000;

    /** Who tells processes that may want the jobs of an enqueue. */
    enum Teller {
        /** Whoever enqueues them, once they are committed. */
        CALLER,
        /** The upkeep that finds them. */
        UPKEEP
    }

    private JobIntake() {
    }

    /**
     * Checks the jobs of a call.
     *
     * @param names theirs, if they are a flow
     */
    static void check(List<String> names, List<JobRequest> requests) {
        for (JobRequest request : requests) {
            JobJson.checkPayload(request.kind().name(), request.payload());
        }
        JobWaits.of(names, List.of(), requests);
    }

    /** The statements that these make, each by its jobs. */
    static List<List<JobRequest>> slices(List<JobRequest> requests) {
        List<List<JobRequest>> slices = new ArrayList<>();
        int most = requests.stream().anyMatch(request -> request.key().isPresent())
                ? MAX_KEYED_CHARS
                : MAX_STATEMENT_CHARS;
        int from = 0;
        long chars = 0;
        for (int i = 0; i < requests.size(); i++) {
            int more = requests.get(i).payload().length();
            if (i > from && (chars + more > most || i - from == MAX_STATEMENT_JOBS)) {
                slices.add(requests.subList(from, i));
                from = i;
                chars = 0;
            }
            chars += more;
        }
        if (from < requests.size()) {
            slices.add(requests.subList(from, requests.size()));
        }
        return slices;
    }

    static List<JobReceipt> enqueue(Tx tx, OrgId org, List<String> names, List<List<JobRequest>> slices, Teller teller)
            throws SQLException {
        List<JobReceipt> receipts = new ArrayList<>();
        for (List<JobRequest> slice : slices) {
            Call call = call(org, slice, teller, JobWaits.of(names, receipts, slice));
            receipts.addAll(tx.query(call.sql(), call.binder(), call.receipts()));
        }
        return receipts;
    }

    /**
     * A statement that takes jobs in.
     *
     * @param sql      the statement
     * @param binder   its parameters
     * @param receipts reads its answer, one receipt for each job
     */
    record Call(String sql, Binder binder, Rows<List<JobReceipt>> receipts) {
    }

    /** The statement that takes in these jobs. */
    static Call call(OrgId org, List<JobRequest> requests, Teller teller, JobWaits waits) {
        if (waits.isEmpty() && areAlike(requests)) {
            return new Call(JobSql.ENQUEUE_ALIKE, alike(org, requests, teller), Rows.one(JobIntake::readAlike));
        }
        Binder jobs = parameters(org, requests, teller);
        return new Call(waits.isEmpty() ? JobSql.ENQUEUE : JobSql.ENQUEUE_WAITING, p -> {
            jobs.bind(p);
            waits.bind(p);
        }, Rows.list(JobIntake::readReceipt));
    }

    /** Whether they differ in nothing but their payloads, and may all run at once. */
    private static boolean areAlike(List<JobRequest> requests) {
        JobRequest first = requests.getFirst();
        return requests.stream().allMatch(one -> isPlain(one) && one.kind().name().equals(first.kind().name())
                && one.kind().queue().equals(first.kind().queue()) && one.priority() == first.priority()
                && one.maxAttempts() == first.maxAttempts());
    }

    private static boolean isPlain(JobRequest request) {
        return request.key().isEmpty() && request.tags().isEmpty() && request.runAt().isEmpty()
                && request.delay().isZero() && request.deadline().isEmpty();
    }

    private static Binder alike(OrgId org, List<JobRequest> requests, Teller teller) {
        JobRequest first = requests.getFirst();
        return p -> p.org(org).text(first.kind().queue()).text(first.kind().name()).int4(first.priority().level())
                .int4(first.maxAttempts()).array("jsonb", requests, JobRequest::payload)
                .bool(teller == Teller.CALLER);
    }

    private static List<JobReceipt> readAlike(ResultSet row) throws SQLException {
        List<JobReceipt> receipts = new ArrayList<>();
        for (long id : (Long[]) row.getArray(1).getArray()) {
            receipts.add(new JobReceipt(new JobId(id), false, false, JobState.READY, Optional.empty()));
        }
        return receipts;
    }

    private static Binder parameters(OrgId org, List<JobRequest> requests, Teller teller) {
        return p -> p.org(org).int4(requests.size())
                .array("text", requests, request -> request.kind().queue())
                .array("text", requests, request -> request.kind().name())
                .array("jsonb", requests, JobRequest::payload)
                .array("int2", requests, request -> request.priority().level())
                .array("int4", requests, JobRequest::maxAttempts)
                .arrayOrNull("timestamptz", requests, request -> request.runAt().map(JobRows::storable).orElse(null))
                .arrayOrNull("int8", requests, request -> request.delay().isZero() ? null : request.delay().toMillis())
                .arrayOrNull("timestamptz", requests,
                        request -> request.deadline().map(JobRows::storable).orElse(null))
                .arrayOrNull("text", requests,
                        request -> request.tags().isEmpty() ? null : String.join("\n", request.tags()))
                .arrayOrNull("text", requests, ofKey(JobKey::text))
                .arrayOrNull("timestamptz", requests, ofKey(key -> until(key.window())))
                .arrayOrNull("int8", requests, ofKey(key -> lifeMillis(key.window())))
                .arrayOrNull("int2", requests, ofKey(key -> number(key.repeat())))
                .arrayOrNull("int8", requests, ofKey(key -> key.repeat() instanceof JobKey.Repeat.Debounce debounce
                        ? debounce.quiet().toMillis()
                        : null))
                .arrayOrNull("int8", requests, ofKey(key -> key.repeat() instanceof JobKey.Repeat.Debounce debounce
                        ? debounce.atMost().toMillis()
                        : null))
                .bool(teller == Teller.CALLER);
    }

    private static Function<JobRequest, @Nullable Object> ofKey(Function<JobKey, @Nullable Object> part) {
        return request -> request.key().isPresent() ? part.apply(request.key().get()) : null;
    }

    private static @Nullable Object until(JobKey.Window window) {
        return switch (window) {
            case JobKey.Window.WhileLive live -> "-infinity";
            case JobKey.Window.Lasting lasting -> null;
            case JobKey.Window.Until until -> JobRows.storable(until.end());
            case JobKey.Window.Forever forever -> "infinity";
        };
    }

    private static @Nullable Object lifeMillis(JobKey.Window window) {
        return window instanceof JobKey.Window.Lasting(Duration life) ? life.toMillis() : null;
    }

    /** What a duplicate does, as enqueue_v1 takes it. */
    private static int number(JobKey.Repeat repeat) {
        return switch (repeat) {
            case JobKey.Repeat.Keep keep -> 0;
            case JobKey.Repeat.Replace replace -> 1;
            case JobKey.Repeat.Debounce debounce -> 2;
        };
    }

    private static JobReceipt readReceipt(ResultSet row) throws SQLException {
        return new JobReceipt(new JobId(row.getLong(1)), row.getBoolean(2), row.getBoolean(3),
                JobRows.state(row.getInt(4)), Optional.ofNullable(row.getString(5)));
    }
}
