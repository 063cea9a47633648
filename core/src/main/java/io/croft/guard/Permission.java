package io.croft.guard;

/** What an actor needs to be allowed for a call. */
public enum Permission {
    /** To find and read what an organisation has. */
    READ,
    /** To change what an organisation has. */
    WRITE,
    /** To publish in the marketplace. */
    PUBLISH,
    /** To say how an organisation is run: its limits, its dead letters, its life; to have all that it has. */
    ADMINISTER,
    /** To read what was written down of how an organisation is run. */
    AUDIT,
    /** To act for all organisations at once. */
    CROSS_ORG
}
