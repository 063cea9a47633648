package io.croft.ingest.crawl;

import io.croft.OrgId;
import io.croft.ingest.fetch.FetchException;
import io.croft.ingest.fetch.FetchException.Reason;
import io.croft.ingest.fetch.FetchRequest;
import io.croft.ingest.fetch.Fetcher;
import io.croft.ingest.fetch.WebUrl;
import io.croft.spi.CrawlFrontier;
import io.croft.spi.CrawlFrontier.Kind;
import io.croft.spi.CrawlFrontier.Round;
import io.croft.spi.CrawlFrontier.Target;
import io.croft.spi.CrawlFrontier.Waiting;
import io.croft.spi.SitePace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Crawls sites, one page after the other, each written down in a {@link CrawlFrontier} with what it led to before the
 * next: whoever goes on after a crash fetches at most one page twice.
 *
 * <p>It stays on the start's host and within depth and number of pages, also where a site makes links without end. It
 * does as robots.txt says, and as pages say by {@code robots} and {@code nofollow}; asks a host for one thing at a time
 * and leaves it alone in between, for as long as the host wants or a second, over all processes that share a
 * {@link SitePace}, and beyond that for a longer delay of its own; reads sitemaps; and asks again for what it knows
 * only if that has changed. A page that names another one of the site as canonical is kept as that. What a site does
 * not have, or wants, any more is removed; what cannot be had just now stays as it was.
 *
 * <p>Thread-safe. Two calls for one crawl at the same time do it no harm and each other no good.
 */
public final class Crawler {

