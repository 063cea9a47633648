package io.croft.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.croft.Actor;
import io.croft.InvalidInputException;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.OrgQuotas.Resource;
import io.croft.QuotaExceededException;
import io.croft.TenantContext;
import io.croft.ingest.crawl.Crawler;
import io.croft.ingest.fetch.Fetcher;
import io.croft.intake.Crawl;
import io.croft.intake.Upload;
import io.croft.job.JobResult;
import io.croft.search.Source;
import io.croft.spi.FileIntake;
import io.croft.spi.InputStore.Accepted;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.Processors;
import io.croft.spi.Sight;
import io.croft.spi.memory.InMemoryStore;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a crawl's job says of how it ended. */
class CrawlHandlerTest {

    private static final int NEVER = Integer.MAX_VALUE;

    private final InMemoryStore store = new InMemoryStore();
    private final OrgId org = OrgId.named("riding-school");
    private final KeptFiles files = new KeptFiles();
    private HttpServer server;
    private Fetcher fetcher;
    private volatile int robotsStatus = 404;

    @BeforeEach
    void open() throws IOException {
        store.orgs().create(TenantContext.of(org, Actor.superAdmin("test")));
        store.jobs().registerQueue(Processors.CRAWL.queue());
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        server.createContext("/", exchange -> {
            String path = exchange.getRequestURI().getPath();
            boolean isPage = path.matches("/p/\\d");
            byte[] body = isPage
                    ? ("<title>Page</title><p>Text.</p><a href='/p/" + (Integer.parseInt(path.substring(3)) + 1)
                            + "'>next</a>").getBytes(StandardCharsets.UTF_8)
                    : new byte[]{'-'};
            exchange.getResponseHeaders().set("Content-Type", "text/html");
            exchange.sendResponseHeaders(isPage ? 200 : path.equals("/robots.txt") ? robotsStatus : 404, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        fetcher = Fetcher.builder().allow("127.0.0.1", server.getAddress().getPort()).build();
    }

    @AfterEach
    void close() {
        fetcher.close();
        server.stop(0);
    }

    /** Keeps the ids of what it is given. */
    private static final class KeptFiles implements FileIntake {

        private final List<String> ids = new ArrayList<>();
        private String tooLarge = "/none";
        private Optional<QuotaExceededException> refusal = Optional.empty();

        @Override
        public Accepted accept(Org org, Sight sight, Upload upload, InputStream content) {
            if (refusal.isPresent()) {
                throw refusal.get();
            }
            if (upload.id().endsWith(tooLarge)) {
                throw new InvalidInputException("the input has more bytes than it may have");
            }
            ids.add(upload.id());
            return new Accepted(1, Optional.empty(), false);
        }

        @Override
        public void delete(Org org, Sight sight, Source source, String id) {
            ids.remove(id);
        }
    }

    private String url(int page) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/p/" + page;
    }

    private ClaimedJob request(String start) {
        store.crawls().request(org, Crawl.documents("site", start).withMaxPages(4).withDelay(Duration.ZERO),
                Processors.CRAWL);
        store.jobs().maintain(100);
        return store.jobs().claim(Processors.CRAWL.queue(), 1, "test", Duration.ofMinutes(1)).getFirst();
    }

    private CrawlHandler handler(Duration slice) {
        Processors.Parts parts = new Processors.Parts(store.orgs(), store.content(), store.inputs(), store.crawls(),
                store.sites(), store.spends(), store.blobs(), files, new WordEmbedder(40), content -> {
                });
        Crawler crawler = new Crawler(fetcher, store.crawls(), fetcher.userAgent());
        return new CrawlHandler(parts, () -> crawler, slice);
    }

    @Test
    void handle_completesTheJobOfARoundThatIsDone() {
        Attempt attempt = new Attempt(request(url(0)), NEVER);

        JobResult result = handler(Duration.ofMinutes(1)).handle(attempt);

        assertThat(result).isEqualTo(JobResult.completed());
        assertThat(files.ids).containsExactly(url(0), url(1), url(2), url(3));
        assertThat(attempt.said).containsExactly(.25, .5, .75, 1.0);
    }

    @Test
    void handle_leavesOutAPageThatCannotBeStored() {
        files.tooLarge = "/p/1";

        JobResult result = handler(Duration.ofMinutes(1)).handle(new Attempt(request(url(0)), NEVER));

        assertThat(result).isEqualTo(JobResult.completed());
        assertThat(files.ids).containsExactly(url(0), url(2), url(3));
    }

    @Test
    void handle_waitsWhereNoMoreJobsMayWait() {
        ClaimedJob job = request(url(0));
        files.refusal = Optional.of(new QuotaExceededException(org, Resource.QUEUED_JOBS, 7, 7, 1));

        assertThat(handler(Duration.ofMinutes(1)).handle(new Attempt(job, NEVER)))
                .isInstanceOfSatisfying(JobResult.Snooze.class, snooze -> assertThat(snooze.reason()).contains("jobs"));
        files.refusal = Optional.of(new QuotaExceededException(org, Resource.DOCUMENTS, 7, 7, 1));
        assertThatThrownBy(() -> handler(Duration.ofMinutes(1)).handle(new Attempt(job, NEVER)))
                .isInstanceOf(QuotaExceededException.class);
        files.refusal = Optional.empty();

        assertThat(handler(Duration.ofMinutes(1)).handle(new Attempt(job, NEVER))).isEqualTo(JobResult.completed());
        assertThat(files.ids).hasSize(4);
    }

    @Test
    void handle_standsInLineAgainWhenItsTimeIsOver() {
        ClaimedJob job = request(url(0));

        assertThat(handler(Duration.ZERO).handle(new Attempt(job, NEVER))).isEqualTo(JobResult.snooze(Duration.ZERO));
        assertThat(handler(Duration.ofMinutes(1)).handle(new Attempt(job, 0)))
                .isEqualTo(JobResult.snooze(Duration.ZERO));
        assertThat(files.ids).isEmpty();

        assertThat(handler(Duration.ofMinutes(1)).handle(new Attempt(job, NEVER))).isEqualTo(JobResult.completed());
        assertThat(files.ids).hasSize(4);
    }

    @Test
    void handle_comesBackToASiteThatWantsToBeLeftAlone() {
        robotsStatus = 503;

        JobResult result = handler(Duration.ofMinutes(1)).handle(new Attempt(request(url(0)), NEVER));

        assertThat(result).isInstanceOfSatisfying(JobResult.Snooze.class,
                snooze -> {
                    assertThat(snooze.delay()).isGreaterThan(Duration.ofMinutes(1));
                    assertThat(snooze.reason()).contains("robots.txt");
                });
        assertThat(files.ids).isEmpty();
    }

    @Test
    void handle_givesUpWhatCanNeverBeAskedFor() {
        JobResult invalid =
                handler(Duration.ofMinutes(1)).handle(new Attempt(request("http://127.0.0.1:99999/"), NEVER));
        store.crawls().request(org, Crawl.documents("inner", "http://10.0.0.1/"), Processors.CRAWL);
        store.jobs().maintain(100);
        ClaimedJob inner = store.jobs().claim(Processors.CRAWL.queue(), 1, "test", Duration.ofMinutes(1)).getFirst();
        JobResult forbidden = handler(Duration.ofMinutes(1)).handle(new Attempt(inner, NEVER));

        assertThat(invalid).isInstanceOfSatisfying(JobResult.Cancel.class,
                cancel -> assertThat(cancel.reason()).contains("port"));
        assertThat(forbidden).isInstanceOfSatisfying(JobResult.Cancel.class,
                cancel -> assertThat(cancel.reason()).contains("10.0.0.1"));
    }
}
