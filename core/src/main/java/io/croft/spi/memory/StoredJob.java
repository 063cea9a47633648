package io.croft.spi.memory;

import io.croft.OrgId;
import io.croft.job.DeadLetterFilter;
import io.croft.job.Job;
import io.croft.job.JobError;
import io.croft.job.JobFilter;
import io.croft.job.JobId;
import io.croft.job.JobKey;
import io.croft.job.JobKind;
import io.croft.job.JobProgress;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.job.JobStatus;
import io.croft.job.JobSummary;
import io.croft.spi.BoundedText;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore.ClaimedJob;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;

/** A job and its transitions. Guarded by the world; whoever changes the state also tells the lane. */
final class StoredJob {

    /** The order of the ready jobs of a lane. */
    static final Comparator<StoredJob> PLACE = Comparator
            .<StoredJob>comparingInt(job -> job.request.priority().level()).thenComparingLong(job -> job.place);

    final JobId id;
    final OrgId org;
    /** Its newest words. */
    private JobRequest request;
    private final Instant createdAt;
    private JobState state = JobState.SCHEDULED;
    private long place;
    private int attempts;
    private long fence;
    private long acceptedFence;
    private Instant leaseUntil = Instant.MIN;
    private Instant runAt;
    private Optional<Instant> finishedAt = Optional.empty();
    private Optional<String> result = Optional.empty();
    private Optional<Instant> deadline;
    private Optional<Instant> startedAt = Optional.empty();
    private Optional<Instant> firstRunAt = Optional.empty();
    private Optional<JobError> error = Optional.empty();
    private Optional<String> note = Optional.empty();
    private Optional<String> cancelRequested = Optional.empty();
    private Optional<JobProgress> progress = Optional.empty();
    /** What it was enqueued after. */
    final MemoryWaits waits = new MemoryWaits();

    StoredJob(JobId id, OrgId org, JobRequest request, Instant createdAt) {
        this.id = id;
        this.org = org;
        this.request = request;
        this.createdAt = createdAt;
        this.runAt = runAt(request, createdAt);
        this.deadline = request.deadline();
    }

    /** When a request that comes now lets its job run. */
    private Instant runAt(JobRequest from, Instant now) {
        if (from.key().isPresent()
                && from.key().get().repeat() instanceof JobKey.Repeat.Debounce(Duration quiet, Duration atMost)) {
            return least(least(now.plus(quiet), createdAt.plus(atMost)), from.deadline().orElse(Instant.MAX));
        }
        return greatest(from.runAt().orElse(now), now.plus(from.delay()));
    }

    private static Instant least(Instant a, Instant b) {
        return a.isBefore(b) ? a : b;
    }

    private static Instant greatest(Instant a, Instant b) {
        return a.isAfter(b) ? a : b;
    }

    JobRequest request() {
        return request;
    }

    boolean isOf(JobKind kind) {
        return request.kind().name().equals(kind.name()) && request.kind().queue().equals(kind.queue());
    }

    /** Waits for others. */
    void waitForOthers() {
        state = JobState.WAITING;
    }

    /** What it waited for has ended. */
    void goOn(Instant now) {
        schedule(greatest(runAt, now.plus(request.delay())));
    }

    /** Whether it waits, so that it can be replaced. */
    boolean waits() {
        return state == JobState.READY || state == JobState.SCHEDULED;
    }

    /** Takes the words of a later request; the caller has taken it out of the line if {@link #movesWith} says so. */
    void replace(JobRequest by, Instant now) {
        Instant next = runAt(by, now);
        runAt = attempts > 0 || acceptedFence > 0 ? greatest(runAt, next) : next;
        request = by;
        deadline = by.deadline();
    }

    /** Whether a later request gives it another place. */
    boolean movesWith(JobRequest by, Instant now) {
        return state == JobState.SCHEDULED || by.priority() != request.priority() || runAt(by, now).isAfter(now);
    }

    JobState state() {
        return state;
    }

    Optional<String> result() {
        return result;
    }

    boolean isDue(Instant now) {
        return state == JobState.SCHEDULED && !runAt.isAfter(now);
    }

    boolean isExpired(Instant now) {
        return state == JobState.RUNNING && leaseUntil.isBefore(now);
    }

    boolean isFinishedBefore(Instant time) {
        return state.isFinal() && finishedAt.filter(at -> at.isBefore(time)).isPresent();
    }

    boolean isHeldBy(JobLease lease) {
        return state == JobState.RUNNING && fence == lease.fence();
    }

    boolean hasAccepted(JobLease lease) {
        return acceptedFence == lease.fence();
    }

    boolean hasAttemptsLeft() {
        return attempts < request.maxAttempts();
    }

    /** Ready, behind all that are. */
    void ready(long newPlace) {
        state = JobState.READY;
        place = newPlace;
    }

    ClaimedJob start(long newFence, Instant now, Instant until) {
        state = JobState.RUNNING;
        attempts++;
        fence = newFence;
        leaseUntil = until;
        startedAt = Optional.of(now);
        cancelRequested = Optional.empty();
        progress = Optional.empty();
        return new ClaimedJob(new JobLease(org, id, fence), request.kind().name(), request.payload(), attempts,
                request.maxAttempts(), createdAt, request.tags(), deadline, isOverdue(now));
    }

    /** Whether no attempt may begin at this time. */
    boolean isOverdue(Instant at) {
        return deadline.filter(last -> last.isBefore(at)).isPresent();
    }

