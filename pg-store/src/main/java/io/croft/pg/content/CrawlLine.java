package io.croft.pg.content;

import io.croft.OrgId;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Tx;
import io.croft.spi.CrawlFrontier;
import io.croft.spi.CrawlFrontier.Kind;
import io.croft.spi.CrawlFrontier.Outcome;
import io.croft.spi.CrawlFrontier.Round;
import io.croft.spi.CrawlFrontier.Target;
import io.croft.spi.CrawlFrontier.Visit;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The line of what waits in a crawl's round, in one transaction that holds the lock of the crawl's row. Used by one
 * thread.
 */
final class CrawlLine {

    private static final int SITEMAP = 0;
    private static final int PAGE = 1;
    private static final int CANONICAL = 2;

    private final OrgId org;
    private final String crawl;
    private final boolean open;
    private final boolean anew;
    private final Duration delay;
    private long round;
    private int pagesLeft;
    private int sitemapsLeft;
    private long nextPlace;

    private CrawlLine(OrgId org, String crawl, ResultSet row) throws SQLException {
        this.org = org;
        this.crawl = crawl;
        this.open = row.getBoolean("is_open");
        this.anew = row.getBoolean("anew");
        this.delay = Duration.ofMillis(row.getLong("site_delay_ms"));
        this.round = row.getLong("round");
        this.pagesLeft = row.getInt("pages_left");
        this.sitemapsLeft = row.getInt("sitemaps_left");
        this.nextPlace = row.getLong("next_place");
    }

    /** Locks a crawl's row, if there is one. */
    static Optional<CrawlLine> lock(Tx tx, OrgId org, String crawl) throws SQLException {
        return tx.query(CrawlSql.LOCK, p -> p.org(org).text(crawl), Rows.first(row -> new CrawlLine(org, crawl, row)));
    }

    boolean isOpen() {
        return open;
    }

    Round round(boolean begun) {
        return new Round(round, begun, delay);
    }

    /** Begins the next round. */
    Round begin(Tx tx, int maxPages) throws SQLException {
        tx.update(CrawlSql.FORGET, p -> p.org(org).text(crawl));
        if (anew) {
            tx.update(CrawlSql.FORGET_VERSIONS, p -> p.org(org).text(crawl));
        }
        round++;
        int again = tx.update(CrawlSql.ASK_AGAIN, p -> p.int8(round).int8(nextPlace).org(org).text(crawl)
                .int4(maxPages).org(org).text(crawl));
        pagesLeft = maxPages - again;
        sitemapsLeft = CrawlFrontier.MAX_SITEMAPS;
        nextPlace += again;
        tx.updateAndCommit(new Tx.Step(CrawlSql.OPEN,
                p -> p.int8(round).int4(pagesLeft).int4(sitemapsLeft).int8(nextPlace).org(org).text(crawl)));
        return round(true);
    }

    /** Adds what the round does not have, and keeps the better of what it has. */
    void offer(Tx tx, List<Target> targets) throws SQLException {
        if (targets.isEmpty()) {
            return;
        }
        Map<String, Known> known = known(tx, targets);
        Map<String, Placed> added = new LinkedHashMap<>();
        Map<String, Target> bettered = new LinkedHashMap<>();
        for (Target target : targets) {
            Placed mine = added.get(target.url());
            Known there = known.get(target.url());
            if (mine != null) {
                added.put(target.url(), new Placed(better(mine.target(), target), mine.place()));
            } else if (there != null && there.round() == round) {
                Target now = bettered.getOrDefault(target.url(), there.target());
                if (there.waiting() && !better(now, target).equals(now)) {
                    bettered.put(target.url(), better(now, target));
                }
            } else if (take(target.kind())) {
                added.put(target.url(), new Placed(target, nextPlace++));
            }
        }
        write(tx, List.copyOf(added.values()), List.copyOf(bettered.values()));
    }

    /** Whether the round may have one more, which then is one less. */
    private boolean take(Kind kind) {
        int before = kind == Kind.SITEMAP ? sitemapsLeft : pagesLeft;
        if (before > 0 && kind == Kind.SITEMAP) {
            sitemapsLeft--;
        } else if (before > 0) {
            pagesLeft--;
        }
        return before > 0;
    }

