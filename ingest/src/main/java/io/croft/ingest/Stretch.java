package io.croft.ingest;

/**
 * A part of a text: a chunk before it is embedded.
 *
 * @param start where it starts
 * @param end   where it ends, exclusive
 */
record Stretch(int start, int end) {

    /** What is left of a part of a text without the white space around it. */
    static Stretch trimmed(String text, int from, int to) {
        int start = from;
        int end = to;
        while (start < end && Character.isWhitespace(text.charAt(start))) {
            start++;
        }
        while (end > start && Character.isWhitespace(text.charAt(end - 1))) {
            end--;
        }
        return new Stretch(start, end);
    }

    int length() {
        return end - start;
    }

    String of(String text) {
        return text.substring(start, end);
    }
}
