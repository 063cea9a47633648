package io.croft.search;

/** Where a hit comes from. */
public enum Source {
    /** The private index of the organisation that asks. */
    PRIVATE,
    /** The marketplace, which all organisations share. */
    MARKETPLACE
}