    /** A site that is to be left alone for longer than that, and than it asks for each time, is not waited for. */
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);
    /** A crawl's own delay keeps others from the site for so long at most. */
    private static final Duration LONGEST_SHARED = Duration.ofSeconds(1);
    private static final Duration RULES_UNKNOWN = Duration.ofMinutes(5);

    private final Fetcher fetcher;
    private final CrawlFrontier frontier;
    private final String agent;
    private final HostPace pace;

    /**
     * A crawler that knows of no other process: none should crawl the same sites.
     *
     * @param fetcher   asks the sites; stays the caller's to close
     * @param userAgent what the fetcher calls itself; up to the first slash, in lower case, it is the name that is
     *                  looked for in a robots.txt
     */
    public Crawler(Fetcher fetcher, CrawlFrontier frontier, String userAgent) {
        this(fetcher, frontier, Optional.empty(), userAgent);
    }

    /**
     * A crawler that takes turns with those of other processes.
     *
     * @param fetcher   asks the sites; stays the caller's to close
     * @param sites     the same for all processes
     * @param userAgent what the fetcher calls itself, as above
     */
    public Crawler(Fetcher fetcher, CrawlFrontier frontier, SitePace sites, String userAgent) {
        this(fetcher, frontier, Optional.of(sites), userAgent);
    }

    private Crawler(Fetcher fetcher, CrawlFrontier frontier, Optional<SitePace> sites, String userAgent) {
        this.fetcher = fetcher;
        this.frontier = frontier;
        this.pace = new HostPace(sites, fetcher.timeout());
        this.agent = userAgent.split("[/\\s]", 2)[0].toLowerCase(Locale.ROOT);
    }

    /**
     * Begins a round of a crawl, or goes on with the one that was begun, until it is done or told to stop.
     *
     * @param org   whose crawl it is
     * @param crawl its name, which is the same in each round
     * @param sink  where pages go
     * @param stop  asked before each request, and a few times a second while waiting
     * @throws io.croft.CroftException as sink and frontier throw it, or if the thread is interrupted while it fetches,
     *                                 or the start's host is not known; call again to go on
     */
    public CrawlStep crawl(OrgId org, String crawl, CrawlSettings settings, PageSink sink, BooleanSupplier stop) {
        WebUrl start = WebUrl.parse(settings.start());
        Round round = frontier.begin(org, crawl, settings.maxPages());
        OwnDelay own = new OwnDelay(settings.delay());
        Duration known = shared(round.delay(), settings);
        if (!round.begun()) {
            // Whoever died in the midst of it may have asked just now.
            pace.rest(start.host(), known);
            own.asked();
        }
        if (!own.await(stop)) {
            return new CrawlStep.Stopped();
        }
        Optional<CrawlStep> later = later(start, known);
        if (later.isPresent()) {
            return later.get();
        }
        Optional<SiteRules> rules = pace.ask(start.host(), known, stop,
                () -> SiteRules.fetch(fetcher, start, agent), read -> shared(read.delay(), settings));
        own.asked();
        if (rules.isEmpty()) {
            return new CrawlStep.Stopped();
        }
        if (rules.get().unknown()) {
            return new CrawlStep.Later(RULES_UNKNOWN,
                    "the site's robots.txt cannot be had, so that nobody knows what may be asked for");
        }
        frontier.setDelay(org, crawl, rules.get().delay());
        SiteBounds bounds = new SiteBounds(start);
        frontier.offer(org, crawl, seeds(start, rules.get(), bounds));
        PageVisit visit = new PageVisit(bounds, rules.get(), settings, sink);
        return follow(org, crawl, visit, new Pauses(shared(rules.get().delay(), settings), own), stop);
    }

    /** How long everybody leaves the site alone after a request of this crawl. */
    private static Duration shared(Duration site, CrawlSettings settings) {
        Duration own = settings.delay();
        return longer(site, own.compareTo(LONGEST_SHARED) > 0 ? LONGEST_SHARED : own);
    }

    /** If the site is to be left alone for longer than is waited for. */
    private Optional<CrawlStep> later(WebUrl url, Duration known) {
        Duration left = pace.left(url.host());
        return left.compareTo(longer(LONGEST_WAIT, known)) > 0
                ? Optional.of(new CrawlStep.Later(left, "the site is to be left alone"))
                : Optional.empty();
    }

    /**
     * What is waited for between two requests.
     *
     * @param shared by all who ask the site
     * @param own    by this crawl
     */
    private record Pauses(Duration shared, OwnDelay own) {
    }

    private CrawlStep follow(OrgId org, String crawl, PageVisit visit, Pauses pauses, BooleanSupplier stop) {
        while (!stop.getAsBoolean()) {
            Optional<Waiting> next = frontier.next(org, crawl);
            if (next.isEmpty()) {
                frontier.end(org, crawl);
                return new CrawlStep.Done();
            }
            Waiting page = next.get();
            WebUrl url = WebUrl.parse(page.target().url());
            boolean asks = visit.mayBeAsked(url);
            if (asks && !pauses.own().await(stop)) {
                return new CrawlStep.Stopped();
            }
            Optional<CrawlStep> later = asks ? later(url, pauses.shared()) : Optional.empty();
            if (later.isPresent()) {
                return later.get();
            }
            Optional<PageVisit.Found> found = asks
                    ? ask(url, visit.request(page), pauses, stop).map(answer -> visit.read(page, answer))
                    : Optional.of(visit.forbidden(page));
            if (found.isEmpty()) {
                return new CrawlStep.Stopped();
            }
            if (asks) {
                pauses.own().asked();
            }
            found.get().rest().ifPresent(rest -> pace.rest(url.host(), rest));
            finish(org, crawl, found.get());
            if (found.get().refused().isPresent()) {
                frontier.end(org, crawl);
                return new CrawlStep.Refused(found.get().refused().get());
            }
        }
        return new CrawlStep.Stopped();
    }

    /** Offers in portions, the last one with what became of the page: after a crash in between it is asked again. */
    private void finish(OrgId org, String crawl, PageVisit.Found found) {
        List<Target> targets = found.targets();
        int from = 0;
        while (targets.size() - from > CrawlFrontier.MAX_OFFERED) {
            frontier.offer(org, crawl, targets.subList(from, from + CrawlFrontier.MAX_OFFERED));
            from += CrawlFrontier.MAX_OFFERED;
        }
        frontier.finish(org, crawl, found.visit(), targets.subList(from, targets.size()));
    }

    private Optional<Answer> ask(WebUrl url, FetchRequest request, Pauses pauses, BooleanSupplier stop) {
        return pace.ask(url.host(), pauses.shared(), stop, () -> ask(request));
    }

    private Answer ask(FetchRequest request) {
        try {
            return new Answer.Given(fetcher.fetchOnce(request));
        } catch (FetchException e) {
            if (e.reason() == Reason.INTERRUPTED) {
                throw e;
            }
            return new Answer.None(e);
        }
    }

    private static List<Target> seeds(WebUrl start, SiteRules rules, SiteBounds bounds) {
        List<Target> seeds = new ArrayList<>();
        List<String> sitemaps = rules.sitemaps().isEmpty() ? List.of("/sitemap.xml") : rules.sitemaps();
        for (String sitemap : sitemaps) {
            bounds.resolve(start, sitemap).ifPresent(
                    url -> seeds.add(new Target(url.toString(), Kind.SITEMAP, 0, 0)));
        }
        seeds.add(new Target(start.toString(), Kind.PAGE, 0, 0));
        return seeds;
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }
}
