package io.croft.pg.notify;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.croft.Actor;
import io.croft.Croft;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.content.Document;
import io.croft.content.Embedder;
import io.croft.content.EmbeddingModel;
import io.croft.content.Listing;
import io.croft.content.WriteReceipt;
import io.croft.job.JobHandler;
import io.croft.job.JobKind;
import io.croft.job.JobResult;
import io.croft.pg.PgStore;
import io.croft.pg.TestContent;
import io.croft.pg.TestDatabase;
import io.croft.search.Lag;
import io.croft.search.SearchMode;
import io.croft.search.SearchQuery;
import io.croft.search.Source;
import io.croft.spi.ChangeFeed.Listening;
import io.croft.spi.Chunk;
import io.croft.spi.ContentStore;
import io.croft.spi.JobLease;
import io.croft.spi.Processors;
import io.croft.spi.contract.Await;
import io.croft.spi.memory.InMemoryChunkIndex;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Processes that tell each other of changes. */
class NotifyTest {

    /** How often a process looks that must be told. */
    private static final Duration SELDOM = Duration.ofMinutes(1);
    /** After this long it was not told: much shorter than {@link #SELDOM}. */
    private static final Duration SOON = SELDOM.dividedBy(3);
    private static final String LISTENER = "SELECT coalesce(max(pid), 0) FROM pg_stat_activity "
            + "WHERE datname = current_database() AND query = 'LISTEN croft_changes'";

    private final TestDatabase database = TestDatabase.prepared();
    private final TenantContext acme = TenantContext.of(OrgId.named("acme"), Actor.service("test"));

    private static final class OneWay implements Embedder, Processors {

        @Override
        public EmbeddingModel model() {
            return new EmbeddingModel("one-way", 2, 0);
        }

        @Override
        public List<float[]> embed(List<String> texts) {
            return texts.stream().map(text -> new float[]{1, 0}).toList();
        }

        @Override
        public Map<JobKind, JobHandler> handlers(ContentStore content, Embedder embedder) {
            return Map.of(EMBED, job -> {
                OrgId org = job.tenant().org();
                content.pending(org, job.payload())
                        .ifPresent(pending -> content.writeChunks(new JobLease(org, job.id(), job.fence()), pending,
                                model().id(), List.of(new Chunk(0, 0, 1, pending.content().text(),
                                        new float[]{1, 0}))));
                return JobResult.completed();
            });
        }

        @Override
        public void close() {
            // it holds nothing
        }
    }

    /** A process that writes, and makes searchable what it wrote. */
    private Croft writer() {
        return Croft.builder().store(database.open()).index(new InMemoryChunkIndex()).embedder(new OneWay())
                .handlers(new OneWay()).start();
    }

    /** A process that only searches. */
    private static Croft.Builder reader(PgStore store) {
        return Croft.builder().store(store).index(new InMemoryChunkIndex()).embedder(new OneWay());
    }

    private boolean finds(Croft croft, String word) {
        SearchQuery query = SearchQuery.of(word).mode(SearchMode.TEXT).timeout(SOON);
        return !croft.search().search(acme, query).hits().isEmpty();
    }

    private static void soon(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + SOON.toNanos();
        Await.until(what, () -> {
            if (condition.getAsBoolean()) {
                return true;
            }
            assertThat(System.nanoTime()).as("not within " + SOON + ": " + what).isLessThan(end);
            return false;
        });
    }

    /** A listener that works, and what it was told so far. */
    private static Listening listen(PgStore store, AtomicInteger told) {
        Listening listening = store.changes().listen(told::incrementAndGet);
        Await.until("it hears", () -> listening.hears() && told.get() > 0);
        return listening;
    }

    private HikariDataSource pool() {
        HikariConfig config = new HikariConfig();
        config.setDataSource(database.loginSource());
        config.setMaximumPoolSize(4);
        config.setMinimumIdle(1);
        return new HikariDataSource(config);
    }

