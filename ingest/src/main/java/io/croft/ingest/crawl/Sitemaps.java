package io.croft.ingest.crawl;

import crawlercommons.sitemaps.AbstractSiteMap;
import crawlercommons.sitemaps.SiteMap;
import crawlercommons.sitemaps.SiteMapIndex;
import crawlercommons.sitemaps.SiteMapParser;
import crawlercommons.sitemaps.UnknownFormatException;
import io.croft.ingest.fetch.Fetched;
import io.croft.ingest.fetch.WebUrl;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/** Reads sitemaps, without DTDs, also zipped ones, within limits of size and number. Stateless. */
final class Sitemaps {

    private static final int MOST_BYTES = 50 << 20;
    /** As sitemaps.org allows; what is listed after them is not kept in memory. */
    private static final int MOST_URLS = 50_000;
    private static final int MOST_SITEMAPS = 50;

    private Sitemaps() {
    }

    /** What of the site it lists; nothing if it is no sitemap, or the parser cannot cope with it. */
    static Listed read(Fetched answer, SiteBounds bounds) {
        try {
            AbstractSiteMap map = parse(unzipped(answer.body()), answer.url());
            return switch (map) {
                case SiteMapIndex index -> new Listed(urls(bounds, answer.url(), index.getSitemaps().stream()
                        .map(one -> one.getUrl().toString())).stream().limit(MOST_SITEMAPS).toList(), List.of());
                case SiteMap pages -> new Listed(List.of(), urls(bounds, answer.url(), pages.getSiteMapUrls().stream()
                        .map(one -> one.getUrl().toString())));
                default -> Listed.NOTHING;
            };
        } catch (UnknownFormatException | IOException | RuntimeException e) {
            return Listed.NOTHING;
        }
    }

    private static AbstractSiteMap parse(byte[] content, WebUrl url) throws UnknownFormatException, IOException {
        SiteMapParser parser = new SiteMapParser(false, true);
        AtomicInteger listed = new AtomicInteger();
        parser.setURLFilter(one -> listed.incrementAndGet() > MOST_URLS ? null : one);
        return parser.parseSiteMap(content, URI.create(url.toString()).toURL());
    }

    private static byte[] unzipped(byte[] content) throws IOException {
        if (content.length < 2 || content[0] != 0x1f || content[1] != (byte) 0x8b) {
            return content;
        }
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(content))) {
            byte[] all = in.readNBytes(MOST_BYTES + 1);
            if (all.length > MOST_BYTES) {
                throw new IOException("a sitemap of more than " + MOST_BYTES + " bytes");
            }
            return all;
        }
    }

    private static List<String> urls(SiteBounds bounds, WebUrl base, Stream<String> texts) {
        return texts.flatMap(text -> bounds.resolve(base, text).stream()).map(WebUrl::toString).distinct().toList();
    }

    /**
     * What a sitemap lists: URLs in their one spelling, each once.
     *
     * @param sitemaps other sitemaps
     * @param pages    pages
     */
    record Listed(List<String> sitemaps, List<String> pages) {

        static final Listed NOTHING = new Listed(List.of(), List.of());
    }
}
