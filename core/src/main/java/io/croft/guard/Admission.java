package io.croft.guard;

import io.croft.Actor;
import io.croft.CallObserver.Outcome;
import io.croft.OrgId;
import java.util.Objects;
import java.util.Optional;

/**
 * Says whether a call may be made now: a limit of how often, of how much at once, or a switch. It is asked once for
 * each call, when the organisation is known to be active and the actor to be allowed it. Thread-safe.
 */
@FunctionalInterface
public interface Admission {

    /**
     * What asks to be let in.
     *
     * @param operation the call
     * @param actor     who makes it
     * @param org       for which organisation; empty if it is for all of them, or on the life of one
     * @param life      on the life of which organisation, which need not be there; else empty
     */
    record Entry(Operation operation, Actor actor, Optional<OrgId> org, Optional<OrgId> life) {

        public Entry {
            Objects.requireNonNull(operation, "operation");
            Objects.requireNonNull(actor, "actor");
            Objects.requireNonNull(org, "org");
            Objects.requireNonNull(life, "life");
        }

        /** On the life of none. */
        public Entry(Operation operation, Actor actor, Optional<OrgId> org) {
            this(operation, actor, org, Optional.empty());
        }
    }

    /** Is told of the end of a call that was let in. Must not throw. */
    @FunctionalInterface
    interface Passage {

        /** For an admission that counts nothing back. */
        Passage UNTOLD = (outcome, tookNanos) -> {
        };

        /** The call has ended so, after this time. */
        void ended(Outcome outcome, long tookNanos);
    }

    /**
     * Lets a call in.
     *
     * @return told when it has ended
     * @throws io.croft.CroftException if it may not be made now; says why, and when it may be
     */
    Passage admit(Entry entry);
}
