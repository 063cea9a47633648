package io.croft.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.croft.OrgId;
import io.croft.StoreUnavailableException;
import io.croft.analytics.TextRetention;
import io.croft.search.SearchMode;
import io.croft.spi.LatencyHistogram;
import io.croft.spi.SearchBatch;
import io.croft.spi.SearchBatch.HourCounts;
import io.croft.spi.SearchBatch.TextCount;
import io.croft.spi.SearchCounts;
import io.croft.spi.Store;
import io.croft.spi.contract.AnalyticsStoreContract;
import io.croft.spi.contract.Await;
import io.croft.spi.contract.Race;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class PgAnalyticsStoreTest extends AnalyticsStoreContract {

    private static final Instant HOUR = Instant.parse("2099-05-01T10:00:00Z");
    private static final LocalDate DAY = LocalDate.parse("2099-05-01");

    private static TestDatabase database;

    @BeforeAll
    static void prepare() {
        database = TestDatabase.prepared();
    }

    @Override
    protected Store openStore() {
        return database.open();
    }

    private static SearchCounts searches(long count) {
        return new SearchCounts(count, 0, Map.of(), 0, LatencyHistogram.of(Map.of(100, count)), Optional.empty(), 0);
    }

    private static long counted(Store store, OrgId org) {
        return store.analytics().counts(org, HOUR, HOUR.plus(Duration.ofHours(1)))
                .getOrDefault(SearchMode.HYBRID, SearchCounts.none()).searches();
    }

    @Test
    void twoProcesses_addToTheSameHoursInAnyOrder() {
        try (PgStore one = database.open(); PgStore two = database.open()) {
            TestContent content = new TestContent(one);
            List<OrgId> orgs = new ArrayList<>();
            List<HourCounts> hours = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                OrgId org = content.newOrg();
                orgs.add(org);
                hours.add(new HourCounts(org, one.orgs().find(org).orElseThrow().incarnation(), HOUR,
                        SearchMode.HYBRID, searches(1)));
            }

            Race.of(4, number -> {
                UUID writer = UUID.randomUUID();
                for (int i = 1; i <= 10; i++) {
                    (number < 2 ? one : two).analytics().record(new SearchBatch(writer, i,
                            number % 2 == 0 ? hours : hours.reversed(), List.of()));
                }
                return number;
            });

            assertThat(orgs).allSatisfy(org -> assertThat(counted(two, org)).isEqualTo(40));
            assertThat(two.analytics().counts(orgs.getFirst(), HOUR, HOUR.plusSeconds(1))
                    .getOrDefault(SearchMode.HYBRID, SearchCounts.none())
                    .latency().counts()).isEqualTo(Map.of(100, 40L));
        }
    }

    @Test
    void outage_isToldOfAndABatchThatIsSentAgainCountsOnce() {
        HikariConfig config = new HikariConfig();
        config.setConnectionTimeout(500);
        try (Wire wire = database.wire()) {
            config.setDataSource(database.loginSource(wire));
            try (HikariDataSource pool = new HikariDataSource(config); PgStore store = PgStore.open(pool)) {
                OrgId org = new TestContent(store).newOrg();
                UUID life = store.orgs().find(org).orElseThrow().incarnation();
                SearchBatch batch = new SearchBatch(UUID.randomUUID(), 1,
                        List.of(new HourCounts(org, life, HOUR, SearchMode.HYBRID, searches(3))), List.of());
                store.analytics().record(batch);
                wire.cut();

                assertThatThrownBy(() -> store.analytics().record(batch))
                        .isInstanceOf(StoreUnavailableException.class);
                wire.mend();
                Await.until("it is recorded", () -> {
                    try {
                        store.analytics().record(batch);
                        return true;
                    } catch (StoreUnavailableException e) {
                        return false;
                    }
                });
                assertThat(counted(store, org)).isEqualTo(3);
            }
        }
    }

    @Test
    void erase_amongWritersLeavesNothing() {
        try (PgStore store = database.builder().poolSize(10).open()) {
            OrgId org = new TestContent(store).newOrg();
            UUID life = store.orgs().find(org).orElseThrow().incarnation();
            store.analytics().setTextRetention(org, TextRetention.KEEP);

            Race.of(4, number -> {
                UUID writer = UUID.randomUUID();
                for (int i = 1; i <= 40; i++) {
                    if (number == 0 && i == 10) {
                        store.orgs().erase(TestContent.context(org));
                        return number;
                    }
                    store.analytics().record(new SearchBatch(writer, i,
                            List.of(new HourCounts(org, life, HOUR.plusSeconds(3600L * i), SearchMode.HYBRID,
                                    searches(1))),
                            List.of(new TextCount(org, life, DAY, "text " + i, 1, 0))));
                }
                return number;
            });

            for (String table : List.of("search_hour", "search_text", "search_setting", "org")) {
                assertThat(database.count("SELECT count(*) FROM croft." + table + " WHERE org_id = '" + org + "'"))
                        .as(table).isZero();
            }
        }
    }

    @Test
    void expire_forgetsWritersThatAreGone() {
        UUID writer = UUID.randomUUID();
        UUID gone = UUID.randomUUID();
        for (UUID one : List.of(writer, gone)) {
            store().analytics().record(new SearchBatch(one, 1, List.of(), List.of()));
        }
        database.execute("UPDATE croft.search_writer SET at = at - interval '8 days' WHERE writer = '" + gone + "'");

        store().expire();

        assertThat(database.count("SELECT count(*) FROM croft.search_writer WHERE writer = '" + writer + "'"))
                .isEqualTo(1);
        assertThat(database.count("SELECT count(*) FROM croft.search_writer WHERE writer = '" + gone + "'")).isZero();
    }
}
