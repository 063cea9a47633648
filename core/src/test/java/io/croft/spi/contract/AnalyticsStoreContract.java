package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.OrgId;
import io.croft.UnknownOrgException;
import io.croft.analytics.SearchReport.Slowest;
import io.croft.analytics.SearchReport.SourceFigures;
import io.croft.analytics.SearchReport.TopQuery;
import io.croft.analytics.TextRetention;
import io.croft.search.SearchMode;
import io.croft.search.Source;
import io.croft.spi.AnalyticsStore;
import io.croft.spi.AnalyticsStore.Ranking;
import io.croft.spi.LatencyHistogram;
import io.croft.spi.SearchBatch;
import io.croft.spi.SearchBatch.HourCounts;
import io.croft.spi.SearchBatch.TextCount;
import io.croft.spi.SearchCounts;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The contract of {@link AnalyticsStore}. */
public abstract class AnalyticsStoreContract extends StoreContract {

    private static final Duration HOUR = Duration.ofHours(1);

    private final UUID writer = UUID.randomUUID();
    private long batches;

    private AnalyticsStore analytics() {
        return store().analytics();
    }

    private Instant thisHour() {
        return now().truncatedTo(ChronoUnit.HOURS);
    }

    private LocalDate today() {
        return LocalDate.ofInstant(now(), ZoneOffset.UTC);
    }

    private SearchBatch batch(List<HourCounts> hours, List<TextCount> texts) {
        return new SearchBatch(writer, ++batches, hours, texts);
    }

    private HourCounts hour(OrgId org, Instant hour, SearchMode mode, SearchCounts counts) {
        return new HourCounts(org, scope(org).incarnation(), hour, mode, counts);
    }

    private TextCount text(OrgId org, LocalDate day, String text, long searches, long zeroResults) {
        return new TextCount(org, scope(org).incarnation(), day, text, searches, zeroResults);
    }

    private void record(HourCounts... hours) {
        analytics().record(batch(List.of(hours), List.of()));
    }

    private void record(TextCount... texts) {
        analytics().record(batch(List.of(), List.of(texts)));
    }

    private List<TopQuery> top(OrgId org) {
        return analytics().topQueries(org, today().minusDays(40), today().plusDays(1), Ranking.SEARCHES, 1000);
    }

    private static SearchCounts searches(OrgId org, int count, Duration took, String request) {
        return new SearchCounts(count, 1, Map.of(Source.PRIVATE, new SourceFigures(3L * count, 1, 0),
                Source.MARKETPLACE, new SourceFigures(2L * count, 0, 1)), .5,
                LatencyHistogram.of(Map.of(LatencyHistogram.bucket(took), (long) count)),
                Optional.of(new Slowest(org, took, request)), 4);
    }

    @Test
    void record_addsToWhatIsThere() {
        OrgId org = newOrg();
        SearchCounts quick = searches(org, 5, Duration.ofMillis(2), "quick");
        SearchCounts slow = searches(org, 1, Duration.ofSeconds(1), "slow");
        SearchCounts alsoQuick = searches(org, 2, Duration.ofMillis(2), "late");

        record(hour(org, thisHour(), SearchMode.HYBRID, quick), hour(org, thisHour(), SearchMode.TEXT, quick));
        record(hour(org, thisHour(), SearchMode.HYBRID, slow));
        record(hour(org, thisHour(), SearchMode.HYBRID, alsoQuick));

        Map<SearchMode, SearchCounts> counts = analytics().counts(org, thisHour(), thisHour().plus(HOUR));
        assertThat(counts).containsOnlyKeys(SearchMode.HYBRID, SearchMode.TEXT)
                .containsEntry(SearchMode.TEXT, quick)
                .containsEntry(SearchMode.HYBRID, quick.plus(slow).plus(alsoQuick));
        assertThat(counts.getOrDefault(SearchMode.HYBRID, SearchCounts.none()).slowest().orElseThrow().requestId())
                .isEqualTo("slow");
        assertThat(counts.getOrDefault(SearchMode.HYBRID, SearchCounts.none()).searches()).isEqualTo(8);
        assertThat(counts.getOrDefault(SearchMode.HYBRID, SearchCounts.none()).latency().total()).isEqualTo(8);
    }

