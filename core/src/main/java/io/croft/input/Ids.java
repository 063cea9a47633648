package io.croft.input;

import io.croft.InvalidInputException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * What an id may be that a host chooses: so that two of them are never the same to the database, and none breaks a line
 * of a log.
 */
public final class Ids {

    /** The longest id, in bytes of UTF-8. */
    public static final int MAX_BYTES = 255;

    /** The longest name of an actor, a request, a model or a worker, in characters. */
    public static final int MAX_NAME_CHARS = 128;

    /** The longest name of a field, in characters. */
    public static final int MAX_FIELD_NAME_CHARS = 64;

    private static final Pattern WORD = Pattern.compile("[a-zA-Z][a-zA-Z0-9._-]{0,63}");
    private static final char LINE_SEPARATOR = '\u2028';
    private static final char PARAGRAPH_SEPARATOR = '\u2029';

    private Ids() {
    }

    /**
     * Refuses what is no id.
     *
     * @param what whose id it is, for the message
     * @return the id
     * @throws InvalidInputException if it is empty or blank, longer than {@value #MAX_BYTES} bytes, or holds a control
     *                               character, a separator of lines or half of a surrogate pair; the message does not
     *                               show it
     */
    public static String check(String what, String id) {
        int bytes = id.getBytes(StandardCharsets.UTF_8).length;
        if (id.isBlank() || bytes > MAX_BYTES) {
            throw new InvalidInputException("id of a " + what + " has " + bytes + " bytes and must have 1 to "
                    + MAX_BYTES + ", not all blank");
        }
        checkLine("id of a " + what, id);
        return id;
    }

    /**
     * Refuses what is no name.
     *
     * @param what what it is, for the message
     * @return the name
     * @throws InvalidInputException if it is empty or blank, longer than {@value #MAX_NAME_CHARS} characters, or not
     *                               one line, see {@link #checkLine}; the message does not show it
     */
    public static String checkName(String what, String name) {
        if (name.isBlank() || name.length() > MAX_NAME_CHARS) {
            throw new InvalidInputException(what + " has " + name.length() + " characters and must have 1 to "
                    + MAX_NAME_CHARS + ", not all blank");
        }
        checkLine(what, name);
        return name;
    }

    /**
     * Refuses what is no word, such as the name of a kind or of a queue.
     *
     * @param what what it is, for the message
     * @throws InvalidInputException naming its beginning, if it has other characters than a to z, A to Z, 0 to 9, dot,
     *                               dash and underscore, none or more than 64 of them, or begins with no letter
     */
    public static void checkWord(String what, String word) {
        if (!WORD.matcher(word).matches()) {
            throw new InvalidInputException("\"" + (word.length() > 80 ? word.substring(0, 80) + "…" : word)
                    + "\" is not a name of a " + what
                    + ": use 1 to 64 of a-z A-Z 0-9 . _ -, starting with a letter");
        }
    }

    /**
     * Refuses what is no name of a field.
     *
     * @param what whose it is, for the message
     * @throws InvalidInputException if it is empty or blank, longer than {@value #MAX_FIELD_NAME_CHARS} characters, or
     *                               not one line, see {@link #checkLine}; the message does not show it
     */
    public static void checkFieldName(String what, String name) {
        if (name.isBlank() || name.length() > MAX_FIELD_NAME_CHARS) {
            throw new InvalidInputException(what + " has " + name.length() + " characters and must have 1 to "
                    + MAX_FIELD_NAME_CHARS + ", not all blank");
        }
        checkLine(what, name);
    }

    /**
     * Refuses what is not valid Unicode on one line.
     *
     * @param what what it is, for the message
     * @throws InvalidInputException naming the character and its place
     */
    public static void checkLine(String what, String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isISOControl(c) || c == LINE_SEPARATOR || c == PARAGRAPH_SEPARATOR) {
                throw new InvalidInputException(String.format("%s holds the control character U+%04X at %d: it would"
                        + " break lines of logs; remove it", what, (int) c, i));
            }
            if (Character.isHighSurrogate(c) && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw new InvalidInputException(what + " holds half of a surrogate pair at " + i
                        + ": it is not valid Unicode; replace it");
            }
        }
    }
}
