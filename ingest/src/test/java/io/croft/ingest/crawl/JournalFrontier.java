package io.croft.ingest.crawl;

import io.croft.OrgId;
import io.croft.spi.CrawlFrontier;
import io.croft.spi.memory.MemoryFrontier;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A frontier that outlives its process: each change is a line of a file, and is made again from there. */
final class JournalFrontier implements CrawlFrontier {

    private static final String TAB = "\t";

    private final MemoryFrontier memory = new MemoryFrontier();
    private final RandomAccessFile journal;

    JournalFrontier(Path file) throws IOException {
        if (Files.exists(file)) {
            String all = Files.readString(file);
            // What was not written to its end did not happen.
            all.substring(0, all.lastIndexOf('\n') + 1).lines().forEach(this::repeat);
        }
        journal = new RandomAccessFile(file.toFile(), "rw");
        journal.setLength(Files.exists(file) ? Files.readString(file).lastIndexOf('\n') + 1 : 0);
        journal.seek(journal.length());
    }

    @Override
    public Round begin(OrgId org, String crawl, int maxPages) {
        write(List.of("begin", org.toString(), crawl, Integer.toString(maxPages)));
        return memory.begin(org, crawl, maxPages);
    }

    @Override
    public void setDelay(OrgId org, String crawl, Duration delay) {
        write(List.of("delay", org.toString(), crawl, delay.toString()));
        memory.setDelay(org, crawl, delay);
    }

    @Override
    public void offer(OrgId org, String crawl, List<Target> targets) {
        List<String> line = new ArrayList<>(List.of("offer", org.toString(), crawl));
        add(line, targets);
        write(line);
        memory.offer(org, crawl, targets);
    }

    @Override
    public Optional<Waiting> next(OrgId org, String crawl) {
        return memory.next(org, crawl);
    }

    @Override
    public void finish(OrgId org, String crawl, Visit visit, List<Target> found) {
        List<String> line =
                new ArrayList<>(List.of("finish", org.toString(), crawl, visit.url(), visit.outcome().name(),
                        visit.etag().orElse(""), visit.lastModified().orElse(""), visit.document().orElse("")));
        add(line, found);
        write(line);
        memory.finish(org, crawl, visit, found);
    }

    @Override
    public void end(OrgId org, String crawl) {
        write(List.of("end", org.toString(), crawl));
        memory.end(org, crawl);
    }

    private static void add(List<String> line, List<Target> targets) {
        targets.forEach(target -> line.addAll(List.of(target.url(), target.kind().name(),
                Integer.toString(target.depth()), Integer.toString(target.hops()))));
    }

    private synchronized void write(List<String> fields) {
        try {
            journal.write((String.join(TAB, fields) + TAB + ".\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void repeat(String line) {
        List<String> fields = List.of(line.split(TAB, -1));
        OrgId org = OrgId.parse(fields.get(1));
        String crawl = fields.get(2);
        switch (fields.get(0)) {
            case "begin" -> memory.begin(org, crawl, Integer.parseInt(fields.get(3)));
            case "delay" -> memory.setDelay(org, crawl, Duration.parse(fields.get(3)));
            case "offer" -> memory.offer(org, crawl, targets(fields, 3));
            case "finish" -> memory.finish(org, crawl, new Visit(fields.get(3), Outcome.valueOf(fields.get(4)),
                    text(fields.get(5)), text(fields.get(6)), text(fields.get(7))), targets(fields, 8));
            default -> memory.end(org, crawl);
        }
    }

    private static List<Target> targets(List<String> fields, int from) {
        List<Target> targets = new ArrayList<>();
        for (int i = from; i + 4 <= fields.size(); i += 4) {
            targets.add(new Target(fields.get(i), Kind.valueOf(fields.get(i + 1)), Integer.parseInt(fields.get(i + 2)),
                    Integer.parseInt(fields.get(i + 3))));
        }
        return targets;
    }

    private static Optional<String> text(String field) {
        return field.isEmpty() ? Optional.empty() : Optional.of(field);
    }
}
