package io.croft.examples.quickstart;

import io.croft.Croft;
import io.croft.CroftException;
import io.croft.Secret;
import io.croft.TenantContext;
import io.croft.content.Document;
import io.croft.content.WriteReceipt;
import io.croft.embedded.EmbeddedPostgresServer;
import io.croft.ingest.Ingest;
import io.croft.ingest.LocalEmbedder;
import io.croft.lucene.LuceneIndex;
import io.croft.pg.PgStore;
import io.croft.search.SearchMode;
import io.croft.search.SearchQuery;
import io.croft.search.SearchResults.Wait;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The whole library in one run: starts a Postgres of its own, ingests documents through the queue, searches, prints,
 * stops.
 *
 * <p>With the system property {@code croft.demo.folder} it ingests the .txt and .md files of that folder instead, and
 * answers {@code croft.demo.query}.
 */
public final class Quickstart {

    private final PrintStream out;

    private Quickstart(PrintStream out) {
        this.out = out;
    }

    /** Runs the demo; ends with status 0, or with 1 and a message. */
    public static void main(String[] args) throws IOException, InterruptedException, SQLException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        try {
            new Quickstart(out).run();
        } catch (CroftException | IllegalStateException | IOException e) {
            out.println("The quickstart failed: " + e.getMessage());
            System.exit(1);
        }
    }

    private void run() throws IOException, InterruptedException, SQLException {
        long start = System.nanoTime();
        String folder = System.getProperty("croft.demo.folder", "");
        List<Document> own = folder.isBlank() ? List.of() : OwnFolder.read(Path.of(folder), out);
        Path indexes = Files.createTempDirectory("croft-quickstart-");
        JobStory jobs = new JobStory(out);
        out.println("Starting Postgres ...");
        try (EmbeddedPostgresServer postgres = EmbeddedPostgresServer.start();
                Croft croft = start(prepare(postgres), indexes, jobs)) {
            out.printf(Locale.ROOT, "Postgres is up and migrated, workers run (%.1f s).%n%n", seconds(start));
            if (folder.isBlank()) {
                HorseTown town = new HorseTown(croft, out);
                town.moveIn();
                town.askAround();
                jobs.tell(croft, town.ridingSchool());
            } else {
                OwnFolder mine = new OwnFolder(croft, out);
                mine.ingest(own);
                String query = System.getProperty("croft.demo.query", "");
                if (query.isBlank()) {
                    out.println("Give -Dcroft.demo.query=\"...\" to ask something.");
                } else {
                    mine.ask(query);
                }
            }
        } finally {
            delete(indexes);
        }
        out.printf(Locale.ROOT, "%nDone in %.1f s.%n", seconds(start));
    }

    /**
     * As an administrator makes the database ready once; the library then logs in as a role without rights of its own.
     */
    private static String prepare(EmbeddedPostgresServer postgres) throws SQLException {
        String database = "croft_quickstart_" + Long.toString(System.currentTimeMillis(), Character.MAX_RADIX);
        try (Connection admin = DriverManager.getConnection(postgres.createDatabase(database));
                Statement statement = admin.createStatement()) {
            statement.execute("DO $$ BEGIN CREATE ROLE quickstart LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; "
                    + "END $$");
            statement.execute(PgStore.rolesSql("croft", "quickstart"));
        }
        return postgres.jdbcUrl(database, "quickstart");
    }

    private static Croft start(String url, Path indexes, JobStory jobs) {
        return Croft.builder()
                .store(PgStore.builder(url, "quickstart", Secret.of("")).open())
                .index(LuceneIndex.at(indexes))
                .embedder(LocalEmbedder.miniLm())
                .handlers(Ingest.handlers())
                .handler(JobStory.NEWSLETTER, jobs.newsletterHandler())
                .handler(JobStory.LABEL, jobs.labelHandler())
                .start();
    }

    /** Waits until a write is found by searches. */
    static void waitFor(Croft croft, TenantContext who, WriteReceipt receipt) {
        Wait wait = croft.search().search(who, SearchQuery.of(receipt.id()).mode(SearchMode.TEXT)
                .sources(Set.of(receipt.source())).after(receipt).limit(1).timeout(Duration.ofSeconds(30))).waits()
                .getFirst();
        if (wait.outcome() != Wait.Outcome.VISIBLE) {
            throw new IllegalStateException("\"" + receipt.id() + "\" did not become visible: " + wait.outcome());
        }
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
