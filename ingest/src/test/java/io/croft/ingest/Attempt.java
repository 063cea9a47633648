package io.croft.ingest;

import io.croft.Actor;
import io.croft.TenantContext;
import io.croft.job.JobContext;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobParent;
import io.croft.job.JobParents;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.Processors;
import java.sql.Connection;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** A claimed job as its handler sees it, cancelled when it has been asked so many times. */
final class Attempt implements JobContext {

    private final ClaimedJob job;
    private final AtomicInteger questionsLeft;
    final List<Double> said = new ArrayList<>();

    Attempt(ClaimedJob job, int questionsBeforeCancelled) {
        this.job = job;
        this.questionsLeft = new AtomicInteger(questionsBeforeCancelled);
    }

    @Override
    public TenantContext tenant() {
        return TenantContext.of(job.lease().org(), Actor.service("worker"));
    }

    @Override
    public JobId id() {
        return job.lease().id();
    }

    @Override
    public JobKind kind() {
        return Processors.EMBED;
    }

    @Override
    public String payload() {
        return job.payload();
    }

    @Override
    public Set<String> tags() {
        return job.tags();
    }

    @Override
    public Optional<Instant> deadline() {
        return job.deadline();
    }

    @Override
    public int attempt() {
        return job.attempt();
    }

    @Override
    public int maxAttempts() {
        return 3;
    }

    @Override
    public long fence() {
        return job.lease().fence();
    }

    @Override
    public boolean isCancelled() {
        return questionsLeft.getAndDecrement() <= 0;
    }

    @Override
    public void progress(double fraction, String message) {
        said.add(fraction);
    }

    @Override
    public JobParents parents() {
        return JobParents.NONE;
    }

    @Override
    public Optional<String> parentResult(JobParent parent) {
        return Optional.empty();
    }

    @Override
    public void completeIn(Connection transaction, Optional<String> result) {
        throw new UnsupportedOperationException("the content store completes this job");
    }
}
