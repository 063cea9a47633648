package io.croft.ingest.extract.child;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;
import org.jsoup.nodes.TextNode;
import org.jsoup.select.NodeFilter;

/** Reads HTML. Nothing that it refers to is fetched; scripts, styles and forms' values are left out. */
final class HtmlReader implements FormatReader {

    private static final Set<String> LEFT_OUT = Set.of("script", "style", "noscript", "template", "svg", "math",
            "iframe", "object", "embed", "canvas", "audio", "video", "select", "textarea", "button", "head");

    @Override
    public void read(Path file, String type, Reading reading) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            read(Jsoup.parse(in, null, ""), reading.writer());
        }
    }

    /** Reads a text that is HTML. */
    static void read(String html, TextWriter writer) {
        read(Jsoup.parse(html), writer);
    }

    private static void read(Document document, TextWriter writer) {
        writer.title(document.title());
        Element root = document.selectFirst("html");
        if (root != null) {
            writer.language(root.attr("lang"));
        }
        Blocks blocks = new Blocks(writer);
        document.body().filter(blocks);
        blocks.flush();
    }

    /** Walks a page, gathering the text between what begins and ends blocks. */
    private static final class Blocks implements NodeFilter {

        private final TextWriter writer;
        private final StringBuilder inline = new StringBuilder();
        private boolean item;

        Blocks(TextWriter writer) {
            this.writer = writer;
        }

        @Override
        public FilterResult head(Node node, int depth) {
            if (node instanceof TextNode text) {
                inline.append(text.getWholeText());
            } else if (node instanceof Element element) {
                return begin(element);
            }
            return FilterResult.CONTINUE;
        }

        private FilterResult begin(Element element) {
            String name = element.normalName();
            if (LEFT_OUT.contains(name) || element.hasAttr("hidden")) {
                return FilterResult.SKIP_ENTIRELY;
            }
            if (name.equals("br")) {
                inline.append('\n');
            } else if (element.isBlock() || name.equals("td") || name.equals("th")) {
                flush();
                return block(element, name);
            }
            return FilterResult.CONTINUE;
        }

        private FilterResult block(Element element, String name) {
            switch (name) {
                case "h1", "h2", "h3", "h4", "h5", "h6" -> writer.heading(name.charAt(1) - '0', element.text());
                case "pre" -> writer.code(element.wholeText());
                case "table" -> {
                    List<List<String>> rows = rows(element);
                    if (rows.isEmpty()) {
                        return FilterResult.CONTINUE;
                    }
                    writer.table(rows);
                }
                case "li" -> {
                    item = true;
                    return FilterResult.CONTINUE;
                }
                default -> {
                    return FilterResult.CONTINUE;
                }
            }
            return FilterResult.SKIP_ENTIRELY;
        }

        /** The rows of a table of data; none if it only lays the page out: one column, or blocks in its cells. */
        private static List<List<String>> rows(Element table) {
            if (table.selectFirst("table table, h1, h2, h3, h4, pre, ul, ol, p + p") != null) {
                return List.of();
            }
            List<List<String>> rows = table.select("tr").stream()
                    .map(row -> row.children().stream().map(Element::text).toList()).toList();
            return rows.stream().anyMatch(row -> row.size() > 1) ? rows : List.of();
        }

        @Override
        public FilterResult tail(Node node, int depth) {
            if (node instanceof Element element && (element.isBlock() || element.normalName().matches("t[dh]"))) {
                flush();
            }
            // An item without text has not used this up.
            item &= !node.normalName().equals("li");
            return FilterResult.CONTINUE;
        }

        void flush() {
            if (inline.isEmpty()) {
                return;
            }
            String text = inline.toString();
            inline.setLength(0);
            if (text.isBlank()) {
                return;
            }
            if (item) {
                writer.listItem(text);
            } else {
                writer.paragraph(text);
            }
            item = false;
        }
    }
}
