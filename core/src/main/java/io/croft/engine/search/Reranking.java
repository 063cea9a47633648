package io.croft.engine.search;

import io.croft.engine.index.InterruptedSearchException;
import io.croft.search.Reranker;
import io.croft.search.Score;
import io.croft.search.SearchQuery;
import io.croft.search.SearchResults;
import io.croft.spi.IndexSession.ChunkText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the host's reranker order the best hits anew, if it has one. Whatever that does, the query goes on. Thread-safe.
 */
final class Reranking {

    private static final long WARN_EVERY_NANOS = Duration.ofMinutes(1).toNanos();
    private static final Logger LOG = LoggerFactory.getLogger(Reranking.class);

    private final RerankSettings settings;
    private final Logger log;
    private final HostCall calls = new HostCall("croft-reranker");
    private final AtomicLong warned = new AtomicLong(System.nanoTime() - WARN_EVERY_NANOS);

    /**
     * What came of it.
     *
     * @param order  the hits, best first
     * @param status what became of the reranker
     * @param scored how many of the first have its scores
     */
    record Outcome(List<Ranked> order, SearchResults.Reranking status, int scored) {
    }

    Reranking(RerankSettings settings) {
        this(settings, LOG);
    }

    /** One that writes into this log. */
    Reranking(RerankSettings settings, Logger log) {
        this.settings = settings;
        this.log = log;
    }

    /** How many hits a query needs for it; 0 if it is not asked. */
    int wanted(SearchQuery query) {
        return settings.reranker().isPresent() && !query.text().isEmpty() ? settings.top() : 0;
    }

    /** Reorders the first of these, by their texts; what is of a source that fails meanwhile is left out. */
    Outcome rerank(List<Ranked> ranked, SearchQuery query, Sources sources, long deadlineNanos) {
        int most = wanted(query);
        if (most == 0 || ranked.isEmpty()) {
            return new Outcome(ranked, SearchResults.Reranking.NONE, 0);
        }
        Sources.Read<Optional<ChunkText>> read = sources.read(ranked,
                hits -> hits.subList(0, Math.min(most, hits.size())), (session, candidates) -> Sources
                        .orNone(session.texts(candidates, deadlineNanos), candidates.size()));
        if (read.answers().stream().anyMatch(Optional::isEmpty)) {
            warn("was not asked, for the texts could not be read within the query's time");
            return new Outcome(read.order(), SearchResults.Reranking.TIMEOUT, 0);
        }
        return rerank(new Sources.Read<>(read.order(), read.chosen(),
                read.answers().stream().map(Optional::orElseThrow).toList()), query, deadlineNanos);
    }

    /** Reorders those whose texts were read. */
    Outcome rerank(Sources.Read<ChunkText> read, SearchQuery query, long deadlineNanos) {
        List<Ranked> order = read.order();
        int count = read.chosen().size();
        if (count == 0) {
            return new Outcome(order, SearchResults.Reranking.NONE, 0);
        }
        Reranker.Request request = new Reranker.Request(query.text(), passages(read.chosen(), read.answers()));
        long nanos = Math.min(settings.timeout().toNanos(), deadlineNanos - System.nanoTime());
        Reranker reranker = settings.reranker().orElseThrow();
        try {
            @Nullable
            List<Double> scores = calls.within(nanos, () -> copy(reranker.rerank(request), count));
            String fault = fault(scores, count);
            if (scores == null || fault != null) {
                warn("returned " + fault);
                return new Outcome(order, SearchResults.Reranking.FAILED, 0);
            }
            return new Outcome(reordered(order, scores), SearchResults.Reranking.DONE, count);
        } catch (TimeoutException e) {
            warn("did not return within " + settings.timeout() + " or the query's time");
            return new Outcome(order, SearchResults.Reranking.TIMEOUT, 0);
        } catch (ExecutionException e) {
            warnOfFailure(Objects.requireNonNullElse(e.getCause(), e));
            return new Outcome(order, SearchResults.Reranking.FAILED, 0);
        } catch (InterruptedException e) {
            throw new InterruptedSearchException("interrupted while the reranker was asked", e);
        }
    }

    private static List<Reranker.Passage> passages(List<Ranked> hits, List<ChunkText> texts) {
        List<Reranker.Passage> passages = new ArrayList<>(hits.size());
        for (int i = 0; i < hits.size(); i++) {
            passages.add(new Reranker.Passage(hits.get(i).signals().source(), texts.get(i).title(),
                    texts.get(i).text(), hits.get(i).score()));
        }
        return passages;
    }

    /** Read on the host's own thread, for the list is its code too; one longer than wanted not to its end. */
    private static @Nullable List<Double> copy(@Nullable List<Double> scores, int count) {
        return scores == null ? null : new ArrayList<>(scores.subList(0, Math.min(scores.size(), count + 1)));
    }

    /** What is wrong with the scores; null if nothing is. */
    private static @Nullable String fault(@Nullable List<Double> scores, int count) {
        if (scores == null) {
            return "null";
        }
        if (scores.size() != count) {
            return (scores.size() > count ? "more than " + count : scores.size()) + " scores for " + count
                    + " passages";
        }
        for (Double score : scores) {
            if (score == null || !Double.isFinite(score)) {
                return "a score of " + score;
            }
        }
        return null;
    }

    private static List<Ranked> reordered(List<Ranked> order, List<Double> scores) {
        List<Ranked> first = new ArrayList<>(order.size());
        for (int i = 0; i < scores.size(); i++) {
            first.add(order.get(i).scored(Score.of(List.of(new Score.Part("reranker", scores.get(i))))));
        }
        first.sort(Comparator.comparingDouble(ranked -> -ranked.score().value()));
        first.addAll(order.subList(scores.size(), order.size()));
        return first;
    }

    /** The message of what was thrown may hold texts: where it came from says enough. */
    private void warnOfFailure(Throwable cause) {
        if (warn("failed by " + cause.getClass().getName())) {
            log.debug("the reranker failed at {}", Arrays.toString(cause.getStackTrace()));
        }
    }

    /** Once a minute at most: what fails once often fails in every query. */
    private boolean warn(String what) {
        long now = System.nanoTime();
        long last = warned.get();
        if (now - last >= WARN_EVERY_NANOS && warned.compareAndSet(last, now)) {
            log.warn("the reranker {} {}; the hits keep their order, and the results say so",
                    settings.reranker().map(reranker -> reranker.getClass().getName()).orElse(""), what);
            return true;
        }
        return false;
    }
}
