package io.croft.spi.memory;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.croft.OrgId;
import io.croft.analytics.SearchReport.TopQuery;
import io.croft.analytics.TextRetention;
import io.croft.search.SearchMode;
import io.croft.spi.AnalyticsStore;
import io.croft.spi.SearchBatch;
import io.croft.spi.SearchCounts;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;

/** Counts of searches in memory. */
final class MemoryAnalytics implements AnalyticsStore {

    private final World world;
    @GuardedBy("world")
    private final Map<UUID, Long> writers = new HashMap<>();
    @GuardedBy("world")
    private final Map<Hour, SearchCounts> hours = new HashMap<>();
    @GuardedBy("world")
    private final Map<Text, long[]> texts = new HashMap<>();
    @GuardedBy("world")
    private final Set<OrgId> keepers = new HashSet<>();

    MemoryAnalytics(World world) {
        this.world = world;
    }

    @Override
    public void record(SearchBatch batch) {
        world.reach();
        synchronized (world) {
            if (writers.getOrDefault(batch.writer(), Long.MIN_VALUE) >= batch.number()) {
                return;
            }
            writers.put(batch.writer(), batch.number());
            for (SearchBatch.HourCounts hour : batch.hours()) {
                if (world.lives(hour.org(), hour.incarnation())) {
                    hours.merge(new Hour(hour.org(), hour.hour(), hour.mode()), hour.counts(), SearchCounts::plus);
                }
            }
            for (SearchBatch.TextCount text : batch.texts().stream()
                    .sorted(Comparator.comparingLong(SearchBatch.TextCount::searches).reversed()).toList()) {
                if (world.lives(text.org(), text.incarnation()) && keepers.contains(text.org())) {
                    add(text);
                }
            }
        }
    }

    @GuardedBy("world")
    private void add(SearchBatch.TextCount text) {
        Text key = new Text(text.org(), text.day(), text.text());
        long ofDay = texts.keySet().stream().filter(one -> one.org().equals(text.org()) && one.day().equals(text.day()))
                .count();
        if (texts.containsKey(key) || ofDay < MAX_TEXTS_A_DAY) {
            long[] counts = texts.computeIfAbsent(key, absent -> new long[2]);
            counts[0] += text.searches();
            counts[1] += text.zeroResults();
        }
    }

    @Override
    public Map<SearchMode, SearchCounts> counts(OrgId org, Instant from, Instant to) {
        return counts(hour -> hour.org().equals(org), from, to);
    }

    @Override
    public Map<SearchMode, SearchCounts> counts(Instant from, Instant to) {
        return counts(hour -> true, from, to);
    }

    private Map<SearchMode, SearchCounts> counts(Predicate<Hour> which, Instant from, Instant to) {
        world.reach();
        synchronized (world) {
            Map<SearchMode, SearchCounts> sums = new EnumMap<>(SearchMode.class);
            hours.forEach((hour, counts) -> {
                if (which.test(hour) && !hour.hour().isBefore(from) && hour.hour().isBefore(to)) {
                    sums.merge(hour.mode(), counts, SearchCounts::plus);
                }
            });
            return sums;
        }
    }

    @Override
    public List<TopQuery> topQueries(OrgId org, LocalDate from, LocalDate to, Ranking ranking, int limit) {
        world.reach();
        Map<String, long[]> sums = new HashMap<>();
        synchronized (world) {
            texts.forEach((text, counts) -> {
                if (text.org().equals(org) && !text.day().isBefore(from) && !text.day().isAfter(to)) {
                    long[] sum = sums.computeIfAbsent(text.text(), absent -> new long[2]);
                    sum[0] += counts[0];
                    sum[1] += counts[1];
                }
            });
        }
        Comparator<TopQuery> order = switch (ranking) {
            case SEARCHES -> Comparator.comparingLong(TopQuery::searches);
            case ZERO_RESULTS -> Comparator.comparingLong(TopQuery::zeroResults);
        };
        return sums.entrySet().stream()
                .map(entry -> new TopQuery(entry.getKey(), entry.getValue()[0], entry.getValue()[1]))
                .filter(query -> ranking == Ranking.SEARCHES || query.zeroResults() > 0)
                .sorted(order.reversed().thenComparing(TopQuery::text)).limit(limit).toList();
    }

    @Override
    public Set<OrgId> keepingTexts(Set<OrgId> orgs) {
        world.reach();
        synchronized (world) {
            Set<OrgId> kept = new HashSet<>(orgs);
            kept.retainAll(keepers);
            return kept;
        }
    }

    @Override
    public void setTextRetention(OrgId org, TextRetention retention) {
        world.reach();
        synchronized (world) {
            world.active(org);
            switch (retention) {
                case KEEP -> keepers.add(org);
                case DISCARD -> {
                    keepers.remove(org);
                    texts.keySet().removeIf(text -> text.org().equals(org));
                }
            }
        }
    }

    /** The last hour with a search of an organisation. */
    Optional<Instant> lastHour(OrgId org) {
        synchronized (world) {
            return hours.keySet().stream().filter(hour -> hour.org().equals(org)).map(hour -> hour.hour())
                    .max(Comparator.naturalOrder());
        }
    }

    void expire() {
        synchronized (world) {
            Instant now = world.now();
            hours.keySet().removeIf(hour -> hour.hour().isBefore(now.minus(Duration.ofDays(90))));
            texts.keySet().removeIf(text -> text.day().plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant()
                    .isBefore(now.minus(Duration.ofDays(30))));
        }
    }

    long erase(OrgId org) {
        synchronized (world) {
            long before = (long) hours.size() + texts.size() + keepers.size();
            hours.keySet().removeIf(hour -> hour.org().equals(org));
            texts.keySet().removeIf(text -> text.org().equals(org));
            keepers.remove(org);
            return before - hours.size() - texts.size() - keepers.size();
        }
    }

    private record Hour(OrgId org, Instant hour, SearchMode mode) {
    }

    private record Text(OrgId org, LocalDate day, String text) {
    }
}
