package io.croft.benchmarks.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.Actor;
import io.croft.Croft;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.benchmarks.data.HashEmbedder;
import io.croft.benchmarks.ingest.LinkedSite.Request;
import io.croft.benchmarks.machine.ChildJvm;
import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.run.Waiting;
import io.croft.content.Embedder;
import io.croft.content.EmbeddingModel;
import io.croft.ingest.Ingest;
import io.croft.ingest.extract.Extractor;
import io.croft.ingest.fetch.Fetcher;
import io.croft.intake.Crawl;
import io.croft.intake.CrawlStatus;
import io.croft.intake.IngestCounts;
import io.croft.intake.Upload;
import io.croft.lucene.LuceneIndex;
import io.croft.search.Hit;
import io.croft.search.SearchMode;
import io.croft.search.SearchQuery;
import io.croft.search.Source;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that crawls a site, reads its pages in processes of its own, embeds and indexes them, is really killed
 * again and again; in the end exactly the pages that are allowed are found, each once, and files that were uploaded are
 * as well.
 */
class KilledIngestTest {

    /** How often; more of them, as 20, take their time. */
    private static final int KILLS = Integer.getInteger("croft.kills", 5);
    private static final int FILES = 20;
    private static final int BETWEEN_KILLS = 9;
    private static final String INDEXED = "SELECT count(*) FROM croft.document WHERE written_revision = revision";
    private static final String LIVE_JOBS = "SELECT count(*) FROM croft.job WHERE state = 0 AND kind <> 'croft.sweep'";
    private static final String MADE_BY_OTHER = "SELECT count(DISTINCT content_id) FROM croft.private_chunk "
            + "WHERE model_id = '" + OtherModel.ID + "'";
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final TenantContext ACME = TenantContext.of(OrgId.named("acme"), Actor.service("test"));

    @TempDir
    private Path folder;

    /** The same vectors under another name, slowly, so that it is killed in the midst of it. */
    private static final class OtherModel implements Embedder {

        private static final String ID = "hash-words-2";

        private final HashEmbedder words = new HashEmbedder();

        @Override
        public EmbeddingModel model() {
            return new EmbeddingModel(ID, words.model().dimensions(), words.model().cosineFloor());
        }

        @Override
        public List<float[]> embed(List<String> texts) {
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
            return words.embed(texts);
        }
    }

    /** The process. */
    static final class Worker {

        public static void main(String[] args) {
            Thread.ofPlatform().daemon().start(() -> {
                ChildJvm.untilParentEnds();
                Runtime.getRuntime().halt(0);
            });
            try (Database database = Database.at(List.of(args[0], args[1]));
                    Croft croft = start(database, Path.of(args[2]), Integer.parseInt(args[3]), embedder(args[4]))) {
                croft.jobs().admin().workers();
                System.out.println("READY");
                ChildJvm.untilKilled();
            }
        }
    }

    private static Embedder embedder(String model) {
        return model.equals(OtherModel.ID) ? new OtherModel() : new HashEmbedder();
    }

    private static Croft start(Database database, Path folder, int port, Embedder embedder) {
        return Croft.builder().store(database.store()).index(LuceneIndex.at(folder.resolve("index")))
                .embedder(embedder)
                .handlers(Ingest.builder().extractor(Extractor.builder().scratch(folder))
                        .fetcher(Fetcher.builder().allow("127.0.0.1", port)).build())
                .start();
    }

    @Test
    void kills_loseAndDoubleNothing() throws Exception {
        try (LinkedSite site = new LinkedSite();
                Database database = Database.start();
                Connection connection = database.connect()) {
            ask(database, site);
            for (int kill = 1; kill <= KILLS; kill++) {
                int indexed = (int) number(connection, INDEXED) + BETWEEN_KILLS;
                try (ChildJvm worker = worker(site, database, "killed-" + kill, new HashEmbedder())) {
                    Waiting.until("it is in the midst of it", LONG, () -> number(connection, INDEXED) >= indexed);
                    assertThat(number(connection, LIVE_JOBS)).as("jobs that are killed, or left for later")
                            .isPositive();
                    worker.kill();
                }
                // Time goes by until the leases of those that were killed are over.
                execute(connection, "UPDATE croft.run SET lease_until = clock_timestamp() - interval '1 s'");
            }

            try (Croft croft = start(database, folder, site.port(), new HashEmbedder())) {
                Waiting.until("the crawl is done and all is indexed", LONG, () -> isDone(croft));

                assertComplete(croft, connection, site);
            }
        }
    }