    @Test
    void record_ofClicksAloneAddsThemToo() {
        OrgId org = newOrg();
        SearchCounts clicks = new SearchCounts(0, 0, Map.of(Source.MARKETPLACE, new SourceFigures(0, 2, 0)), 1.25,
                LatencyHistogram.none(), Optional.empty(), 0);

        record(hour(org, thisHour(), SearchMode.VECTOR, clicks));
        record(hour(org, thisHour(), SearchMode.VECTOR, searches(org, 1, Duration.ofMillis(1), "r")));
        record(hour(org, thisHour(), SearchMode.VECTOR, clicks));

        SearchCounts sum = analytics().counts(org, thisHour(), thisHour().plus(HOUR)).getOrDefault(SearchMode.VECTOR,
                SearchCounts.none());
        assertThat(sum).isEqualTo(clicks.plus(searches(org, 1, Duration.ofMillis(1), "r")).plus(clicks));
    }

    @Test
    void record_ofABatchThatWasAddedBeforeAddsNothing() {
        OrgId org = newOrg();
        analytics().setTextRetention(org, TextRetention.KEEP);
        SearchBatch batch = batch(
                List.of(hour(org, thisHour(), SearchMode.HYBRID, searches(org, 5, Duration.ofMillis(2), "r"))),
                List.of(text(org, today(), "otters", 5, 1)));

        analytics().record(batch);
        analytics().record(batch);

        assertThat(analytics().counts(org, thisHour(), thisHour().plus(HOUR))
                .getOrDefault(SearchMode.HYBRID, SearchCounts.none()).searches())
                .isEqualTo(5);
        assertThat(top(org)).containsExactly(new TopQuery("otters", 5, 1));
    }

    @Test
    void record_byManyAtOnceLosesNothing() {
        List<OrgId> orgs = List.of(newOrg(), newOrg(), newOrg());
        orgs.forEach(org -> analytics().setTextRetention(org, TextRetention.KEEP));

        Race.of(4, number -> {
            UUID other = UUID.randomUUID();
            for (int i = 1; i <= 20; i++) {
                List<HourCounts> hours = new ArrayList<>();
                List<TextCount> texts = new ArrayList<>();
                for (OrgId org : number % 2 == 0 ? orgs : orgs.reversed()) {
                    hours.add(hour(org, thisHour(), SearchMode.HYBRID, searches(org, 1, Duration.ofMillis(i), "r")));
                    texts.add(text(org, today(), "text " + i, 1, 0));
                }
                analytics().record(new SearchBatch(other, i, hours, texts));
            }
            return number;
        });

        for (OrgId org : orgs) {
            SearchCounts counts = analytics().counts(org, thisHour(), thisHour().plus(HOUR))
                    .getOrDefault(SearchMode.HYBRID, SearchCounts.none());
            assertThat(counts.searches()).isEqualTo(80);
            assertThat(counts.latency().total()).isEqualTo(80);
            assertThat(counts.of(Source.PRIVATE)).isEqualTo(new SourceFigures(240, 80, 0));
            assertThat(top(org)).hasSize(20).allMatch(query -> query.searches() == 4);
        }
    }

    @Test
    void counts_areOfTheHoursAskedForAndOfOneOrg() {
        OrgId org = newOrg();
        OrgId other = newOrg();
        for (int i = 0; i < 4; i++) {
            record(hour(org, thisHour().plus(HOUR.multipliedBy(i)), SearchMode.HYBRID,
                    searches(org, 1 << i, Duration.ofMillis(2), "r")));
        }
        record(hour(other, thisHour(), SearchMode.HYBRID, searches(other, 100, Duration.ofMillis(2), "r")));

        assertThat(analytics().counts(org, thisHour().plus(HOUR), thisHour().plus(HOUR.multipliedBy(3)))
                .getOrDefault(SearchMode.HYBRID, SearchCounts.none()).searches()).isEqualTo(2 + 4);
        assertThat(analytics().counts(org, thisHour().minus(HOUR), thisHour())).isEmpty();
        assertThat(analytics().counts(unknownOrg(), thisHour(), thisHour().plus(HOUR))).isEmpty();
    }

