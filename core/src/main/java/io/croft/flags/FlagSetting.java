package io.croft.flags;

/** What somebody said of a flag. */
public enum FlagSetting {
    /** On; of one organisation, unless it is off for all. */
    ON,
    /** Off; of all organisations, whatever is said of one. */
    OFF,
    /** Nothing: for one organisation it is as for all; for all, off. */
    UNSET
}
