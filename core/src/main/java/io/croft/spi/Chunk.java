package io.croft.spi;

import io.croft.input.Shown;

/**
 * The unit of search: a stretch of a text with its vector. The array is not copied: whoever has a chunk leaves it as it
 * is.
 *
 * @param ordinal its place in the document, from 0
 * @param start   where it starts in the document's text, in UTF-16 units
 * @param end     where it ends, exclusive
 * @param text    the stretch
 * @param vector  its unit vector, of the model's length
 */
@SuppressWarnings("ArrayRecordComponent")
public record Chunk(int ordinal, int start, int end, String text, float[] vector) {

    /** Its place and how much it holds, without text and vector. */
    @Override
    public String toString() {
        return "Chunk[ordinal=" + ordinal + ", start=" + start + ", end=" + end + ", text of " + Shown.length(text)
                + ", " + vector.length + " dimensions]";
    }
}