    @Test
    void counts_ofAllOrgsAddUpTheOrgs() {
        Instant rare = Instant.parse("2100-01-01T00:00:00Z")
                .plus(HOUR.multipliedBy(ThreadLocalRandom.current().nextInt(1_000_000)));
        OrgId org = newOrg();
        OrgId other = newOrg();
        Instant later = rare.plus(Duration.ofHours(50));
        record(hour(org, rare, SearchMode.TEXT, searches(org, 3, Duration.ofMillis(2), "r")),
                hour(org, later, SearchMode.TEXT, searches(org, 30, Duration.ofMillis(2), "r")),
                hour(other, rare, SearchMode.TEXT, searches(other, 4, Duration.ofMillis(9), "slowest")));

        SearchCounts all = analytics().counts(rare, rare.plus(HOUR)).getOrDefault(SearchMode.TEXT, SearchCounts.none());

        assertThat(all).isEqualTo(searches(org, 3, Duration.ofMillis(2), "r")
                .plus(searches(other, 4, Duration.ofMillis(9), "slowest")));
        assertThat(all.slowest()).contains(new Slowest(other, Duration.ofMillis(9), "slowest"));
        assertThat(analytics().counts(rare, later.plus(HOUR)).getOrDefault(SearchMode.TEXT, SearchCounts.none())
                .searches()).isEqualTo(37);
        assertThat(analytics().counts(rare, later).getOrDefault(SearchMode.TEXT, SearchCounts.none()).searches())
                .isEqualTo(7);
    }

    @Test
    void record_leavesOutLivesThatAreOverAndAddsTheRest() {
        OrgId org = newOrg();
        OrgId gone = newOrg();
        analytics().setTextRetention(gone, TextRetention.KEEP);
        HourCounts ofGone = hour(gone, thisHour(), SearchMode.HYBRID, searches(gone, 1, Duration.ofMillis(1), "r"));
        TextCount textOfGone = text(gone, today(), "secret", 1, 0);
        store().orgs().erase(context(gone));
        HourCounts ofUnknown = new HourCounts(unknownOrg(), UUID.randomUUID(), thisHour(), SearchMode.HYBRID,
                searches(gone, 1, Duration.ofMillis(1), "r"));
        HourCounts good = hour(org, thisHour(), SearchMode.HYBRID, searches(org, 7, Duration.ofMillis(1), "r"));

        analytics().record(batch(List.of(ofGone, ofUnknown, good), List.of(textOfGone)));
        store().orgs().create(context(gone));
        analytics().setTextRetention(gone, TextRetention.KEEP);
        analytics().record(batch(List.of(ofGone), List.of(textOfGone)));

        assertThat(analytics().counts(org, thisHour(), thisHour().plus(HOUR))
                .getOrDefault(SearchMode.HYBRID, SearchCounts.none()).searches())
                .isEqualTo(7);
        assertThat(analytics().counts(gone, thisHour(), thisHour().plus(HOUR))).isEmpty();
        assertThat(top(gone)).isEmpty();
    }

    @Test
    void erase_leavesNoCountNoTextAndNoSetting() {
        OrgId org = newOrg();
        analytics().setTextRetention(org, TextRetention.KEEP);
        analytics().record(batch(
                List.of(hour(org, thisHour(), SearchMode.HYBRID, searches(org, 1, Duration.ofMillis(1), "r"))),
                List.of(text(org, today(), "otters", 1, 0))));

        store().orgs().erase(context(org));
        store().orgs().create(context(org));

        assertThat(analytics().counts(org, thisHour().minus(HOUR), thisHour().plus(HOUR))).isEmpty();
        assertThat(top(org)).isEmpty();
        assertThat(analytics().keepingTexts(Set.of(org))).isEmpty();
    }

    @Test
    void texts_areKeptOnlyWhereTheOrgSaysSo() {
        OrgId keeping = newOrg();
        OrgId silent = newOrg();
        OrgId discarding = newOrg();
        analytics().setTextRetention(keeping, TextRetention.KEEP);
        analytics().setTextRetention(discarding, TextRetention.KEEP);
        analytics().setTextRetention(discarding, TextRetention.DISCARD);

        record(text(keeping, today(), "otters", 2, 0), text(silent, today(), "otters", 2, 0),
                text(discarding, today(), "otters", 2, 0));

        assertThat(analytics().keepingTexts(Set.of(keeping, silent, discarding))).containsExactly(keeping);
        assertThat(top(keeping)).containsExactly(new TopQuery("otters", 2, 0));
        assertThat(top(silent)).isEmpty();
        assertThat(top(discarding)).isEmpty();
        assertThat(analytics().keepingTexts(Set.of())).isEmpty();
    }

    @Test
    void discarding_removesWhatWasKept() {
        OrgId org = newOrg();
        OrgId other = newOrg();
        for (OrgId one : List.of(org, other)) {
            analytics().setTextRetention(one, TextRetention.KEEP);
            record(text(one, today(), "otters", 2, 0));
        }

        analytics().setTextRetention(org, TextRetention.DISCARD);
        analytics().setTextRetention(org, TextRetention.KEEP);

        assertThat(top(org)).isEmpty();
        assertThat(top(other)).hasSize(1);
    }

