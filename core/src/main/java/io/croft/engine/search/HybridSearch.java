package io.croft.engine.search;

import io.croft.Org;
import io.croft.OrgId;
import io.croft.Secret;
import io.croft.content.Embedder;
import io.croft.engine.analytics.SearchIds;
import io.croft.engine.index.IndexFollower;
import io.croft.engine.search.Sources.Read;
import io.croft.search.Fields;
import io.croft.search.Hit;
import io.croft.search.Lag;
import io.croft.search.Phrases;
import io.croft.search.RelevanceScorer;
import io.croft.search.SearchMode;
import io.croft.search.SearchQuery;
import io.croft.search.SearchResults;
import io.croft.search.SearchResults.Incomplete;
import io.croft.search.Sort;
import io.croft.search.Source;
import io.croft.search.Typos;
import io.croft.spi.ContentKey;
import io.croft.spi.ContentStore;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.IndexSession.Candidate;
import io.croft.spi.IndexSession.Except;
import io.croft.spi.IndexSession.Passage;
import io.croft.spi.IndexSession.ValueCount;
import io.croft.spi.QueryText;
import io.croft.spi.QueryText.Correction;
import io.croft.spi.Sight;
import io.croft.spi.TextStatistics;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Answers a query in five steps: wait for writes, embed, ask the sources, merge, cut a page. The private source is
 * asked on the caller's thread and the marketplace beside it.
 */
public final class HybridSearch implements AutoCloseable {

    /** From how many hits the ones that differ are chosen: so many times the limit, and at most so many. */
    private static final int DIVERSITY_POOL_SHARE = 4;
    private static final int MAX_DIVERSITY_POOL = 400;
    /** How long what was found by the deadline is read after it. */
    private static final long READING_NANOS = Duration.ofMillis(100).toNanos();
    private static final long MOST_LEFT_NANOS = Duration.ofSeconds(1).toNanos();

    private final IndexFollower follower;
    private final QueryVectors vectors;
    private final WriteWaits waits;
    private final Ranking ranking;
    private final QueryFields fields;
    private final Reranking reranking;
    private final InstantSource clock;
    private final Cursors cursors;
    private final Predicate<OrgId> marketplace;
    private final MarketThreads threads = MarketThreads.forProcessors();

    /**
     * A search over the follower's indexes.
     *
     * @param cursorSecret what cursors are signed with, the same in every process
     * @param marketplace  for whom the marketplace is searched
     */
    public HybridSearch(IndexFollower follower, ContentStore content, Embedder embedder, RelevanceScorer scorer,
            Fields fields, RerankSettings reranking, Secret cursorSecret, Predicate<OrgId> marketplace) {
        this.follower = follower;
        this.vectors = new QueryVectors(embedder);
        this.waits = new WriteWaits(follower, content);
        this.ranking = new Ranking(new Merge(scorer, embedder.model()));
        this.fields = new QueryFields(fields);
        this.reranking = new Reranking(reranking);
        this.clock = InstantSource.system();
        this.cursors = new Cursors(cursorSecret, clock);
        this.marketplace = marketplace;
    }

    /** Forgets what an erased organisation has asked. */
    public void forget(OrgId org) {
        vectors.forget(org);
    }

