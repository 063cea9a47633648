package io.croft.ingest.crawl;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.ingest.crawl.TestSite.Kind;
import io.croft.ingest.crawl.TestSite.Request;
import io.croft.ingest.fetch.Fetcher;
import io.croft.spi.SitePace;
import io.croft.spi.memory.InMemoryStore;
import io.croft.spi.memory.MemoryFrontier;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A crawl of a whole site, over real connections. */
class CrawlerTest {

    private static final OrgId ORG = OrgId.named("riding-school");

    private final KeptPages kept = new KeptPages();
    private final MemoryFrontier frontier = new MemoryFrontier();
    private TestSite site;
    private Fetcher fetcher;

    @BeforeEach
    void open() throws IOException {
        site = new TestSite();
        fetcher = Fetcher.builder().allow("127.0.0.1", site.port()).allow("localhost", site.port()).build();
    }

    @AfterEach
    void close() {
        fetcher.close();
        site.close();
    }

    @Test
    void crawl_keepsExactlyWhatIsAllowed() {
        assertThat(crawl(settings(), () -> false)).isEqualTo(new CrawlStep.Done());

        assertThat(kept.pages().keySet()).isEqualTo(site.expected());
        assertThat(kept.pages().get(site.url("/p/0"))).startsWith("Page 0\n").contains("the first text of page 0")
                .doesNotContain("home");
        assertThat(site.requests()).extracting(Request::path)
                .noneMatch(path -> path.startsWith("/private/") || path.equals("/hidden") || path.contains("/a/b/a/b"));
        assertAskedOnce();
        assertPolite(site.requests());
    }

    @Test
    void crawl_goesOnWhereItStopped() {
        int steps = 0;
        CrawlStep step;
        do {
            int already = site.requests().size();
            step = crawl(settings(), () -> site.requests().size() >= already + 60);
            steps++;
        } while (step.equals(new CrawlStep.Stopped()));

        assertThat(steps).isGreaterThan(4);
        assertThat(step).isEqualTo(new CrawlStep.Done());
        assertThat(kept.pages().keySet()).isEqualTo(site.expected());
        assertAskedOnce();
        assertPolite(site.requests());
    }

    @Test
    void crawl_asksAgainOnlyForWhatHasChanged() {
        crawl(settings(), () -> false);
        kept.told();
        site.change(2, "second");
        site.remove(1);

        crawl(settings(), () -> false);

        assertThat(kept.told()).containsExactlyInAnyOrder("keep " + site.url("/p/2"), "remove " + site.url("/p/1"));
        assertThat(kept.pages().get(site.url("/p/2"))).contains("the second text of page 2");
        assertThat(crawl(settings(), () -> false)).isEqualTo(new CrawlStep.Done());
        assertThat(kept.told()).isEmpty();
    }

    @Test
    void crawl_keepsWithinDepthAndPages() {
        crawl(settings().withMaxDepth(1), () -> false);
        assertThat(kept.pages().keySet()).contains(site.url("/p/0"), site.url("/calendar/1"), site.url("/p/299"))
                .doesNotContain(site.url("/calendar/2"), site.url("/p/5"));
        site.requests().clear();

        new Crawler(fetcher, frontier, "croft-test/1.0").crawl(ORG, "other", settings().withMaxPages(25),
                new KeptPages(),
                () -> false);
        assertThat(site.requests()).extracting(Request::path)
                .filteredOn(path -> !path.endsWith(".txt") && !path.endsWith(".xml"))
                .extracting(path -> path.replaceAll("\\?.*", "")).doesNotHaveDuplicates().hasSizeLessThanOrEqualTo(25);
    }

    @Test
    void crawl_asksAnotherAgentForNothing() {
        CrawlStep step =
                new Crawler(fetcher, frontier, "another/1.0").crawl(ORG, "site", settings(), kept, () -> false);

        assertThat(step).isEqualTo(new CrawlStep.Done());
        assertThat(kept.pages()).isEmpty();
        assertThat(site.requests()).extracting(Request::path).containsExactly("/robots.txt");
    }