    @Test
    void otherProcess_findsAWriteLongBeforeItLooks() {
        try (Croft one = writer(); Croft two = reader(database.open()).watchEvery(SELDOM).start()) {
            one.orgs().create(acme);
            assertThat(finds(two, "otters")).isFalse(); // opens its indexes

            one.documents().put(acme, Document.text("d", "otters swim"));
            soon("a document of the other process is found", () -> finds(two, "otters"));
            one.marketplace().publish(acme, Listing.of("l", "badgers dig"));
            soon("a listing of the other process is found", () -> finds(two, "badgers"));
            one.documents().delete(acme, "d");
            soon("what the other process deleted is not found", () -> !finds(two, "otters"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void otherProcess_looksOftenIfItCannotHear(DeafDataSource.Reason reason) {
        DeafDataSource deaf = new DeafDataSource(database.loginSource(), reason);
        try (Croft one = writer(); Croft two = reader(PgStore.open(deaf.source())).start()) {
            one.orgs().create(acme);
            assertThat(finds(two, "otters")).isFalse();
            Await.until("it has tried", () -> deaf.tried.get() > 0);

            one.documents().put(acme, Document.text("d", "otters swim"));

            Await.until("a document of the other process is found", () -> finds(two, "otters"));
            Await.until("its connection was given back", () -> deaf.open.get() == 0);
            if (reason != DeafDataSource.Reason.SWALLOWED) {
                assertThat(deaf.tried).as("it is not tried again for minutes").hasValue(1);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void deafConnection_isNotTakenForOneThatHears(DeafDataSource.Reason reason) {
        DeafDataSource deaf = new DeafDataSource(database.loginSource(), reason);
        try (PgStore store = PgStore.open(deaf.source()); Listening listening = store.changes().listen(() -> {
        })) {
            Await.until("it has tried and given the connection back",
                    () -> deaf.tried.get() > 0 && deaf.open.get() == 0);

            assertThat(listening.hears()).isFalse();
        }
    }

    @Test
    void connectionThatIsLate_isTriedAgainWithinSeconds() {
        DeafDataSource deaf = new DeafDataSource(database.loginSource(), DeafDataSource.Reason.SWALLOWED);
        try (PgStore store = PgStore.open(deaf.source()); Listening listening = store.changes().listen(() -> {
        })) {
            Await.until("it has tried and given the connection back",
                    () -> deaf.tried.get() > 0 && deaf.open.get() == 0);

            deaf.hears = true;

            Await.until("it hears", listening::hears);
        }
    }

    @Test
    void connection_thatIsKilledIsReplaced() {
        AtomicInteger told = new AtomicInteger();
        try (PgStore writing = database.open();
                PgStore store = database.open();
                Listening listening = listen(store, told)) {
            TestContent content = new TestContent(writing);
            OrgId org = content.newOrg();
            String before = database.read(LISTENER);

            database.execute("SELECT pg_terminate_backend(" + before + ")");
            Await.until("another connection listens",
                    () -> !database.read(LISTENER).equals(before) && !database.read(LISTENER).equals("0"));
            Await.until("it has told that it did not hear and that it hears again",
                    () -> listening.hears() && told.get() >= 3);

            int heard = told.get();
            content.ready(org, Source.PRIVATE, "a", "text");
            Await.until("it hears of a commit", () -> told.get() > heard);
        }
    }

    @Test
    void connection_isGivenBackAsItCame() throws SQLException {
        try (HikariDataSource pool = pool(); PgStore store = PgStore.open(pool)) {
            Listening listening = listen(store, new AtomicInteger());
            assertThat(database.read(LISTENER)).isNotEqualTo("0");

            listening.close();

            assertThat(listening.hears()).isFalse();
            Await.until("all are back", () -> pool.getHikariPoolMXBean().getActiveConnections() == 0);
            for (int i = 0; i < pool.getMaximumPoolSize(); i++) {
                try (Connection connection = pool.getConnection();
                        Statement statement = connection.createStatement();
                        ResultSet channels = statement.executeQuery("SELECT pg_listening_channels()")) {
                    assertThat(channels.next()).isFalse();
                }
            }
        }
    }

    @Test
    void store_withoutListeningHoldsNoConnection() {
        try (PgStore store = database.builder().withoutListening().open();
                Listening listening = store.changes().listen(() -> {
                })) {
            assertThat(listening).isSameAs(Listening.DEAF);
        }
    }

    @Test
    @Timeout(value = 50, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void close_doesNotWaitForAConnectionThatIsNotToBeHad() {
        DeafDataSource stuck = new DeafDataSource(database.loginSource(), DeafDataSource.Reason.WRAPPED);
        try (PgStore store = PgStore.open(stuck.source())) {
            CountDownLatch gate = new CountDownLatch(1);
            stuck.gate = gate;
            int before = stuck.asked.get();
            Listening listening = store.changes().listen(() -> {
            });

            Await.until("it waits for a connection", () -> stuck.asked.get() > before);

            listening.close();

            gate.countDown();
            Await.until("what came too late was given back", () -> stuck.tried.get() > 0 && stuck.open.get() == 0);
        }
    }

    @Test
    void lag_isWhatWasNotReadYet() {
        try (Croft one = writer();
                Croft two = reader(database.builder().withoutListening().open()).watchEvery(SELDOM).start()) {
            one.orgs().create(acme);
            assertThat(two.search().lag(acme)).doesNotContainKey(Source.PRIVATE);
            assertThat(finds(two, "otters")).isFalse();
            assertThat(hasNoLag(two)).isTrue();

            WriteReceipt mine = one.documents().put(acme, Document.text("d", "otters swim"));
            WriteReceipt ours = one.marketplace().publish(acme, Listing.of("l", "otters for sale"));
            search(one, mine, ours);

            Await.until("nothing is left to apply where it was written", () -> hasNoLag(one));
            assertThat(two.search().lag(acme)).hasSize(2).allSatisfy((source, lag) -> {
                assertThat(lag.rows()).isEqualTo(1);
                assertThat(lag.age()).isPositive();
            });
            search(two, mine, ours);
            Await.until("nothing is left to apply", () -> hasNoLag(two));
        }
    }

    private boolean hasNoLag(Croft croft) {
        return croft.search().lag(acme).equals(Map.of(Source.PRIVATE, Lag.NONE, Source.MARKETPLACE, Lag.NONE));
    }

    private void search(Croft croft, WriteReceipt... receipts) {
        SearchQuery query = SearchQuery.of("otters").timeout(SOON);
        for (WriteReceipt receipt : receipts) {
            query = query.after(receipt);
        }
        assertThat(croft.search().search(acme, query).hits()).hasSize(receipts.length);
    }
}
