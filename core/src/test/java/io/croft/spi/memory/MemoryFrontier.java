package io.croft.spi.memory;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.spi.CrawlFrontier;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** A frontier in memory: it lasts as long as this object, with all crawls that it was ever told of. Thread-safe. */
public final class MemoryFrontier implements CrawlFrontier {

    @GuardedBy("this")
    private final Map<Key, Crawl> crawls = new HashMap<>();

    public MemoryFrontier() {
    }

    @Override
    public synchronized Round begin(OrgId org, String crawl, int maxPages) {
        int bytes = crawl.getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0 || bytes > MAX_CRAWL_BYTES) {
            throw new InvalidInputException("the name of a crawl has " + bytes + " bytes and must have 1 to "
                    + MAX_CRAWL_BYTES);
        }
        if (maxPages < 1 || maxPages > MAX_PAGES) {
            throw new InvalidInputException("a round of " + maxPages + " pages: give 1 to " + MAX_PAGES);
        }
        Crawl known = crawls.computeIfAbsent(new Key(org, crawl), key -> new Crawl());
        boolean begun = !known.open;
        if (begun) {
            known.begin(maxPages);
        }
        return new Round(known.round, begun, known.delay);
    }

    @Override
    public synchronized void setDelay(OrgId org, String crawl, Duration delay) {
        open(org, crawl).delay = delay;
    }

    @Override
    public synchronized void offer(OrgId org, String crawl, List<Target> targets) {
        if (targets.size() > MAX_OFFERED) {
            throw new InvalidInputException(targets.size() + " targets are offered at once: offer at most "
                    + MAX_OFFERED);
        }
        Crawl known = open(org, crawl);
        targets.forEach(known::offer);
    }

    @Override
    public synchronized Optional<Waiting> next(OrgId org, String crawl) {
        return Optional.ofNullable(crawls.get(new Key(org, crawl))).filter(known -> !known.waiting.isEmpty())
                .map(known -> known.waiting.first().asWaiting());
    }

    @Override
    public synchronized void finish(OrgId org, String crawl, Visit visit, List<Target> found) {
        offer(org, crawl, found);
        open(org, crawl).finish(visit);
    }

    @Override
    public synchronized void end(OrgId org, String crawl) {
        Optional.ofNullable(crawls.get(new Key(org, crawl))).ifPresent(Crawl::end);
    }

    /** Has the next round ask for all pages anew. */
    synchronized void askAnew(OrgId org, String crawl) {
        Optional.ofNullable(crawls.get(new Key(org, crawl))).ifPresent(known -> known.anew = true);
    }

    /** Ends the round, and leaves over what was made of pages. */
    synchronized void leave(OrgId org, String crawl) {
        end(org, crawl);
        pages(org, crawl).forEach(page -> {
            Optional<String> made = page.document;
            page.document = page.left;
            page.left = made;
        });
    }

    synchronized List<String> left(OrgId org, String crawl, int limit) {
        return pages(org, crawl).stream().flatMap(page -> page.left.stream()).sorted().limit(limit).toList();
    }

    synchronized void forgetLeft(OrgId org, String crawl, List<String> ids) {
        pages(org, crawl).forEach(page -> page.left = page.left.filter(id -> !ids.contains(id)));
    }

    @GuardedBy("this")
    private Collection<Page> pages(OrgId org, String crawl) {
        return Optional.ofNullable(crawls.get(new Key(org, crawl))).map(known -> known.pages.values())
                .orElse(List.of());
    }

    /** Forgets a crawl. */
    synchronized void remove(OrgId org, String crawl) {
        crawls.remove(new Key(org, crawl));
    }

    /** Forgets an organisation's crawls. */
    synchronized void erase(OrgId org) {
        crawls.keySet().removeIf(key -> key.org.equals(org));
    }

    /** How far a crawl is. */
    synchronized Counts counts(OrgId org, String crawl) {
        Crawl known = crawls.getOrDefault(new Key(org, crawl), new Crawl());
        return new Counts(known.round, known.open, known.waiting.size(),
                known.pages.values().stream().filter(page -> page.document.isPresent()).count(),
                known.pages.values().stream().filter(page -> !known.waiting.contains(page)
                        && page.outcome.equals(Optional.of(Outcome.FAILED))).count());
    }

    /** The round, whether it is open, and how many pages wait, are kept, and failed. */
    record Counts(long round, boolean open, long waiting, long kept, long failed) {
    }

    @GuardedBy("this")
    private Crawl open(OrgId org, String crawl) {
        Crawl known = crawls.get(new Key(org, crawl));
        if (known == null || !known.open) {
            throw new InvalidInputException("crawl \"" + crawl + "\" has no round open: begin one first");
        }
        return known;
    }

    private record Key(OrgId org, String crawl) {
    }

    private static final class Crawl {

        private final Map<String, Page> pages = new HashMap<>();
        private final TreeSet<Page> waiting = new TreeSet<>(Comparator.comparingInt((Page page) -> page.failures)
                .thenComparingInt(page -> page.target.depth()).thenComparingLong(page -> page.place));
        private Duration delay = Duration.ZERO;
        private long round;
        private long place;
        private int left;
        private int sitemapsLeft;
        private boolean open;
        private boolean anew;

        void begin(int maxPages) {
            round++;
            open = true;
            left = maxPages;
            sitemapsLeft = MAX_SITEMAPS;
            pages.values().removeIf(page -> !page.isAskedAgain());
            if (anew) {
                pages.values().forEach(Page::forgetVersion);
                anew = false;
            }
            pages.values().stream()
                    .sorted(Comparator.comparingInt((Page page) -> page.target.depth())
                            .thenComparingLong(page -> page.place))
                    .limit(maxPages).toList()
                    .forEach(page -> offer(new Target(page.target.url(), Kind.PAGE, page.target.depth(), 0)));
        }

        void offer(Target target) {
            Page page = pages.get(target.url());
            if (page != null && page.round == round) {
                better(page, target);
                return;
            }
            if (!take(target.kind())) {
                return;
            }
            Page fresh = page == null ? new Page(target) : page;
            fresh.target = target;
            fresh.round = round;
            fresh.failures = 0;
            fresh.place = place++;
            pages.put(target.url(), fresh);
            waiting.add(fresh);
        }

        /** Whether the round may have one more, which then is one less. */
        private boolean take(Kind kind) {
            int before = kind == Kind.SITEMAP ? sitemapsLeft : left;
            if (before > 0 && kind == Kind.SITEMAP) {
                sitemapsLeft--;
            } else if (before > 0) {
                left--;
            }
            return before > 0;
        }

        private void better(Page page, Target target) {
            if (waiting.remove(page)) {
                Kind kind = target.kind() == Kind.CANONICAL ? Kind.CANONICAL : page.target.kind();
                page.target = new Target(target.url(), kind, Math.min(page.target.depth(), target.depth()),
                        Math.min(page.target.hops(), target.hops()));
                waiting.add(page);
            }
        }

        void finish(Visit visit) {
            Page page = pages.get(visit.url());
            if (page == null || !waiting.remove(page)) {
                return;
            }
            page.etag = visit.etag();
            page.lastModified = visit.lastModified();
            page.document = visit.document();
            page.outcome = Optional.of(visit.outcome());
            if (visit.outcome() == Outcome.AGAIN) {
                page.failures++;
                page.place = place++;
                waiting.add(page);
            }
        }

        void end() {
            open = false;
            waiting.clear();
        }
    }

    private static final class Page {

        private Target target;
        private long round;
        private long place;
        private int failures;
        private Optional<String> etag = Optional.empty();
        private Optional<String> lastModified = Optional.empty();
        private Optional<String> document = Optional.empty();
        private Optional<String> left = Optional.empty();
        private Optional<Outcome> outcome = Optional.empty();

        Page(Target target) {
            this.target = target;
        }

        boolean isAskedAgain() {
            return target.kind() != Kind.SITEMAP && outcome.filter(Outcome::isAskedAgain).isPresent();
        }

        void forgetVersion() {
            etag = Optional.empty();
            lastModified = Optional.empty();
        }

        Waiting asWaiting() {
            return new Waiting(target, failures, etag, lastModified, document, outcome);
        }
    }
}
