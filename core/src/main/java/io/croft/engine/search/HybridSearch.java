package io.croft.engine.search;

import io.croft.CroftException;
import io.croft.Org;
import io.croft.content.Embedder;
import io.croft.engine.analytics.SearchIds;
import io.croft.engine.index.IndexFollower;
import io.croft.engine.search.FieldOrder.SortedLeg;
import io.croft.engine.search.Merge.Leg;
import io.croft.engine.search.Merge.Ranked;
import io.croft.search.Fields;
import io.croft.search.Hit;
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
import io.croft.spi.IndexSession.CandidateQuery;
import io.croft.spi.IndexSession.Except;
import io.croft.spi.IndexSession.Passage;
import io.croft.spi.IndexSession.ValueCount;
import io.croft.spi.QueryText;
import io.croft.spi.QueryText.Correction;
import io.croft.spi.TextStatistics;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * Answers a query in four steps: wait for writes, embed, ask the sources, merge. The private source is asked on the
 * caller's thread and the marketplace beside it.
 */
public final class HybridSearch implements AutoCloseable {

    static final int MIN_CANDIDATES = 100;
    static final int MAX_CANDIDATES = 10_000;

    private final IndexFollower follower;
    private final QueryVectors vectors;
    private final WriteWaits waits;
    private final Merge merge;
    private final QueryFields fields;
    private final ExecutorService pool;

