package io.croft;

import java.time.Instant;
import java.util.Objects;
import java.util.UUID;

/**
 * An organisation as the store knows it.
 *
 * @param id          its id
 * @param incarnation a random id of this life of it: erased and created again, it has another one
 * @param state       whether it can be used
 * @param createdAt   when this life began, by the database's clock
 */
public record Org(OrgId id, UUID incarnation, State state, Instant createdAt) {

    /** Whether an organisation can be used. */
    public enum State {
        /** Reads and writes are served. */
        ACTIVE,
        /** Nothing is served, and everything is kept, until it is resumed. */
        SUSPENDED,
        /** Being erased: nothing is served any more. */
        ERASING
    }

    public Org {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(incarnation, "incarnation");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(createdAt, "createdAt");
    }
}
