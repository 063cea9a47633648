package io.croft.engine.analytics;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import io.croft.OrgId;
import io.croft.analytics.TextRetention;
import io.croft.spi.AnalyticsStore;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/** Which organisations have the texts of queries kept, remembered for {@link #STALENESS}. Thread-safe. */
final class TextSettings {

    /** How old a remembered setting may be. The store looks at the setting itself whenever it adds a text. */
    static final Duration STALENESS = Duration.ofSeconds(10);

    private static final int MAX_REMEMBERED = 100_000;

    private final AnalyticsStore store;
    private final Cache<OrgId, TextRetention> known;

    TextSettings(AnalyticsStore store, Ticker ticker) {
        this.store = store;
        this.known = Caffeine.newBuilder().maximumSize(MAX_REMEMBERED).expireAfterWrite(STALENESS).ticker(ticker)
                .build();
    }

    /**
     * Those of these organisations whose texts are kept.
     *
     * @throws io.croft.StoreUnavailableException if one is not remembered and the database is away
     */
    Set<OrgId> keeping(Set<OrgId> orgs) {
        Set<OrgId> keeping = new HashSet<>();
        Set<OrgId> unknown = new HashSet<>();
        for (OrgId org : orgs) {
            TextRetention retention = known.getIfPresent(org);
            if (retention == null) {
                unknown.add(org);
            } else if (retention == TextRetention.KEEP) {
                keeping.add(org);
            }
        }
        if (!unknown.isEmpty()) {
            Set<OrgId> found = store.keepingTexts(unknown);
            unknown.forEach(org -> known.put(org, found.contains(org) ? TextRetention.KEEP : TextRetention.DISCARD));
            keeping.addAll(found);
        }
        return keeping;
    }

    void set(OrgId org, TextRetention retention) {
        store.setTextRetention(org, retention);
        known.put(org, retention);
    }
}
