package io.croft.ingest.extract;

import io.croft.InvalidInputException;

/**
 * A stretch of an extracted text that its layout sets apart.
 *
 * @param kind  what it is
 * @param level of a heading 1 to 6, the greatest heading first; else 0
 * @param page  the page, slide or image of a file that it is on, from 1; 0 where a file has no pages
 * @param start where it starts in the text, in UTF-16 units
 * @param end   where it ends, exclusive
 */
public record TextBlock(Kind kind, int level, int page, int start, int end) {

    /** What a block is. */
    public enum Kind {
        /** A line that names what follows. */
        HEADING,
        /** Sentences. */
        PARAGRAPH,
        /** One item of a list. */
        LIST_ITEM,
        /** A line for each row; cells are set apart by {@code " | "}. */
        TABLE,
        /** Lines that are kept as they are. */
        CODE
    }

    public TextBlock {
        boolean levelFits = kind == Kind.HEADING ? level >= 1 && level <= 6 : level == 0;
        if (!levelFits || page < 0 || start < 0 || end <= start) {
            throw new InvalidInputException("a block " + kind + " of level " + level + " on page " + page + " from "
                    + start + " to " + end + " is not possible: headings have levels 1 to 6, others 0; pages count"
                    + " from 1, 0 is none; blocks are not empty");
        }
    }
}
