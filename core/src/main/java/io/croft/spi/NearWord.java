package io.croft.spi;

/**
 * A word of an index that is written almost like one of a query.
 *
 * @param word      the query's, in lower case
 * @param known     the index's, in lower case
 * @param term      what the index's word is searched as; words with the same term find the same
 * @param edits     how many letters must be added, removed, replaced or swapped with their neighbour to get from one to
 *                  the other: 1 or 2
 * @param chunks    in how many chunks the index's word occurs; may count chunks that were replaced or removed
 */
public record NearWord(String word, String known, String term, int edits, long chunks) {

    /** The fewest letters of a word that is corrected. */
    public static final int MIN_LETTERS = 4;
    /** From so many letters on a known word may be two edits away. */
    public static final int TWO_EDITS_LETTERS = 8;
    /** The most letters of a word that is corrected. */
    public static final int MAX_LETTERS = 40;
    /** The most words of one query that are corrected: the first. */
    public static final int MAX_WORDS = 10;
    /** The most near words for each word that one index names. */
    public static final int MAX_NEAR = 50;

    /** Whether a word that no index knows is corrected: of letters alone, and of so many. */
    public static boolean isCorrected(String word) {
        int letters = letters(word);
        return letters >= MIN_LETTERS && letters <= MAX_LETTERS;
    }

    /** How many letters a word has, a mark on a letter counting as one more; 0 if it has anything else. */
    public static int letters(CharSequence word) {
        int letters = 0;
        // Called for every word of every text that is indexed, which a stream of code points makes much slower.
        for (int at = 0; at < word.length(); letters++) {
            int character = Character.codePointAt(word, at);
            if (!isLetter(character)) {
                return 0;
            }
            at += Character.charCount(character);
        }
        return letters;
    }

    private static boolean isLetter(int character) {
        return Character.isLetter(character) || switch (Character.getType(character)) {
            case Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK, Character.ENCLOSING_MARK -> true;
            default -> false;
        };
    }
}
