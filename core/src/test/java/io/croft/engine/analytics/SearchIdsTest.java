package io.croft.engine.analytics;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.Org;
import io.croft.OrgId;
import io.croft.search.SearchMode;
import io.croft.spi.contract.Seed;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class SearchIdsTest {

    private static final Instant NOW = Instant.parse("2026-03-01T12:34:56Z");

    private final Org org = org("acme");

    private static Org org(String name) {
        return new Org(OrgId.named(name), UUID.randomUUID(), Org.State.ACTIVE, NOW);
    }

    @Test
    void id_saysWhenItsSearchWasAndInWhichMode() {
        for (SearchMode mode : SearchMode.values()) {
            UUID id = SearchIds.next(org, mode, NOW);

            assertThat(id.version()).isEqualTo(8);
            assertThat(id.variant()).isEqualTo(2);
            assertThat(SearchIds.read(org, id, NOW))
                    .contains(new SearchIds.Origin(NOW.truncatedTo(ChronoUnit.HOURS), mode));
        }
    }

    @Test
    void ids_areAllDifferent() {
        Set<UUID> ids = new HashSet<>();
        for (int i = 0; i < 100_000; i++) {
            ids.add(SearchIds.next(org, SearchMode.HYBRID, NOW));
        }

        assertThat(ids).hasSize(100_000);
    }

    @Test
    void id_isUnknownToOthersToTheNextLifeAndAfterADay() {
        UUID id = SearchIds.next(org, SearchMode.HYBRID, NOW);
        Org nextLife = new Org(org.id(), UUID.randomUUID(), Org.State.ACTIVE, NOW);
        Org sameIncarnation = new Org(OrgId.named("other"), org.incarnation(), Org.State.ACTIVE, NOW);

        assertThat(SearchIds.read(org("other"), id, NOW)).isEmpty();
        assertThat(SearchIds.read(nextLife, id, NOW)).isEmpty();
        assertThat(SearchIds.read(sameIncarnation, id, NOW)).isEmpty();
        assertThat(SearchIds.read(org, id, NOW.plus(Duration.ofHours(23)))).isPresent();
        assertThat(SearchIds.read(org, id, NOW.plus(Duration.ofHours(24)))).isEmpty();
    }

    @Test
    void id_thatWasChangedOrInventedIsUnknown() {
        Random random = Seed.random("SearchIdsTest");
        UUID id = SearchIds.next(org, SearchMode.HYBRID, NOW);
        for (int bit = 0; bit < 64; bit++) {
            UUID high = new UUID(id.getMostSignificantBits() ^ 1L << bit, id.getLeastSignificantBits());
            UUID low = new UUID(id.getMostSignificantBits(), id.getLeastSignificantBits() ^ 1L << bit);
            assertThat(SearchIds.read(org, high, NOW)).as("bit %s", bit).isEmpty();
            assertThat(SearchIds.read(org, low, NOW)).as("bit %s", bit).isEmpty();
        }
        for (int i = 0; i < 10_000; i++) {
            UUID invented = new UUID((random.nextLong() & ~0xF000L) | 0x8000L, random.nextLong());
            assertThat(SearchIds.read(org, invented, NOW)).isEmpty();
        }
    }
}