    /**
     * Answers a query of an organisation that the guard has let through.
     *
     * @param sight which of the organisation's documents may be in the answer
     * @param start when the call began, on {@link System#nanoTime()}: the query's timeout counts from then
     */
    public SearchResults search(Org org, Sight sight, SearchQuery query, long start) {
        fields.check(query);
        UUID id = SearchIds.next(org, query.mode(), Instant.now());
        long deadline = start + query.timeout().toNanos();
        Optional<Page> before = query.cursor().map(cursor -> cursors.read(org, sight, query, cursor));
        List<SearchResults.Wait> waited = query.after().isEmpty()
                ? List.of()
                : waits.await(org, sight, query.after(), deadline);
        float @Nullable [] vector = null;
        SearchQuery run = query;
        List<Incomplete> missing = List.of();
        if (query.mode() != SearchMode.TEXT && query.example().isEmpty()) {
            switch (vectors.of(org.id(), query, embeddedUntil(query, deadline))) {
                case QueryVectors.Outcome.Made made -> vector = made.values();
                case QueryVectors.Outcome.Missing none -> {
                    missing = notEmbedded(query, none.why());
                    if (query.mode() == SearchMode.VECTOR) {
                        return nothing(id, query, missing, waited, start);
                    }
                    run = query.mode(SearchMode.TEXT);
                }
            }
        }
        try (Sources sources = open(org, sight, query, deadline)) {
            sources.lacking(missing);
            Optional<Except> example = query.example().map(given -> example(org, given));
            if (example.isPresent()) {
                Optional<float[]> mean = sources.meanVector(example.get().source(), example.get().key());
                if (mean.isEmpty()) {
                    return nothing(id, query, sources.incomplete(), waited, start);
                }
                vector = mean.get();
                sources.keep(query.sources());
            }
            Asked asked = asked(sources, run, vector, example, before, deadline);
            Answer answer = answer(sources, asked);
            if (before.isEmpty() && answer.nothingFound() && query.phrases() == Phrases.PREFER
                    && !asked.wording().text().phrases().isEmpty()) {
                asked = asked.withoutPhrases();
                answer = answer(sources, asked);
            }
            Wording wording = asked.wording();
            Optional<String> next = answer.next().map(page -> cursors.write(org, sight, query, page));
            return new SearchResults(id, answer.hits(), sources.incomplete(), waited, wording.unmet(),
                    Corrections.byWord(wording.text().corrections()), Duration.ofNanos(System.nanoTime() - start),
                    FacetMerge.merge(query.facets(), sources.left(answer.facets())), answer.reranking(), next);
        }
    }

    /** How far the indexes that the organisation's searches read are behind; none of one that was not opened yet. */
    public Map<Source, Lag> lag(Org org) {
        Map<Source, Lag> lags = new EnumMap<>(Source.class);
        for (IndexScope scope : scopes(org, EnumSet.allOf(Source.class))) {
            follower.lag(scope).ifPresent(lag -> lags.put(scope.source(), lag));
        }
        return Map.copyOf(lags);
    }

    private static SearchResults nothing(UUID id, SearchQuery query, List<Incomplete> incomplete,
            List<SearchResults.Wait> waited, long start) {
        return new SearchResults(id, List.of(), incomplete, waited, List.of(), Map.of(),
                Duration.ofNanos(System.nanoTime() - start), FacetMerge.merge(query.facets(), Map.of()),
                SearchResults.Reranking.NONE, Optional.empty());
    }

    /** A private one is looked for in the asking organisation's index, whosever it is said to be. */
    private static Except example(Org org, SearchQuery.Example example) {
        return new Except(example.source(), new ContentKey(example.org().orElse(org.id()), example.id()));
    }

    /** The words to search, with others for those that no source knows, and how common all of them are. */
    private static Wording wording(Sources sources, SearchQuery query, long deadline) {
        QueryText text = QueryText.of(query.text());
        if (query.mode() == SearchMode.VECTOR) {
            return new Wording(text, TextStatistics.NONE, List.of());
        }
        TextStatistics statistics = sources.statistics(text);
        if (query.typos() == Typos.CORRECT && statistics.hasUnknownTerms()
                && statistics.terms().size() <= Corrections.MAX_QUERY_TERMS) {
            List<Correction> corrections = Corrections.of(sources.near(text, statistics, deadline));
            if (!corrections.isEmpty()) {
                QueryText corrected = text.with(corrections);
                return new Wording(corrected, sources.statistics(corrected), List.of());
            }
        }
        return new Wording(text, statistics, List.of());
    }

