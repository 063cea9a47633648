package io.croft.guard;

import io.croft.Actor;
import io.croft.CallObserver;
import io.croft.CallObserver.Outcome;
import io.croft.CallRefusedException;
import io.croft.CallRefusedException.Reason;
import io.croft.CroftException;
import io.croft.InvalidInputException;
import io.croft.NotPermittedException;
import io.croft.OrgId;
import io.croft.OrgSuspendedException;
import io.croft.QuotaExceededException;
import io.croft.StoreUnavailableException;
import io.croft.TenantContext;
import io.croft.UnknownOrgException;
import io.croft.guard.Admission.Entry;
import io.croft.guard.Admission.Passage;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * What all calls have in common, whether they are for one organisation or for all: the actor is allowed it, every
 * {@link Admission} lets it in, logs name its request, organisation and role as long as it lasts, and an observer is
 * told how it went. Thread-safe.
 */
public final class Gate {

    private static final Logger LOG = LoggerFactory.getLogger(Gate.class);

    private final List<Admission> admissions;
    private final CallObserver observer;
    private final OrgLabels labels;

    /**
     * A gate.
     *
     * @param admissions asked one after the other, the first to refuse refuses
     * @param observer   told of each call
     * @param labels     how logs name organisations
     */
    public Gate(List<Admission> admissions, CallObserver observer, OrgLabels labels) {
        this.admissions = List.copyOf(admissions);
        this.observer = observer;
        this.labels = labels;
    }

    /** One that limits nothing and tells nobody. */
    public static Gate open() {
        return new Gate(List.of(), CallObserver.NOBODY, OrgLabels.IDS);
    }

    /**
     * Makes a call that is for no organisation in particular.
     *
     * @throws NotPermittedException if the actor may not make it
     */
    public <T> T operate(Actor operator, Operation operation, Supplier<T> work) {
        Objects.requireNonNull(operator, "operator");
        LogContext logged = new LogContext(null, null, operator.role().name());
        try {
            return observed(new Entry(operation, operator, Optional.empty()), () -> operator, any -> work.get());
        } finally {
            logged.restore();
        }
    }

    /** The same for what returns nothing. */
    public void run(Actor operator, Operation operation, Runnable work) {
        operate(operator, operation, () -> {
            work.run();
            return true;
        });
    }

    /**
     * Makes a call for the context's organisation.
     *
     * @param subject finds what the work is done on, or refuses the call; before anything else
     */
    <S, T> T call(TenantContext context, Operation operation, Supplier<S> subject, Function<S, T> work) {
        Objects.requireNonNull(context, "context");
        return logged(context, new Entry(operation, context.actor(), Optional.of(context.org())), subject, work);
    }

    /**
     * Makes a call on the life of the context's organisation, which need not be there: admissions take it for none of
     * its calls, and are told whose life it is.
     */
    <T> T callAny(TenantContext context, Operation operation, Supplier<T> work) {
        Objects.requireNonNull(context, "context");
        return logged(context, new Entry(operation, context.actor(), Optional.empty(), Optional.of(context.org())),
                () -> context, any -> work.get());
    }

    /**
     * Refuses an actor who may not make a call, as if he had made it: for what must not begin to find out where it is
     * to be made before.
     */
    void requirePermitted(TenantContext context, Operation operation) {
        Objects.requireNonNull(context, "context");
        if (!Permissions.allows(context.actor().role(), operation.permission())) {
            callAny(context, operation, () -> context); // which refuses it
        }
    }

    private <S, T> T logged(TenantContext context, Entry entry, Supplier<S> subject, Function<S, T> work) {
        OrgId org = context.org();
        LogContext logged = new LogContext(context.requestId(), labels.of(org), context.actor().role().name());
        try {
            return observed(entry, subject, work);
        } finally {
            logged.restore();
        }
    }

    private <S, T> T observed(Entry entry, Supplier<S> subject, Function<S, T> work) {
        Passing passing = new Passing(entry);
        try {
            S found = subject.get();
            Permissions.check(entry.actor(), entry.operation(), entry.operation().permission());
            passing.admit();
            T result = work.apply(found);
            passing.outcome = Outcome.OK;
            return result;
        } catch (RuntimeException | Error e) {
            passing.outcome = passing.outcomeOf(e);
            throw e;
        } finally {
            passing.end();
        }
    }

    /** One call on its way through. Confined to its thread. */
    private final class Passing {

        private final Entry entry;
        private final long start = System.nanoTime();
        private final Deque<Passage> passages = new ArrayDeque<>(admissions.size());
        private boolean asking;
        private Outcome outcome = Outcome.FAILED;
        private Optional<Reason> refusedFor = Optional.empty();

        Passing(Entry entry) {
            this.entry = entry;
        }

        void admit() {
            asking = true;
            for (Admission admission : admissions) {
                passages.push(admission.admit(entry));
            }
            asking = false;
        }

        Outcome outcomeOf(Throwable thrown) {
            return switch (thrown) {
                case StoreUnavailableException e -> Outcome.UNAVAILABLE;
                case CallRefusedException e when asking -> {
                    refusedFor = Optional.of(e.reason());
                    yield Outcome.REFUSED;
                }
                case CroftException e when asking -> Outcome.REFUSED;
                case QuotaExceededException e -> Outcome.REFUSED;
                case InvalidInputException e -> Outcome.INVALID;
                case UnknownOrgException e -> Outcome.UNKNOWN_ORG;
                case OrgSuspendedException e -> Outcome.SUSPENDED;
                case NotPermittedException e -> Outcome.NOT_PERMITTED;
                default -> Outcome.FAILED;
            };
        }

        /** The last to let it in is the first to be told. */
        void end() {
            long took = System.nanoTime() - start;
            passages.forEach(passage -> passage.ended(outcome, took));
            if (LOG.isDebugEnabled()) {
                LoggingEventBuilder line = LOG.atDebug().addKeyValue("operation", entry.operation().label())
                        .addKeyValue("outcome", outcome).addKeyValue("micros", took / 1000);
                refusedFor.map(reason -> line.addKeyValue("reason", reason)).orElse(line).log("call");
            }
            try {
                observer.called(entry.operation().label(), outcome, took);
            } catch (RuntimeException | Error e) { // it has no part in the call
                LOG.warn("The observer of calls failed at {}", entry.operation().label(), e);
            }
        }
    }
}