    @Test
    void killsWhileAllIsEmbeddedAgain_loseAndDoubleNothing() throws Exception {
        try (LinkedSite site = new LinkedSite();
                Database database = Database.start();
                Connection connection = database.connect()) {
            ask(database, site);
            try (Croft croft = start(database, folder, site.port(), new HashEmbedder())) {
                Waiting.until("the crawl is done and all is indexed", LONG, () -> isDone(croft));
            }
            int pages = LinkedSite.expected().size() + FILES;
            for (int kill = 1; kill <= KILLS; kill++) {
                long done = number(connection, MADE_BY_OTHER) + BETWEEN_KILLS;
                try (ChildJvm worker = worker(site, database, "again-" + kill, new OtherModel());
                        Croft asking = Croft.builder().store(database.store())
                                .index(LuceneIndex.at(folder.resolve("asking-" + kill))).embedder(new OtherModel())
                                .start()) {
                    asking.ingest().reembed(ACME, Source.PRIVATE);
                    Waiting.until("it is in the midst of it", LONG,
                            () -> number(connection, MADE_BY_OTHER) >= Math.min(done, pages));
                    worker.kill();
                }
                execute(connection, "UPDATE croft.run SET lease_until = clock_timestamp() - interval '1 s'");
            }

            try (Croft croft = start(database, folder, site.port(), new OtherModel())) {
                croft.ingest().reembed(ACME, Source.PRIVATE);
                Waiting.until("all is made by the other model", LONG,
                        () -> croft.ingest().outdated(ACME, Source.PRIVATE) == 0);
                Waiting.until("no job is left", LONG, () -> number(connection, LIVE_JOBS) == 0);

                assertThat(number(connection, MADE_BY_OTHER)).isEqualTo(pages);
                assertThat(number(connection, "SELECT count(*) FROM croft.document WHERE revision <> 1"))
                        .as("revisions that nobody made").isZero();
                assertComplete(croft, connection, site);
            }
        }
    }

    private ChildJvm worker(LinkedSite site, Database database, String name, Embedder embedder) {
        List<String> args = new ArrayList<>(database.address());
        args.addAll(List.of(folder.toString(), Integer.toString(site.port()), embedder.model().id()));
        return ChildJvm.start(Worker.class, name, folder, args);
    }

    /** Without handlers: what is asked for waits. */
    private void ask(Database database, LinkedSite site) throws IOException {
        try (Croft croft = Croft.builder().store(database.store())
                .index(LuceneIndex.at(folder.resolve("asking"))).embedder(new HashEmbedder()).start()) {
            croft.orgs().create(ACME);
            for (int file = 0; file < FILES; file++) {
                croft.ingest().upload(ACME, Upload.document(uploaded(file), "notes.md"), new ByteArrayInputStream(
                        ("# Notes\n\nWhat is noted here is " + word(file) + ".\n").getBytes(StandardCharsets.UTF_8)));
            }
            croft.ingest().crawl(ACME, Crawl.documents("site", site.url("/p/0")).withDelay(Duration.ofMillis(1)));
        }
    }

    private static String uploaded(int file) {
        return "file-" + file;
    }

    private static String word(int file) {
        return "noted" + file + "here";
    }

    private static boolean isDone(Croft croft) {
        IngestCounts counts = croft.ingest().counts(ACME, Source.PRIVATE);
        return croft.ingest().crawlStatus(ACME, "site").orElseThrow().state().hasEnded()
                && counts.extracting() + counts.recognising() + counts.embedding() == 0;
    }

    private static void assertComplete(Croft croft, Connection connection, LinkedSite site) {
        int pages = LinkedSite.expected().size();
        CrawlStatus crawl = croft.ingest().crawlStatus(ACME, "site").orElseThrow();
        assertThat(crawl.failure()).isEmpty();
        assertThat(crawl.state()).isEqualTo(CrawlStatus.State.DONE);
        assertThat(crawl.round()).isEqualTo(1);
        assertThat(crawl.kept()).isEqualTo(pages);
        assertThat(croft.ingest().counts(ACME, Source.PRIVATE)).isEqualTo(new IngestCounts(0, 0, 0, pages + FILES, 0));
        assertThat(number(connection, "SELECT count(*) FROM croft.job WHERE kind <> 'croft.sweep'")).as("jobs left")
                .isZero();
        assertThat(number(connection, "SELECT count(*) FROM croft.private_chunk c WHERE NOT EXISTS ("
                + "SELECT FROM croft.document d WHERE d.org_id = c.org_id AND d.id = c.content_id "
                + "AND d.revision = c.revision)")).as("chunks of what is not there").isZero();
        for (int page : LinkedSite.expected()) {
            assertFound(croft, LinkedSite.word(page), site.url("/p/" + page));
        }
        for (int file = 0; file < FILES; file++) {
            assertFound(croft, word(file), uploaded(file));
        }
        assertAsked(site.requests());
    }

    private static void assertFound(Croft croft, String word, String id) {
        Waiting.until(word + " is found", LONG, () -> !find(croft, word).isEmpty());
        assertThat(find(croft, word)).as(word).containsExactly(id);
    }

    private static List<String> find(Croft croft, String word) {
        return croft.search().search(ACME, SearchQuery.of(word).mode(SearchMode.TEXT)).hits().stream().map(Hit::id)
                .toList();
    }

    /**
     * Politely, nothing that is forbidden, and nothing twice but what was being asked for when its process was killed.
     */
    private static void assertAsked(List<Request> requests) {
        List<Request> all = List.copyOf(requests);
        List<String> paths = all.stream().map(Request::path).filter(path -> path.startsWith("/p/")).toList();
        assertThat(paths.size() - paths.stream().distinct().count()).as("pages asked for twice")
                .isLessThanOrEqualTo(KILLS);
        assertThat(all).extracting(Request::path).noneMatch(path -> path.startsWith("/private/"));
        for (int i = 1; i < all.size(); i++) {
            assertThat(all.get(i).begunNanos() - all.get(i - 1).endNanos())
                    .as("nanoseconds before " + all.get(i).path()).isGreaterThanOrEqualTo(LinkedSite.DELAY_NANOS);
        }
    }

    private static long number(Connection connection, String sql) {
        try (Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        } catch (SQLException e) {
            throw new AssertionError("the database could not be asked", e);
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
