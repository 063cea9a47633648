package io.croft.audit;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Some entries of an {@link AuditLog}.
 *
 * @param entries the newest first
 * @param next    the cursor of the page that follows; empty if this is the last one
 */
public record AuditPage(List<AuditEntry> entries, Optional<String> next) {

    public AuditPage {
        entries = List.copyOf(entries);
        Objects.requireNonNull(next, "next");
    }
}
