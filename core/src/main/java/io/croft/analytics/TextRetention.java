package io.croft.analytics;

/** Whether the texts of an organisation's queries are kept for its reports. */
public enum TextRetention {
    /** They are kept for 30 days, up to 200 characters of each and 1,000 different ones a day. */
    KEEP,
    /** They are not kept. */
    DISCARD
}
