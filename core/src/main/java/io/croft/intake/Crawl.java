package io.croft.intake;

import io.croft.InvalidInputException;
import io.croft.content.Document;
import io.croft.content.Listing;
import io.croft.input.Ids;
import io.croft.search.Source;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * A site whose pages are to become documents or listings, each under its URL as the id. The documents are for all of
 * the organisation; a page whose id has a document that is for some groups alone is left out. Immutable; each
 * {@code with…} method returns a changed copy.
 *
 * @param source   the organisation's own documents, or the marketplace
 * @param name     of the crawl, 1 to 255 bytes of UTF-8 on one line: given again, the crawl of this
 *                 name goes into its next round
 * @param start    the page to begin at, an absolute http or https URL of up to {@value #MAX_URL_BYTES} bytes, without
 *                 user name and password, which would never be sent
 * @param maxDepth how many links a page may be away from the start, 0 to {@value #MAX_DEPTH}; pages that a sitemap
 *                 lists are one away. Default 5
 * @param maxPages how many pages are asked for in one round, also those that turn out to be none, 1 to
 *                 {@value #MAX_PAGES}. Default 1,000
 * @param delay    the least time between the end of one request of this crawl and the next, 0 to a minute; if the
 *                 site's robots.txt asks for more, it gets that, up to five minutes. Default a second
 * @param fields   of each document or listing, as {@link Document#fields}
 */
public record Crawl(Source source, String name, String start, int maxDepth, int maxPages, Duration delay,
        Map<String, String> fields) {

    /** The longest URL, in bytes of UTF-8. */
    public static final int MAX_URL_BYTES = 1_000;
    /** The most links that a page may be away from the start. */
    public static final int MAX_DEPTH = 100;
    /** The most pages of a round. */
    public static final int MAX_PAGES = 100_000;

    private static final int DEFAULT_DEPTH = 5;
    private static final int DEFAULT_PAGES = 1_000;
    private static final Duration DEFAULT_DELAY = Duration.ofSeconds(1);
    private static final Duration MAX_DELAY = Duration.ofMinutes(1);

    public Crawl {
        Objects.requireNonNull(source, "source");
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
        Ids.check("crawl", name);
        switch (source) { // its fields are as of any other
            case PRIVATE -> new Document(name, "", "-", fields);
            case MARKETPLACE -> new Listing(name, "", "-", fields);
        }
        checkStart(start);
        if (maxDepth < 0 || maxDepth > MAX_DEPTH) {
            throw new InvalidInputException("a crawl to depth " + maxDepth + ": give 0 to " + MAX_DEPTH);
        }
        if (maxPages < 1 || maxPages > MAX_PAGES) {
            throw new InvalidInputException("a crawl of " + maxPages + " pages: give 1 to " + MAX_PAGES);
        }
        if (delay.isNegative() || delay.compareTo(MAX_DELAY) > 0) {
            throw new InvalidInputException("a crawl with a delay of " + delay + ": give 0 to " + MAX_DELAY);
        }
    }

    private static void checkStart(String start) {
        int bytes = start.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_URL_BYTES) {
            throw new InvalidInputException("the URL that a crawl begins at has " + bytes + " bytes; the most is "
                    + MAX_URL_BYTES);
        }
        Ids.checkLine("the URL that a crawl begins at", start);
        if (!start.regionMatches(true, 0, "http://", 0, 7) && !start.regionMatches(true, 0, "https://", 0, 8)) {
            throw new InvalidInputException("the URL that a crawl begins at is not absolute, or of another scheme: "
                    + "begin it with https:// or http://");
        }
        String authority = start.substring(start.indexOf("//") + 2).split("[/?#\\\\]", 2)[0];
        if (authority.indexOf('@') >= 0) {
            throw new InvalidInputException("the URL that a crawl begins at holds a user name or password: leave them "
                    + "out, they are never sent");
        }
    }

    /**
     * A crawl whose pages become private documents, with the defaults.
     *
     * @throws InvalidInputException if the name or the start is outside the limits
     */
    public static Crawl documents(String name, String start) {
        return new Crawl(Source.PRIVATE, name, start, DEFAULT_DEPTH, DEFAULT_PAGES, DEFAULT_DELAY, Map.of());
    }

    /**
     * A crawl whose pages become listings, with the defaults.
     *
     * @throws InvalidInputException if the name or the start is outside the limits
     */
    public static Crawl listings(String name, String start) {
        return new Crawl(Source.MARKETPLACE, name, start, DEFAULT_DEPTH, DEFAULT_PAGES, DEFAULT_DELAY, Map.of());
    }

    /** The same to this depth; 0 is the start alone, and where it redirects to. */
    public Crawl withMaxDepth(int depth) {
        return new Crawl(source, name, start, depth, maxPages, delay, fields);
    }

    /** The same of so many pages. */
    public Crawl withMaxPages(int pages) {
        return new Crawl(source, name, start, maxDepth, pages, delay, fields);
    }

    /** The same with this delay. */
    public Crawl withDelay(Duration least) {
        return new Crawl(source, name, start, maxDepth, maxPages, least, fields);
    }

    /** The same with this field added or replaced. */
    public Crawl withField(String field, String value) {
        Map<String, String> more = new LinkedHashMap<>(fields);
        more.put(field, value);
        return new Crawl(source, name, start, maxDepth, maxPages, delay, more);
    }

    /** What it is called and how far it goes, without the URL, which may hold secrets, and values. */
    @Override
    public String toString() {
        return "Crawl[source=" + source + ", name=" + name + ", maxDepth=" + maxDepth + ", maxPages=" + maxPages
                + ", delay=" + delay + ", fields=" + fields.keySet() + "]";
    }
}
