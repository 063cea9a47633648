package io.croft.ingest.crawl;

import crawlercommons.robots.BaseRobotRules;
import crawlercommons.robots.SimpleRobotRules;
import crawlercommons.robots.SimpleRobotRules.RobotRulesMode;
import crawlercommons.robots.SimpleRobotRulesParser;
import io.croft.ingest.fetch.FetchException;
import io.croft.ingest.fetch.FetchRequest;
import io.croft.ingest.fetch.Fetched;
import io.croft.ingest.fetch.Fetcher;
import io.croft.ingest.fetch.WebUrl;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * What a site's robots.txt says, read as RFC 9309 has it: none, or one that is refused, allows everything; one that
 * cannot be had just now, nothing for the time being. Immutable.
 */
final class SiteRules {

    /** A site that asks for more gets that. */
    static final Duration LONGEST_DELAY = Duration.ofMinutes(5);

    private static final int MOST_SITEMAPS = 50;
    /** RFC 9309 asks for 500 KiB at least. */
    private static final int MOST_BYTES = 512 << 10;

    private final BaseRobotRules rules;

    private SiteRules(BaseRobotRules rules) {
        this.rules = rules;
    }

    /**
     * Asks for them.
     *
     * @param site  any page of the site
     * @param agent what this program is called in a robots.txt, in lower case
     * @throws FetchException if the site's host is not known: there may never have been one; or if this thread is
     *                        interrupted
     */
    static SiteRules fetch(Fetcher fetcher, WebUrl site, String agent) {
        WebUrl url = site.resolve("/robots.txt");
        SimpleRobotRulesParser parser = new SimpleRobotRulesParser();
        parser.setMaxCrawlDelay(Long.MAX_VALUE); // beyond its own limit it would forbid all
        try {
            Fetched answer = fetcher.fetch(FetchRequest.of(url.toString()));
            if (answer.status() != 200) {
                return new SiteRules(parser.failedFetch(answer.status()));
            }
            return parse(parser, url, answer, agent);
        } catch (FetchException e) {
            if (e.reason() == FetchException.Reason.INTERRUPTED
                    || e.reason() == FetchException.Reason.UNKNOWN_HOST) {
                throw e;
            }
            // Too large or led astray: what nobody can read forbids nothing.
            SimpleRobotRules none = new SimpleRobotRules(e.mayPass()
                    ? RobotRulesMode.ALLOW_NONE
                    : RobotRulesMode.ALLOW_ALL);
            none.setDeferVisits(e.mayPass());
            return new SiteRules(none);
        }
    }

    private static SiteRules parse(SimpleRobotRulesParser parser, WebUrl url, Fetched answer, String agent) {
        try {
            return new SiteRules(parser.parseContent(url.toString(), beginning(answer.body()),
                    answer.header("Content-Type").orElse("text/plain"), Set.of(agent)));
        } catch (RuntimeException e) {
            return new SiteRules(new SimpleRobotRules(RobotRulesMode.ALLOW_ALL)); // as what nobody can read
        }
    }

    /** As much as is read, in whole lines: half a line would forbid more than was meant. */
    private static byte[] beginning(byte[] body) {
        if (body.length <= MOST_BYTES) {
            return body;
        }
        int end = MOST_BYTES;
        while (end > 0 && body[end - 1] != '\n' && body[end - 1] != '\r') {
            end--;
        }
        return Arrays.copyOf(body, end);
    }

    /** Whether nothing may be asked for the time being. */
    boolean unknown() {
        return rules.isDeferVisits();
    }

    boolean allow(WebUrl url) {
        return rules.isAllowed(url.toString());
    }

    /** How long the site wants to be left alone between two requests; zero if it does not say. */
    Duration delay() {
        long millis = rules.getCrawlDelay();
        return millis == BaseRobotRules.UNSET_CRAWL_DELAY
                ? Duration.ZERO
                : Duration.ofMillis(Math.clamp(millis, 0, LONGEST_DELAY.toMillis()));
    }

    List<String> sitemaps() {
        return rules.getSitemaps().stream().limit(MOST_SITEMAPS).toList();
    }
}
