package io.croft.ingest.crawl;

import io.croft.ingest.fetch.FetchException;
import io.croft.ingest.fetch.FetchRequest;
import io.croft.ingest.fetch.Fetched;
import io.croft.ingest.fetch.WebUrl;
import io.croft.spi.CrawlFrontier.Kind;
import io.croft.spi.CrawlFrontier.Outcome;
import io.croft.spi.CrawlFrontier.Target;
import io.croft.spi.CrawlFrontier.Visit;
import io.croft.spi.CrawlFrontier.Waiting;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Decides what an answer means for a page, hands it to the sink, and says what it led to. Thread-safe. */
final class PageVisit {

    /** As ids of documents may have. */
    static final int MAX_ID_BYTES = 255;

    private static final int MAX_HTML_BYTES = 5 << 20;
    private static final int MOST_FAILURES = 3;
    private static final int MOST_HOPS = 10;
    private static final int KEPT_OF_LONG_URL = 180;
    private static final long MOST_SECONDS = 3600;
    private static final Set<String> PAGES = Set.of("text/html", "application/xhtml+xml");
    private static final Set<String> OTHERS = Set.of("text/plain", "text/markdown", "application/pdf");

    private final SiteBounds bounds;
    private final SiteRules rules;
    private final CrawlSettings settings;
    private final PageSink sink;

    PageVisit(SiteBounds bounds, SiteRules rules, CrawlSettings settings, PageSink sink) {
        this.bounds = bounds;
        this.rules = rules;
        this.settings = settings;
        this.sink = sink;
    }

    boolean mayBeAsked(WebUrl url) {
        return bounds.hold(url) && rules.allow(url);
    }

    /** What is asked for: as if nothing were known of it, where what was made of it is not there any more. */
    FetchRequest request(Waiting page) {
        return page.document().isEmpty() || sink.holds(page.document().get())
                ? new FetchRequest(page.target().url(), page.etag(), page.lastModified())
                : FetchRequest.of(page.target().url());
    }

    /** What becomes of a page that may not be asked for. */
    Found forbidden(Waiting page) {
        return remove(page, Outcome.FORBIDDEN, List.of());
    }

    /** What becomes of a page that was asked for. */
    Found read(Waiting page, Answer answer) {
        return switch (answer) {
            case Answer.None none -> none.failure().mayPass()
                    ? again(page)
                    : stay(page, Outcome.FAILED).refused(refusal(page, none.failure()));
            case Answer.Given given -> read(page, given.fetched());
        };
    }

    /** Why none of the site's pages may be asked for. */
    private Optional<String> refusal(Waiting page, FetchException failure) {
        return switch (failure.reason()) {
            case FORBIDDEN_ADDRESS, FORBIDDEN_PORT -> page.target().url().equals(settings.start())
                    ? Optional.of(String.valueOf(failure.getMessage()))
                    : Optional.empty();
            case INVALID_URL, UNKNOWN_HOST, UNREACHABLE, TIMEOUT, INTERRUPTED, TOO_MANY_REDIRECTS, TOO_LARGE,
                    UNREADABLE ->
                    Optional.empty();
        };
    }

    private Found read(Waiting page, Fetched answer) {
        int status = answer.status();
        if (status == 304) {
            return stay(page, Outcome.UNCHANGED);
        }
        if (status == 404 || status == 410) {
            return remove(page, Outcome.GONE, List.of());
        }
        if (status == 408 || status == 429 || status >= 500) {
            return again(page).resting(answer.header("Retry-After").flatMap(PageVisit::seconds));
        }
        if (status >= 400) {
            return refused(page);
        }
        Optional<String> location = answer.header("Location");
        if (status >= 300) {
            return moved(page, location.flatMap(to -> bounds.resolve(answer.url(), to)));
        }
        return page.target().kind() == Kind.SITEMAP ? sitemap(page, answer) : page(page, answer);
    }

    /** Sites refuse whoever asks too much, for a while: what was kept goes when the next round is refused as well. */
    private Found refused(Waiting page) {
        return page.last().equals(Optional.of(Outcome.FORBIDDEN))
                ? remove(page, Outcome.FORBIDDEN, List.of())
                : stay(page, Outcome.FORBIDDEN);
    }

    private Found moved(Waiting page, Optional<WebUrl> to) {
        Target target = page.target();
        List<Target> targets = to.filter(url -> target.hops() < MOST_HOPS).stream()
                .map(url -> new Target(url.toString(), target.kind(), target.depth(), target.hops() + 1)).toList();
        return remove(page, Outcome.MOVED, targets);
    }

