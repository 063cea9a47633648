package io.croft.examples.quickstart;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** A table of text with aligned columns. */
final class Table {

    private final List<String> head;
    private final List<List<String>> rows = new ArrayList<>();

    Table(String... head) {
        this.head = List.of(head);
    }

    void row(String... cells) {
        rows.add(List.of(cells));
    }

    void print(PrintStream out) {
        int[] widths = new int[head.size()];
        measure(head, widths);
        rows.forEach(row -> measure(row, widths));
        printRow(out, head, widths);
        StringBuilder rule = new StringBuilder();
        for (int width : widths) {
            rule.append("  ").append("-".repeat(width));
        }
        out.println(rule);
        rows.forEach(row -> printRow(out, row, widths));
    }

    private static void measure(List<String> row, int[] widths) {
        for (int i = 0; i < widths.length; i++) {
            widths[i] = Math.max(widths[i], row.get(i).length());
        }
    }

    private static void printRow(PrintStream out, List<String> row, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            line.append("  ").append(row.get(i)).append(" ".repeat(widths[i] - row.get(i).length()));
        }
        out.println(line.toString().stripTrailing());
    }
}
