package io.croft.ingest.extract.child;

import io.croft.ingest.extract.Extraction;
import io.croft.ingest.extract.ExtractionLimit;
import io.croft.ingest.extract.Outcome;
import io.croft.ingest.extract.TextBlock;
import io.croft.ingest.extract.TextBlock.Kind;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

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
    private final Set<Integer> pagesWithoutText = new LinkedHashSet<>();
    private String title = "";
    private String language = "";
    private int page;
    private boolean pageBegins;
    private int within;
    private @Nullable StopException stopped;

    TextWriter(long maxCharacters) {
        this.maxCharacters = maxCharacters;
    }

    /**
     * Ends the reading with an outcome, the first one that it is called with. Libraries may catch what is thrown, so it
     * is thrown again when anything more is written, and at the end.
     */
    StopException stop(Outcome outcome) {
        if (stopped == null) {
            stopped = new StopException(outcome);
        }
        return stopped;
    }

    /** Ends the reading because of the text's length. */
    StopException tooLong() {
        return stop(Outcome.of(ExtractionLimit.CHARACTERS, "The file's text has more than " + maxCharacters
                + " characters."));
    }

    /** The outcome that the reading was ended with, if it was. */
    Optional<Outcome> stopped() {
        return Optional.ofNullable(stopped).map(StopException::outcome);
    }

    /** Throws what the reading was ended with, if it was. */
    void check() {
        if (stopped != null) {
            throw stopped;
        }
    }

    /** What follows is of a file within the file: on the page that this one is on, whatever pages it has itself. */
    void enter() {
        within++;
    }

    void leave() {
        within--;
    }

    /** What follows is on this page, counted from 1. */
    void page(int number) {
        if (within == 0) {
            pageBegins = pageBegins || page > 0;
            page = number;
        }
    }

    /** Notes that a page may have text, but in images alone. */
    void pageWithoutText(int number) {
        pagesWithoutText.add(within == 0 ? number : Math.max(1, page));
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
        String fence = "`".repeat(Math.max(3, longestRun(clean, '`') + 1));
        add(Kind.CODE, 0, clean, fence + "\n" + clean + "\n" + fence);
    }

    private static int longestRun(String text, char mark) {
        int longest = 0;
        int run = 0;
        for (int i = 0; i < text.length(); i++) {
            run = text.charAt(i) == mark ? run + 1 : 0;
            longest = Math.max(longest, run);
        }
        return longest;
    }

    private void add(Kind kind, int level, String clean, String marked) {
        check();
        if (clean.codePoints().noneMatch(Character::isLetterOrDigit)) {
            return;
        }
        if (text.length() + marked.length() + 3L > maxCharacters) {
            throw tooLong();
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
        check();
        Outcome outcome = blocks.isEmpty() ? whenEmpty : Outcome.EXTRACTED;
        return new Extraction(outcome, type, title, Optional.of(language).filter(tag -> !tag.isEmpty()),
                text.toString(), blocks, List.copyOf(pagesWithoutText));
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
            if (c == '\n') {
                stripBlanks(clean);
                if (!clean.isEmpty()) {
                    clean.append(c);
                }
            } else if (c == '\t' || !isUnseen(c)) {
                i = append(clean, raw, i);
            }
        }
        return clean.toString().stripTrailing();
    }

    private static void stripBlanks(StringBuilder text) {
        int end = text.length();
        while (end > 0 && (text.charAt(end - 1) == ' ' || text.charAt(end - 1) == '\t')) {
            end--;
        }
        text.setLength(end);
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
