package io.croft.engine.analytics;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.Actor;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.analytics.SearchReport.SourceFigures;
import io.croft.analytics.SearchReport.TopQuery;
import io.croft.analytics.TextRetention;
import io.croft.search.Hit;
import io.croft.search.Score;
import io.croft.search.SearchMode;
import io.croft.search.SearchResults;
import io.croft.search.SearchResults.Incomplete;
import io.croft.search.Signals;
import io.croft.search.Source;
import io.croft.spi.AnalyticsStore.Ranking;
import io.croft.spi.SearchBatch;
import io.croft.spi.SearchCounts;
import io.croft.spi.contract.Await;
import io.croft.spi.contract.Race;
import io.croft.spi.memory.InMemoryStore;
import io.croft.spi.memory.SettableClock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SearchRecorderTest {

    private static final Duration PATIENCE = Await.LIMIT;

    private final SettableClock clock = new SettableClock();
    private final InMemoryStore store = new InMemoryStore(clock);
    private final HeldAnalytics analytics = new HeldAnalytics(store.analytics());
    private final AtomicLong nanos = new AtomicLong();
    private final TextSettings settings = new TextSettings(analytics, nanos::get);
    private final SearchRecorder recorder = SearchRecorder.start(analytics, settings, clock, PATIENCE);
    private final TenantContext context = TenantContext.of(OrgId.named("acme"), Actor.service("test"));
    private final Org org = store.orgs().create(context);

    @AfterEach
    void close() {
        analytics.release();
        recorder.close();
    }

    private static Hit hit(Source source) {
        Score score = Score.of(List.of(new Score.Part("text", 1)));
        return new Hit(source, OrgId.named("acme"), "id", "title", score, new Signals(source, 0, 1), "snippet",
                List.of(), 0,
                Map.of());
    }

    private static SearchResults results(int privateHits, int marketHits, Incomplete... incomplete) {
        List<Hit> hits = new ArrayList<>();
        for (int i = 0; i < privateHits; i++) {
            hits.add(hit(Source.PRIVATE));
        }
        for (int i = 0; i < marketHits; i++) {
            hits.add(hit(Source.MARKETPLACE));
        }
        return new SearchResults(UUID.randomUUID(), hits, List.of(incomplete), List.of(), List.of(),
                Map.of(), Duration.ofMillis(3), List.of(), SearchResults.Reranking.NONE, Optional.empty());
    }

    private void search(String text, SearchResults results) {
        recorder.searched(org, context, SearchMode.HYBRID, text, results);
    }

    private SearchCounts counts() {
        return store.analytics().counts(org.id(), clock.instant().minus(Duration.ofDays(2)),
                clock.instant().plus(Duration.ofDays(2))).getOrDefault(SearchMode.HYBRID, SearchCounts.none());
    }

    private List<TopQuery> texts() {
        LocalDate today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
        return store.analytics().topQueries(org.id(), today, today, Ranking.SEARCHES, 1000);
    }

    @Test
    void flush_storesWhatWasRecorded() {
        search("a", results(2, 3));
        search("b", results(0, 0));
        search("c", results(0, 0, new Incomplete(Source.MARKETPLACE, Incomplete.Cause.TIMEOUT, "late")));
        UUID id = SearchIds.next(org, SearchMode.HYBRID, clock.instant());
        recorder.clicked(org, id, Source.MARKETPLACE, 4);
        recorder.flush(PATIENCE);

        SearchCounts counts = counts();
        assertThat(counts.searches()).isEqualTo(3);
        assertThat(counts.zeroResults()).as("one that was incomplete may have had hits").isEqualTo(1);
        assertThat(counts.of(Source.PRIVATE)).isEqualTo(new SourceFigures(2, 0, 0));
        assertThat(counts.of(Source.MARKETPLACE)).isEqualTo(new SourceFigures(3, 1, 1));
        assertThat(counts.reciprocalRanks()).isEqualTo(.25);
        assertThat(counts.slowest().orElseThrow().requestId()).isEqualTo(context.requestId());
    }

    @Test
    void clicks_countInTheHourOfTheirSearchForADayAndForItsOrgAlone() {
        UUID id = SearchIds.next(org, SearchMode.TEXT, clock.instant());
        Instant hour = clock.instant().truncatedTo(ChronoUnit.HOURS);
        Org other = store.orgs().create(TenantContext.of(OrgId.named("other"), Actor.service("test")));

        clock.advance(Duration.ofHours(22));
        recorder.clicked(org, id, Source.PRIVATE, 1);
        recorder.clicked(other, id, Source.PRIVATE, 1);
        recorder.clicked(org, UUID.randomUUID(), Source.PRIVATE, 1);
        clock.advance(Duration.ofHours(3));
        recorder.clicked(org, id, Source.PRIVATE, 1);
        recorder.flush(PATIENCE);

        assertThat(store.analytics().counts(hour, hour.plus(Duration.ofDays(9)))).containsOnlyKeys(SearchMode.TEXT);
        assertThat(store.analytics().counts(org.id(), hour, hour.plus(Duration.ofHours(1)))
                .getOrDefault(SearchMode.TEXT, SearchCounts.none())
                .of(Source.PRIVATE).clicked()).isEqualTo(1);
        assertThat(store.analytics().counts(other.id(), hour, hour.plus(Duration.ofDays(9)))).isEmpty();
    }

    @Test
    void queue_dropsAndCountsWhatDoesNotFitAndNeverWaits() {
        analytics.hold();
        search("a", results(1, 0));
        recorder.flush(Duration.ofMillis(1));
        Await.until("the thread is held", () -> !analytics.given.isEmpty());

        int each = SearchRecorder.MAX_WAITING / 4 + 25;
        Race.of(4, number -> {
            for (int i = 0; i < each; i++) {
                search("b", results(1, 0));
            }
            return number;
        });
        analytics.release();
        recorder.flush(PATIENCE);

        assertThat(counts().searches()).isEqualTo(1 + SearchRecorder.MAX_WAITING);
        assertThat(counts().dropped()).isEqualTo(100);
        assertThat(recorder.droppedOfNobody()).isZero();
    }

    @Test
    void counts_waitWhileTheStoreIsAwayUpToTheirLimit() {
        store.goAway();
        for (int i = 0; i < SearchBatch.MAX_HOURS; i++) {
            recorder.searched(life(i), context, SearchMode.HYBRID, "", results(1, 0));
            if (i % 1000 == 0) {
                recorder.flush(PATIENCE);
            }
        }
        recorder.flush(PATIENCE); // this batch fails and waits; what follows is counted beside it
        for (int i = 0; i < SearchBatch.MAX_HOURS + 7; i++) {
            recorder.searched(life(i), context, SearchMode.HYBRID, "", results(1, 0));
        }
        search("a", results(1, 0));
        recorder.flush(PATIENCE);

        assertThat(recorder.droppedOfNobody()).as("seven, and one of acme").isBetween(8L, SearchBatch.MAX_HOURS + 8L);
        long dropped = recorder.droppedOfNobody();
        store.comeBack();
        recorder.flush(PATIENCE);
        search("a", results(1, 0));
        recorder.flush(PATIENCE);
        assertThat(counts().searches()).isEqualTo(1);
        assertThat(recorder.droppedOfNobody()).isEqualTo(dropped);
    }

    private static Org life(int number) {
        return new Org(OrgId.of(new UUID(1, number + 1)), new UUID(2, number), Org.State.ACTIVE,
                Instant.EPOCH);
    }

    @Test
    void counts_thatWaitedAreStoredOnceTheStoreIsBack() {
        settings.set(org.id(), TextRetention.KEEP);
        store.goAway();
        for (int i = 0; i < 50; i++) {
            search("otters", results(1, 0));
            recorder.flush(PATIENCE);
        }

        store.comeBack();
        recorder.flush(PATIENCE);
        assertThat(counts().searches()).isEqualTo(50);
        assertThat(counts().dropped()).isZero();
        assertThat(texts()).containsExactly(new TopQuery("otters", 50, 0));
    }

    @Test
    void batch_whoseAnswerIsLostIsNotCountedTwice() {
        analytics.lostAnswers.set(1);
        search("a", results(1, 0));
        recorder.flush(PATIENCE);
        search("b", results(1, 0));
        recorder.flush(PATIENCE);

        assertThat(analytics.given).hasSizeGreaterThanOrEqualTo(3);
        assertThat(analytics.given.get(0)).isEqualTo(analytics.given.get(1));
        assertThat(counts().searches()).isEqualTo(2);
    }

    @Test
    void batch_thatIsRefusedIsDroppedAndDoesNotStopTheNext() {
        analytics.refusals.set(1);
        search("a", results(1, 0));
        recorder.flush(PATIENCE);
        search("b", results(1, 0));
        recorder.flush(PATIENCE);

        assertThat(counts().searches()).isEqualTo(1);
        assertThat(recorder.droppedOfNobody()).isEqualTo(1);
    }

    @Test
    void texts_leaveTheProcessOnlyWhereTheOrgAllowsIt() {
        search("secret", results(1, 0));
        recorder.flush(PATIENCE);
        search("secret again", results(1, 0));
        recorder.flush(PATIENCE);
        assertThat(analytics.given).isNotEmpty().allMatch(batch -> batch.texts().isEmpty());

        store.analytics().setTextRetention(org.id(), TextRetention.KEEP); // by another process
        search("not yet known here", results(1, 0));
        recorder.flush(PATIENCE);
        assertThat(texts()).isEmpty();
        nanos.addAndGet(TextSettings.STALENESS.toNanos());
        search("  Brown\tOTTERS\u0000 ", results(1, 0));
        search("brown otters", results(0, 0));
        recorder.flush(PATIENCE);
        assertThat(texts()).containsExactly(new TopQuery("brown otters", 2, 1));

        settings.set(org.id(), TextRetention.DISCARD);
        search("secret once more", results(1, 0));
        recorder.flush(PATIENCE);
        assertThat(texts()).isEmpty();
    }

    @Test
    void texts_askedWhileNobodyKnowsTheSettingAreNotKept_whateverItBecomes() {
        store.goAway();
        search("secret", results(1, 0));
        recorder.flush(PATIENCE);

        store.comeBack();
        settings.set(org.id(), TextRetention.KEEP);
        recorder.flush(PATIENCE);

        assertThat(counts().searches()).isEqualTo(1);
        assertThat(texts()).isEmpty();
    }

    @Test
    void close_storesWhatIsLeftAndDropsWhatComesLater() {
        search("a", results(1, 0));
        recorder.close();
        search("b", results(1, 0));

        assertThat(counts().searches()).isEqualTo(1);
        recorder.close();
        recorder.flush(PATIENCE);
    }

    @Test
    void close_waitsNoLongerThanItsDeadline() {
        SearchRecorder hurried = SearchRecorder.start(analytics, settings, clock, Duration.ofMillis(50));
        analytics.hold();
        hurried.searched(org, context, SearchMode.HYBRID, "a", results(1, 0));

        hurried.close();

        assertThat(counts().searches()).isZero();
    }
}