    /** Words are corrected as they were on the first page, and are as common as they were then. */
    private Asked asked(Sources sources, SearchQuery query, float @Nullable [] vector, Optional<Except> example,
            Optional<Page> before, long deadline) {
        Wording wording = before.isPresent()
                ? before.get().wording(query.text())
                : wording(sources, query, deadline);
        // to the millisecond, as a cursor keeps it and as documents have it
        Instant now = before.map(Page::began).orElseGet(() -> clock.instant().truncatedTo(ChronoUnit.MILLIS));
        return new Asked(query, wording, vector, example, before, now, deadline);
    }

    /** Ranks, reorders and cuts one page. */
    private Answer answer(Sources sources, Asked asked) {
        SearchQuery query = asked.query();
        int shown = asked.before().map(page -> page.shown().size()).orElse(0);
        int limit = Math.min(query.limit(), SearchQuery.MAX_DEPTH - shown);
        Ranking.Found found = switch (query.sort()) {
            case Sort.ByScore score -> ranking.byScore(sources, asked, shown + pool(query, limit), shown,
                    limit);
            case Sort.ByField sort -> ranking.byField(sources, asked, sort, shown, limit);
        };
        found.cut().forEach(source -> sources.cut(source, Ranking.MAX_CANDIDATES));
        Reranking.Outcome order = reordered(sources, asked, found.order(), limit);
        long until = asked.deadlineNanos() + READING_NANOS;
        Read<Optional<Passage>> page = sources.read(order.order(), hits -> Quotas.pick(hits, limit, query),
                (session, candidates) -> Sources.orNone(
                        session.passages(candidates, asked.wording().text(), until), candidates.size()));
        List<Hit> read = hits(page);
        List<Ranked> hits = read(page, sources);
        boolean more = (page.order().size() > hits.size() || found.mayHaveMore())
                && shown + hits.size() < SearchQuery.MAX_DEPTH && !hits.isEmpty();
        Page before = asked.before().orElseGet(() -> new Page(asked.now(), asked.wording(), found.tops(),
                cursors.marks()));
        return new Answer(read, found.nothing(), found.facets(), order.status(),
                more ? Optional.of(after(before, hits, query)) : Optional.empty());
    }

    private Page after(Page before, List<Ranked> hits, SearchQuery query) {
        return isByScoreAlone(query) ? before.afterLast(hits) : before.afterShown(hits);
    }

    private boolean isByScoreAlone(SearchQuery query) {
        return query.sort() instanceof Sort.ByScore && !query.hasQuotas() && query.diversity() == 0
                && reranking.wanted(query) == 0;
    }

    /** From how many hits a page is chosen. */
    private int pool(SearchQuery query, int limit) {
        return Math.max(reranking.wanted(query), query.diversity() > 0 ? diversityPool(limit) : limit);
    }

    /** What is sorted by a field stays so. */
    private Reranking.Outcome reordered(Sources sources, Asked asked, List<Ranked> order, int limit) {
        SearchQuery query = asked.query();
        if (query.sort() instanceof Sort.ByField) {
            return new Reranking.Outcome(order, SearchResults.Reranking.NONE, 0);
        }
        Reranking.Outcome reranked = reranking.rerank(order, query, sources, asked.deadlineNanos());
        return query.diversity() > 0
                ? new Reranking.Outcome(diverse(sources, reranked, query, limit), reranked.status(), reranked.scored())
                : reranked;
    }

    private static int diversityPool(int limit) {
        return Math.max(limit, Math.min(MAX_DIVERSITY_POOL, DIVERSITY_POOL_SHARE * limit));
    }

