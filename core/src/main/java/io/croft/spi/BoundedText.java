package io.croft.spi;

import java.nio.charset.StandardCharsets;

/**
 * Cuts texts for people to read (reasons, notes, errors) to what a store keeps of them: every store cuts them alike.
 * What a database cannot hold, U+0000 and halves of surrogate pairs, becomes U+FFFD; a pair that the cut would go
 * through is left out.
 */
public final class BoundedText {

    private static final char REPLACEMENT = '\uFFFD';

    private BoundedText() {
    }

    /** Whether a database can hold this text as it is. */
    public static boolean isStorable(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (isPair(text, i, text.length())) {
                i++;
            } else if (text.charAt(i) == 0 || Character.isSurrogate(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    /** The first so many characters of a text. */
    public static String chars(String text, int most) {
        int end = Math.min(text.length(), most);
        if (end < text.length() && end > 0 && isPair(text, end - 1, text.length())) {
            end--;
        }
        String cut = text.substring(0, end);
        if (isStorable(cut)) {
            return cut;
        }
        StringBuilder clean = new StringBuilder(end);
        for (int i = 0; i < end; i++) {
            char c = cut.charAt(i);
            if (isPair(cut, i, end)) {
                clean.append(c).append(cut.charAt(++i));
            } else {
                clean.append(c == 0 || Character.isSurrogate(c) ? REPLACEMENT : c);
            }
        }
        return clean.toString();
    }

    /** The lines of a text that fit into so many bytes of UTF-8; part of the first one if it alone does not. */
    public static String lines(String text, int mostBytes) {
        String kept = chars(text, mostBytes);
        while (kept.getBytes(StandardCharsets.UTF_8).length > mostBytes) {
            int end = kept.lastIndexOf('\n', kept.length() - 2) + 1;
            kept = chars(kept, end > 0 ? end : kept.length() / 2);
        }
        return kept;
    }

    private static boolean isPair(String text, int at, int end) {
        return at + 1 < end && Character.isHighSurrogate(text.charAt(at))
                && Character.isLowSurrogate(text.charAt(at + 1));
    }
}
