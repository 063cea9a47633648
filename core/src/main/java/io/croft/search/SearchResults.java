package io.croft.search;

import io.croft.content.WriteReceipt;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/**
 * The answer to a query. Immutable.
 *
 * @param id           names this search in {@link TenantScopedSearch#clicked}; no two have the same
 * @param hits         best first; at most one for each document or listing
 * @param incomplete   the sources that did not answer in full, and why; empty when all is well
 * @param waits        what became of each write that the query waited for, in the query's order
 * @param unmetPhrases the phrases of the query if nothing had all of them and it was answered without, see
 *                     {@link Phrases#PREFER}; otherwise empty
 * @param corrections  the words of the query that nothing searched knows, in lower case, each with the known words that
 *                     stood in for it, the likeliest first, see {@link Typos}
 * @param took         the time that the call took
 * @param facets       one for each facet of the query, in its order; of sources that are incomplete only those are
 *                     counted that answered all the same, as {@link Incomplete.Cause#STALE} ones do
 * @param reranking    what became of the host's {@link Reranker}
 * @param nextCursor   asks for the next page, see {@link SearchQuery#cursor}; empty after the last one
 */
public record SearchResults(UUID id, List<Hit> hits, List<Incomplete> incomplete, List<Wait> waits,
        List<String> unmetPhrases, Map<String, List<String>> corrections, Duration took, List<FacetCounts> facets,
        Reranking reranking, Optional<String> nextCursor) {

    public SearchResults {
        Objects.requireNonNull(id, "id");
        hits = List.copyOf(hits);
        incomplete = List.copyOf(incomplete);
        waits = List.copyOf(waits);
        unmetPhrases = List.copyOf(unmetPhrases);
        Map<String, List<String>> copies = new LinkedHashMap<>();
        corrections.forEach((word, known) -> copies.put(word, List.copyOf(known)));
        corrections = Collections.unmodifiableMap(copies);
        Objects.requireNonNull(took, "took");
        facets = List.copyOf(facets);
        Objects.requireNonNull(reranking, "reranking");
        Objects.requireNonNull(nextCursor, "nextCursor");
    }

    /** What became of the host's {@link Reranker}. */
    public enum Reranking {
        /** There is none, or nothing to rerank. */
        NONE,
        /** The first hits are in its order. */
        DONE,
        /**
         * It did not return in time, or its texts could not be read in time: the hits are in the order that they had.
         */
        TIMEOUT,
        /** It failed, or what it returned was no score for each: the hits are in the order that they had. */
        FAILED
    }

    /**
     * A source that did not answer in full.
     *
     * @param source the source
     * @param cause  why
     * @param detail for the log; holds nothing of other organisations
     */
    public record Incomplete(Source source, Cause cause, String detail) {

        /** Why a source did not answer in full. */
        public enum Cause {
            /**
             * The query's time was up before it answered, or before all of its hits on the page were read: those that
             * were are in the answer, and the next page may bring the others.
             */
            TIMEOUT,
            /** Its index is being built from the database. */
            REBUILDING,
            /**
             * Its index lacks writes that it should have: applying them failed and is tried again, or it was far behind
             * when it was opened and is catching up. What it has was searched, and is in the answer.
             */
            STALE,
            /**
             * The page is not full, and more would fit: 10,000 candidates of each kind of search were looked at, and
             * most of them scored too little by themselves, said the same as others, or were beyond a quota. What was
             * found is in the answer; a narrower query finds more.
             */
            CANDIDATES,
            /**
             * The query's vector was not made in time, the embedder failed, or too many queries were being embedded
             * already. It was answered by its words alone, with scores as in {@link SearchMode#TEXT}; a query in
             * {@link SearchMode#VECTOR} was not answered.
             */
            NOT_EMBEDDED,
            /** It is switched off: see {@link io.croft.flags.FeatureFlags#SEARCH_V2}. */
            SWITCHED_OFF,
            /** It failed. */
            FAILED
        }
    }

    /**
     * What became of a write that the query waited for.
     *
     * @param receipt the write
     * @param outcome what became of it
     */
    public record Wait(WriteReceipt receipt, Outcome outcome) {

        /** What became of a write. */
        public enum Outcome {
            /** It is visible, or a later write of the same id is. */
            VISIBLE,
            /**
             * Its job became a dead letter or was discarded, and it will not be visible until it is redriven; or the
             * organisation was erased since, and it never will.
             */
            FAILED,
            /** The query's time was up. */
            TIMEOUT
        }
    }

    /** What came of the query, without texts. */
    @Override
    public String toString() {
        return "SearchResults[id=" + id + ", " + hits.size() + " hits, incomplete=" + incomplete + ", took=" + took
                + "]";
    }
}
