package io.croft.engine.search;

import io.croft.CroftException;
import io.croft.InvalidInputException;
import io.croft.engine.index.InterruptedSearchException;
import io.croft.search.CalibratedScorer;
import io.croft.search.RelevanceScorer;
import io.croft.search.Score;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Calls the relevance scorer. The library's own runs on the query's thread; a host's gets one of its own, so that it
 * cannot hold the query longer than its time. Thread-safe.
 */
final class Scoring {

    private final RelevanceScorer scorer;
    private final HostCall calls = new HostCall("croft-scorer");

    Scoring(RelevanceScorer scorer) {
        this.scorer = scorer;
    }

    /**
     * One score for each candidate.
     *
     * @throws CroftException if the scorer does anything else
     */
    List<Score> score(RelevanceScorer.Request request, long deadlineNanos) {
        @Nullable
        List<Score> scores = scorer instanceof CalibratedScorer ? scorer.score(request) : ask(request, deadlineNanos);
        if (scores == null) {
            throw new CroftException(name() + " returned null instead of a list of scores");
        }
        if (scores.size() != request.candidates().size()) {
            throw new CroftException(name() + " returned " + scores.size() + " scores for "
                    + request.candidates().size() + " candidates: it must return one for each, in their order");
        }
        for (Score score : scores) { // List.of(…).contains(null) throws
            if (score == null) {
                throw new CroftException(name() + " returned null for a candidate's score");
            }
        }
        return scores;
    }

    private @Nullable List<Score> ask(RelevanceScorer.Request request, long deadlineNanos) {
        try {
            return calls.within(deadlineNanos - System.nanoTime(), () -> copy(scorer.score(request)));
        } catch (TimeoutException e) {
            String why = e.getMessage() == null ? "" : " (" + e.getMessage() + ")";
            throw new CroftException(name() + " did not return within the query's time" + why
                    + ": make it faster or raise SearchQuery.timeout", e);
        } catch (ExecutionException e) {
            throw new CroftException(name() + " failed" + why(e.getCause()), e.getCause());
        } catch (InterruptedException e) {
            throw new InterruptedSearchException("interrupted while " + name() + " was scoring", e);
        }
    }

    /** Its own message may hold what the host shows to nobody; the library's, of a score that is none, does not. */
    private static String why(@Nullable Throwable cause) {
        return switch (cause) {
            case null -> " for no stated reason";
            case InvalidInputException refused -> ": " + refused.getMessage();
            default -> ", by " + cause.getClass().getName();
        };
    }

    /** Read on the host's own thread, for the list is its code too. */
    private static @Nullable List<Score> copy(@Nullable List<Score> scores) {
        return scores == null ? null : new ArrayList<>(scores);
    }

    private String name() {
        return "the relevance scorer " + scorer.getClass().getName();
    }
}
