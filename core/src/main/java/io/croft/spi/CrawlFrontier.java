package io.croft.spi;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What crawls have still to fetch, and what is known of the pages that they fetched before. A crawl is an
 * organisation's, has a name, and goes in rounds; where the frontier outlives its process, the next one goes on with a
 * round that was not ended. Every method names the organisation and touches no other's crawls. Thread-safe; what two do
 * in one crawl at once is done one after the other.
 *
 * <p>Where it lasts longer than its process, each method is one transaction.
 */
public interface CrawlFrontier {

    /** The most pages of a round. */
    int MAX_PAGES = 100_000;

    /** The most sitemaps of a round. */
    int MAX_SITEMAPS = 3_000;

    /** The most targets that are offered at once. */
    int MAX_OFFERED = 1_000;

    /** The longest URL, in bytes of UTF-8. */
    int MAX_URL_BYTES = 1_000;

    /** The longest name of a crawl, in bytes of UTF-8. */
    int MAX_CRAWL_BYTES = 255;

    /**
     * Goes on with the round that was begun and not ended; else begins the next one, with all pages that
     * {@linkplain Outcome#isAskedAgain are asked for again}, as many of those as may be; sitemaps are not.
     *
     * @param maxPages the most pages of the round if one is begun, 1 to {@value #MAX_PAGES}
     * @throws InvalidInputException        if the number or the name cannot be
     * @throws io.croft.UnknownOrgException if the organisation does not exist, where the frontier can tell
     */
    Round begin(OrgId org, String crawl, int maxPages);

    /** Remembers for later rounds and processes how long the site wants to be left alone between two requests. */
    void setDelay(OrgId org, String crawl, Duration delay);

    /**
     * Adds what the round does not have yet, in order, until it has as many pages as it may; sitemaps have a limit of
     * their own, {@value #MAX_SITEMAPS}. Of what it has and is still to be fetched, the lesser depth and
     * {@link Kind#CANONICAL} hold.
     *
     * @param targets at most {@value #MAX_OFFERED}
     * @throws InvalidInputException if there are too many, or no round is open
     */
    void offer(OrgId org, String crawl, List<Target> targets);

    /**
     * What is to be fetched next: what failed least often, of that what is of the least depth, of that what was offered
     * first. Empty if nothing is left.
     */
    Optional<Waiting> next(OrgId org, String crawl);

    /**
     * Writes down what became of a target, and adds what it led to, as {@link #offer} does: both or neither. What is
     * not waiting stays as it is.
     */
    void finish(OrgId org, String crawl, Visit visit, List<Target> found);

    /** Ends the round; what still waits is given up. Does nothing if none is open. */
    void end(OrgId org, String crawl);

    /**
     * A round of a crawl.
     *
     * @param number from 1
     * @param begun  whether it begins now; else it goes on
     * @param delay  what {@link #setDelay} said last, also in earlier rounds; else zero
     */
    record Round(long number, boolean begun, Duration delay) {

        public Round {
            Objects.requireNonNull(delay, "delay");
        }
    }

    /** What a target is. */
    enum Kind {

        /** A list of pages. */
        SITEMAP,

        /** A page. */
        PAGE,

        /** A page that another one names as the one to be kept in its place. */
        CANONICAL
    }

    /**
     * What is to be fetched.
     *
     * @param url   where it is
     * @param kind  what it is
     * @param depth how many links led to it, from 0
     * @param hops  how many redirects led to it, one after the other, from 0
     */
    record Target(String url, Kind kind, int depth, int hops) {

        public Target {
            Objects.requireNonNull(kind, "kind");
            int bytes = url.getBytes(StandardCharsets.UTF_8).length;
            if (bytes == 0 || bytes > MAX_URL_BYTES) {
                throw new InvalidInputException("a URL of " + bytes + " bytes cannot be crawled: it must have 1 to "
                        + MAX_URL_BYTES);
            }
            if (depth < 0 || hops < 0) {
                throw new InvalidInputException("a page at depth " + depth + " after " + hops
                        + " redirects cannot be: neither is less than 0");
            }
        }
    }

    /**
     * What is to be fetched, and what is known of it.
     *
     * @param target       what
     * @param failures     how often that failed in this round
     * @param etag         what the server called its version
     * @param lastModified what the server said of its last change
     * @param document     the id of the document that was made of it
     * @param last         what became of it when it was asked for last, in this round or an earlier one
     */
    record Waiting(Target target, int failures, Optional<String> etag, Optional<String> lastModified,
            Optional<String> document, Optional<Outcome> last) {

        public Waiting {
            Objects.requireNonNull(target, "target");
            Objects.requireNonNull(etag, "etag");
            Objects.requireNonNull(lastModified, "lastModified");
            Objects.requireNonNull(document, "document");
            Objects.requireNonNull(last, "last");
        }
    }

    /** What became of a target. */
    enum Outcome {

        /** It is kept as a document. */
        KEPT,

        /** It is as it was. */
        UNCHANGED,

        /** It is elsewhere. */
        MOVED,

        /** Another page is to be kept in its place. */
        DUPLICATE,

        /** It was read for what it leads to. */
        READ,

        /** The site does not want it fetched or kept. */
        FORBIDDEN,

        /** It is no more. */
        GONE,

        /** It is nothing to be kept. */
        UNSUPPORTED,

        /** It could not be fetched, and is tried again at the round's end. */
        AGAIN,

        /** It could not be fetched. */
        FAILED;

        /**
         * Whether the next round asks for it again by itself: what leads to it may not have changed, and is not read
         * again then.
         */
        public boolean isAskedAgain() {
            return switch (this) {
                case KEPT, UNCHANGED, MOVED, DUPLICATE, FORBIDDEN, AGAIN, FAILED -> true;
                case READ, GONE, UNSUPPORTED -> false;
            };
        }
    }

    /**
     * What became of a target.
     *
     * @param url          which
     * @param outcome      what
     * @param etag         what the server calls its version now
     * @param lastModified what the server says of its last change
     * @param document     the id of the document that it is now; empty if it is none
     */
    record Visit(String url, Outcome outcome, Optional<String> etag, Optional<String> lastModified,
            Optional<String> document) {

        public Visit {
            Objects.requireNonNull(url, "url");
            Objects.requireNonNull(outcome, "outcome");
            Objects.requireNonNull(etag, "etag");
            Objects.requireNonNull(lastModified, "lastModified");
            Objects.requireNonNull(document, "document");
        }
    }
}
