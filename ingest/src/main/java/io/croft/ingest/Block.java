package io.croft.ingest;

/**
 * A stretch of a text that its layout sets apart.
 *
 * @param kind  what it is
 * @param start where it starts
 * @param end   where it ends, exclusive; white space at its end belongs to it
 */
record Block(Kind kind, int start, int end) {

    enum Kind {
        /** A line that names what follows. */
        HEADING,
        /** A paragraph or an item of a list: sentences. */
        PROSE,
        /** Rows, each a line that begins with a bar. */
        TABLE,
        /** Code between fences, with them: lines. */
        CODE
    }
}
