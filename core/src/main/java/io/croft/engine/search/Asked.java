package io.croft.engine.search;

import io.croft.search.SearchQuery;
import io.croft.spi.IndexSession.CandidateQuery;
import io.croft.spi.IndexSession.Except;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A query as it runs.
 *
 * @param query         what was asked
 * @param wording       its words as they are searched; the first page's on all pages
 * @param vector        its unit vector; absent in a text query
 * @param example       what it is to be like, and is left out
 * @param before        what the pages before it leave to know; empty on the first
 * @param now           what age is counted from; the first page's on all pages
 * @param deadlineNanos on {@link System#nanoTime()}
 */
@SuppressWarnings("ArrayRecordComponent")
record Asked(SearchQuery query, Wording wording, float @Nullable [] vector, Optional<Except> example,
        Optional<Page> before, Instant now, long deadlineNanos) {

    CandidateQuery candidates(int perLeg) {
        return new CandidateQuery(query.mode(), wording.text(), vector, wording.statistics(), perLeg,
                deadlineNanos, query.filter(), example, Priors.fields(query.boosts()));
    }

    Asked withoutPhrases() {
        return new Asked(query, wording.withoutPhrases(), vector, example, before, now, deadlineNanos);
    }

    Merge.Ask merge() {
        return new Merge.Ask(query, wording.statistics().idfSum(), before.map(Page::tops), now, deadlineNanos);
    }

    /** What the pages before have left of an order. */
    List<Ranked> rest(List<Ranked> order) {
        return before.map(page -> page.rest(order)).orElse(order);
    }
}