    /** Its attempt has ended before it began. */
    void notBegun() {
        startedAt = Optional.empty();
    }

    /** Waits for the time that it has. */
    void reschedule() {
        state = JobState.SCHEDULED;
    }

    /** Its attempt began, and has ended. */
    void hasRun() {
        firstRunAt = firstRunAt.or(() -> startedAt);
        startedAt = Optional.empty();
    }

    Instant leaseUntil() {
        return leaseUntil;
    }

    void prolong(Instant until) {
        leaseUntil = until;
    }

    /** Marks a running job as cancelled; the first reason stays. */
    void requestCancel(String reason) {
        cancelRequested = cancelRequested.or(() -> Optional.of(reason));
    }

    Optional<String> cancelRequested() {
        return cancelRequested;
    }

    void say(JobProgress word) {
        progress = Optional.of(word);
    }

    void accept() {
        acceptedFence = fence;
    }

    /** How many attempts have begun, with the one under way. */
    int attempts() {
        return attempts;
    }

    /** The attempt was none. */
    void uncount() {
        attempts--;
    }

    void schedule(Instant at) {
        state = JobState.SCHEDULED;
        runAt = at;
    }

    void fail(String type, String message, String stackTrace) {
        error = Optional.of(new JobError(BoundedText.chars(type, JobError.MAX_TYPE_CHARS),
                BoundedText.chars(message, JobError.MAX_MESSAGE_CHARS),
                BoundedText.lines(stackTrace, JobError.MAX_STACK_BYTES)));
        note = Optional.empty();
    }

    /** Says why it was put off or ended; an empty text for none. */
    void note(String why) {
        note = why.isEmpty() ? Optional.empty() : Optional.of(BoundedText.chars(why, Job.MAX_NOTE_CHARS));
    }

    void complete(Optional<String> json, Instant now) {
        result = json;
        end(JobState.COMPLETED, now);
    }

    void end(JobState last, Instant now) {
        state = last;
        finishedAt = Optional.of(now);
    }

    /** A dead letter as new, to run at this time. */
    void revive(Instant at) {
        attempts = 0;
        finishedAt = Optional.empty();
        note = Optional.empty();
        if (isOverdue(at)) {
            deadline = Optional.empty();
        }
        schedule(at);
    }

    /** Whether it is a dead letter that the filter lets pass. */
    boolean isDead(DeadLetterFilter filter) {
        return state == JobState.DEAD && filter.queue().filter(name -> !name.equals(request.kind().queue())).isEmpty()
                && filter.kind().filter(name -> !name.equals(request.kind().name())).isEmpty()
                && filter.tag().filter(tag -> !request.tags().contains(tag)).isEmpty()
                && filter.errorClass().filter(type -> error.filter(one -> one.type().equals(type)).isEmpty()).isEmpty()
                && filter.from().filter(from -> finishedAt.orElseThrow().isBefore(from)).isEmpty()
                && filter.before().filter(before -> !finishedAt.orElseThrow().isBefore(before)).isEmpty();
    }

    /** Whether the filter lets it pass. */
    boolean passes(JobFilter filter) {
        return filter.states().contains(state) && is(filter.queue(), request.kind().queue())
                && is(filter.kind(), request.kind().name())
                && filter.tag().filter(tag -> !request.tags().contains(tag)).isEmpty()
                && (filter.key().isEmpty() || filter.key().equals(request.key().map(JobKey::text)))
                && isIn(createdAt, filter.createdFrom(), filter.createdBefore())
                && hasEndedIn(filter.finishedFrom(), filter.finishedBefore());
    }

    private boolean hasEndedIn(Optional<Instant> from, Optional<Instant> before) {
        return (from.isEmpty() && before.isEmpty()) || finishedAt.filter(at -> isIn(at, from, before)).isPresent();
    }

    private static boolean is(Optional<String> wanted, String name) {
        return wanted.filter(one -> !one.equals(name)).isEmpty();
    }

    private static boolean isIn(Instant time, Optional<Instant> from, Optional<Instant> before) {
        return from.filter(time::isBefore).isEmpty() && before.filter(end -> !time.isBefore(end)).isEmpty();
    }

    JobSummary toSummary() {
        Job job = toJob();
        return new JobSummary(id, job.kind(), job.queue(), state, job.priority(), job.tags(), job.key(), attempts,
                job.maxAttempts(), createdAt, job.runAt(), deadline, job.firstRunAt(), finishedAt,
                error.map(JobError::type), note);
    }

    int payloadBytes() {
        return request.payload().getBytes(StandardCharsets.UTF_8).length;
    }

    /** Where it stands in line, or stood. */
    long place() {
        return place;
    }

    /** Since when it can run, or could. */
    Instant runAt() {
        return runAt;
    }

    Instant createdAt() {
        return createdAt;
    }

    JobStatus status() {
        return new JobStatus(id, state, attempts, state == JobState.RUNNING ? progress : Optional.empty());
    }

    Job toJob() {
        return new Job(id, org, request.kind().name(), request.kind().queue(), state, request.priority(),
                request.tags(), request.key().map(JobKey::text), attempts, request.maxAttempts(), createdAt,
                state == JobState.SCHEDULED ? Optional.of(runAt) : Optional.empty(), deadline,
                firstRunAt.or(() -> startedAt), finishedAt, request.payload(), result, error, note,
                status().progress());
    }
}