    private Found sitemap(Waiting page, Fetched answer) {
        Sitemaps.Listed listed = Sitemaps.read(answer, bounds);
        List<Target> targets = new ArrayList<>();
        // A list of lists lists no lists of lists.
        if (page.target().depth() == 0) {
            listed.sitemaps().forEach(url -> targets.add(new Target(url, Kind.SITEMAP, 1, 0)));
        }
        if (settings.maxDepth() > 0) {
            // Of so many, as many are new as the round may still have, if there are.
            listed.pages().stream().limit(settings.maxPages())
                    .forEach(url -> targets.add(new Target(url, Kind.PAGE, 1, 0)));
        }
        return remove(page, Outcome.READ, targets);
    }

    private Found page(Waiting page, Fetched answer) {
        String type = answer.header("Content-Type").orElse("").split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        if (OTHERS.contains(type)) {
            return keep(page, answer, new CrawledPage(id(page.target().url()), page.target().url(), "", type,
                    answer.body()), List.of());
        }
        if (!PAGES.contains(type) || answer.body().length > MAX_HTML_BYTES) {
            return remove(page, Outcome.UNSUPPORTED, List.of());
        }
        return PageReader.read(answer, bounds).map(read -> page(page, answer, read))
                .orElseGet(() -> remove(page, Outcome.UNSUPPORTED, List.of()));
    }

    private Found page(Waiting page, Fetched answer, PageReader.Page read) {
        Target target = page.target();
        List<Target> targets = new ArrayList<>();
        Optional<WebUrl> other = read.canonical().filter(url -> target.kind() != Kind.CANONICAL && rules.allow(url)
                && !url.equals(answer.url()));
        other.ifPresent(url -> targets.add(new Target(url.toString(), Kind.CANONICAL, target.depth(), target.hops())));
        if (target.depth() < settings.maxDepth()) {
            read.links().forEach(url -> targets.add(new Target(url.toString(), Kind.PAGE, target.depth() + 1, 0)));
        }
        if (!read.mayBeKept()) {
            return remove(page, Outcome.FORBIDDEN, targets);
        }
        if (other.isPresent()) {
            return remove(page, Outcome.DUPLICATE, targets);
        }
        return keep(page, answer, new CrawledPage(id(target.url()), target.url(), read.title(), "text/html",
                read.content().bytes()), targets);
    }

    private Found keep(Waiting page, Fetched answer, CrawledPage kept, List<Target> targets) {
        sink.keep(kept);
        return new Found(new Visit(page.target().url(), Outcome.KEPT, validator(answer, "ETag"),
                validator(answer, "Last-Modified"), Optional.of(kept.id())), targets);
    }

    private static Optional<String> validator(Fetched answer, String header) {
        return answer.header(header).filter(FetchRequest::isValidator);
    }

    private Found remove(Waiting page, Outcome outcome, List<Target> targets) {
        page.document().ifPresent(sink::remove);
        return new Found(new Visit(page.target().url(), outcome, Optional.empty(), Optional.empty(), Optional.empty()),
                targets);
    }

    private static Found again(Waiting page) {
        return stay(page, page.failures() + 1 < MOST_FAILURES ? Outcome.AGAIN : Outcome.FAILED);
    }

    /** What it was it still is. */
    private static Found stay(Waiting page, Outcome outcome) {
        return new Found(new Visit(page.target().url(), outcome, page.etag(), page.lastModified(), page.document()),
                List.of());
    }

    private static Optional<Duration> seconds(String retryAfter) {
        return retryAfter.matches("\\d{1,9}")
                ? Optional.of(Duration.ofSeconds(Math.min(MOST_SECONDS, Long.parseLong(retryAfter))))
                : Optional.empty();
    }

    /** The URL, or where it is too long for an id, its beginning and its hash after what no URL here holds. */
    static String id(String url) {
        if (url.getBytes(StandardCharsets.UTF_8).length <= MAX_ID_BYTES) {
            return url;
        }
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(url.getBytes(StandardCharsets.UTF_8));
            return url.substring(0, KEPT_OF_LONG_URL) + "#" + HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /**
     * What became of a page.
     *
     * @param visit   to be written down
     * @param targets what it led to, perhaps more than can be offered at once
     * @param rest    how long the site wants to be left alone
     * @param refused why none of its pages may be asked for
     */
    record Found(Visit visit, List<Target> targets, Optional<Duration> rest, Optional<String> refused) {

        Found(Visit visit, List<Target> targets) {
            this(visit, targets, Optional.empty(), Optional.empty());
        }

        Found resting(Optional<Duration> time) {
            return new Found(visit, targets, time, refused);
        }

        Found refused(Optional<String> why) {
            return new Found(visit, targets, rest, why);
        }
    }
}
