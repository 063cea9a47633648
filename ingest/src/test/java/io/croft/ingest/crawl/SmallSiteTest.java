package io.croft.ingest.crawl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.OrgId;
import io.croft.ingest.fetch.FetchException;
import io.croft.ingest.fetch.Fetcher;
import io.croft.spi.CrawlFrontier.Outcome;
import io.croft.spi.CrawlFrontier.Visit;
import io.croft.spi.CrawlFrontier.Waiting;
import io.croft.spi.contract.Await;
import io.croft.spi.memory.MemoryFrontier;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Crawls of sites that are strange in one way each. */
class SmallSiteTest {

    private static final OrgId ORG = OrgId.named("riding-school");

    private final KeptPages kept = new KeptPages();
    private final MemoryFrontier frontier = new MemoryFrontier();
    private SmallSite site;
    private Fetcher fetcher;

    @BeforeEach
    void open() throws IOException {
        site = new SmallSite();
        fetcher = Fetcher.builder().allow("127.0.0.1", site.port()).build();
    }

    @AfterEach
    void close() {
        fetcher.close();
        site.close();
    }

    private CrawlSettings settings() {
        return CrawlSettings.of(site.url("/")).withDelay(Duration.ZERO);
    }

    private CrawlStep crawl(CrawlSettings settings, BooleanSupplier stop) {
        return new Crawler(fetcher, frontier, "croft-test/1.0").crawl(ORG, "site", settings, kept, stop);
    }

    /** The paths that wait. */
    private List<String> waiting() {
        List<String> urls = new ArrayList<>();
        for (Optional<Waiting> next = frontier.next(ORG, "site"); next.isPresent(); next =
                frontier.next(ORG, "site")) {
            String url = next.get().target().url();
            urls.add(url.substring(site.url("").length()));
            frontier.finish(ORG, "site", new Visit(url, Outcome.GONE, Optional.empty(), Optional.empty(),
                    Optional.empty()), List.of());
        }
        return urls;
    }

    @Test
    void aSitemapOfMoreThanCanBeOfferedAtOnce_isTakenAsFarAsTheRoundGoes() {
        site.page("/", "<p>Saddles.").reply("/sitemap.xml", 200, "text/plain", IntStream.range(0, 5_000)
                .mapToObj(i -> site.url("/s/" + i)).collect(Collectors.joining("\n"))
                .getBytes(StandardCharsets.UTF_8));

        crawl(settings().withMaxPages(2_500), () -> site.requests().size() >= 3);

        assertThat(site.requests()).containsExactly("/robots.txt", "/sitemap.xml", "/");
        assertThat(waiting()).hasSize(2_499).startsWith("/s/0", "/s/1").endsWith("/s/2498");
    }

    /** Long before its time has come. */
    private CrawlStep crawlForASecond(CrawlSettings settings) {
        long began = System.nanoTime();
        return crawl(settings, () -> System.nanoTime() - began > 1e9);
    }

    @ParameterizedTest
    @ValueSource(ints = {40, 400, 100_000_000})
    void aLongDelayOfTheSites_isWaitedForUpToALimit(int seconds) {
        site.page("/", "<p>Saddles.").robots("User-agent: *\nCrawl-delay: " + seconds + "\n");

        assertThat(crawlForASecond(settings())).as("it waits until then").isEqualTo(new CrawlStep.Stopped());

        assertThat(site.requests()).containsExactly("/robots.txt");
        assertThat(kept.told()).as("nothing is removed").isEmpty();
        assertThat(frontier.begin(ORG, "site", 1).delay()).isEqualTo(Duration.ofSeconds(Math.min(seconds, 300)));
        assertThat(waiting()).containsExactly("/sitemap.xml", "/");
    }

    @Test
    void aLongDelayOfACrawlsOwn_isWaitedForByItAlone() throws Exception {
        site.page("/", "<p>Saddles.<a href='/a'>a</a>").page("/a", "<p>Bridles.");
        Crawler crawler = new Crawler(fetcher, frontier, "croft-test/1.0");
        AtomicBoolean stop = new AtomicBoolean();
        FutureTask<CrawlStep> slow = new FutureTask<>(() -> crawler.crawl(OrgId.named("slow"), "site",
                settings().withDelay(Duration.ofSeconds(60)), new KeptPages(), stop::get));
        Thread thread = Thread.ofVirtual().start(slow);
        Await.until("the slow one has asked", () -> !site.requests().isEmpty());

        CrawlStep quick = crawler.crawl(ORG, "site", settings(), kept, () -> false);

        assertThat(quick).isEqualTo(new CrawlStep.Done());
        assertThat(kept.pages()).hasSize(2);
        assertThat(site.requests()).filteredOn(path -> path.equals("/robots.txt")).hasSize(2);
        stop.set(true);
        thread.join();
        assertThat(slow.get()).as("it waited meanwhile").isEqualTo(new CrawlStep.Stopped());
    }

    @Test
    void whatIsNotHeldAnyMore_isAskedForAnew() {
        site.page("/", "<p>Saddles.<a href='/a'>a</a>").page("/a", "<p>Bridles.");
        crawl(settings(), () -> false);
        kept.pages().remove(site.url("/a"));
        kept.told();

        crawl(settings(), () -> false);

        assertThat(kept.told()).containsExactly("keep " + site.url("/a"));
        assertThat(kept.pages()).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403, 451})
    void whatIsRefused_goesWithTheNextRoundThatIsRefused(int status) {
        site.page("/", "<p>Saddles.<a href='/a'>a</a>").page("/a", "<p>Bridles.");
        crawl(settings(), () -> false);
        kept.told();

        site.status("/a", status);
        crawl(settings(), () -> false);
        assertThat(kept.told()).as("refused once").isEmpty();
        site.page("/a", "<p>Bridles.");
        crawl(settings(), () -> false);
        assertThat(kept.pages()).as("and not again").hasSize(2);
        site.status("/a", status);
        crawl(settings(), () -> false);
        crawl(settings(), () -> false);

        assertThat(kept.told()).containsExactly("remove " + site.url("/a"));
        site.page("/a", "<p>Bridles.");
        crawl(settings(), () -> false);
        assertThat(kept.pages()).as("it is still asked for").hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {404, 410})
    void whatIsGone_goesAtOnce(int status) {
        site.page("/", "<p>Saddles.<a href='/a'>a</a>").page("/a", "<p>Bridles.");
        crawl(settings(), () -> false);
        kept.told();

        site.status("/a", status);
        crawl(settings(), () -> false);

        assertThat(kept.told()).containsExactly("remove " + site.url("/a"));
    }

    @Test
    void aHostThatIsNotKnown_isSaidToBeSo() {
        assertThatThrownBy(() -> crawl(CrawlSettings.of("http://nobody.invalid/"), () -> false))
                .isInstanceOfSatisfying(FetchException.class,
                        e -> assertThat(e.reason()).isEqualTo(FetchException.Reason.UNKNOWN_HOST));
    }

    @Test
    void robots_areReadUpToALimit() {
        site.page("/", "<p>Saddles.<a href='/a'>a</a><a href='/b'>b</a>").page("/a", "A").page("/b", "B")
                .robots("User-agent: *\nDisallow: /a\n" + "# fill\n".repeat(100_000) + "Disallow: /b\n");

        assertThat(crawl(settings(), () -> false)).isEqualTo(new CrawlStep.Done());

        assertThat(kept.pages()).containsOnlyKeys(site.url("/"), site.url("/b"));
    }
}
