package io.croft.ingest;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads the layout of a text, line by line, once: Markdown's headings (both forms), fenced code, tables, items of
 * lists, and paragraphs, which blank lines set apart. A text without markup is paragraphs. Not a Markdown parser: what
 * is inside a block stays as it is, and a fence that is never closed reaches to the text's end.
 */
final class Blocks {

    private final String text;
    private final List<Block> blocks = new ArrayList<>();

    /** Where the open block starts, or -1. */
    private int open = -1;
    private int openLines;

    private Blocks(String text) {
        this.text = text;
    }

    /** The blocks of a text, in order; only white space lies between them. */
    static List<Block> of(String text) {
        return new Blocks(text).read();
    }

    private List<Block> read() {
        int line = 0;
        while (line < text.length()) {
            int next = nextLine(line);
            int first = skipBlanks(line, next);
            int fence = fenceLength(first, next);
            if (first == next) {
                close(Block.Kind.PROSE, line);
            } else if (fence > 0) {
                close(Block.Kind.PROSE, line);
                next = endOfFence(text.charAt(first), fence, next);
                blocks.add(new Block(Block.Kind.CODE, line, next));
            } else if (text.charAt(first) == '|') {
                close(Block.Kind.PROSE, line);
                next = endOfTable(next);
                blocks.add(new Block(Block.Kind.TABLE, line, next));
            } else if (isHeading(first, next)) {
                close(Block.Kind.PROSE, line);
                blocks.add(new Block(Block.Kind.HEADING, line, next));
            } else if (openLines == 1 && isUnderline(first, next)) {
                close(Block.Kind.HEADING, next);
            } else {
                addProse(line, first, next);
            }
            line = next;
        }
        close(Block.Kind.PROSE, text.length());
        return blocks;
    }

    private void addProse(int line, int first, int next) {
        if (isListItem(first, next)) {
            close(Block.Kind.PROSE, line);
        }
        if (open < 0) {
            open = line;
        }
        openLines++;
    }

    private void close(Block.Kind kind, int end) {
        if (open >= 0) {
            blocks.add(new Block(kind, open, end));
        }
        open = -1;
        openLines = 0;
    }

    private int nextLine(int from) {
        int newline = text.indexOf('\n', from);
        return newline < 0 ? text.length() : newline + 1;
    }

    private int skipBlanks(int from, int to) {
        int i = from;
        while (i < to && Character.isWhitespace(text.charAt(i))) {
            i++;
        }
        return i;
    }

    /** The number of the same characters at a place. */
    private int run(int from, int to) {
        int i = from;
        while (i < to && text.charAt(i) == text.charAt(from)) {
            i++;
        }
        return i - from;
    }

    /** The length of the fence that a line starts with; 0 without one. */
    private int fenceLength(int first, int next) {
        if (first == next || (text.charAt(first) != '`' && text.charAt(first) != '~')) {
            return 0;
        }
        int length = run(first, next);
        boolean inline = text.charAt(first) == '`' && text.substring(first + length, next).indexOf('`') >= 0;
        return length >= 3 && !inline ? length : 0;
    }

    /** The end of the line that closes a fence: one of the same character, as long or longer, and nothing else. */
    private int endOfFence(char mark, int length, int from) {
        int line = from;
        while (line < text.length()) {
            int next = nextLine(line);
            int first = skipBlanks(line, next);
            if (first < next && text.charAt(first) == mark) {
                int run = run(first, next);
                if (run >= length && skipBlanks(first + run, next) == next) {
                    return next;
                }
            }
            line = next;
        }
        return line;
    }

    /** The end of the last of the lines that begin with a bar. */
    private int endOfTable(int from) {
        int line = from;
        while (line < text.length()) {
            int next = nextLine(line);
            int first = skipBlanks(line, next);
            if (first == next || text.charAt(first) != '|') {
                return line;
            }
            line = next;
        }
        return line;
    }

    /** One to six number signs, then a space or the line's end. */
    private boolean isHeading(int first, int next) {
        if (text.charAt(first) != '#') {
            return false;
        }
        int signs = run(first, next);
        return signs <= 6 && (first + signs == next || Character.isWhitespace(text.charAt(first + signs)));
    }

    /** A line of equals signs or hyphens, which makes the line above a heading. */
    private boolean isUnderline(int first, int next) {
        char mark = text.charAt(first);
        return (mark == '=' || mark == '-') && skipBlanks(first + run(first, next), next) == next;
    }

    /** A bullet, or a number with a point or bracket, then a space. */
    private boolean isListItem(int first, int next) {
        int i = first;
        char mark = text.charAt(i);
        if (mark >= '0' && mark <= '9') {
            while (i < next && i < first + 9 && text.charAt(i) >= '0' && text.charAt(i) <= '9') {
                i++;
            }
            if (i == next || (text.charAt(i) != '.' && text.charAt(i) != ')')) {
                return false;
            }
        } else if (mark != '-' && mark != '*' && mark != '+' && mark != '•') {
            return false;
        }
        return i + 1 < next && Character.isWhitespace(text.charAt(i + 1));
    }
}
