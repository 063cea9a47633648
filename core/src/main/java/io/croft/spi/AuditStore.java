package io.croft.spi;

import io.croft.OrgId;
import io.croft.audit.AuditEntry;
import io.croft.audit.AuditFilter;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/**
 * What administration did. Whatever the store does itself it writes down in the same transaction; entries can neither
 * be changed nor removed before the end of their retention, and outlive their organisation. Thread-safe.
 */
public interface AuditStore {

    /** The most entries of a call. */
    int MAX_LIMIT = 1001;

    /** Writes down what was done elsewhere, in a transaction of its own. */
    void append(AuditNote note);

    /**
     * The entries of this life of an organisation, the newest first.
     *
     * @param after only those behind this place
     * @param limit 1 to {@value #MAX_LIMIT}
     */
    List<AuditEntry> list(OrgId org, UUID incarnation, AuditFilter filter, Optional<Place> after, int limit);

    /** The entries of all lives of all organisations and of what concerns none, the newest first. */
    List<AuditEntry> list(AuditFilter filter, Optional<Place> after, int limit);

    /**
     * A place in the list: that of an entry.
     *
     * @param at when it was written
     * @param id its id, which orders those of one time
     */
    record Place(Instant at, UUID id) {

        public Place {
            Objects.requireNonNull(at, "at");
            Objects.requireNonNull(id, "id");
        }
    }
}
