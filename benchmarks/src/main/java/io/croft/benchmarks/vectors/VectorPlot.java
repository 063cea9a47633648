package io.croft.benchmarks.vectors;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Draws what is missed against CPU time, both on logarithmic axes, as an SVG file. */
final class VectorPlot {

    private static final int WIDTH = 760;
    private static final int HEIGHT = 440;
    private static final int LEFT = 70;
    private static final int RIGHT = 200;
    private static final int TOP = 40;
    private static final int BOTTOM = 50;
    private static final double LEAST_MISSED = 1e-4;
    private static final double MOST_MISSED = 0.5;
    private static final double LEAST_MILLIS = 0.05;
    private static final double MOST_MILLIS = 10;
    private static final List<String> COLOURS =
            List.of("#1b6ca8", "#c8553d", "#2a9d5c", "#8e5ea2", "#b08900", "#555555",
                    "#00838f");

    private final Map<String, List<double[]>> lines = new LinkedHashMap<>();

    /** Adds a point to the line of this name. */
    void add(String line, double cpuMillis, double recall) {
        lines.computeIfAbsent(line, name -> new ArrayList<>()).add(new double[]{cpuMillis, recall});
    }

    void write(Path file, String title) throws IOException {
        StringBuilder svg = new StringBuilder(String.format(Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\""
                        + " font-size=\"12\">%n<rect width=\"%d\" height=\"%d\" fill=\"white\"/>%n"
                        + "<text x=\"%d\" y=\"22\" font-size=\"14\">%s</text>%n",
                WIDTH, HEIGHT, WIDTH, HEIGHT, LEFT, title));
        for (double millis : new double[]{0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10}) {
            grid(svg, x(millis), TOP, x(millis), HEIGHT - BOTTOM);
            text(svg, x(millis), HEIGHT - BOTTOM + 18, "middle", trimmed(millis));
        }
        for (double recall : new double[]{0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 1}) {
            grid(svg, LEFT, y(recall), WIDTH - RIGHT, y(recall));
            text(svg, LEFT - 8, y(recall) + 4, "end", trimmed(recall));
        }
        text(svg, (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 12, "middle", "CPU milliseconds a query");
        text(svg, LEFT, TOP - 6, "end", "recall@10");
        int at = 0;
        for (Map.Entry<String, List<double[]>> line : lines.entrySet()) {
            draw(svg, line.getKey(), line.getValue(), COLOURS.get(at % COLOURS.size()), at);
            at++;
        }
        Files.writeString(file, svg.append("</svg>\n"));
    }

    private static void draw(StringBuilder svg, String name, List<double[]> points, String colour, int place) {
        StringBuilder path = new StringBuilder();
        for (double[] point : points) {
            path.append(String.format(Locale.ROOT, "%.1f,%.1f ", x(point[0]), y(point[1])));
            svg.append(String.format(Locale.ROOT, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" fill=\"%s\"/>%n",
                    x(point[0]), y(point[1]), colour));
        }
        svg.append(String.format(Locale.ROOT,
                "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\"/>%n", path.toString().strip(),
                colour));
        double y = TOP + 14 + 20.0 * place;
        svg.append(String.format(Locale.ROOT, "<circle cx=\"%d\" cy=\"%.1f\" r=\"4\" fill=\"%s\"/>%n",
                WIDTH - RIGHT + 18, y - 4, colour));
        text(svg, WIDTH - RIGHT + 28, y, "start", name);
    }

    private static void grid(StringBuilder svg, double x1, double y1, double x2, double y2) {
        svg.append(String.format(Locale.ROOT,
                "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#dddddd\"/>%n", x1, y1, x2, y2));
    }

    private static void text(StringBuilder svg, double x, double y, String anchor, String text) {
        svg.append(String.format(Locale.ROOT, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n", x, y,
                anchor, text));
    }

    private static double x(double millis) {
        double within = Math.clamp(millis, LEAST_MILLIS, MOST_MILLIS);
        return LEFT + (WIDTH - LEFT - RIGHT) * Math.log(within / LEAST_MILLIS) / Math.log(MOST_MILLIS / LEAST_MILLIS);
    }

    private static double y(double recall) {
        double missed = Math.clamp(1 - recall, LEAST_MISSED, MOST_MISSED);
        return HEIGHT - BOTTOM
                - (HEIGHT - TOP - BOTTOM) * Math.log(MOST_MISSED / missed) / Math.log(MOST_MISSED / LEAST_MISSED);
    }

    private static String trimmed(double value) {
        return String.format(Locale.ROOT, "%.3f", value).replaceAll("\\.?0+$", "");
    }
}
