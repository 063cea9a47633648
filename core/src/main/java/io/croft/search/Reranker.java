package io.croft.search;

import io.croft.input.Shown;
import java.util.List;
import java.util.Objects;

/**
 * Scores the best hits of a query once more, by reading them: a cross-encoder, a model behind an API, rules of the
 * host's own. Called once a query at most, on a thread of its own, with as many passages as
 * {@code Croft.Builder.rerankTop} says; not for hits that are sorted by a field. It may do I/O; when its time is up the
 * thread is interrupted and the query goes on without it, as it does when it throws or returns something else than one
 * finite score for each passage. The results say so ({@link SearchResults#reranking()}). Implementations are
 * thread-safe.
 */
@FunctionalInterface
public interface Reranker {

    /**
     * Scores passages. They are put into the order of the new scores; equal ones stay as they were.
     *
     * @return one finite score for each passage, in their order; greater is better
     */
    List<Double> rerank(Request request);

    /**
     * What is to be scored.
     *
     * @param text     the query's words
     * @param passages best first
     */
    record Request(String text, List<Passage> passages) {

        public Request {
            Objects.requireNonNull(text, "text");
            passages = List.copyOf(passages);
        }

        /** How much there is to score. */
        @Override
        public String toString() {
            return "Request[text of " + Shown.length(text) + ", " + passages.size() + " passages]";
        }
    }

    /**
     * A hit's best chunk.
     *
     * @param source where it was found
     * @param title  its document's title, may be empty
     * @param text   the chunk's whole text
     * @param score  the score that it has so far
     */
    record Passage(Source source, String title, String text, Score score) {

        public Passage {
            Objects.requireNonNull(source, "source");
            Objects.requireNonNull(score, "score");
        }

        /** Where it is from and how much it holds. */
        @Override
        public String toString() {
            return "Passage[source=" + source + ", text of " + Shown.length(text) + ", score=" + score.value() + "]";
        }
    }
}
