package io.croft.spi;

import io.croft.search.SearchMode;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * One scope's index at one moment. It keeps its files open until it is closed. Used by one thread at a time.
 *
 * <p>A search has three steps: the statistics of the query's terms, from both sources; the candidates, with signals
 * computed from the shared statistics; the passages of those candidates that made it into the answer.
 */
public interface IndexSession extends AutoCloseable {

    /**
     * The statistics of the query's terms in this index. Chunks that were replaced or removed may be counted until the
     * index tidies them away; an index that was just built counts exactly.
     *
     * @param text the query's words
     */
    TextStatistics statistics(String text);

    /**
     * Finds candidates by each leg that the mode has, and measures both signals exactly for each of them, in no order
     * that means anything and no chunk twice. The words match a chunk's text and its document's title. Words that the
     * index does not know, and characters that are no words, match nothing and do no harm.
     *
     * @throws SearchTimeoutException if the deadline passes first
     */
    List<Candidate> candidates(CandidateQuery query);

    /**
     * What a person sees of candidates of this session.
     *
     * @param candidates of this very session
     * @param text       the query's words, for the snippet; empty for a query by a vector alone
     * @return one passage for each, in order
     */
    List<Passage> passages(List<Candidate> candidates, String text);

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
     * @param text          the query's words; empty in a query by a vector alone
     * @param vector        the query's unit vector; absent in a text query. Not copied
     * @param statistics    shared by all sources of the query
     * @param perLeg        the most candidates of each leg, 1 to 10,000; fewer when documents have several chunks
     * @param deadlineNanos on {@link System#nanoTime()}
     */
    @SuppressWarnings("ArrayRecordComponent")
    record CandidateQuery(SearchMode mode, String text, float @Nullable [] vector, TextStatistics statistics,
            int perLeg,
            long deadlineNanos) {

        // Not compact: javac would leave the parameter's @Nullable out of the class file.
        public CandidateQuery(SearchMode mode, String text, float @Nullable [] vector, TextStatistics statistics,
                int perLeg, long deadlineNanos) {
            this.mode = Objects.requireNonNull(mode, "mode");
            this.text = text;
            this.vector = vector;
            this.statistics = Objects.requireNonNull(statistics, "statistics");
            this.perLeg = perLeg;
            this.deadlineNanos = deadlineNanos;
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
     *                 {@code idf · f / (f + 1.2 · (0.25 + 0.75 · length / average))}, with f the term's occurrences in
     *                 the chunk and idf as in {@link TextStatistics#idfSum}; a length over 40 terms may be rounded as
     *                 Lucene does
     */
    record Candidate(int ref, ContentKey key, int ordinal, float cosine, float bm25) {

        public Candidate {
            Objects.requireNonNull(key, "key");
        }
    }

    /**
     * What a person sees of a chunk.
     *
     * @param title   its document's title
     * @param snippet the part that answers, plain text, up to about 300 characters
     * @param fields  its document's fields
     */
    record Passage(String title, String snippet, Map<String, String> fields) {
    }
}
