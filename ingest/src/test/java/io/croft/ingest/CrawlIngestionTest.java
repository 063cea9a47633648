package io.croft.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.croft.Actor;
import io.croft.Croft;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.content.ContentStatus;
import io.croft.content.Document;
import io.croft.ingest.crawl.TestSite;
import io.croft.ingest.crawl.TestSite.Request;
import io.croft.ingest.extract.Extractor;
import io.croft.ingest.extract.PdfSamples;
import io.croft.ingest.extract.Sample;
import io.croft.ingest.fetch.Fetcher;
import io.croft.intake.Crawl;
import io.croft.intake.CrawlReceipt;
import io.croft.intake.CrawlStatus;
import io.croft.job.JobState;
import io.croft.search.Hit;
import io.croft.search.SearchMode;
import io.croft.search.SearchQuery;
import io.croft.search.Source;
import io.croft.spi.contract.Await;
import io.croft.spi.memory.InMemoryChunkIndex;
import io.croft.spi.memory.InMemoryStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a site to what is found, through the queue, over real connections. */
class CrawlIngestionTest {

    private static final Duration LONG = Duration.ofMinutes(3);

    @TempDir
    private Path scratch;

    private final InMemoryStore store = new InMemoryStore();
    private final TenantContext acme = TenantContext.of(OrgId.named("acme"), Actor.service("test"));
    private TestSite site;
    private Croft croft;

    @BeforeEach
    void open() throws IOException {
        site = new TestSite();
        croft = start(site.port());
        croft.orgs().create(acme);
    }

    private Croft start(int port) {
        return Croft.builder().store(store).index(new InMemoryChunkIndex()).embedder(new WordEmbedder(40) {
            @Override
            public List<float[]> embed(List<String> texts) {
                return texts.stream().map(WordEmbedder::vector).toList();
            }
        }).handlers(Ingest.builder().extractor(Extractor.builder().scratch(scratch))
                .fetcher(Fetcher.builder().allow("127.0.0.1", port)
                        .userAgent("Croft-Test/1.0 (+https://croft.example)"))
                .build()).start();
    }

    @AfterEach
    void close() {
        croft.close();
        site.close();
    }

    private Crawl crawl() {
        return Crawl.documents("site", site.url("/p/0")).withMaxDepth(TestSite.DEPTH).withDelay(Duration.ofMillis(1));
    }

    private CrawlStatus status() {
        return croft.ingest().crawlStatus(acme, "site").orElseThrow();
    }

