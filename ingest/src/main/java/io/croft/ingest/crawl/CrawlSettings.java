package io.croft.ingest.crawl;

import io.croft.InvalidInputException;
import io.croft.ingest.fetch.WebUrl;
import io.croft.spi.CrawlFrontier;
import java.time.Duration;

/**
 * How far a crawl goes, and how fast. Pages are those of one host, that of the start.
 *
 * @param start    the page to begin at, an absolute http or https URL
 * @param maxDepth how many links a page may be away from the start, 0 to {@value #MAX_DEPTH}; pages that a sitemap
 *                 lists are one away. Default 5
 * @param maxPages how many pages are asked for in one round, also those that turn out to be none, 1 to
 *                 {@value CrawlFrontier#MAX_PAGES}. Default 1,000
 * @param delay    the least time between the end of one request of this crawl and the next, at most a minute; if the
 *                 site's robots.txt asks for more, it gets that, up to five minutes. Default a second
 */
public record CrawlSettings(String start, int maxDepth, int maxPages, Duration delay) {

    /** The most links that a page may be away from the start. */
    public static final int MAX_DEPTH = 100;

    private static final Duration MAX_DELAY = Duration.ofMinutes(1);

    /**
     * Checks, and writes the start in its one spelling.
     *
     * @throws InvalidInputException                  if a number or a time is out of its bounds
     * @throws io.croft.ingest.fetch.FetchException if the start cannot be fetched
     */
    public CrawlSettings {
        start = WebUrl.parse(start).toString();
        if (maxDepth < 0 || maxDepth > MAX_DEPTH) {
            throw new InvalidInputException("a crawl to depth " + maxDepth + ": give 0 to " + MAX_DEPTH);
        }
        if (maxPages < 1 || maxPages > CrawlFrontier.MAX_PAGES) {
            throw new InvalidInputException("a crawl of " + maxPages + " pages: give 1 to "
                    + CrawlFrontier.MAX_PAGES);
        }
        if (delay.isNegative() || delay.compareTo(MAX_DELAY) > 0) {
            throw new InvalidInputException("a crawl with a delay of " + delay + ": give 0 to " + MAX_DELAY);
        }
    }

    /** With the defaults. */
    public static CrawlSettings of(String start) {
        return new CrawlSettings(start, 5, 1_000, Duration.ofSeconds(1));
    }

    public CrawlSettings withMaxDepth(int depth) {
        return new CrawlSettings(start, depth, maxPages, delay);
    }

    public CrawlSettings withMaxPages(int pages) {
        return new CrawlSettings(start, maxDepth, pages, delay);
    }

    public CrawlSettings withDelay(Duration least) {
        return new CrawlSettings(start, maxDepth, maxPages, least);
    }
}
