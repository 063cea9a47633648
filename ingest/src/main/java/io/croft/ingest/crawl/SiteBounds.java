package io.croft.ingest.crawl;

import io.croft.ingest.fetch.FetchException;
import io.croft.ingest.fetch.WebUrl;
import io.croft.spi.CrawlFrontier;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Which URLs belong to a crawl: those of the start's host, and of those none that a site makes without end. Of http and
 * https with their own ports it is one host. Immutable.
 */
final class SiteBounds {

    private static final int MOST_SEGMENTS = 20;
    /** The same segment more often in one path is a link that was resolved against itself. */
    private static final int MOST_REPEATS = 3;
    private static final int MOST_PARAMETERS = 10;

    private final WebUrl start;

    SiteBounds(WebUrl start) {
        this.start = start;
    }

    /** What a reference in a page leads to; empty if that does not belong to the crawl. */
    Optional<WebUrl> resolve(WebUrl base, String reference) {
        try {
            return Optional.of(base.resolve(reference)).filter(this::hold);
        } catch (FetchException e) {
            return Optional.empty();
        }
    }

    boolean hold(WebUrl url) {
        return isOfSite(url) && url.toString().length() <= CrawlFrontier.MAX_URL_BYTES && !isTrap(url);
    }

    private boolean isOfSite(WebUrl url) {
        boolean samePort = url.port() == start.port() || (isUsual(url) && isUsual(start));
        return samePort && url.host().equals(start.host());
    }

    private static boolean isUsual(WebUrl url) {
        return url.origin().equals(url.scheme() + "://" + url.host());
    }

    private static boolean isTrap(WebUrl url) {
        String[] parts = url.pathAndQuery().split("\\?", 2);
        Map<String, Integer> seen = new HashMap<>();
        for (String segment : parts[0].split("/", -1)) {
            if (!segment.isEmpty()) {
                seen.merge(segment, 1, Integer::sum);
            }
        }
        int segments = seen.values().stream().mapToInt(Integer::intValue).sum();
        return segments > MOST_SEGMENTS || seen.values().stream().anyMatch(times -> times > MOST_REPEATS)
                || (parts.length > 1 && parts[1].split("&", -1).length > MOST_PARAMETERS);
    }
}
