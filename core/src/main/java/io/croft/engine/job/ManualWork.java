package io.croft.engine.job;

import io.croft.InvalidInputException;
import io.croft.StoreUnavailableException;
import io.croft.engine.job.Attempt.Phase;
import io.croft.engine.job.Handlers.Handled;
import io.croft.job.BatchedHandler;
import io.croft.job.JobHandler;
import io.croft.job.JobTimeoutException;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Outcome;
import io.croft.spi.JobStore.Report;
import io.croft.spi.JobStore.Upkept;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The work of an engine that was not started, done step by step on the thread that asks for it. Outcomes, retries and
 * counts are those of the workers; what only threads beside the handler can do is left out: heartbeats, and ending a
 * handler whose time is over. To be used by one thread at a time.
 */
public final class ManualWork {

    private final Parts parts;
    private final Supplier<Instant> clock;

    /**
     * What it takes of the engine.
     *
     * @param store     where jobs are kept
     * @param health    through which it is asked
     * @param handlers  who handles which kind
     * @param queues    those known
     * @param attempts  what is held
     * @param scheduler fires schedules
     * @param counts    how attempts went
     */
    record Parts(JobStore store, StoreHealth health, Handlers handlers, KnownQueues queues, Attempts attempts,
            Scheduler scheduler, AttemptCounts counts) {
    }

    /**
     * An attempt that has ended.
     *
     * @param job      as it was claimed
     * @param outcome  what the store was told
     * @param accepted whether it was this attempt's to tell
     * @param thrown   what its handler threw
     */
    public record Ended(ClaimedJob job, Outcome outcome, boolean accepted, Optional<Throwable> thrown) {

        public Ended {
            Objects.requireNonNull(job, "job");
            Objects.requireNonNull(outcome, "outcome");
            Objects.requireNonNull(thrown, "thrown");
        }
    }

    /** A job and its attempt. */
    private record Held(ClaimedJob job, Attempt attempt) {
    }

    /**
     * @param clock the store's, by which timeouts count
     */
    ManualWork(Parts parts, Supplier<Instant> clock) {
        this.parts = parts;
        this.clock = clock;
    }

    /** The queues with handlers, by name; they are known to the store from now on. */
    public List<String> queues() {
        Set<String> queues = parts.handlers().queues();
        queues.forEach(parts.queues()::register);
        return queues.stream().sorted().toList();
    }

    /** The most jobs of one organisation that the handler of this kind takes at once; empty if there is none. */
    public OptionalInt batch(String kind) {
        Handled handled = parts.handlers().find(kind);
        return handled == null
                ? OptionalInt.empty()
                : OptionalInt.of(handled.handler() instanceof BatchedHandler batched ? batched.size() : 1);
    }

    /** How long a claim of this queue lasts. */
    public Duration claimLease(String queue) {
        return parts.handlers().claimLease(queue);
    }

    /**
     * Fires the schedules that are due and keeps the queues in order, until there is nothing more to do.
     *
     * @return how long lanes wait for their rate limits at least, by the name of the queue
     */
    public Map<String, Duration> keepUp() {
        parts.scheduler().lookUntilIdle();
        Upkept upkept;
        do {
            upkept = parts.health().ask(() -> parts.store().maintain(JobStore.MAX_BATCH));
            parts.counts().expired(upkept.expired());
        } while (upkept.more());
        return upkept.thaws();
    }

