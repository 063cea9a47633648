package io.croft.input;

/** Texts as messages and logs show them: short, and on one line. */
public final class Shown {

    private static final int MOST = 40;

    private Shown() {
    }

    /** The beginning of a text between quotation marks. */
    public static String quoted(String text) {
        int end = text.length() <= MOST ? text.length() : text.offsetByCodePoints(0, text.codePointCount(0, MOST));
        StringBuilder shown = new StringBuilder(end + 3).append('"');
        for (int i = 0; i < end; i++) {
            char c = text.charAt(i);
            shown.append(Character.isISOControl(c) || c == '\u2028' || c == '\u2029' ? ' ' : c);
        }
        return shown.append(end < text.length() ? "…" : "").append('"').toString();
    }

    /** How long a text is, in place of it. */
    public static String length(String text) {
        return text.length() + " characters";
    }
}
