package io.croft.engine.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.OrgId;
import io.croft.StoreUnavailableException;
import io.croft.search.Lag;
import io.croft.spi.AnalyticsStore;
import io.croft.spi.AuditStore;
import io.croft.spi.BlobStore;
import io.croft.spi.ChangeFeed;
import io.croft.spi.ContentStore;
import io.croft.spi.CrawlStore;
import io.croft.spi.FlagStore;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.InputStore;
import io.croft.spi.JobStore;
import io.croft.spi.OrgStore;
import io.croft.spi.RateStore;
import io.croft.spi.SearchTimeoutException;
import io.croft.spi.SecretStore;
import io.croft.spi.Sight;
import io.croft.spi.SitePace;
import io.croft.spi.SpendStore;
import io.croft.spi.Store;
import io.croft.spi.contract.Await;
import io.croft.spi.memory.InMemoryStore;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The follower's threads, over the log of the marketplace. */
class IndexFollowerTest {

    private static final IndexScope MARKET = new IndexScope.MarketIndex();

    private final WrittenLog log = new WrittenLog(MARKET, OrgId.named("acme"));
    private final TroubledIndex index = new TroubledIndex();
    private final IndexFollower follower = new IndexFollower(new LoggedStore(), index, TroubledIndex.SCHEMA,
            IndexFollower.Settings.of(Duration.ofMillis(10), Duration.ofMillis(10), event -> {
            }));

    @AfterEach
    void stop() {
        follower.close();
    }

    private int size() {
        try (IndexSession session = follower.session(MARKET, Sight.ALL,
                System.nanoTime() + Duration.ofSeconds(20).toNanos())) {
            return session.size();
        }
    }

    @Test
    void news_isAppliedAndCommitted() {
        assertThat(size()).isZero();
        log.write("a", "otters");

        Await.until("it is applied", () -> size() == 1);
        Await.until("it is committed", () -> index.committed.get() > 0);
    }

    @Test
    void news_whoseApplicationFailedIsNotForgottenThoughNothingElseIsWritten() {
        assertThat(size()).isZero();
        index.failingApplies.set(3);
        log.write("a", "otters");

        Await.until("it is applied", () -> size() == 1);
        assertThat(index.failingApplies).hasValue(0);
        Await.until("it is known", () -> follower.staleness(MARKET).isEmpty());
    }

    @Test
    void news_thatCouldNotBeReadForAWhileArrivesAfterwards() {
        assertThat(size()).isZero();
        log.failWith(() -> new StoreUnavailableException("away"));
        log.write("a", "otters");
        log.write("b", "otters");
        assertThat(size()).as("what it has is served meanwhile").isZero();
        log.failWith(null);

        Await.until("both are applied", () -> size() == 2);
    }

    @Test
    void news_ofMoreThanOneTurnArrivesWithoutMoreNews() {
        assertThat(size()).isZero();
        for (int i = 0; i < 4_500; i++) {
            log.write("d-" + i, "otters");
        }

        Await.until("all are applied", () -> size() == 4_500);
    }

    @Test
    void place_thatWasLostIsFoundByBuildingAnew() {
        assertThat(size()).isZero();
        index.failingApplies.set(Integer.MAX_VALUE);
        log.write("a", "otters");
        Await.until("it has failed", () -> follower.staleness(MARKET).isPresent());
        log.trim();
        index.failingApplies.set(0);

        Await.until("it is built anew", () -> size() == 1);
        assertThat(index.rebuilt.get()).isGreaterThan(1);
    }

    @Test
    void session_thatCouldNotWaitForAWriteLeavesTheIndexUnsuspected() {
        assertThat(size()).isZero();
        int opened = index.opened.get();
        index.lateSessions.set(1);

        assertThatThrownBy(() -> follower.session(MARKET, Sight.ALL, System.nanoTime()))
                .isInstanceOf(SearchTimeoutException.class);

        assertThat(follower.staleness(MARKET)).isEmpty();
        log.write("a", "otters");
        Await.until("it is applied", () -> size() == 1);
        assertThat(index.opened).as("its files were not looked at again").hasValue(opened);
    }

