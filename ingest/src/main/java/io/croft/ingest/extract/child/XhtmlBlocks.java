package io.croft.ingest.extract.child;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.xml.sax.Attributes;
import org.xml.sax.helpers.DefaultHandler;

/** Takes a document as events of XHTML and writes its blocks. A table within a cell is text of the cell. */
final class XhtmlBlocks extends DefaultHandler {

    private static final Set<String> BLOCKS = Set.of("p", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "ul",
            "ol", "blockquote", "body", "table");
    private static final Set<String> SLIDES = Set.of("slide", "slide-content");

    private final Reading reading;
    private final TextWriter writer;
    private final StringBuilder inline = new StringBuilder();

    private int heading;
    private boolean item;
    private int tables;
    private int slides;
    private boolean inBody;
    private long tableCharacters;
    private List<List<String>> rows = new ArrayList<>();
    private List<String> row = new ArrayList<>();

    XhtmlBlocks(Reading reading) {
        this.reading = reading;
        this.writer = reading.writer();
    }

    @Override
    public void startElement(String uri, String localName, String qName, Attributes attributes) {
        String name = localName.toLowerCase(Locale.ROOT);
        String style = attributes.getValue("class") == null ? "" : attributes.getValue("class");
        inBody |= name.equals("body");
        if (tables > 0) {
            startInTable(name);
            return;
        }
        if (!BLOCKS.contains(name)) {
            return;
        }
        flush();
        if (name.equals("table")) {
            tables = 1;
            rows = new ArrayList<>();
        } else if (name.charAt(0) == 'h') {
            heading = name.charAt(1) - '0';
        } else if (name.equals("li") || style.toLowerCase(Locale.ROOT).startsWith("list")) {
            item = true;
        } else if (name.equals("div") && SLIDES.contains(style)) {
            slides++;
            reading.pages(slides);
            writer.page(slides);
        }
    }

    private void startInTable(String name) {
        switch (name) {
            case "table" -> tables++;
            case "tr" -> row = tables == 1 ? new ArrayList<>() : row;
            default -> inline.append(' ');
        }
    }

    @Override
    public void endElement(String uri, String localName, String qName) {
        String name = localName.toLowerCase(Locale.ROOT);
        if (tables > 0) {
            endInTable(name);
        } else if (BLOCKS.contains(name)) {
            flush();
        }
    }

    private void endInTable(String name) {
        if (name.equals("table")) {
            tables--;
            if (tables == 0) {
                writer.table(rows);
                inline.setLength(0);
            }
        } else if (tables == 1 && (name.equals("td") || name.equals("th"))) {
            row.add(inline.toString().strip());
            inline.setLength(0);
        } else if (tables == 1 && name.equals("tr")) {
            rows.add(row);
        }
    }

    @Override
    public void characters(char[] text, int start, int length) {
        if (!inBody) {
            return;
        }
        if (tables > 0) {
            tableCharacters += length;
        }
        if (Math.max(tableCharacters, inline.length()) > reading.limits().characters()) {
            throw writer.tooLong();
        }
        inline.append(text, start, length);
    }

    @Override
    public void ignorableWhitespace(char[] text, int start, int length) {
        characters(text, start, length);
    }

    /** Writes what was gathered of the last block. */
    void flush() {
        String text = inline.toString();
        inline.setLength(0);
        if (!text.isBlank()) {
            if (heading > 0) {
                writer.heading(heading, text);
            } else if (item) {
                writer.listItem(text);
            } else {
                writer.paragraph(text);
            }
        }
        heading = 0;
        item = false;
    }
}
