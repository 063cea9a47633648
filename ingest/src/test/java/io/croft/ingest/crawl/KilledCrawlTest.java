package io.croft.ingest.crawl;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.ingest.crawl.TestSite.Kind;
import io.croft.ingest.crawl.TestSite.Request;
import io.croft.ingest.fetch.Fetcher;
import io.croft.spi.contract.Await;
import java.io.IOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A crawl whose process is really killed in the midst of it, and another process that goes on. */
class KilledCrawlTest {

    @TempDir
    private Path folder;

    @Test
    void crawl_isGoneOnWithByAnotherProcess() throws Exception {
        Path pages = Files.createDirectory(folder.resolve("pages"));
        try (TestSite site = new TestSite()) {
            for (int kills = 1; kills <= 2; kills++) {
                int until = kills * 110;
                Process process = start(site);
                Await.until("it is in the midst of it", () -> site.requests().size() >= until || !process.isAlive());
                assertThat(process.isAlive()).as("the crawl is not done").isTrue();
                process.destroyForcibly().waitFor();
            }

            assertThat(start(site).waitFor()).isZero();

            assertThat(kept(pages)).isEqualTo(site.expected());
            CrawlerTest.assertPolite(site.requests());
            List<String> asked = site.requests().stream().map(Request::path).filter(path -> path.startsWith("/p/"))
                    .toList();
            long twice = asked.size() - asked.stream().distinct().count();
            int broken = IntStream.range(0, TestSite.PAGES).mapToObj(TestSite::kind)
                    .mapToInt(kind -> kind == Kind.BROKEN ? 2 : kind == Kind.BROKEN_ONCE ? 1 : 0).sum();
            assertThat(twice).as("pages asked for twice").isLessThanOrEqualTo(broken + 2);
        }
    }

    private Process start(TestSite site) throws IOException {
        return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xshare:auto",
                "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"), CrawlMain.class.getName(),
                site.url("/p/0"), Integer.toString(site.port()), folder.toString()).inheritIO().start();
    }

    private static Set<String> kept(Path pages) throws IOException {
        try (Stream<Path> files = Files.list(pages)) {
            return new TreeSet<>(files.map(file -> URLDecoder.decode(file.getFileName().toString(),
                    StandardCharsets.UTF_8)).toList());
        }
    }

    /** The process: crawls a site, with frontier and pages in a folder. */
    static final class CrawlMain implements PageSink {

        private final Path pages;

        private CrawlMain(Path pages) {
            this.pages = pages;
        }

        public static void main(String[] args) throws IOException {
            Path folder = Path.of(args[2]);
            try (Fetcher fetcher = Fetcher.builder().allow("127.0.0.1", Integer.parseInt(args[1])).build()) {
                CrawlSettings settings = CrawlSettings.of(args[0]).withMaxDepth(TestSite.DEPTH)
                        .withDelay(Duration.ofMillis(1));
                CrawlStep step = new Crawler(fetcher, new JournalFrontier(folder.resolve("journal")), "croft-test")
                        .crawl(OrgId.named("riding-school"), "site", settings, new CrawlMain(folder.resolve("pages")),
                                () -> false);
                System.exit(step instanceof CrawlStep.Done ? 0 : 1);
            }
        }

        @Override
        public void keep(CrawledPage page) {
            try {
                Files.write(file(page.id()), page.content());
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void remove(String id) {
            try {
                Files.deleteIfExists(file(id));
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        private Path file(String id) {
            return pages.resolve(URLEncoder.encode(id, StandardCharsets.UTF_8));
        }
    }
}