    /** Chooses from hits of one scale: what a reranker scored is not compared with what it did not. */
    private static List<Ranked> diverse(Sources sources, Reranking.Outcome reranked, SearchQuery query, int limit) {
        Set<Ranked> alike = Set.copyOf(reranked.order().subList(0, reranked.scored() > 0
                ? reranked.scored()
                : reranked.order().size()));
        Read<float[]> pool = sources.read(reranked.order(),
                hits -> hits.stream().limit(diversityPool(limit)).takeWhile(alike::contains).toList(),
                IndexSession::vectors);
        List<Ranked> diverse = new ArrayList<>(
                Diversity.order(pool.chosen(), pool.answers(), query.diversity(), limit));
        diverse.addAll(pool.order().subList(pool.chosen().size(), pool.order().size()));
        return diverse;
    }

    /** The embedder of a query that words answer too leaves some of the time for them. */
    private static long embeddedUntil(SearchQuery query, long deadline) {
        return query.mode() == SearchMode.VECTOR ? deadline : leavingSome(deadline);
    }

    /** A deadline for what others can answer without: it leaves them a quarter of the time, or a second. */
    private static long leavingSome(long deadline) {
        long left = Math.max(0, deadline - System.nanoTime());
        return deadline - Math.min(left / 4, MOST_LEFT_NANOS);
    }

    private static List<Incomplete> notEmbedded(SearchQuery query, String why) {
        return query.sources().stream()
                .map(source -> new Incomplete(source, Incomplete.Cause.NOT_EMBEDDED, why)).toList();
    }

    private Sources open(Org org, Sight sight, SearchQuery query, long deadline) {
        Set<Source> needed = EnumSet.copyOf(query.sources());
        query.example().ifPresent(example -> needed.add(example.source()));
        boolean switchedOff = !marketplace.test(org.id()) && needed.remove(Source.MARKETPLACE);
        Sources sources = Sources.open(follower, org.id(), sight, scopes(org, needed), threads,
                needed.size() > 1 ? leavingSome(deadline) : deadline);
        if (switchedOff) {
            sources.switchedOff();
        }
        return sources;
    }

    private static List<IndexScope> scopes(Org org, Set<Source> needed) {
        List<IndexScope> scopes = new ArrayList<>(2);
        if (needed.contains(Source.PRIVATE)) {
            scopes.add(new IndexScope.PrivateIndex(org.id(), org.incarnation()));
        }
        if (needed.contains(Source.MARKETPLACE)) {
            scopes.add(new IndexScope.MarketIndex());
        }
        return scopes;
    }

    private static List<Hit> hits(Read<Optional<Passage>> page) {
        List<Hit> hits = new ArrayList<>(page.chosen().size());
        for (int i = 0; i < page.chosen().size(); i++) {
            Ranked ranked = page.chosen().get(i);
            page.answers().get(i).ifPresent(passage -> hits.add(hit(ranked, passage)));
        }
        return hits;
    }

    /** Those that were read; names the sources of the others. */
    private static List<Ranked> read(Read<Optional<Passage>> page, Sources sources) {
        List<Ranked> read = new ArrayList<>(page.chosen().size());
        Set<Source> late = EnumSet.noneOf(Source.class);
        for (int i = 0; i < page.chosen().size(); i++) {
            Ranked ranked = page.chosen().get(i);
            if (page.answers().get(i).isPresent()) {
                read.add(ranked);
            } else {
                late.add(ranked.signals().source());
            }
        }
        late.forEach(sources::late);
        return read;
    }

    private static Hit hit(Ranked ranked, Passage passage) {
        Candidate candidate = ranked.candidate();
        return new Hit(ranked.signals().source(), candidate.key().org(), candidate.key().id(), passage.title(),
                ranked.score(), ranked.signals(), passage.snippet(), passage.matches(), candidate.ordinal(),
                passage.fields());
    }

    @Override
    public void close() {
        threads.close();
    }

    /** A page's hits, what was counted, and what the next page must know. */
    private record Answer(List<Hit> hits, boolean nothingFound, Map<Source, List<List<ValueCount>>> facets,
            SearchResults.Reranking reranking, Optional<Page> next) {
    }
}