    /** A search over the follower's indexes. */
    public HybridSearch(IndexFollower follower, ContentStore content, Embedder embedder, RelevanceScorer scorer,
            Fields fields) {
        this.follower = follower;
        this.vectors = new QueryVectors(embedder);
        this.waits = new WriteWaits(follower, content);
        this.merge = new Merge(scorer, embedder.model());
        this.fields = new QueryFields(fields);
        this.pool = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors(),
                Thread.ofPlatform().name("croft-search-", 0).daemon().factory());
    }

    /** Answers a query of an organisation that the guard has let through. */
    public SearchResults search(Org org, SearchQuery query) {
        fields.check(query);
        UUID id = SearchIds.next(org, query.mode(), Instant.now());
        long start = System.nanoTime();
        long deadline = start + query.timeout().toNanos();
        List<SearchResults.Wait> waited = query.after().isEmpty()
                ? List.of()
                : waits.await(org, query.after(), deadline);
        float @Nullable [] vector = null;
        if (query.mode() != SearchMode.TEXT && query.example().isEmpty()) {
            Optional<float[]> embedded = vectors.of(org.id(), query, deadline);
            if (embedded.isEmpty()) {
                return nothing(id, query, notEmbedded(query), waited, start);
            }
            vector = embedded.get();
        }
        try (Sources sources = open(org, query, deadline)) {
            Optional<Except> example = query.example().map(given -> example(org, given));
            if (example.isPresent()) {
                Optional<float[]> mean = sources.meanVector(example.get().source(), example.get().key());
                if (mean.isEmpty()) {
                    return nothing(id, query, sources.incomplete(), waited, start);
                }
                vector = mean.get();
                sources.keep(query.sources());
            }
            Wording wording = wording(sources, query, deadline);
            Found found = find(sources, query, candidateQuery(query, wording, vector, example, deadline));
            List<String> unmet = found.ranked.isEmpty() && query.phrases() == Phrases.PREFER
                    ? wording.text().phrases()
                    : List.of();
            if (!unmet.isEmpty()) {
                wording = new Wording(wording.text().withoutPhrases(), wording.statistics());
                found = find(sources, query, candidateQuery(query, wording, vector, example, deadline));
            }
            List<Hit> hits = hits(sources, found.ranked, wording.text());
            return new SearchResults(id, hits, sources.incomplete(), waited, unmet,
                    Corrections.byWord(wording.text().corrections()), Duration.ofNanos(System.nanoTime() - start),
                    FacetMerge.merge(query.facets(), found.facets));
        }
    }

    private static SearchResults nothing(UUID id, SearchQuery query, List<Incomplete> incomplete,
            List<SearchResults.Wait> waited, long start) {
        return new SearchResults(id, List.of(), incomplete, waited, List.of(), Map.of(),
                Duration.ofNanos(System.nanoTime() - start), FacetMerge.merge(query.facets(), Map.of()));
    }

    /** A private one is looked for in the asking organisation's index, whosever it is said to be. */
    private static Except example(Org org, SearchQuery.Example example) {
        return new Except(example.source(), new ContentKey(example.org().orElse(org.id()), example.id()));
    }

    /** The words to search, with others for those that no source knows, and how common all of them are. */
    private static Wording wording(Sources sources, SearchQuery query, long deadline) {
        QueryText text = QueryText.of(query.text());
        if (query.mode() == SearchMode.VECTOR) {
            return new Wording(text, TextStatistics.NONE);
        }
        TextStatistics statistics = sources.statistics(text);
        if (query.typos() == Typos.CORRECT && statistics.hasUnknownTerms()
                && statistics.terms().size() <= Corrections.MAX_QUERY_TERMS) {
            List<Correction> corrections = Corrections.of(sources.near(text, statistics, deadline));
            if (!corrections.isEmpty()) {
                QueryText corrected = text.with(corrections);
                return new Wording(corrected, sources.statistics(corrected));
            }
        }
        return new Wording(text, statistics);
    }

    private record Wording(QueryText text, TextStatistics statistics) {
    }

    private static List<Incomplete> notEmbedded(SearchQuery query) {
        return query.sources().stream().map(source -> new Incomplete(source, Incomplete.Cause.TIMEOUT,
                "the query was not embedded in time")).toList();
    }

    private Sources open(Org org, SearchQuery query, long deadline) {
        List<IndexScope> scopes = new ArrayList<>(2);
        Set<Source> needed = EnumSet.copyOf(query.sources());
        query.example().ifPresent(example -> needed.add(example.source()));
        if (needed.contains(Source.PRIVATE)) {
            scopes.add(new IndexScope.PrivateIndex(org.id(), org.incarnation()));
        }
        if (needed.contains(Source.MARKETPLACE)) {
            scopes.add(new IndexScope.MarketIndex());
        }
        return Sources.open(follower, scopes, pool, deadline);
    }

    private Found find(Sources sources, SearchQuery query, CandidateQuery asking) {
        return switch (query.sort()) {
            case Sort.ByScore score -> rank(sources, query, asking);
            case Sort.ByField sort -> rankByField(sources, query, sort, asking);
        };
    }

    /**
     * Asks for more candidates while documents of many chunks leave fewer hits than were asked for; when there is no
     * time for that, what was found stands.
     */
    private Found rank(Sources sources, SearchQuery query, CandidateQuery asking) {
        List<Leg> legs = sources.ask((source, session) -> new Leg(source, session.candidates(asking),
                facets(session, asking, query)), asking.deadlineNanos());
        Map<Source, List<List<ValueCount>>> facets = new EnumMap<>(Source.class);
        legs.forEach(leg -> facets.put(leg.source(), leg.facets()));
        int perLeg = asking.perLeg();
        while (true) {
            List<Ranked> ranked = merge.rank(legs, query.mode(), asking.statistics().idfSum(), query.limit());
            int asked = perLeg;
            boolean mayHaveMore = legs.stream().anyMatch(leg -> leg.candidates().size() >= asked);
            if (ranked.size() >= query.limit() || !mayHaveMore || perLeg == MAX_CANDIDATES) {
                return new Found(ranked, facets);
            }
            perLeg = Math.min(MAX_CANDIDATES, perLeg * 4);
            CandidateQuery askingMore = asking.perLeg(perLeg);
            Optional<List<Leg>> more = sources.askMore(
                    (source, session) -> new Leg(source, session.candidates(askingMore)));
            if (more.isEmpty()) {
                return new Found(ranked, facets);
            }
            legs = more.get();
        }
    }

    private Found rankByField(Sources sources, SearchQuery query, Sort.ByField sort, CandidateQuery asking) {
        FieldOrder order = new FieldOrder(asking, sort, query.limit());
        List<SortedLeg> legs = sources.ask((source, session) -> new SortedLeg(source,
                session.sorted(order.query(), sort), facets(session, order.query(), query)), asking.deadlineNanos());
        Map<Source, List<List<ValueCount>>> facets = new EnumMap<>(Source.class);
        legs.forEach(leg -> facets.put(leg.source(), leg.facets()));
        return new Found(order.rank(sources, legs, merge, asking.statistics().idfSum()), facets);
    }

    private static CandidateQuery candidateQuery(SearchQuery query, Wording wording, float @Nullable [] vector,
            Optional<Except> example, long deadline) {
        int perLeg = Math.min(MAX_CANDIDATES, Math.max(MIN_CANDIDATES, 2 * query.limit()));
        return new CandidateQuery(query.mode(), wording.text(), vector, wording.statistics(), perLeg, deadline,
                query.filter(), example);
    }

    private static List<List<ValueCount>> facets(IndexSession session, CandidateQuery asking, SearchQuery query) {
        return query.facets().isEmpty() ? List.of() : session.facets(asking, query.facets());
    }

    private static List<Hit> hits(Sources sources, List<Ranked> ranked, QueryText text) {
        Hit[] hits = new Hit[ranked.size()];
        for (Source source : Source.values()) {
            List<Integer> places = new ArrayList<>();
            List<Candidate> candidates = new ArrayList<>();
            for (int i = 0; i < ranked.size(); i++) {
                if (ranked.get(i).signals().source() == source) {
                    places.add(i);
                    candidates.add(ranked.get(i).candidate());
                }
            }
            if (candidates.isEmpty()) {
                continue;
            }
            List<Passage> passages = sources.passages(source, candidates, text);
            if (passages.size() != candidates.size()) {
                throw new CroftException("the index returned " + passages.size() + " passages for "
                        + candidates.size() + " candidates");
            }
            for (int i = 0; i < passages.size(); i++) {
                hits[places.get(i)] = hit(ranked.get(places.get(i)), passages.get(i));
            }
        }
        return List.of(hits);
    }

    private static Hit hit(Ranked ranked, Passage passage) {
        Candidate candidate = ranked.candidate();
        return new Hit(ranked.signals().source(), candidate.key().org(), candidate.key().id(), passage.title(),
                ranked.score(), ranked.signals(), passage.snippet(), passage.matches(), candidate.ordinal(),
                passage.fields());
    }

    /** What an answer is made of. */
    private record Found(List<Ranked> ranked, Map<Source, List<List<ValueCount>>> facets) {
    }

    @Override
    public void close() {
        vectors.close();
        pool.shutdownNow();
    }
}
