package io.croft.spi;

import io.croft.input.Shown;
import io.croft.search.Facet;
import io.croft.search.FieldValue;
import io.croft.search.Filter;
import io.croft.search.Hit;
import io.croft.search.SearchMode;
import io.croft.search.Sort;
import io.croft.search.Source;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One scope's index at one moment. It keeps its files open until it is closed. Used by one thread at a time.
 *
 * <p>A search has three steps: the statistics of the query's terms, from both sources; the candidates, with signals
 * computed from the shared statistics; the passages of those candidates that made it into the answer. Where no source
 * knows a word, near words are looked for and the first step is taken again with them.
 */
public interface IndexSession extends AutoCloseable {

    /** The most values that one facet counts in one index. */
    int MAX_FACET_VALUES = 10_000;
    /** The most chunks of one document that a leg finds. */
    int MAX_CHUNKS_OF_A_DOCUMENT = 3;
    /**
     * Of how many chunks of a document at least the best by cosine is chosen, where documents are sorted by a field.
     */
    int MAX_MEASURED_OF_A_DOCUMENT = 32;
    /** How soon more occurrences of a term in a chunk count no more. */
    double BM25_K1 = 1.0;
    /** How much a long chunk's occurrences count less, 0 to 1. */
    double BM25_B = 0.65;

    /**
     * The statistics of the query's terms in this index. Chunks that were replaced or removed may be counted until the
     * index tidies them away; an index that was just built counts exactly.
     *
     * <p>They are those of the whole index, whatever a query filters by: a filter says what may be answered, not how
     * telling a word is. So a hit has the same BM25 under every filter, scores of differently filtered queries can be
     * compared, and a filter that leaves three chunks does not turn their words into noise.
     *
     * @param text the query's words and their corrections
     * @return has every term of them, those that the index does not know with counts of 0
     * @throws io.croft.InvalidInputException if it has more than {@link QueryText#MAX_TERMS}
     */
    TextStatistics statistics(QueryText text);

    /**
     * Names words of this index for those that no index of the query knows: the nearest, so that words of two edits are
     * named only where it has none of one. Of each word at most the {@link NearWord#MAX_NEAR} most frequent. Words that
     * only removed chunks have are not named.
     *
     * @param text          its first {@link NearWord#MAX_WORDS} words outside phrases that consist of letters alone,
     *                      of {@link NearWord#MIN_LETTERS} to {@link NearWord#MAX_LETTERS}, and whose terms the
     *                      statistics do not count
     * @param shared        the statistics of its terms over all indexes of the query
     * @param deadlineNanos on {@link System#nanoTime()}
     * @throws SearchTimeoutException if the deadline passes first
     */
    List<NearWord> near(QueryText text, TextStatistics shared, long deadlineNanos);

    /**
     * Finds candidates by each leg that the mode has, and measures both signals exactly for each of them, in no order
     * that means anything and no chunk twice. The words match a chunk's text and its document's title, which counts
     * once where the text begins with it. Words that the index does not know, and characters that are no words, match
     * nothing and do no harm.
     *
     * <p>Only chunks of documents that pass the query's filter are candidates, and each leg finds its best among those:
     * a filter costs no candidates that pass it, however few pass.
     *
     * <p>Of one document each leg finds at most the {@value #MAX_CHUNKS_OF_A_DOCUMENT} chunks that are best by it, and
     * as many candidates as are asked for as long as the index has any: a document of many chunks that are alike takes
     * the places of none but its own. So a leg with fewer candidates than were asked for has no more.
     *
     * <p>Every phrase must occur in a candidate of either leg, in every mode: its words one after the other, in the
     * title or in the chunk's text. In place of a word that the analysis drops any word may stand. A phrase of which
     * the analysis leaves less than two words is no condition.
     *
     * @throws SearchTimeoutException         if the deadline passes first
     * @throws io.croft.InvalidInputException if the words are more than {@link QueryText#MAX_TERMS}
     */
    List<Candidate> candidates(CandidateQuery query);

    /**
     * Finds the first documents by a field, of all that pass the query's filter, have its phrases and, unless its mode
     * is {@link SearchMode#VECTOR}, have a chunk with at least one of its words. The order is that of
     * {@link FieldValue}, those without the field last in either direction, then of the keys; what decides between ties
     * in the sort is left to the caller.
     *
     * @param query whose {@code perLeg} is the most documents
     * @param sort  by a declared field of one value
     * @return in that order of documents, of each one or two of its chunks that have a word, or any of its chunks in
     *         mode {@code VECTOR}: the best by BM25 and the best by cosine, as far as the mode has them. Where a
     *         document has more than {@value #MAX_MEASURED_OF_A_DOCUMENT} such chunks, the best by cosine may be that
     *         of so many that are best by BM25, or in mode {@code VECTOR} come first
     * @throws SearchTimeoutException if the deadline passes first
     */
    List<Sorted> sorted(CandidateQuery query, Sort.ByField sort);

