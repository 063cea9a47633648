package io.croft.search;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.content.WriteReceipt;
import io.croft.input.Ids;
import io.croft.input.Shown;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A question to the indexes. Immutable; each method returns a changed copy.
 *
 * <p>Defaults: hybrid, both sources, 10 hits, 2 seconds, no filter, by score, no facets; phrases preferred, typos
 * corrected; near-duplicates collapsed; no boosts, quotas, least score or diversity.
 */
public final class SearchQuery {

    /** The longest query text, in bytes of UTF-8. */
    public static final int MAX_TEXT_BYTES = 4096;
    /** The most hits of one answer. */
    public static final int MAX_LIMIT = 1000;
    /** The most receipts that one query waits for. */
    public static final int MAX_RECEIPTS = 100;
    /** The most facets of one query. */
    public static final int MAX_FACETS = 50;
    /** The most boosts of one query. */
    public static final int MAX_BOOSTS = 10;
    /** The most hits of all pages of one query. */
    public static final int MAX_DEPTH = 1000;
    /** The longest cursor, in characters. */
    public static final int MAX_CURSOR_CHARS = 64 * 1024;
    /** The longest timeout. */
    public static final Duration MAX_TIMEOUT = Duration.ofMinutes(5);

    /** Never changed. */
    private final QueryOptions options;

    private SearchQuery(QueryOptions options) {
        this.options = options;
    }

    /**
     * What becomes of documents that say the same, by their titles and the first 20,000 words of their texts.
     */
    public enum Duplicates {
        /** One hit stands for all of them: of a private and a public one, the private. */
        COLLAPSED,
        /** Each is a hit of its own. */
        SHOWN
    }

    private SearchQuery with(Consumer<QueryOptions> change) {
        QueryOptions changed = new QueryOptions(options);
        change.accept(changed);
        return new SearchQuery(changed);
    }

