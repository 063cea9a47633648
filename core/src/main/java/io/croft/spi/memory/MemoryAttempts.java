package io.croft.spi.memory;

import io.croft.OrgId;
import io.croft.spi.AttemptBatch;
import io.croft.spi.AttemptBatch.OrgCounts;
import io.croft.spi.KindCounts;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;

/** Counts of attempts. Guarded by the world. */
final class MemoryAttempts {

    private final World world;
    private final Map<UUID, Long> writers = new HashMap<>();
    private final List<Row> rows = new ArrayList<>();
    private final List<Row> all = new ArrayList<>();

    private record Row(OrgId org, Instant hour, KindCounts counts) {
    }

    MemoryAttempts(World world) {
        this.world = world;
    }

    void add(AttemptBatch batch, Set<String> queues) {
        if (writers.getOrDefault(batch.writer(), Long.MIN_VALUE) >= batch.number()) {
            return;
        }
        writers.put(batch.writer(), batch.number());
        Instant hour = world.now().truncatedTo(ChronoUnit.HOURS);
        for (OrgCounts count : batch.counts()) {
            if (queues.contains(count.counts().queue())) {
                Row row = new Row(count.org(), hour, count.counts());
                all.add(row);
                if (world.find(count.org()).filter(org -> !org.createdAt().isAfter(count.since())).isPresent()) {
                    rows.add(row);
                }
            }
        }
    }

    List<KindCounts> of(OrgId org, Instant from, Instant to) {
        return sum(rows, row -> row.org().equals(org) && isIn(row, from, to));
    }

    List<KindCounts> ofAll(Instant from, Instant to) {
        return sum(all, row -> isIn(row, from, to));
    }

    private static boolean isIn(Row row, Instant from, Instant to) {
        return !row.hour().isBefore(from) && row.hour().isBefore(to);
    }

    private static List<KindCounts> sum(List<Row> rows, Predicate<Row> which) {
        Map<List<String>, KindCounts> sums = new LinkedHashMap<>();
        rows.stream().filter(which).map(Row::counts).forEach(
                counts -> sums.merge(List.of(counts.queue(), counts.kind()), counts, KindCounts::plus));
        return List.copyOf(sums.values());
    }

    void erase(OrgId org) {
        rows.removeIf(row -> row.org().equals(org));
    }
}