    /**
     * Counts the same documents as {@link #sorted} finds, each once, by their values.
     *
     * @param facets of declared fields
     * @return for each facet the counts of its values that occur, in no order that means anything, at most
     *         {@value #MAX_FACET_VALUES}, the most frequent; or of each of its ranges, in their order
     * @throws SearchTimeoutException if the deadline passes first
     */
    List<List<ValueCount>> facets(CandidateQuery query, List<Facet> facets);

    /**
     * What a person sees of candidates of this session, as far as there is time.
     *
     * @param candidates    of this very session
     * @param text          the query's words and their corrections, for the snippet
     * @param deadlineNanos on {@link System#nanoTime()}
     * @return one passage for each, in order; if the deadline passes first, of only so many of the first as could be
     *         read by then
     */
    List<Passage> passages(List<Candidate> candidates, QueryText text, long deadlineNanos);

    /**
     * The mean of the vectors of all chunks of a document, brought to unit length; empty if it holds none of it, or
     * none with a vector of the index's model, or if they cancel each other out.
     */
    Optional<float[]> meanVector(ContentKey key);

    /**
     * The texts of candidates of this session, whole, as far as there is time.
     *
     * @param deadlineNanos on {@link System#nanoTime()}
     * @return one for each, in order; if the deadline passes first, of only so many of the first as could be read by
     *         then
     */
    List<ChunkText> texts(List<Candidate> candidates, long deadlineNanos);

    /**
     * The vectors of candidates of this session.
     *
     * @return one unit vector for each, in order; of length 0 where a chunk has none of the index's model
     */
    List<float[]> vectors(List<Candidate> candidates);

    /** The revision of a document that this session holds; empty if it holds none of it. */
    OptionalLong revision(ContentKey key);

    /** The number of chunks. */
    int size();

    @Override
    void close();

    /**
     * What to look for.
     *
     * @param mode          which legs
     * @param text          the query's words and their corrections
     * @param vector        the query's unit vector; absent in a text query. Not copied
     * @param statistics    shared by all sources of the query
     * @param perLeg        the most candidates of each leg, 1 to 10,000
     * @param deadlineNanos on {@link System#nanoTime()}
     * @param filter        what documents must pass; it names declared fields with values of their types
     * @param except        a document that is left out
     * @param numbers       declared fields of numbers whose values candidates are to bring, see {@link Traits#numbers}
     */
    @SuppressWarnings("ArrayRecordComponent")
    record CandidateQuery(SearchMode mode, QueryText text, float @Nullable [] vector, TextStatistics statistics,
            int perLeg, long deadlineNanos, Optional<Filter> filter, Optional<Except> except, Set<String> numbers) {

        // Not compact: javac would leave the parameter's @Nullable out of the class file.
        public CandidateQuery(SearchMode mode, QueryText text, float @Nullable [] vector, TextStatistics statistics,
                int perLeg, long deadlineNanos, Optional<Filter> filter, Optional<Except> except,
                Set<String> numbers) {
            this.mode = Objects.requireNonNull(mode, "mode");
            this.text = Objects.requireNonNull(text, "text");
            this.vector = vector;
            this.statistics = Objects.requireNonNull(statistics, "statistics");
            this.perLeg = perLeg;
            this.deadlineNanos = deadlineNanos;
            this.filter = Objects.requireNonNull(filter, "filter");
            this.except = Objects.requireNonNull(except, "except");
            this.numbers = Set.copyOf(numbers);
        }

        /** A query without a filter. */
        public CandidateQuery(SearchMode mode, QueryText text, float @Nullable [] vector, TextStatistics statistics,
                int perLeg, long deadlineNanos) {
            this(mode, text, vector, statistics, perLeg, deadlineNanos, Optional.empty(), Optional.empty(), Set.of());
        }

        /** The same for so many candidates. */
        public CandidateQuery perLeg(int perLeg) {
            return new CandidateQuery(mode, text, vector, statistics, perLeg, deadlineNanos, filter, except,
                    numbers);
        }

        /** The same with this filter in place of its own. */
        public CandidateQuery filter(Filter filter) {
            return new CandidateQuery(mode, text, vector, statistics, perLeg, deadlineNanos, Optional.of(filter),
                    except, numbers);
        }

        /** The same without a document. */
        public CandidateQuery except(Except except) {
            return new CandidateQuery(mode, text, vector, statistics, perLeg, deadlineNanos, filter,
                    Optional.of(except), numbers);
        }

        /** The same with candidates that bring these numbers. */
        public CandidateQuery numbers(Set<String> numbers) {
            return new CandidateQuery(mode, text, vector, statistics, perLeg, deadlineNanos, filter, except, numbers);
        }

        /** What it asks for, without its words and its vector. */
        @Override
        public String toString() {
            return "CandidateQuery[mode=" + mode + ", perLeg=" + perLeg + ", " + text + "]";
        }
    }

