package io.croft.ingest.extract.child;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Reads plain text: paragraphs, which blank lines set apart; form feeds begin pages. Tables of values are tables, and
 * what is a programming language's is code.
 */
final class PlainTextReader implements FormatReader {

    private static final Set<String> PROSE = Set.of("text/plain", "text/x-log", "text/troff", "text/x-rst");

    @Override
    public void read(Path file, String type, Reading reading) throws IOException {
        String text = Characters.decode(file).replace("\r\n", "\n").replace('\r', '\n');
        TextWriter writer = reading.writer();
        switch (type) {
            case "text/csv" -> writer.table(rows(text, text.indexOf(';') >= 0 && text.indexOf(',') < 0 ? ';' : ','));
            case "text/tab-separated-values", "text/tsv" -> writer.table(rows(text, '\t'));
            case String prose when PROSE.contains(prose) -> pages(text, writer);
            default -> writer.code(text);
        }
    }

    /** Pages of paragraphs. */
    static void pages(String text, TextWriter writer) {
        String[] pages = text.split("\f", -1);
        for (int i = 0; i < pages.length; i++) {
            if (pages.length > 1) {
                writer.page(i + 1);
            }
            paragraphs(pages[i], writer);
        }
    }

    /** Paragraphs of one page. */
    static void paragraphs(String text, TextWriter writer) {
        for (String paragraph : text.split("\\n[ \\t]*\\n", -1)) {
            writer.paragraph(paragraph);
        }
    }

    /** Rows of values; a value may be quoted, and then hold separators, line ends and quotes written twice. */
    private static List<List<String>> rows(String text, char separator) {
        List<List<String>> rows = new ArrayList<>();
        List<String> row = new ArrayList<>();
        StringBuilder value = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quoted) {
                if (c != '"') {
                    value.append(c);
                } else if (i + 1 < text.length() && text.charAt(i + 1) == '"') {
                    value.append(c);
                    i++;
                } else {
                    quoted = false;
                }
            } else if (c == '"' && value.isEmpty()) {
                quoted = true;
            } else if (c == separator || c == '\n') {
                row.add(value.toString());
                value.setLength(0);
                if (c == '\n') {
                    rows.add(row);
                    row = new ArrayList<>();
                }
            } else {
                value.append(c);
            }
        }
        row.add(value.toString());
        rows.add(row);
        return rows;
    }
}