    /** One that looks this often, and hardly ever while it is told. */
    private IndexFollower follower(Duration watchEvery) {
        return new IndexFollower(new LoggedStore(), new TroubledIndex(), TroubledIndex.SCHEMA,
                new IndexFollower.Settings(watchEvery, Duration.ofHours(1), Duration.ofMillis(10), event -> {
                }));
    }

    private static int size(IndexFollower follower) {
        try (IndexSession session = follower.session(MARKET, Sight.ALL,
                System.nanoTime() + Duration.ofSeconds(20).toNanos())) {
            return session.size();
        }
    }

    @Test
    void news_thatIsToldIsAppliedThoughNobodyLooks() {
        try (IndexFollower seldom = follower(Duration.ofHours(1))) {
            assertThat(size(seldom)).isZero();
            log.tell(true);

            log.write("a", "otters");
            Await.until("it is applied", () -> size(seldom) == 1);
            log.write("b", "otters");
            Await.until("the next is applied", () -> size(seldom) == 2);
        }
    }

    @Test
    void news_thatIsNotToldAnyMoreIsLookedForOften() {
        try (IndexFollower often = follower(Duration.ofMillis(10))) {
            assertThat(size(often)).isZero();
            log.tell(true);
            log.write("a", "otters");
            Await.until("it is applied", () -> size(often) == 1);

            log.tell(false);
            log.write("b", "otters");

            Await.until("it is applied", () -> size(often) == 2);
        }
    }

    @Test
    void news_thatIsToldIsCommittedAndTriedAgainWithoutMoreNews() {
        TroubledIndex troubled = new TroubledIndex();
        try (IndexFollower seldom = new IndexFollower(new LoggedStore(), troubled, TroubledIndex.SCHEMA,
                new IndexFollower.Settings(Duration.ofMillis(10), Duration.ofHours(1), Duration.ofMillis(10),
                        event -> {
                        }))) {
            assertThat(size(seldom)).isZero();
            log.tell(true);
            int committed = troubled.committed.get();
            troubled.failingApplies.set(3);

            log.write("a", "otters");

            Await.until("it is applied", () -> size(seldom) == 1);
            Await.until("it is committed", () -> troubled.committed.get() > committed);
        }
    }

    @Test
    void lag_isWhatWasNotApplied() {
        assertThat(size()).isZero();
        assertThat(follower.lag(new IndexScope.PrivateIndex(OrgId.named("acme"), new UUID(1, 1)))).isEmpty();
        assertThat(follower.lag(MARKET)).contains(Lag.NONE);
        index.failingApplies.set(Integer.MAX_VALUE);

        log.write("a", "otters");
        log.write("b", "otters");

        Await.until("it has failed", () -> follower.staleness(MARKET).isPresent());
        assertThat(follower.lag(MARKET).orElseThrow().rows()).isEqualTo(2);
        index.failingApplies.set(0);
        Await.until("it is applied", () -> follower.lag(MARKET).equals(Optional.of(Lag.NONE)));
        assertThat(size()).isEqualTo(2);
    }

    private final class LoggedStore implements Store {

        private final InMemoryStore rest = new InMemoryStore();

        @Override
        public OrgStore orgs() {
            return rest.orgs();
        }

        @Override
        public ContentStore content() {
            return log;
        }

        @Override
        public ChangeFeed changes() {
            return log;
        }

        @Override
        public JobStore jobs() {
            return rest.jobs();
        }

        @Override
        public AnalyticsStore analytics() {
            return rest.analytics();
        }

        @Override
        public AuditStore audit() {
            return rest.audit();
        }

        @Override
        public FlagStore flags() {
            return rest.flags();
        }

        @Override
        public RateStore rates() {
            return rest.rates();
        }

        @Override
        public InputStore inputs() {
            return rest.inputs();
        }

        @Override
        public CrawlStore crawls() {
            return rest.crawls();
        }

        @Override
        public SitePace sites() {
            return rest.sites();
        }

        @Override
        public SpendStore spends() {
            return rest.spends();
        }

        @Override
        public BlobStore blobs() {
            return rest.blobs();
        }

        @Override
        public SecretStore secrets() {
            return rest.secrets();
        }

        @Override
        public void expire() {
            rest.expire();
        }

        @Override
        public void close() {
            rest.close();
        }
    }
}
