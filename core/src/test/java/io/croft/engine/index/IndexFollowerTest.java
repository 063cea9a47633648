package io.croft.engine.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.StoreUnavailableException;
import io.croft.spi.AnalyticsStore;
import io.croft.spi.ChangeFeed;
import io.croft.spi.ContentStore;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.JobStore;
import io.croft.spi.OrgStore;
import io.croft.spi.SecretStore;
import io.croft.spi.Store;
import io.croft.spi.contract.Await;
import io.croft.spi.memory.InMemoryStore;
import java.time.Duration;
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
        try (IndexSession session = follower.session(MARKET, System.nanoTime() + Duration.ofSeconds(20).toNanos())) {
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
