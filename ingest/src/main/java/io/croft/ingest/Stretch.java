package io.croft.ingest;

/**
 * A chunk before it is embedded: where it lies in its text.
 *
 * @param start where it starts
 * @param end   where it ends, exclusive
 */
record Stretch(int start, int end) {

    String of(String text) {
        return text.substring(start, end);
    }
}
