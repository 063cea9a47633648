package io.croft.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.croft.OrgId;
import io.croft.StoreUnavailableException;
import io.croft.embedded.EmbeddedPostgresServer;
import io.croft.search.Source;
import io.croft.spi.ChangeFeed.Batch;
import io.croft.spi.ChangeFeed.Reader;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexScope.MarketIndex;
import io.croft.spi.contract.Await;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A database that goes away and comes back. */
class OutageTest {

    private static Optional<String> find(PgStore store, OrgId org) {
        return store.content().find(org, Source.PRIVATE, "a").map(found -> found.text());
    }

    /** One that gives up soon. */
    private static HikariDataSource pool(TestDatabase database, Wire wire) {
        HikariConfig config = new HikariConfig();
        config.setDataSource(database.loginSource(wire));
        config.setMaximumPoolSize(4);
        config.setConnectionTimeout(500);
        return new HikariDataSource(config);
    }

    private static void awaitAnswer(PgStore store, OrgId org) {
        Await.until("the store answers again", () -> {
            try {
                return find(store, org).isPresent();
            } catch (StoreUnavailableException e) {
                return false;
            }
        });
    }

    @Test
    void store_saysSoWhileTheDatabaseIsAwayAndGoesOnAfterwards() {
        TestDatabase database = TestDatabase.prepared();
        try (Wire wire = database.wire();
                HikariDataSource pool = pool(database, wire);
                PgStore store = PgStore.open(pool)) {
            TestContent content = new TestContent(store);
            OrgId org = content.newOrg();
            content.ready(org, Source.PRIVATE, "a", "text");
            Reader reader = store.changes().reader(new MarketIndex(), store.changes().head(new MarketIndex()));
            var watch = store.changes().watch();

            wire.cut();
            for (Runnable call : new Runnable[]{() -> find(store, org),
                    () -> content.put(org, Source.PRIVATE, "b", "x"),
                    () -> reader.next(10), watch::changed, () -> store.orgs().find(org), store::expire,
                    () -> store.jobs().maintain(10)}) {
                assertThatThrownBy(call::run).isInstanceOf(StoreUnavailableException.class);
            }
            wire.mend();
            awaitAnswer(store, org);

            content.ready(org, Source.MARKETPLACE, "c", "text");
            assertThat(((Batch.Changes) reader.next(10)).dirty()).containsExactly(new ContentKey(org, "c"));
            assertThat(watch.changed()).contains(new MarketIndex());
        }
    }

    private static EmbeddedPostgresServer server(Path folder) {
        return EmbeddedPostgresServer.builder().dataFolder(folder.resolve("data")).start();
    }

    @Test
    void store_goesOnAfterTheServerWasRestarted(@TempDir Path folder) {
        assumeTrue(!EmbeddedPostgresServer.isGiven(), "needs a server that it may stop");
        EmbeddedPostgresServer first = server(folder);
        TestDatabase database = TestDatabase.prepared(first);
        try (Wire wire = database.wire();
                HikariDataSource pool = pool(database, wire);
                PgStore store = PgStore.open(pool)) {
            TestContent content = new TestContent(store);
            OrgId org = content.newOrg();
            content.ready(org, Source.PRIVATE, "a", "text");
            Reader reader = store.changes().reader(new MarketIndex(), store.changes().head(new MarketIndex()));

            first.close();
            assertThatThrownBy(() -> find(store, org)).isInstanceOf(StoreUnavailableException.class);
            try (EmbeddedPostgresServer second = server(folder)) {
                TestDatabase.HostAndPort there = TestDatabase.HostAndPort.of(second.superuserUrl());
                wire.mend(there.host(), there.port());
                awaitAnswer(store, org);
                content.ready(org, Source.MARKETPLACE, "c", "text");
                assertThat(((Batch.Changes) reader.next(10)).dirty()).containsExactly(new ContentKey(org, "c"));
            }
        }
    }
}
