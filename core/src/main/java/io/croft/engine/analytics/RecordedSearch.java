package io.croft.engine.analytics;

import io.croft.InvalidInputException;
import io.croft.Org;
import io.croft.TenantContext;
import io.croft.guard.Operation;
import io.croft.guard.TenantGuard;
import io.croft.search.Lag;
import io.croft.search.SearchQuery;
import io.croft.search.SearchResults;
import io.croft.search.Source;
import io.croft.search.TenantScopedSearch;
import io.croft.spi.Sight;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/** The search behind the guard, with each answer recorded unless nobody records. */
public final class RecordedSearch implements TenantScopedSearch {

    private final TenantGuard guard;
    private final Answering search;
    private final Function<Org, Map<Source, Lag>> lag;
    private final Optional<SearchRecorder> recorder;

    /** What answers behind the guard. */
    @FunctionalInterface
    public interface Answering {

        /**
         * Answers a query of an organisation that the guard has let through.
         *
         * @param sight      which of the organisation's documents may be in the answer
         * @param startNanos when the call began, on {@link System#nanoTime()}: the query's timeout counts from then
         */
        SearchResults answer(Org org, Sight sight, SearchQuery query, long startNanos);
    }

    /**
     * A search that is recorded.
     *
     * @param search answers
     * @param lag    says how far an organisation's indexes are behind
     */
    public RecordedSearch(TenantGuard guard, Answering search, Function<Org, Map<Source, Lag>> lag,
            Optional<SearchRecorder> recorder) {
        this.guard = guard;
        this.search = search;
        this.lag = lag;
        this.recorder = recorder;
    }

    @Override
    public SearchResults search(TenantContext context, SearchQuery query) {
        long start = System.nanoTime();
        return guard.call(context, Operation.SEARCH, start + query.timeout().toNanos(), org -> {
            SearchResults results = search.answer(org, Sight.of(context.actor()), query, start);
            recorder.ifPresent(one -> one.searched(org, context, query.mode(), query.text(), results));
            return results;
        });
    }

    @Override
    public void clicked(TenantContext context, UUID searchId, Source source, int place) {
        if (place < 1 || place > SearchQuery.MAX_LIMIT) {
            throw new InvalidInputException("place " + place + " is outside 1 to " + SearchQuery.MAX_LIMIT);
        }
        guard.call(context, Operation.SEARCH_CLICKED, org -> {
            recorder.ifPresent(one -> one.clicked(org, searchId, source, place));
            return true;
        });
    }

    @Override
    public Map<Source, Lag> lag(TenantContext context) {
        return guard.call(context, Operation.SEARCH_LAG, lag);
    }
}
