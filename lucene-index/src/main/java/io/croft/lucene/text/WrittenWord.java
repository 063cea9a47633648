package io.croft.lucene.text;

/**
 * Where a word of a text ends, much as Lucene's tokenizer has it (Unicode Standard Annex 29): letters and digits with
 * their marks, and what joins them as in <i>rider's</i>, <i>3.5</i> and <i>snake_case</i>; ideographs and hiragana are
 * words of their own.
 */
final class WrittenWord {

    private WrittenWord() {
    }

    /** The end, exclusive, of the word that begins here with a letter or digit. */
    static int end(String text, int start) {
        int last = text.codePointAt(start);
        int end = start + Character.charCount(last);
        boolean alone = isAlone(last);
        while (end < text.length()) {
            int next = text.codePointAt(end);
            int after = end + Character.charCount(next);
            if (!isMark(next)) {
                if (alone || !goesOn(last, next, after < text.length() ? text.codePointAt(after) : ' ')) {
                    return end;
                }
                last = next;
            }
            end = after;
        }
        return end;
    }

    private static boolean goesOn(int before, int next, int after) {
        return Character.isLetterOrDigit(next) ? !isAlone(next) : joins(before, next, after);
    }

    private static boolean isAlone(int letter) {
        return Character.isIdeographic(letter) || (letter >= 0x3041 && letter <= 0x309f);
    }

    private static boolean isMark(int character) {
        return switch (Character.getType(character)) {
            case Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK, Character.ENCLOSING_MARK,
                    Character.FORMAT ->
                    true;
            default -> false;
        };
    }

    private static boolean joins(int before, int joint, int after) {
        boolean letters = Character.isLetter(before) && Character.isLetter(after);
        boolean digits = Character.isDigit(before) && Character.isDigit(after);
        return switch (joint) {
            case '_' -> Character.isLetterOrDigit(after) || after == '_';
            case '.', '\'', '\u2019' -> letters || digits;
            case ':' -> letters;
            case ',', ';' -> digits;
            default -> false;
        };
    }
}
