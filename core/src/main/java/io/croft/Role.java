package io.croft;

/** What an {@link Actor} is to the organisation it acts for. */
public enum Role {
    /** Reads and writes within one organisation. */
    MEMBER,
    /** Administers one organisation. */
    ADMIN,
    /** A program of the host that acts for one organisation. */
    SERVICE,
    /** An operator of the host, who may act for any organisation. */
    SUPER_ADMIN
}