    @Test
    void discarding_amongWritersLeavesNothing() {
        OrgId org = newOrg();
        analytics().setTextRetention(org, TextRetention.KEEP);

        Race.of(4, number -> {
            if (number == 0) {
                analytics().setTextRetention(org, TextRetention.DISCARD);
                return top(org);
            }
            for (int i = 1; i <= 30; i++) {
                analytics().record(new SearchBatch(new UUID(writer.getMostSignificantBits(), number), i, List.of(),
                        List.of(text(org, today(), "text " + number + " " + i, 1, 0))));
            }
            return List.<TopQuery>of();
        });

        assertThat(top(org)).isEmpty();
    }

    @Test
    void texts_ofADayAreLimited() {
        OrgId org = newOrg();
        OrgId other = newOrg();
        analytics().setTextRetention(org, TextRetention.KEEP);
        analytics().setTextRetention(other, TextRetention.KEEP);
        int most = AnalyticsStore.MAX_TEXTS_A_DAY;
        record(IntStream.range(0, most - 10).mapToObj(i -> text(org, today(), "text " + i, 1, 0))
                .toArray(TextCount[]::new));

        record(IntStream.range(most - 20, most + 50).mapToObj(i -> text(org, today(), "text " + i, i, 0))
                .toArray(TextCount[]::new));
        record(text(org, today(), "too late", 5000, 0), text(org, today().minusDays(1), "yesterday", 5, 0),
                text(other, today(), "another's", 5, 0), text(org, today(), "text 0", 9, 0));

        List<TopQuery> all =
                analytics().topQueries(org, today(), today(), Ranking.SEARCHES, 1000);
        assertThat(all).hasSize(most).extracting(TopQuery::text).doesNotContain("too late")
                .contains("text " + (most + 49), "text " + (most - 11)).doesNotContain("text " + (most + 1));
        assertThat(all).contains(new TopQuery("text 0", 10, 0));
        assertThat(top(org)).extracting(TopQuery::text).contains("yesterday");
        assertThat(top(other)).extracting(TopQuery::text).containsExactly("another's");
    }

    @Test
    void topQueries_rankOverTheDaysAskedFor() {
        OrgId org = newOrg();
        analytics().setTextRetention(org, TextRetention.KEEP);
        LocalDate day = today();
        record(text(org, day, "b", 3, 0), text(org, day, "a", 3, 1), text(org, day, "rare", 2, 2),
                text(org, day.minusDays(1), "b", 1, 0), text(org, day.minusDays(2), "old", 100, 100));
        record(text(org, day, "rare", 1, 1));

        assertThat(analytics().topQueries(org, day.minusDays(1), day, Ranking.SEARCHES, 10)).containsExactly(
                new TopQuery("b", 4, 0), new TopQuery("a", 3, 1), new TopQuery("rare", 3, 3));
        assertThat(analytics().topQueries(org, day, day, Ranking.SEARCHES, 2)).containsExactly(
                new TopQuery("a", 3, 1), new TopQuery("b", 3, 0));
        assertThat(analytics().topQueries(org, day, day, Ranking.ZERO_RESULTS, 10)).containsExactly(
                new TopQuery("rare", 3, 3), new TopQuery("a", 3, 1));
    }

    @Test
    void setTextRetention_refusesAnOrgThatDoesNotExist() {
        assertThatThrownBy(() -> analytics().setTextRetention(unknownOrg(), TextRetention.KEEP))
                .isInstanceOf(UnknownOrgException.class);
    }

    @Test
    void expire_removesOldCountsAndOldTexts() {
        OrgId org = newOrg();
        analytics().setTextRetention(org, TextRetention.KEEP);
        Instant old = thisHour().minus(Duration.ofDays(91));
        Instant young = thisHour().minus(Duration.ofDays(89));
        record(hour(org, old, SearchMode.HYBRID, searches(org, 1, Duration.ofMillis(1), "r")),
                hour(org, young, SearchMode.HYBRID, searches(org, 2, Duration.ofMillis(1), "r")));
        record(text(org, today().minusDays(32), "old", 1, 0), text(org, today().minusDays(29), "young", 1, 0));

        store().expire();

        assertThat(analytics().counts(org, old, thisHour()).getOrDefault(SearchMode.HYBRID, SearchCounts.none())
                .searches()).isEqualTo(2);
        assertThat(top(org)).extracting(TopQuery::text).containsExactly("young");
    }
}
