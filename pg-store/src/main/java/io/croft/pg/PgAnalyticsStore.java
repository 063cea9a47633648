package io.croft.pg;

import io.croft.OrgId;
import io.croft.analytics.SearchReport.Slowest;
import io.croft.analytics.SearchReport.SourceFigures;
import io.croft.analytics.SearchReport.TopQuery;
import io.croft.analytics.TextRetention;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.Histograms;
import io.croft.pg.tx.Parameters;
import io.croft.pg.tx.Refusals;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Transactions;
import io.croft.pg.tx.Tx;
import io.croft.search.SearchMode;
import io.croft.search.Source;
import io.croft.spi.AnalyticsStore;
import io.croft.spi.SearchBatch;
import io.croft.spi.SearchBatch.HourCounts;
import io.croft.spi.SearchBatch.TextCount;
import io.croft.spi.SearchCounts;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Counts of searches: written for all organisations in one transaction, by a role that cannot read a text, and read by
 * each organisation under row-level security.
 */
final class PgAnalyticsStore implements AnalyticsStore {

    private static final Duration DAY = Duration.ofDays(1);

    private final Transactions transactions;

    PgAnalyticsStore(Transactions transactions) {
        this.transactions = transactions;
    }

    @Override
    public void record(SearchBatch batch) {
        transactions.run(Access.admin(), tx -> {
            add(tx, batch);
            return true;
        });
    }

    /** Rows are locked in the order of their keys, so that two processes wait for one another in one direction only. */
    private static void add(Tx tx, SearchBatch batch) throws SQLException {
        boolean isNew = tx.query(AnalyticsSql.BEGIN_BATCH, p -> p.uuid(batch.writer()).int8(batch.number()),
                Rows.any());
        if (!isNew) {
            return;
        }
        Set<Life> lives = heldLives(tx, batch);
        List<HourCounts> hours = batch.hours().stream()
                .filter(hour -> lives.contains(new Life(hour.org(), hour.incarnation())))
                .sorted(Comparator.comparing(HourCounts::org).thenComparing(HourCounts::hour)
                        .thenComparing(HourCounts::mode))
                .toList();
        if (!hours.isEmpty()) {
            tx.update(AnalyticsSql.ADD_HOURS, p -> bind(p, hours));
        }
        Set<UUID> living = batch.texts().stream().map(text -> new Life(text.org(), text.incarnation()))
                .filter(lives::contains).map(life -> life.org().value()).collect(Collectors.toSet());
        if (!living.isEmpty()) {
            Set<OrgId> keepers = new HashSet<>(tx.query(AnalyticsSql.HOLD_KEEPERS,
                    p -> p.uuids(List.copyOf(living)), Rows.list(PgAnalyticsStore::org)));
            List<TextCount> texts = batch.texts().stream()
                    .filter(text -> keepers.contains(text.org())
                            && lives.contains(new Life(text.org(), text.incarnation())))
                    .toList();
            addTexts(tx, texts);
        }
    }

    private static Set<Life> heldLives(Tx tx, SearchBatch batch) throws SQLException {
        Set<Life> lives = Stream.concat(batch.hours().stream().map(hour -> new Life(hour.org(), hour.incarnation())),
                batch.texts().stream().map(text -> new Life(text.org(), text.incarnation())))
                .collect(Collectors.toSet());
        return new HashSet<>(tx.query(AnalyticsSql.HOLD_LIVES,
                p -> p.uuids(lives.stream().map(life -> life.org().value()).distinct().toList())
                        .uuids(lives.stream().map(Life::incarnation).toList()),
                Rows.list(row -> new Life(org(row), row.getObject("incarnation", UUID.class)))));
    }

    private static void bind(Parameters p, List<HourCounts> hours) throws SQLException {
        p.array("uuid", hours, hour -> hour.org().value());
        p.array("timestamptz", hours, hour -> hour.hour().toString());
        p.array("text", hours, hour -> hour.mode().name());
        bind(p, hours, SearchCounts::searches);
        bind(p, hours, SearchCounts::zeroResults);
        for (Source source : List.of(Source.PRIVATE, Source.MARKETPLACE)) {
            bind(p, hours, counts -> counts.of(source).shown());
            bind(p, hours, counts -> counts.of(source).clicked());
            bind(p, hours, counts -> counts.of(source).incomplete());
        }
        p.array("float8", hours, hour -> hour.counts().reciprocalRanks());
        p.array("text", hours, hour -> Histograms.packed(hour.counts().latency()));
        p.array("int8", hours, hour -> slowest(hour).map(slow -> slow.took().toNanos()).orElse(null));
        p.array("text", hours, hour -> slowest(hour).map(Slowest::requestId).orElse(null));
        bind(p, hours, SearchCounts::dropped);
    }

    private static void bind(Parameters p, List<HourCounts> hours, ToLongFunction<SearchCounts> number)
            throws SQLException {
        p.array("int8", hours, hour -> number.applyAsLong(hour.counts()));
    }

