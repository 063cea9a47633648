package io.croft.examples.product;

import io.croft.Actor;
import io.croft.Croft;
import io.croft.OrgId;
import io.croft.Role;
import io.croft.Secret;
import io.croft.TenantContext;
import io.croft.content.Embedder;
import io.croft.content.WriteReceipt;
import io.croft.embedded.EmbeddedPostgresServer;
import io.croft.ingest.Ingest;
import io.croft.lucene.LuceneIndex;
import io.croft.pg.PgStore;
import io.croft.search.SearchQuery;
import io.croft.search.SearchResults;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A host of the product: a database of its own on the one server of the tests, and what tests do again and again. */
final class Host {

    private static final AtomicInteger DATABASES = new AtomicInteger();

    private Host() {
    }

    /** Started once for the JVM, stopped with it. */
    static EmbeddedPostgresServer postgres() {
        return Server.INSTANCE;
    }

    /** The URL of a new database with the roles in it, for a login that has no rights of its own. */
    static String newDatabase() throws SQLException {
        String name = "host_" + ProcessHandle.current().pid() + "_" + DATABASES.incrementAndGet();
        try (Connection admin = DriverManager.getConnection(postgres().createDatabase(name));
                Statement statement = admin.createStatement()) {
            statement.execute("DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'host') THEN "
                    + "CREATE ROLE host LOGIN; END IF; END $$");
            statement.execute(PgStore.rolesSql("croft", "host"));
        }
        return postgres().jdbcUrl(name, "host");
    }

    static Croft.Builder builder(String url, Path folder) {
        return builder(url, folder, new WordEmbedder("words"));
    }

    static Croft.Builder builder(String url, Path folder, Embedder embedder) {
        return Croft.builder().store(PgStore.builder(url, "host", Secret.of("")).open()).index(LuceneIndex.at(folder))
                .embedder(embedder).handlers(Ingest.handlers());
    }

    static TenantContext member(String org) {
        return TenantContext.of(OrgId.named(org), Actor.user("tester", Role.ADMIN));
    }

    static SearchResults searchAfter(Croft croft, TenantContext who, String text, WriteReceipt receipt) {
        return croft.search().search(who, SearchQuery.of(text).after(receipt).timeout(Duration.ofSeconds(30)));
    }

    /** Polls until it is so, for at most half a minute. */
    static void await(String what, BooleanSupplier so) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!so.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not so within 30 s: " + what);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
    }

    private static final class Server {
        static final EmbeddedPostgresServer INSTANCE = EmbeddedPostgresServer.builder().withoutDurability().start();
    }
}
