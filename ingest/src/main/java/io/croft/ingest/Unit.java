package io.croft.ingest;

/**
 * The least that a chunk is made of: a sentence, a heading, a table, code; or a part of one that is too long. It starts
 * and ends with other than white space.
 *
 * @param start  where it starts
 * @param end    where it ends, exclusive
 * @param tokens its length in tokens
 * @param joint  what lies between it and the unit before
 * @param kind   what it is part of
 */
record Unit(int start, int end, int tokens, Joint joint, Block.Kind kind) {

    /** What lies between two units, the best place to cut last. */
    enum Joint {
        /** Both are parts of one that was too long. */
        NONE, SENTENCE, BLOCK,
        /** A heading follows. */
        SECTION
    }
}