    /**
     * Calls the handler for these jobs and stores what became of them. Those whose deadline had passed when they were
     * claimed are ended without it.
     *
     * @param queue where they were claimed
     * @param jobs  of one kind, which has a handler, and of one organisation; several only for one that takes batches
     * @throws StoreUnavailableException if the store is away; the jobs run again when their leases have ended
     */
    public List<Ended> run(String queue, List<ClaimedJob> jobs) {
        Handled handled = parts.handlers().find(jobs.getFirst().kind());
        if (handled == null) {
            throw new IllegalArgumentException("no handler for kind " + jobs.getFirst().kind());
        }
        List<Held> held = jobs.stream()
                .map(job -> new Held(job, new Attempt(parts.store(), job, handled.kind(), queue, this::said))).toList();
        held.forEach(one -> parts.attempts().add(one.attempt()));
        try {
            List<Ended> ended = new ArrayList<>();
            held.stream().filter(one -> one.job().overdue())
                    .forEach(one -> ended.add(conclude(one, one.attempt().tooLate(), null)));
            List<Held> begun = held.stream().filter(one -> !one.job().overdue()).toList();
            if (!begun.isEmpty()) {
                Called called = new Called(begun.stream().map(Held::attempt).toList(), handled.handler());
                List<Outcome> outcomes = called.outcomes();
                for (int i = 0; i < begun.size(); i++) {
                    ended.add(conclude(begun.get(i), outcomes.get(i), called.thrown.get()));
                }
            }
            return ended;
        } finally {
            held.forEach(one -> parts.attempts().remove(one.attempt()));
        }
    }

    private Ended conclude(Held held, Outcome outcome, @Nullable Throwable thrown) {
        Attempt attempt = held.attempt();
        Phase phase = attempt.end();
        if (phase == Phase.COMPLETING && outcome instanceof Outcome.Completed) {
            attempt.committed();
        }
        Outcome told = Runner.settled(attempt, outcome, phase);
        boolean accepted;
        try {
            accepted = finish(attempt, told);
        } catch (InvalidInputException e) {
            told = Failure.of(e, attempt.retryAfter(e));
            accepted = finish(attempt, told);
        }
        if (accepted) {
            parts.counts().ended(attempt, told);
        }
        parts.attempts().remove(attempt);
        return new Ended(held.job(), told, accepted, Optional.ofNullable(thrown));
    }

    private boolean finish(Attempt attempt, Outcome outcome) {
        return parts.health()
                .ask(() -> parts.store().finish(List.of(new Completion(attempt.lease(), outcome)))).getFirst();
    }

    /** Stored at once. */
    private void said(Attempt attempt) {
        attempt.lastWord().ifPresent(word -> {
            try {
                parts.health().run(() -> parts.store()
                        .report(List.of(new Report(attempt.lease(), word.fraction(), word.message()))));
            } catch (StoreUnavailableException e) {
                // no concern of the handler, and StoreHealth has told of it
            }
        });
    }

    /** One call of a handler on the present thread. */
    private final class Called {

        private final List<Attempt> attempts;
        private final JobHandler handler;
        private final Instant began = clock.get();
        private final AtomicReference<@Nullable Throwable> thrown = new AtomicReference<>();

        Called(List<Attempt> attempts, JobHandler handler) {
            this.attempts = attempts;
            this.handler = handler;
        }

        List<Outcome> outcomes() {
            Call call = new Call(attempts);
            call.begin();
            try {
                return Runner.outcomes(attempts, watched());
            } finally {
                call.end();
                leaveInterrupt();
            }
        }

        /** The handler, with what it throws remembered and its time measured before its result is looked at. */
        private JobHandler watched() {
            if (handler instanceof BatchedHandler batched) {
                return new BatchedHandler(batched.size(), batched.linger(), jobs -> {
                    try {
                        return batched.handler().handle(jobs);
                    } catch (Throwable e) {
                        thrown.set(e);
                        throw e;
                    } finally {
                        checkTime();
                    }
                });
            }
            return job -> {
                try {
                    return handler.handle(job);
                } catch (Throwable e) {
                    thrown.set(e);
                    throw e;
                } finally {
                    checkTime();
                }
            };
        }

        private void checkTime() {
            Attempt first = attempts.getFirst();
            if (first.kind().timeout().filter(most -> clock.get().isAfter(began.plus(most))).isPresent()) {
                attempts.forEach(Attempt::timeOut);
                thrown.compareAndSet(null, new JobTimeoutException(first.timeoutMessage()));
            }
        }

        /** An interrupt that told of a cancellation has done its work; any other is the caller's. */
        private void leaveInterrupt() {
            if (attempts.stream().anyMatch(Attempt::isCancelled)) {
                Thread.interrupted();
            } else if (thrown.get() instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
