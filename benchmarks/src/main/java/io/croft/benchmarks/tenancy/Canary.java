package io.croft.benchmarks.tenancy;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * A word that the data of one kind of one organisation hold, and nothing else anywhere.
 *
 * @param org  the number of the organisation
 * @param kind what holds it
 * @param word letters that no stemmer changes
 */
record Canary(int org, Kind kind, String word) {

    private static final int LETTERS = 18;
    private static final int HEAD = 4;
    private static final String END = "xq";

    /** What holds one. */
    enum Kind {
        DOCUMENT_ID, TITLE, TEXT, FIELD, TAG, LISTING_ID, LISTING_TITLE, LISTING_TEXT, LISTING_FIELD, PAYLOAD, JOB_KEY,
        JOB_TAG, RESULT, ERROR, PROGRESS, REASON, SCHEDULE, QUERY, ACTOR,
        /** What is refused: malformed, too long, or not declared. */
        REFUSED;

        /** What everybody may see. */
        static final Set<Kind> PUBLISHED = Collections.unmodifiableSet(EnumSet.range(LISTING_ID, LISTING_FIELD));
        /** What a private index has. */
        static final Set<Kind> INDEXED = Collections.unmodifiableSet(EnumSet.range(DOCUMENT_ID, TAG));
        /** What messages and text forms may name: ids and names. */
        static final Set<Kind> NAMES =
                Collections.unmodifiableSet(EnumSet.of(DOCUMENT_ID, LISTING_ID, SCHEDULE, ACTOR));
    }

    static Canary random(int org, Kind kind, SplittableRandom random) {
        StringBuilder word = new StringBuilder();
        for (int i = 0; i < LETTERS; i++) {
            word.append((char) ('a' + random.nextInt(26)));
        }
        return new Canary(org, kind, word + END);
    }

    /** What is looked for: an index's list of words leaves out the beginning that a word shares with its neighbours. */
    String mark() {
        return word.substring(HEAD);
    }
}
