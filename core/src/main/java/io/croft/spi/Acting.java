package io.croft.spi;

import io.croft.Actor;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.TenantContext;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/**
 * Who does what is written down.
 *
 * @param actor       who
 * @param requestId   in which request; empty where a call has none
 * @param incarnation the life of the organisation that it is done to; empty for what concerns all organisations
 */
public record Acting(Actor actor, Optional<String> requestId, Optional<UUID> incarnation) {

    public Acting {
        Objects.requireNonNull(actor, "actor");
        Objects.requireNonNull(requestId, "requestId");
        Objects.requireNonNull(incarnation, "incarnation");
    }

    /** Who makes a call for an organisation. */
    public static Acting in(TenantContext context, Org org) {
        return in(context, org.incarnation());
    }

    /** The same for the organisation in this life. */
    public static Acting in(TenantContext context, UUID incarnation) {
        return new Acting(context.actor(), Optional.of(context.requestId()), Optional.of(incarnation));
    }

    /** Who makes a call that has no request and concerns all organisations. */
    public static Acting operator(Actor operator) {
        return new Acting(operator, Optional.empty(), Optional.empty());
    }

    /** What it did to an organisation. */
    public AuditNote note(OrgId org, String action, String subject, Map<String, String> before,
            Map<String, String> after) {
        return new AuditNote(this, Optional.of(org), action, subject, before, after);
    }

    /** What it did that concerns all organisations. */
    public AuditNote note(String action, String subject, Map<String, String> before, Map<String, String> after) {
        return new AuditNote(this, Optional.empty(), action, subject, before, after);
    }
}