    /**
     * A document that is left out, as if it did not pass the filter.
     *
     * @param source in which index; a document with the same key in the other is another
     * @param key    whose chunks
     */
    record Except(Source source, ContentKey key) {

        public Except {
            Objects.requireNonNull(source, "source");
            Objects.requireNonNull(key, "key");
        }
    }

    /**
     * A chunk that was found.
     *
     * @param ref      the session's own number for it
     * @param key      whose chunk it is
     * @param ordinal  which chunk of it
     * @param cosine   its vector's cosine with the query's; 0 if either has none
     * @param bm25     its BM25 by the shared statistics; 0 in a vector query. The sum over the query's terms of
     *                 {@code idf · f / (f + k1 · (1 − b + b · length / average))}, with k1 and b as above, f the term's
     *                 occurrences in the chunk and idf as in {@link TextStatistics#idfSum}; a length over 40 terms may
     *                 be rounded as Lucene does
     * @param traits   what is known of its document
     */
    record Candidate(int ref, ContentKey key, int ordinal, float cosine, float bm25, Traits traits) {

        public Candidate {
            Objects.requireNonNull(key, "key");
            Objects.requireNonNull(traits, "traits");
        }

        /** The same with these numbers of its document. */
        public Candidate with(Map<String, Double> numbers) {
            return new Candidate(ref, key, ordinal, cosine, bm25,
                    new Traits(traits.updatedAt(), traits.signature(), numbers));
        }
    }

    /**
     * A chunk of a document that was found by a field.
     *
     * @param candidate the chunk
     * @param value     its document's value of the field; empty if it has none
     */
    record Sorted(Candidate candidate, Optional<FieldValue> value) {
    }

    /**
     * How many documents have a value or are in a range.
     *
     * @param value     as a field's text; or the range's label
     * @param documents how many
     */
    record ValueCount(String value, long documents) {
    }

    /**
     * What is known of a candidate's document without reading it: what a rank may take into account beside the query.
     *
     * @param updatedAt when its revision was written, to the millisecond
     * @param signature as {@link ContentChunks#signature}
     * @param numbers   the values of those fields that the query asks for, see {@link CandidateQuery#numbers}, as far
     *                  as its document has them
     */
    record Traits(Instant updatedAt, long signature, Map<String, Double> numbers) {

        /** Of a document that nothing is known of. */
        public static final Traits NONE = new Traits(Instant.EPOCH, 0);

        public Traits {
            Objects.requireNonNull(updatedAt, "updatedAt");
            numbers = Map.copyOf(numbers);
        }

        /** Without numbers. */
        public Traits(Instant updatedAt, long signature) {
            this(updatedAt, signature, Map.of());
        }
    }

    /**
     * The text of a chunk.
     *
     * @param title its document's title
     * @param text  the chunk's text
     */
    record ChunkText(String title, String text) {

        /** How much it holds. */
        @Override
        public String toString() {
            return "ChunkText[title of " + Shown.length(title) + ", text of " + Shown.length(text) + "]";
        }
    }

    /**
     * What a person sees of a chunk.
     *
     * @param title   its document's title
     * @param snippet the part that answers, plain text, up to about 300 characters
     * @param matches where the snippet has words of the query, as in {@link Hit#matches}
     * @param fields  its document's fields
     */
    record Passage(String title, String snippet, List<Hit.Range> matches, Map<String, String> fields) {

        public Passage {
            matches = List.copyOf(matches);
        }

        /** How much it holds. */
        @Override
        public String toString() {
            return "Passage[title of " + Shown.length(title) + ", snippet of " + Shown.length(snippet) + ", "
                    + matches.size() + " matches, fields=" + fields.keySet() + "]";
        }
    }
}
