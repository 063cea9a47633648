package io.croft;

/**
 * What an {@link Actor} is to the organisation it acts for. What each may call is enforced, with
 * {@link NotPermittedException}; {@code docs/security.md} has the table.
 */
public enum Role {
    /** Searches, writes, publishes and enqueues within one organisation. */
    MEMBER,
    /**
     * Does that, administers the organisation (creates, exports, erases it, says how it is run), and reads its audit
     * log.
     */
    ADMIN,
    /** A program of the host that does all that an admin does for one organisation, but for reading its audit log. */
    SERVICE,
    /** An operator of the host, who may do everything, for any organisation and for all at once. */
    SUPER_ADMIN
}