    private Map<String, Known> known(Tx tx, List<Target> targets) throws SQLException {
        List<String> urls = targets.stream().map(Target::url).distinct().toList();
        Map<String, Known> known = new HashMap<>();
        for (Known one : tx.query(CrawlSql.KNOWN, p -> p.org(org).text(crawl).texts(urls),
                Rows.list(row -> new Known(target(row), row.getLong("round"), row.getBoolean("waiting"))))) {
            known.put(one.target().url(), one);
        }
        return known;
    }

    private static Target better(Target now, Target other) {
        Kind kind = other.kind() == Kind.CANONICAL ? Kind.CANONICAL : now.kind();
        return new Target(now.url(), kind, Math.min(now.depth(), other.depth()), Math.min(now.hops(), other.hops()));
    }

    private void write(Tx tx, List<Placed> added, List<Target> bettered) throws SQLException {
        List<Tx.Step> steps = new ArrayList<>();
        if (!added.isEmpty()) {
            steps.add(new Tx.Step(CrawlSql.ADD, p -> p.org(org).text(crawl).int8(round)
                    .array("text", added, one -> one.target().url())
                    .array("int4", added, one -> code(one.target().kind()))
                    .array("int4", added, one -> one.target().depth())
                    .array("int4", added, one -> one.target().hops()).array("int8", added, Placed::place)));
        }
        if (!bettered.isEmpty()) {
            steps.add(new Tx.Step(CrawlSql.BETTER, p -> p.array("text", bettered, Target::url)
                    .array("int4", bettered, one -> code(one.kind())).array("int4", bettered, Target::depth)
                    .array("int4", bettered, Target::hops).org(org).text(crawl)));
        }
        if (!steps.isEmpty()) {
            tx.update(steps.toArray(Tx.Step[]::new));
        }
    }

    /** Writes down what became of a target that waits. */
    Tx.Step finished(Visit visit) {
        String etag = visit.etag().orElse(null);
        String lastModified = visit.lastModified().orElse(null);
        String document = visit.document().orElse(null);
        int outcome = code(visit.outcome());
        if (visit.outcome() == Outcome.AGAIN) {
            long place = nextPlace++;
            return new Tx.Step(CrawlSql.TRY_AGAIN, p -> p.int4(outcome).text(etag).text(lastModified).text(document)
                    .int8(place).org(org).text(crawl).text(visit.url()));
        }
        return new Tx.Step(CrawlSql.FINISH, p -> p.int4(outcome).text(etag).text(lastModified).text(document).org(org)
                .text(crawl).text(visit.url()));
    }

    /** Writes down how long the line is. */
    Tx.Step kept() {
        return new Tx.Step(CrawlSql.SET_LINE,
                p -> p.int4(pagesLeft).int4(sitemapsLeft).int8(nextPlace).org(org).text(crawl));
    }

    static Target target(ResultSet row) throws SQLException {
        return new Target(row.getString("url"), kind(row.getInt("kind")), row.getInt("depth"), row.getInt("hops"));
    }

    private static int code(Kind kind) {
        return switch (kind) {
            case SITEMAP -> SITEMAP;
            case PAGE -> PAGE;
            case CANONICAL -> CANONICAL;
        };
    }

    private static Kind kind(int code) throws SQLException {
        return switch (code) {
            case SITEMAP -> Kind.SITEMAP;
            case PAGE -> Kind.PAGE;
            case CANONICAL -> Kind.CANONICAL;
            default -> throw new SQLException("a target of kind " + code);
        };
    }

    /** As {@link CrawlSql} knows them. */
    private static int code(Outcome outcome) {
        return switch (outcome) {
            case KEPT -> 0;
            case UNCHANGED -> 1;
            case MOVED -> 2;
            case DUPLICATE -> 3;
            case READ -> 4;
            case FORBIDDEN -> 5;
            case GONE -> 6;
            case UNSUPPORTED -> 7;
            case AGAIN -> 8;
            case FAILED -> 9;
        };
    }

    /** What became of a target; empty if it was not asked for yet. */
    static Optional<Outcome> outcome(ResultSet row) throws SQLException {
        int code = row.getInt("outcome");
        return row.wasNull()
                ? Optional.empty()
                : Stream.of(Outcome.values()).filter(one -> code(one) == code).findFirst();
    }

    /**
     * What is known of a target.
     *
     * @param target  as it was offered
     * @param round   in which
     * @param waiting whether it is still to be fetched
     */
    private record Known(Target target, long round, boolean waiting) {
    }

    /**
     * A target with its place.
     *
     * @param target the target
     * @param place  in the line
     */
    private record Placed(Target target, long place) {
    }
}