    private static Optional<Slowest> slowest(HourCounts hour) {
        return hour.counts().slowest();
    }

    private static void addTexts(Tx tx, List<TextCount> texts) throws SQLException {
        if (texts.isEmpty()) {
            return;
        }
        tx.update(AnalyticsSql.ADD_TEXTS, p -> p
                .array("uuid", texts, text -> text.org().value())
                .array("date", texts, text -> text.day().toString())
                .byteas(texts.stream().map(text -> sha256(text.text())).toArray(byte[][]::new))
                .texts(texts.stream().map(TextCount::text).toList())
                .array("int8", texts, TextCount::searches)
                .array("int8", texts, TextCount::zeroResults)
                .int4(MAX_TEXTS_A_DAY));
    }

    @Override
    public Map<SearchMode, SearchCounts> counts(OrgId org, Instant from, Instant to) {
        return transactions.query(Access.tenant(org), AnalyticsSql.COUNTS_OF_ORG, p -> p.org(org).time(from).time(to),
                PgAnalyticsStore::read);
    }

    /** A day at a time: with ten thousand organisations a month would take longer than a statement may. */
    @Override
    public Map<SearchMode, SearchCounts> counts(Instant from, Instant to) {
        Map<SearchMode, SearchCounts> sum = new EnumMap<>(SearchMode.class);
        for (Instant day = from; day.isBefore(to); day = day.plus(DAY)) {
            Instant begin = day;
            Instant end = to.isBefore(day.plus(DAY)) ? to : day.plus(DAY);
            transactions.query(Access.admin(), AnalyticsSql.COUNTS_OF_ALL, p -> p.time(begin).time(end),
                    PgAnalyticsStore::read).forEach((mode, counts) -> sum.merge(mode, counts, SearchCounts::plus));
        }
        return sum;
    }

    private static Map<SearchMode, SearchCounts> read(ResultSet rows) throws SQLException {
        Map<SearchMode, SearchCounts> counts = new EnumMap<>(SearchMode.class);
        while (rows.next()) {
            UUID slowestOrg = rows.getObject("slowest_org", UUID.class);
            Optional<Slowest> slowest = slowestOrg == null
                    ? Optional.empty()
                    : Optional.of(new Slowest(OrgId.of(slowestOrg), Duration.ofNanos(rows.getLong("slowest_nanos")),
                            rows.getString("slowest_request")));
            counts.put(SearchMode.valueOf(rows.getString("mode")),
                    new SearchCounts(rows.getLong("searches"), rows.getLong("zero_results"),
                            Map.of(Source.PRIVATE, figures(rows, "private"), Source.MARKETPLACE,
                                    figures(rows, "market")),
                            rows.getDouble("reciprocal_ranks"),
                            Histograms.unpacked((Long[]) rows.getArray("latency").getArray()),
                            slowest, rows.getLong("dropped")));
        }
        return counts;
    }

    private static SourceFigures figures(ResultSet row, String source) throws SQLException {
        return new SourceFigures(row.getLong(source + "_shown"), row.getLong(source + "_clicked"),
                row.getLong(source + "_incomplete"));
    }

    @Override
    public List<TopQuery> topQueries(OrgId org, LocalDate from, LocalDate to, Ranking ranking, int limit) {
        String sql = switch (ranking) {
            case SEARCHES -> AnalyticsSql.TOP_BY_SEARCHES;
            case ZERO_RESULTS -> AnalyticsSql.TOP_BY_ZERO_RESULTS;
        };
        return transactions.query(Access.tenant(org), sql, p -> p.org(org).date(from).date(to).int4(limit),
                Rows.list(row -> new TopQuery(row.getString("text"), row.getLong("searches"),
                        row.getLong("zero_results"))));
    }

    @Override
    public Set<OrgId> keepingTexts(Set<OrgId> orgs) {
        return Set.copyOf(transactions.query(Access.admin(), AnalyticsSql.KEEPERS,
                p -> p.uuids(orgs.stream().map(OrgId::value).toList()), Rows.list(PgAnalyticsStore::org)));
    }

    /** Waits for those who add texts at the moment, and then removes what they have added. */
    @Override
    public void setTextRetention(OrgId org, TextRetention retention) {
        transactions.run(Access.admin(org), tx -> {
            if (!tx.query(AnalyticsSql.HOLD_ACTIVE, p -> p.org(org), Rows.any())) {
                throw Refusals.unknown(org);
            }
            tx.update(AnalyticsSql.SET_TEXTS, p -> p.org(org).text(retention.name()));
            return retention == TextRetention.DISCARD ? tx.update(AnalyticsSql.REMOVE_TEXTS, p -> p.org(org)) : 0;
        });
    }

    private static OrgId org(ResultSet row) throws SQLException {
        return OrgId.of(row.getObject("org_id", UUID.class));
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private record Life(OrgId org, UUID incarnation) {
    }
}
