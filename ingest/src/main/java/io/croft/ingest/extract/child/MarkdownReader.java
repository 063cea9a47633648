package io.croft.ingest.extract.child;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.commonmark.ext.gfm.tables.TableBlock;
import org.commonmark.ext.gfm.tables.TableCell;
import org.commonmark.ext.gfm.tables.TableRow;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.node.Code;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.HardLineBreak;
import org.commonmark.node.Heading;
import org.commonmark.node.HtmlBlock;
import org.commonmark.node.IndentedCodeBlock;
import org.commonmark.node.ListItem;
import org.commonmark.node.Node;
import org.commonmark.node.Paragraph;
import org.commonmark.node.SoftLineBreak;
import org.commonmark.node.Text;
import org.commonmark.parser.Parser;
import org.jspecify.annotations.Nullable;

/** Reads Markdown: CommonMark with tables. Its first greatest heading is its title. */
final class MarkdownReader implements FormatReader {

    private static final int MAX_DEPTH = 100;

    private final Parser parser = Parser.builder().extensions(List.of(TablesExtension.create()))
            .maxOpenBlockParsers(MAX_DEPTH).build();

    @Override
    public void read(Path file, String type, Reading reading) throws IOException {
        blocks(parser.parse(Characters.decode(file)), reading.writer());
    }

    private static void blocks(Node parent, TextWriter writer) {
        for (Node node = parent.getFirstChild(); node != null; node = node.getNext()) {
            switch (node) {
                case Heading heading -> {
                    if (heading.getLevel() == 1) {
                        writer.title(inline(heading));
                    }
                    writer.heading(heading.getLevel(), inline(heading));
                }
                case Paragraph paragraph when first(paragraph) -> writer.listItem(inline(paragraph));
                case Paragraph paragraph -> writer.paragraph(inline(paragraph));
                case FencedCodeBlock code -> writer.code(code.getLiteral());
                case IndentedCodeBlock code -> writer.code(code.getLiteral());
                case HtmlBlock html -> HtmlReader.read(html.getLiteral(), writer);
                case TableBlock table -> writer.table(rows(table));
                default -> blocks(node, writer);
            }
        }
    }

    /** Whether a paragraph is the first of an item of a list. */
    private static boolean first(Paragraph paragraph) {
        return paragraph.getParent() instanceof ListItem && paragraph.getPrevious() == null;
    }

    private static List<List<String>> rows(Node table) {
        List<List<String>> rows = new ArrayList<>();
        for (Node part = table.getFirstChild(); part != null; part = part.getNext()) {
            for (Node row = part.getFirstChild(); row instanceof TableRow; row = row.getNext()) {
                List<String> cells = new ArrayList<>();
                for (Node cell = row.getFirstChild(); cell instanceof TableCell; cell = cell.getNext()) {
                    cells.add(inline(cell));
                }
                rows.add(cells);
            }
        }
        return rows;
    }

    /** The text of what stands in a line, without its marks and where links lead. */
    private static String inline(Node parent) {
        StringBuilder text = new StringBuilder();
        Node node = parent.getFirstChild();
        while (node != null) {
            switch (node) {
                case Text one -> text.append(one.getLiteral());
                case Code one -> text.append(one.getLiteral());
                case SoftLineBreak one -> text.append(' ');
                case HardLineBreak one -> text.append(' ');
                default -> {
                }
            }
            node = following(node, parent);
        }
        return text.toString();
    }

    /** The node after one in reading order, within a parent. */
    private static @Nullable Node following(Node node, Node parent) {
        if (node.getFirstChild() != null) {
            return node.getFirstChild();
        }
        Node up = node;
        while (up != null && !up.equals(parent)) {
            if (up.getNext() != null) {
                return up.getNext();
            }
            up = up.getParent();
        }
        return null;
    }
}