    private static void until(String what, BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - start).as("nanoseconds until " + what).isLessThan(LONG.toNanos());
            Await.pass(Duration.ofMillis(20));
        }
    }

    private void awaitEnd() {
        until("the crawl has ended", () -> status().state().hasEnded());
        until("all is indexed", () -> {
            var counts = croft.ingest().counts(acme, Source.PRIVATE);
            return counts.extracting() + counts.recognising() + counts.embedding() == 0;
        });
    }

    /** The documents that are ready, of all that the site ever had. */
    private Set<String> indexed() {
        Set<String> ready = new TreeSet<>();
        for (String id : site.expected()) {
            croft.documents().status(acme, id).filter(one -> one.state() == ContentStatus.State.READY)
                    .ifPresent(one -> ready.add(id));
        }
        return ready;
    }

    private List<String> found(String query) {
        return croft.search().search(acme, SearchQuery.of(query).mode(SearchMode.TEXT).limit(50)).hits().stream()
                .map(Hit::id).toList();
    }

    @Test
    void crawl_leavesWhatIsForSomeGroupsAlone() {
        String id = site.url("/p/0");
        croft.documents().put(acme, Document.text(id, "Notes of the board.").withGroups(List.of("board")));

        croft.ingest().crawl(acme, crawl());
        awaitEnd();

        assertThat(status().state()).isEqualTo(CrawlStatus.State.DONE);
        assertThat(croft.documents().find(acme, id).orElseThrow())
                .isEqualTo(Document.text(id, "Notes of the board.").withGroups(List.of("board")));
        assertThat(indexed()).as("all other pages, and those notes").isEqualTo(site.expected());
    }

    @Test
    void crawl_makesExactlyWhatIsAllowedSearchable() throws Exception {
        CrawlReceipt receipt = croft.ingest().crawl(acme, crawl());
        assertThat(receipt.running()).isFalse();
        assertThat(croft.ingest().crawl(acme, crawl())).isEqualTo(new CrawlReceipt("site", receipt.job(), true));
        awaitEnd();

        assertThat(indexed()).isEqualTo(site.expected());
        assertThat(croft.ingest().counts(acme, Source.PRIVATE).indexed()).isEqualTo(site.expected().size());
        assertThat(status()).extracting(CrawlStatus::state, CrawlStatus::round, CrawlStatus::waiting, CrawlStatus::kept)
                .containsExactly(CrawlStatus.State.DONE, 1L, 0L, (long) site.expected().size());
        assertThat(status().failed()).as("what is broken for good").isPositive();
        assertThat(croft.jobs().find(acme, receipt.job()).orElseThrow().state()).isEqualTo(JobState.COMPLETED);
        assertThat(croft.ingest().crawls(acme, Optional.empty(), 10)).containsExactly(status());
        until("page 0 is found", () -> found("text of page 0").contains(site.url("/p/0")));
        assertThat(croft.documents().find(acme, site.url("/p/0")).orElseThrow().title()).isEqualTo("Page 0");
        assertPolite(site.requests());
    }

    @Test
    void theNextRound_readsOnlyWhatHasChanged() throws Exception {
        croft.ingest().crawl(acme, crawl());
        awaitEnd();
        site.change(2, "second");
        site.remove(1);
        long revision = croft.ingest().status(acme, Source.PRIVATE, site.url("/p/0")).orElseThrow().revision();

        assertThat(croft.ingest().crawl(acme, crawl()).running()).isFalse();
        awaitEnd();

        assertThat(status().round()).isEqualTo(2);
        assertThat(indexed()).isEqualTo(site.expected());
        assertThat(croft.documents().status(acme, site.url("/p/1")).orElseThrow().state())
                .isEqualTo(ContentStatus.State.DELETED);
        assertThat(croft.documents().find(acme, site.url("/p/2")).orElseThrow().text())
                .contains("the second text of page 2");
        assertThat(croft.ingest().status(acme, Source.PRIVATE, site.url("/p/0")).orElseThrow().revision())
                .isEqualTo(revision);
    }

    @Test
    void crawl_isGoneOnWithByAnotherProcess() throws Exception {
        croft.ingest().crawl(acme, crawl());
        for (int stops = 1; stops <= 2; stops++) {
            int until = stops * 80;
            until("it is in the midst of it", () -> site.requests().size() >= until);
            croft.close();
            assertThat(site.requests().size()).as("the crawl is not done").isLessThan(250);
            croft = start(site.port());
        }
        awaitEnd();

        assertThat(status().round()).isEqualTo(1);
        assertThat(indexed()).isEqualTo(site.expected());
        assertThat(site.requests().stream().map(Request::path).filter(path -> path.startsWith("/calendar/")).toList())
                .doesNotHaveDuplicates();
        assertPolite(site.requests());
    }

    private static void assertPolite(List<Request> requests) {
        List<Request> all = List.copyOf(requests);
        for (int i = 1; i < all.size(); i++) {
            assertThat(all.get(i).begunNanos() - all.get(i - 1).endNanos())
                    .as("nanoseconds before " + all.get(i).path())
                    .isGreaterThanOrEqualTo((long) (TestSite.DELAY_SECONDS * 1e9));
        }
    }

    @Test
    void otherFiles_areReadAsWhatTheyAre() throws Exception {
        Sample report = PdfSamples.all().getFirst();
        Map<String, byte[]> files = Map.of("/report.pdf", report.content(), "/notes.txt",
                "Bridles are cleaned.".getBytes(StandardCharsets.UTF_8));
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        server.createContext("/", exchange -> {
            String path = exchange.getRequestURI().getPath();
            byte[] body = files.getOrDefault(path,
                    "<a href='/report.pdf'>report</a><a href='/notes.txt'>notes</a>".getBytes(StandardCharsets.UTF_8));
            boolean there = files.containsKey(path) || path.equals("/");
            exchange.getResponseHeaders().set("Content-Type",
                    path.endsWith("pdf") ? "application/pdf" : path.endsWith("txt") ? "text/plain" : "text/html");
            exchange.sendResponseHeaders(there ? 200 : 404, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        try {
            String url = "http://127.0.0.1:" + server.getAddress().getPort();
            croft.close();
            croft = start(server.getAddress().getPort());
            croft.ingest().crawl(acme, Crawl.documents("site", url + "/").withDelay(Duration.ofMillis(1)));
            awaitEnd();

            assertThat(croft.documents().find(acme, url + "/report.pdf").orElseThrow().text())
                    .contains(report.phrases());
            assertThat(croft.documents().find(acme, url + "/notes.txt").orElseThrow().text())
                    .isEqualTo("Bridles are cleaned.");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void crawl_thatMakesSomethingElseOfPages_asksForThemAnew() throws Exception {
        String id = site.url("/p/0");
        croft.ingest().crawl(acme, crawl().withMaxDepth(0));
        awaitEnd();
        croft.ingest().crawl(acme, crawl().withMaxDepth(0).withField("year", "2026"));
        awaitEnd();
        assertThat(croft.documents().find(acme, id).orElseThrow().fields()).containsEntry("year", "2026");

        croft.ingest().crawl(acme, Crawl.listings("site", id).withMaxDepth(0).withDelay(Duration.ofMillis(1)));
        awaitEnd();

        assertThat(croft.documents().find(acme, id)).isEmpty();
        until("it is a listing", () -> croft.marketplace().find(acme, id).isPresent());
    }

    @Test
    void removeCrawl_endsItAndLeavesItsPages() throws Exception {
        CrawlReceipt receipt = croft.ingest().crawl(acme, crawl());
        until("a page is taken in", () -> croft.ingest().status(acme, Source.PRIVATE, site.url("/p/0")).isPresent());

        assertThat(croft.ingest().removeCrawl(acme, "site")).isTrue();

        assertThat(croft.ingest().removeCrawl(acme, "site")).isFalse();
        assertThat(croft.ingest().crawlStatus(acme, "site")).isEmpty();
        until("its job has ended", () -> croft.jobs().find(acme, receipt.job()).orElseThrow().state().hasEnded());
        assertThat(croft.jobs().find(acme, receipt.job()).orElseThrow().state()).isEqualTo(JobState.CANCELLED);
        assertThat(croft.ingest().status(acme, Source.PRIVATE, site.url("/p/0"))).isPresent();
    }

    @Test
    void crawl_ofWhatCannotBeAskedFor_saysSo() throws Exception {
        croft.ingest().crawl(acme, Crawl.documents("site", "http://127.0.0.1:99999/"));
        awaitEnd();

        assertThat(status().state()).isEqualTo(CrawlStatus.State.FAILED);
        assertThat(status().failure().orElseThrow().reason()).isNotBlank();
        assertThatThrownBy(() -> Crawl.documents("site", "ftp://example.com/"))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> Crawl.documents("site", "/p/0")).isInstanceOf(InvalidInputException.class);
        for (String url : List.of("http://user:secret@127.0.0.1/", "https://user@example.com", "http://a@b\\c")) {
            assertThatThrownBy(() -> Crawl.documents("site", url)).isInstanceOf(InvalidInputException.class)
                    .hasMessageNotContaining("secret");
        }
        Crawl.documents("site", "https://example.com/@user?of=a@b");
        assertThat(croft.ingest().crawlStatus(acme, "never")).isEmpty();
    }
}