    @Test
    void crawl_saysThatTheSiteMayNotBeAsked() {
        try (Fetcher strict = Fetcher.builder().build()) {
            CrawlStep step = new Crawler(strict, frontier, "croft-test").crawl(ORG, "site", settings(), kept,
                    () -> false);

            assertThat(step).isInstanceOf(CrawlStep.Refused.class);
            assertThat(site.requests()).isEmpty();
            assertThat(frontier.begin(ORG, "site", 1).number()).as("the round was ended").isEqualTo(2);
        }
    }

    @Test
    void crawlersOfSeveralProcesses_takeTurns() throws Exception {
        SitePace sites = new InMemoryStore().sites();
        List<CrawlStep> steps = new ArrayList<>();
        List<Thread> processes = new ArrayList<>();
        for (int process = 0; process < 3; process++) {
            Crawler crawler = new Crawler(fetcher, new MemoryFrontier(), sites, "croft-test/1.0");
            processes.add(Thread.ofVirtual().start(() -> {
                CrawlStep step = crawler.crawl(ORG, "site", settings().withMaxPages(20), new KeptPages(), () -> false);
                synchronized (steps) {
                    steps.add(step);
                }
            }));
        }
        for (Thread process : processes) {
            process.join();
        }

        assertThat(steps).hasSize(3).containsOnly(new CrawlStep.Done());
        assertThat(site.requests()).extracting(Request::path).filteredOn(path -> path.equals("/robots.txt")).hasSize(3);
        assertPolite(site.requests());
    }

    @Test
    void crawl_afterAnotherProcessWasRefused_waitsAsLong() {
        SitePace sites = new InMemoryStore().sites();
        sites.rest("127.0.0.1", Duration.ofHours(1));

        CrawlStep step = new Crawler(fetcher, frontier, sites, "croft-test/1.0").crawl(ORG, "site", settings(), kept,
                () -> false);

        assertThat(step).isInstanceOfSatisfying(CrawlStep.Later.class,
                later -> assertThat(later.after()).isGreaterThan(Duration.ofMinutes(59)));
        assertThat(site.requests()).isEmpty();
    }

    private CrawlSettings settings() {
        return CrawlSettings.of(site.url("/p/0")).withMaxDepth(TestSite.DEPTH).withDelay(Duration.ofMillis(1));
    }

    private CrawlStep crawl(CrawlSettings settings, BooleanSupplier stop) {
        return new Crawler(fetcher, frontier, "Croft-Test/1.0 (+https://croft.example)").crawl(ORG, "site", settings,
                kept, stop);
    }

    /** Three times for what is broken, twice for what was broken once, robots.txt as often as it must be. */
    private void assertAskedOnce() {
        Map<String, Long> times = site.requests().stream().map(Request::path)
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
        Map<String, Kind> kinds = IntStream.range(0, TestSite.PAGES).boxed()
                .collect(Collectors.toMap(TestSite::linked, TestSite::kind));
        times.remove("/robots.txt");
        assertThat(times).allSatisfy((path, count) -> {
            Kind kind = kinds.getOrDefault(path, Kind.PLAIN);
            assertThat(count).as(path).isEqualTo(kind == Kind.BROKEN ? 3 : kind == Kind.BROKEN_ONCE ? 2 : 1);
        });
    }

    static void assertPolite(List<Request> requests) {
        List<Request> all = List.copyOf(requests);
        for (int i = 1; i < all.size(); i++) {
            long between = all.get(i).begunNanos() - all.get(i - 1).endNanos();
            assertThat(between).as("nanoseconds before " + all.get(i).path())
                    .isGreaterThanOrEqualTo((long) (TestSite.DELAY_SECONDS * 1e9));
        }
    }
}
