package io.croft.audit;

import io.croft.Actor;
import io.croft.OrgId;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/**
 * One thing that administration did. It holds names, numbers and ids, never texts, vectors, payloads, reasons or
 * secrets.
 *
 * @param id        of this entry
 * @param at        when, on the database's clock, to the microsecond: the begin of the transaction that did it
 * @param org       whose data or settings; empty for what concerns all organisations
 * @param actor     who
 * @param requestId of the call; empty where a call has none, as those of {@link io.croft.job.QueueAdmin}
 * @param action    what, as {@code jobs.redrive}
 * @param subject   to what within the organisation or the installation, as the name of a queue; empty if the action
 *                  says it all
 * @param before    what was set before; empty where nothing was, or where that means nothing
 * @param after     what is set now, or what was done
 */
public record AuditEntry(UUID id, Instant at, Optional<OrgId> org, Actor actor, Optional<String> requestId,
        String action, String subject, Map<String, String> before, Map<String, String> after) {

    public AuditEntry {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(org, "org");
        Objects.requireNonNull(actor, "actor");
        Objects.requireNonNull(requestId, "requestId");
        Objects.requireNonNull(action, "action");
        Objects.requireNonNull(subject, "subject");
        before = Map.copyOf(before);
        after = Map.copyOf(after);
    }
}
