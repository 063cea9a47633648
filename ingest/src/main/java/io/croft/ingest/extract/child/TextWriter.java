package io.croft.ingest.extract.child;

import io.croft.ingest.extract.Extraction;
import io.croft.ingest.extract.ExtractionLimit;
import io.croft.ingest.extract.Outcome;
import io.croft.ingest.extract.TextBlock;
import io.croft.ingest.extract.TextBlock.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Writes a text and its blocks. The layout is written into the text as well, so that it is not lost where only the text
 * is kept: headings, items, tables and code as Markdown marks them, pages with a form feed between them. White space is
 * made even, except in code. Blocks without a letter or digit are left out.
 */
final class TextWriter {

    private static final char NEW_PAGE = '\f';
    private static final int MAX_TITLE = 1_000;

    private final long maxCharacters;
    private final StringBuilder text = new StringBuilder();
    private final List<TextBlock> blocks = new ArrayList<>();
    private final List<Integer> pagesWithoutText = new ArrayList<>();
    private String title = "";
    private String language = "";
    private int page;
    private boolean pageBegins;

    TextWriter(long maxCharacters) {
        this.maxCharacters = maxCharacters;
    }

    /** What follows is on this page, counted from 1. */
    void page(int number) {
        pageBegins = pageBegins || page > 0;
        page = number;
    }

    /** Whether nothing was written so far. */
    boolean isEmpty() {
        return blocks.isEmpty();
    }

    int page() {
        return page;
    }

    /** Notes that a page may have text, but in images alone. */
    void pageWithoutText(int number) {
        pagesWithoutText.add(number);
    }

    /** The file's title; the first one that is not blank counts. */
    void title(String value) {
        String clean = line(value);
        if (title.isEmpty() && !clean.isEmpty()) {
            int end = clean.length() > MAX_TITLE ? clean.offsetByCodePoints(0, MAX_TITLE / 2) : clean.length();
            title = clean.substring(0, end).strip();
        }
    }

    /** The file's language, if it is a tag. */
    void language(String tag) {
        String clean = tag.strip().replace('_', '-');
        if (language.isEmpty() && clean.matches("[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}")) {
            language = clean;
        }
    }

    void heading(int level, String heading) {
        String clean = line(heading);
        int within = Math.clamp(level, 1, 6);
        add(Kind.HEADING, within, clean, "#".repeat(within) + " " + clean);
    }

    void paragraph(String paragraph) {
        String clean = line(paragraph);
        add(Kind.PARAGRAPH, 0, clean, clean);
    }

    void listItem(String item) {
        String clean = line(item);
        add(Kind.LIST_ITEM, 0, clean, "- " + clean);
    }

    /** A table, row by row; rows without any text are left out. */
    void table(List<List<String>> rows) {
        List<String> lines = new ArrayList<>();
        for (List<String> row : rows) {
            List<String> cells = row.stream().map(TextWriter::line).toList();
            if (cells.stream().anyMatch(cell -> !cell.isEmpty())) {
                lines.add(cells.stream().collect(Collectors.joining(" | ", "| ", " |")));
            }
        }
        String table = String.join("\n", lines);
        add(Kind.TABLE, 0, table, table);
    }

    void code(String code) {
        String clean = lines(code);
        String fence = "```";
        while (clean.contains(fence)) {
            fence += "`";
        }
        add(Kind.CODE, 0, clean, fence + "\n" + clean + "\n" + fence);
    }

    private void add(Kind kind, int level, String clean, String marked) {
        if (clean.codePoints().noneMatch(Character::isLetterOrDigit)) {
            return;
        }
        if (text.length() + marked.length() + 3L > maxCharacters) {
            throw StopException.limit(ExtractionLimit.CHARACTERS, "The file's text has more than " + maxCharacters
                    + " characters.");
        }
        if (!blocks.isEmpty()) {
            boolean sameList = kind == Kind.LIST_ITEM && blocks.getLast().kind() == Kind.LIST_ITEM;
            text.append(pageBegins ? "\n" + NEW_PAGE + "\n" : sameList ? "\n" : "\n\n");
            pageBegins = false;
        }
        blocks.add(new TextBlock(kind, level, page, text.length(), text.length() + marked.length()));
        text.append(marked);
    }

    /** What was written, as a file of this type. */
    Extraction finish(String type, Outcome whenEmpty) {
        Outcome outcome = blocks.isEmpty() ? whenEmpty : Outcome.EXTRACTED;
        return new Extraction(outcome, type, title, Optional.of(language).filter(tag -> !tag.isEmpty()),
                text.toString(), blocks, pagesWithoutText);
    }

    /** One line: each run of white space is one space, what cannot be seen is gone, what is no Unicode is replaced. */
    static String line(String raw) {
        StringBuilder clean = new StringBuilder(raw.length());
        boolean space = false;
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (Character.isWhitespace(c) || Character.isSpaceChar(c)) {
                space = true;
            } else if (!isUnseen(c)) {
                if (space && !clean.isEmpty()) {
                    clean.append(' ');
                }
                space = false;
                i = append(clean, raw, i);
            }
        }
        return clean.toString();
    }

    /** Lines as they are, without white space at their ends, and without empty ones around them. */
    private static String lines(String raw) {
        StringBuilder clean = new StringBuilder(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '\n' || c == '\t' || !isUnseen(c)) {
                i = append(clean, raw, i);
            }
        }
        return clean.toString().replaceAll("[ \\t]+\\n", "\n").replaceAll("\\A\\n+", "").stripTrailing();
    }

    /** Appends what stands at a place; returns where its last unit is. */
    private static int append(StringBuilder clean, String raw, int at) {
        char c = raw.charAt(at);
        if (!Character.isSurrogate(c)) {
            clean.append(c);
            return at;
        }
        boolean pair = Character.isHighSurrogate(c) && at + 1 < raw.length()
                && Character.isLowSurrogate(raw.charAt(at + 1));
        if (pair) {
            clean.append(c).append(raw.charAt(at + 1));
            return at + 1;
        }
        clean.append('\ufffd');
        return at;
    }

    /** Control characters, soft hyphens, zero-width spaces, byte order marks and what is no character. */
    private static boolean isUnseen(char c) {
        return Character.isISOControl(c) || c == '\u00ad' || c == '\u200b' || c == '\ufeff' || c >= '\ufffe';
    }
}
