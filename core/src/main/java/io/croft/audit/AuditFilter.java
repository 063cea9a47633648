package io.croft.audit;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.input.Ids;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * Which entries of an {@link AuditLog}: those that are all of what is given. Immutable; each {@code with…} method
 * returns a changed copy.
 *
 * @param org    of this organisation
 * @param actor  by the actor with this id
 * @param action of this action, as {@code orgs.erase}
 * @param from   at this time or later
 * @param before earlier than this
 */
public record AuditFilter(Optional<OrgId> org, Optional<String> actor, Optional<String> action,
        Optional<Instant> from, Optional<Instant> before) {

    /** All of them. */
    public static final AuditFilter ALL =
            new AuditFilter(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    public AuditFilter {
        Objects.requireNonNull(org, "org");
        actor.ifPresent(id -> Ids.checkName("actor id", id));
        action.ifPresent(name -> Ids.checkName("action", name));
        if (from.isPresent() && before.isPresent() && !from.get().isBefore(before.get())) {
            throw new InvalidInputException("entries from " + from.get() + " and before " + before.get()
                    + " are none: the first time must be the earlier one");
        }
    }

    /** Those of one organisation. */
    public AuditFilter withOrg(OrgId org) {
        return new AuditFilter(Optional.of(org), actor, action, from, before);
    }

    /** Those by the actor with this id. */
    public AuditFilter withActor(String actor) {
        return new AuditFilter(org, Optional.of(actor), action, from, before);
    }

    /** Those of one action. */
    public AuditFilter withAction(String action) {
        return new AuditFilter(org, actor, Optional.of(action), from, before);
    }

    /** Those at this time or later. */
    public AuditFilter withFrom(Instant from) {
        return new AuditFilter(org, actor, action, Optional.of(from), before);
    }

    /** Those earlier than this. */
    public AuditFilter withBefore(Instant before) {
        return new AuditFilter(org, actor, action, from, Optional.of(before));
    }
}
