package io.croft.engine.analytics;

import io.croft.OrgId;
import io.croft.StoreUnavailableException;
import io.croft.analytics.SearchReport.TopQuery;
import io.croft.analytics.TextRetention;
import io.croft.search.SearchMode;
import io.croft.spi.AnalyticsStore;
import io.croft.spi.SearchBatch;
import io.croft.spi.SearchCounts;
import io.croft.spi.contract.Await;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A store that can be held, that can lose its answers, and that remembers what it was given. */
final class HeldAnalytics implements AnalyticsStore {

    final List<SearchBatch> given = new CopyOnWriteArrayList<>();
    final AtomicInteger lostAnswers = new AtomicInteger();
    final AtomicInteger refusals = new AtomicInteger();
    private final AnalyticsStore store;
    private volatile CountDownLatch held = new CountDownLatch(0);

    HeldAnalytics(AnalyticsStore store) {
        this.store = store;
    }

    /** Lets batches wait, without an answer, until {@link #release}. */
    void hold() {
        held = new CountDownLatch(1);
    }

    void release() {
        held.countDown();
    }

    @Override
    public void record(SearchBatch batch) {
        given.add(batch);
        try {
            if (!held.await(Await.LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("held for too long");
            }
        } catch (InterruptedException e) {
            throw new StoreUnavailableException("interrupted", e);
        }
        if (refusals.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            throw new IllegalStateException("refused");
        }
        store.record(batch);
        if (lostAnswers.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            throw new StoreUnavailableException("the answer was lost");
        }
    }

    @Override
    public Map<SearchMode, SearchCounts> counts(OrgId org, Instant from, Instant to) {
        return store.counts(org, from, to);
    }

    @Override
    public Map<SearchMode, SearchCounts> counts(Instant from, Instant to) {
        return store.counts(from, to);
    }

    @Override
    public List<TopQuery> topQueries(OrgId org, LocalDate from, LocalDate to, Ranking ranking, int limit) {
        return store.topQueries(org, from, to, ranking, limit);
    }

    @Override
    public Set<OrgId> keepingTexts(Set<OrgId> orgs) {
        return store.keepingTexts(orgs);
    }

    @Override
    public void setTextRetention(OrgId org, TextRetention retention) {
        store.setTextRetention(org, retention);
    }
}
