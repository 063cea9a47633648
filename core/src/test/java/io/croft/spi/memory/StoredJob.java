package io.croft.spi.memory;

import io.croft.OrgId;
import io.croft.job.Job;
import io.croft.job.JobId;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore.ClaimedJob;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;

/** A job and its transitions. Guarded by the world; whoever changes the state also tells the lane. */
final class StoredJob {

    /** The order of the ready jobs of a lane. */
    static final Comparator<StoredJob> PLACE = Comparator
            .<StoredJob>comparingInt(job -> job.request.priority().level()).thenComparingLong(job -> job.place);

    private static final int MAX_ERROR_CHARS = 8 * 1024;

    final JobId id;
    final OrgId org;
    final JobRequest request;
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
    private Optional<String> error = Optional.empty();
    private boolean forgotten;

    StoredJob(JobId id, OrgId org, JobRequest request, Instant createdAt) {
        this.id = id;
        this.org = org;
        this.request = request;
        this.createdAt = createdAt;
        this.runAt = request.runAt().orElse(createdAt);
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
        return attempts < request.kind().retry().maxAttempts();
    }

    /** Ready, behind all that are. */
    void ready(long newPlace) {
        state = JobState.READY;
        place = newPlace;
    }

    ClaimedJob start(long newFence, Instant until) {
        state = JobState.RUNNING;
        attempts++;
        fence = newFence;
        leaseUntil = until;
        return new ClaimedJob(new JobLease(org, id, fence), request.kind().name(), request.payload(), attempts,
                request.kind().retry().maxAttempts(), createdAt);
    }

    Instant leaseUntil() {
        return leaseUntil;
    }

    void prolong(Instant until) {
        leaseUntil = until;
    }

    void accept() {
        acceptedFence = fence;
    }

    /** The attempt was none. */
    void uncount() {
        attempts--;
    }

    void schedule(Instant at) {
        state = JobState.SCHEDULED;
        runAt = at;
    }

    void fail(String why) {
        error = Optional.of(why.length() > MAX_ERROR_CHARS ? why.substring(0, MAX_ERROR_CHARS) : why);
    }

    void complete(Optional<String> json, Instant now) {
        result = json;
        end(JobState.COMPLETED, now);
    }

    void end(JobState last, Instant now) {
        state = last;
        finishedAt = Optional.of(now);
    }

    /** Its record is gone; a key may still know it. */
    void forget() {
        forgotten = true;
    }

    boolean isForgotten() {
        return forgotten;
    }

    /** A dead letter as new. */
    void revive() {
        attempts = 0;
        finishedAt = Optional.empty();
    }

    Job toJob() {
        return new Job(id, org, request.kind().name(), request.kind().queue(), state, request.priority(), attempts,
                request.kind().retry().maxAttempts(), createdAt,
                state == JobState.SCHEDULED ? Optional.of(runAt) : Optional.empty(), finishedAt, request.payload(),
                result,
                error);
    }
}
