package io.croft.spi;

/**
 * How far an index has read its change log. An index keeps it, in the same commit as the changes themselves; only the
 * change feed that made it knows what the text means.
 *
 * @param value up to 512 characters; empty for the beginning, before any change
 */
public record Checkpoint(String value) {

    /** Before any change. */
    public static final Checkpoint BEGINNING = new Checkpoint("");

    public Checkpoint {
        if (value.length() > 512) {
            throw new IllegalArgumentException("a checkpoint of " + value.length() + " characters; the most is 512");
        }
    }
}
