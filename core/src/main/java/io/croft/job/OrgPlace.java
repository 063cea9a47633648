package io.croft.job;

import io.croft.OrgId;
import java.util.Objects;
import java.util.Optional;

/**
 * In which of several databases an organisation's jobs are.
 *
 * @param org      the organisation
 * @param database the name of the database
 * @param version  1 for the first database that the organisation is in, and one more with each move
 * @param movingTo the database that a move is under way to
 * @param leftFrom the database that it has moved from, as long as that has not been cleared of it
 */
public record OrgPlace(OrgId org, String database, long version, Optional<String> movingTo,
        Optional<String> leftFrom) {

    public OrgPlace {
        Objects.requireNonNull(org, "org");
        Objects.requireNonNull(database, "database");
        Objects.requireNonNull(movingTo, "movingTo");
        Objects.requireNonNull(leftFrom, "leftFrom");
    }

    /** Whether a move is under way, or was left so. */
    public boolean isMoving() {
        return movingTo.isPresent() || leftFrom.isPresent();
    }
}