    /**
     * A query in words. What stands between two quotation marks, {@code "…"} or {@code “…”}, is a phrase if it has at
     * least two words: every hit has these one after the other in its title, or in the text of the chunk that was found
     * ({@link Phrases} says what happens if nothing has). The commonest words, such as <i>the</i> and <i>of</i>, do not
     * count; in the place of one in the middle of a phrase any word may stand. The words of a phrase count in the
     * ranking like others. A mark without another, and one behind a letter or digit that would open a phrase, are plain
     * text, and so is all else: there are no operators, wildcards or regular expressions.
     *
     * <p>A query has at most 1,024 different words, a phrase counting as one more; a longer one is refused when it
     * runs.
     *
     * @param text not blank, at most {@value #MAX_TEXT_BYTES} bytes of UTF-8
     * @throws InvalidInputException if it is blank or too long
     */
    public static SearchQuery of(String text) {
        if (text.isBlank()) {
            throw new InvalidInputException("the query is empty: give at least one word");
        }
        int bytes = text.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_TEXT_BYTES) {
            throw new InvalidInputException("the query has " + bytes + " bytes; the most is " + MAX_TEXT_BYTES
                    + ": shorten it");
        }
        QueryOptions draft = new QueryOptions();
        draft.text = text;
        return new SearchQuery(draft);
    }

    /**
     * A query by a vector alone, in {@link SearchMode#VECTOR}. It is brought to unit length.
     *
     * @param vector of the embedding model's length, which is checked when the query runs
     * @throws InvalidInputException if it is empty, too long, all zero, or holds NaN or infinity
     */
    public static SearchQuery ofVector(float[] vector) {
        QueryOptions draft = new QueryOptions();
        draft.vector = Optional.of(QueryOptions.unit(vector));
        draft.mode = SearchMode.VECTOR;
        return new SearchQuery(draft);
    }

    /**
     * A query for what is like a private document of the asking organisation, in {@link SearchMode#VECTOR}: by the mean
     * of its chunks' vectors. The document itself is left out of the answer. It is read from the index, so it must be
     * visible there when the query runs.
     *
     * @throws InvalidInputException if the id is none that could be stored
     */
    public static SearchQuery similarToDocument(String id) {
        return similarTo(new Example(Source.PRIVATE, Optional.empty(), id));
    }

    /**
     * A query for what is like a listing, as {@link #similarToDocument}.
     *
     * @param publisher whose listing it is
     * @param id        its id
     */
    public static SearchQuery similarToListing(OrgId publisher, String id) {
        return similarTo(new Example(Source.MARKETPLACE, Optional.of(publisher), id));
    }

    /** A query for what is like the document or listing of a hit, as {@link #similarToDocument}. */
    public static SearchQuery similarTo(Hit hit) {
        return similarTo(new Example(hit.source(), Optional.of(hit.org()), hit.id()));
    }

    private static SearchQuery similarTo(Example example) {
        QueryOptions draft = new QueryOptions();
        draft.example = Optional.of(example);
        draft.mode = SearchMode.VECTOR;
        return new SearchQuery(draft);
    }

    /**
     * The same query with its text's vector given, so that it is not embedded.
     *
     * @throws InvalidInputException as {@link #ofVector}, or if it is a query for what is similar
     */
    public SearchQuery withVector(float[] vector) {
        if (options.example.isPresent()) {
            throw new InvalidInputException("a query for what is similar to " + Shown.quoted(options.example.get().id())
                    + " takes its vector from there: use SearchQuery.ofVector(…) instead");
        }
        Optional<float[]> unit = Optional.of(QueryOptions.unit(vector));
        return with(draft -> draft.vector = unit);
    }

    /**
     * The same query with other signals.
     *
     * @throws InvalidInputException if the query has no text and the mode needs it
     */
    public SearchQuery mode(SearchMode mode) {
        Objects.requireNonNull(mode, "mode");
        if (options.text.isEmpty() && mode != SearchMode.VECTOR) {
            throw new InvalidInputException("a query without words cannot run in mode " + mode
                    + ": give a text with SearchQuery.of(…), and a vector, if it has one, with withVector(…)");
        }
        return with(draft -> draft.mode = mode);
    }

    /**
     * The same query in these sources only.
     *
     * @throws InvalidInputException if the set is empty
     */
    public SearchQuery sources(Set<Source> sources) {
        if (sources.isEmpty()) {
            throw new InvalidInputException("the query names no source: give PRIVATE, MARKETPLACE or both");
        }
        Set<Source> copy = Collections.unmodifiableSet(EnumSet.copyOf(sources));
        return with(draft -> draft.sources = copy);
    }

    /**
     * The same query with at most this many hits.
     *
     * @param limit 1 to {@value #MAX_LIMIT}
     * @throws InvalidInputException if it is outside that
     */
    public SearchQuery limit(int limit) {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new InvalidInputException("limit " + limit + " is outside 1 to " + MAX_LIMIT);
        }
        return with(draft -> draft.limit = limit);
    }

    /**
     * The same query with another timeout: how long the call may take in all, whatever hangs: a source, the database,
     * the embedder, a scorer. A source that has not answered by then is named in the results. What was found by then is
     * still read and handed out, for which at most 100 ms more should be allowed. The embedder of a hybrid query is
     * given up when a quarter of the time is left, or one second if that is less: the words still find.
     *
     * @param timeout 1 ms to 5 minutes
     * @throws InvalidInputException if it is outside that
     */
    public SearchQuery timeout(Duration timeout) {
        if (timeout.compareTo(Duration.ofMillis(1)) < 0 || timeout.compareTo(MAX_TIMEOUT) > 0) {
            throw new InvalidInputException("timeout " + timeout + " is outside 1 ms to " + MAX_TIMEOUT);
        }
        return with(draft -> draft.timeout = timeout);
    }

    /**
     * The same query, answered only once this write is visible, has failed, or the timeout is up; the results say
     * which. May be called for several writes.
     *
     * @throws InvalidInputException if there are more than {@value #MAX_RECEIPTS}
     */
    public SearchQuery after(WriteReceipt receipt) {
        if (options.after.size() == MAX_RECEIPTS) {
            throw new InvalidInputException("a query waits for at most " + MAX_RECEIPTS
                    + " receipts: wait for the last of each document");
        }
        List<WriteReceipt> more = new ArrayList<>(options.after);
        more.add(receipt);
        return with(draft -> draft.after = List.copyOf(more));
    }

    /**
     * The same query, answered only with what passes this filter, in place of an earlier one. The fields that it names
     * are checked when the query runs.
     *
     * @throws InvalidInputException if it is larger than {@link Filter} allows
     */
    public SearchQuery filter(Filter filter) {
        FilterSize.check(filter);
        return with(draft -> draft.filter = Optional.of(filter));
    }

    /**
     * The same query with its hits in another order. Sorted by a field, the answer has the first of all documents that
     * pass the filter and have at least one of the query's words; of those that pass the filter in mode
     * {@link SearchMode#VECTOR}. Each is shown by its best chunk, as always.
     */
    public SearchQuery sort(Sort sort) {
        Objects.requireNonNull(sort, "sort");
        return with(draft -> draft.sort = sort);
    }

    /**
     * The same query, which also counts how many documents have each value of a field.
     *
     * @param most how many values to list, the most frequent first: 1 to {@value Facet#MAX_VALUES}
     * @throws InvalidInputException if it is outside that, or the query has {@value #MAX_FACETS} facets already
     */
    public SearchQuery facet(String field, int most) {
        return facet(new Facet.Values(field, most));
    }

    /**
     * The same query, which also counts how many documents are within each of these ranges of a field.
     *
     * @param ranges 1 to {@value Facet#MAX_RANGES}, all of this field
     * @throws InvalidInputException if they are not so, or the query has {@value #MAX_FACETS} facets already
     */
    public SearchQuery facet(String field, List<Filter.Range> ranges) {
        return facet(new Facet.Ranges(field, ranges));
    }

    private SearchQuery facet(Facet facet) {
        if (options.facets.size() == MAX_FACETS) {
            throw new InvalidInputException(
                    "the facet of " + Shown.quoted(facet.field()) + " is one too many: the most is "
                            + MAX_FACETS);
        }
        List<Facet> more = new ArrayList<>(options.facets);
        more.add(facet);
        return with(draft -> draft.facets = List.copyOf(more));
    }

    /** The same query, with phrases that must occur even if there are no hits then, or not. */
    public SearchQuery phrases(Phrases phrases) {
        Objects.requireNonNull(phrases, "phrases");
        return with(draft -> draft.phrases = phrases);
    }

    /** The same query with other words for those that nothing knows, or without. */
    public SearchQuery typos(Typos typos) {
        Objects.requireNonNull(typos, "typos");
        return with(draft -> draft.typos = typos);
    }

    /**
     * The same query, where this counts too. A boost replaces one of the same kind, for the same source, or by the same
     * field.
     *
     * @throws InvalidInputException if there are more than {@value #MAX_BOOSTS}, or they weigh more than
     *                               {@value Boost#MAX_TOTAL_WEIGHT} together, whichever way each counts
     * @see Boost#recency
     * @see Boost#source
     * @see Boost#field
     */
    public SearchQuery boost(Boost boost) {
        List<Boost> boosts = QueryBoosts.with(options.boosts, boost);
        return with(draft -> draft.boosts = boosts);
    }

    /**
     * The same query without hits that score less: by {@link Score#value()}, boosts included, before a reranker. The
     * default scorer's vector part is absolute, so in a vector query this is a bar that means the same for every query.
     * In a hybrid or text query the text part is relative: the best text of each query has all of it.
     *
     * @param minScore finite
     * @throws InvalidInputException if it is not
     */
    public SearchQuery minScore(double minScore) {
        if (!Double.isFinite(minScore)) {
            throw new InvalidInputException("the least score " + minScore + " is no number: give a finite one");
        }
        return with(draft -> draft.minScore = OptionalDouble.of(minScore));
    }

    /**
     * The same query with at least this many hits of a source on each page, if it has as many: they take the places of
     * the worst hits of the other one.
     *
     * @param hits 0 to {@value #MAX_LIMIT}; the query's limit, at most, counts
     * @throws InvalidInputException if it is outside that
     */
    public SearchQuery atLeast(Source source, int hits) {
        Map<Source, Integer> changed = quota(options.least, source, hits);
        return with(draft -> draft.least = changed);
    }

    /**
     * The same query with at most this many hits of a source on each page. Where both are given, the most comes before
     * the least.
     *
     * @param hits 0 to {@value #MAX_LIMIT}
     * @throws InvalidInputException if it is outside that
     */
    public SearchQuery atMost(Source source, int hits) {
        Map<Source, Integer> changed = quota(options.most, source, hits);
        return with(draft -> draft.most = changed);
    }

    private static Map<Source, Integer> quota(Map<Source, Integer> quotas, Source source, int hits) {
        if (hits < 0 || hits > MAX_LIMIT) {
            throw new InvalidInputException("a quota of " + hits + " hits is outside 0 to " + MAX_LIMIT);
        }
        Map<Source, Integer> changed = new EnumMap<>(Source.class);
        changed.putAll(quotas);
        changed.put(source, hits);
        return Collections.unmodifiableMap(changed);
    }

    /**
     * The same query, whose hits differ more from one another: each next hit is chosen by how well it fits, less what
     * the hits before it have in common with it (maximal marginal relevance). It costs relevance; 0.3 is a good
     * beginning. Hits that are sorted by a field keep that order.
     *
     * @param diversity 0, the default, to 1: how much difference counts against fitting
     * @throws InvalidInputException if it is outside that
     */
    public SearchQuery diversity(double diversity) {
        if (!(diversity >= 0 && diversity <= 1)) {
            throw new InvalidInputException("diversity " + diversity + " is outside 0 to 1");
        }
        return with(draft -> draft.diversity = diversity);
    }

    /** The same query with documents that say the same collapsed, which is the default, or shown. */
    public SearchQuery duplicates(Duplicates duplicates) {
        Objects.requireNonNull(duplicates, "duplicates");
        return with(draft -> draft.duplicates = duplicates);
    }

    /**
     * The same query's next page. Pages go on as the first one began, however documents change meanwhile: no document
     * comes twice, and what was written since the first page comes only where it ranks below the last hit. Words are
     * corrected as on the first page, and phrases are given up on all pages or on none. Limit and timeout may differ
     * from page to page, all else that decides which hits come may not.
     *
     * <p>A cursor holds for an hour, for the organisation that it was made for, in every process, to a depth of
     * {@value #MAX_DEPTH} hits.
     *
     * @param cursor what {@link SearchResults#nextCursor()} gave
     * @throws InvalidInputException if it is empty or longer than {@value #MAX_CURSOR_CHARS} characters. Whether it is
     *                               one of this query is checked when the query runs
     */
    public SearchQuery cursor(String cursor) {
        if (cursor.isEmpty() || cursor.length() > MAX_CURSOR_CHARS) {
            throw new InvalidInputException("a cursor of " + cursor.length() + " characters; 1 to " + MAX_CURSOR_CHARS
                    + " are possible: give one that nextCursor() returned");
        }
        return with(draft -> draft.cursor = Optional.of(cursor));
    }

    /** The words; empty for a query by a vector alone or for what is similar. */
    public String text() {
        return options.text;
    }

    /** A copy of the given vector, of unit length. */
    public Optional<float[]> vector() {
        return options.vector.map(float[]::clone);
    }

    /** Which signals find and rank. */
    public SearchMode mode() {
        return options.mode;
    }

    /** Where it searches; never empty. */
    public Set<Source> sources() {
        return options.sources;
    }

    /** The most hits. */
    public int limit() {
        return options.limit;
    }

    /** How long the call may take in all. */
    public Duration timeout() {
        return options.timeout;
    }

    /** The writes that must be visible first. */
    public List<WriteReceipt> after() {
        return options.after;
    }

    /** What hits must pass. */
    public Optional<Filter> filter() {
        return options.filter;
    }

    /** The order of the hits. */
    public Sort sort() {
        return options.sort;
    }

    /** What is counted, in the order in which it was asked for. */
    public List<Facet> facets() {
        return options.facets;
    }

    /** What the phrases of the text do. */
    public Phrases phrases() {
        return options.phrases;
    }

    /** What becomes of words that nothing knows. */
    public Typos typos() {
        return options.typos;
    }

    /** What the answer is to be like. */
    public Optional<Example> example() {
        return options.example;
    }

    /**
     * A document or listing that an answer is to be like.
     *
     * @param source where it is
     * @param org    whose it is; empty for the asking organisation's own
     * @param id     its id
     */
    public record Example(Source source, Optional<OrgId> org, String id) {

        public Example {
            Objects.requireNonNull(source, "source");
            Objects.requireNonNull(org, "org");
            Ids.check("document or listing", id);
        }
    }

    /** What counts beside the words and their meaning. */
    public List<Boost> boosts() {
        return options.boosts;
    }

    /** The least score. */
    public OptionalDouble minScore() {
        return options.minScore;
    }

    /** The least hits of a source on a page. */
    public int least(Source source) {
        return options.least.getOrDefault(source, 0);
    }

    /** The most hits of a source on a page. */
    public int most(Source source) {
        return options.most.getOrDefault(source, MAX_LIMIT);
    }

    /** Whether it has a least or a most for any source. */
    public boolean hasQuotas() {
        return !options.least.isEmpty() || !options.most.isEmpty();
    }

    /** How much hits shall differ, 0 to 1. */
    public double diversity() {
        return options.diversity;
    }

    /** What becomes of documents that say the same. */
    public Duplicates duplicates() {
        return options.duplicates;
    }

    /** Where the page begins; empty for the first. */
    public Optional<String> cursor() {
        return options.cursor;
    }

    /** How it searches, without its words and its vector. */
    @Override
    public String toString() {
        return "SearchQuery[mode=" + options.mode + ", sources=" + options.sources + ", limit=" + options.limit
                + ", text of " + Shown.length(options.text) + "]";
    }
}
