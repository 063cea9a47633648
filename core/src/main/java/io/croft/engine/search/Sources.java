package io.croft.engine.search;

import io.croft.CroftException;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.engine.index.IndexFollower;
import io.croft.engine.index.IndexNotReadyException;
import io.croft.engine.index.InterruptedSearchException;
import io.croft.search.SearchResults.Incomplete;
import io.croft.search.Source;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.IndexSession.Candidate;
import io.croft.spi.NearWord;
import io.croft.spi.QueryText;
import io.croft.spi.SearchTimeoutException;
import io.croft.spi.Sight;
import io.croft.spi.TextStatistics;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The indexes that one query asks, open for its length. A source that fails or is late is dropped from the query with
 * all its hits, whatever it was asked for, and named in {@link #incomplete}; the others go on. One whose index is known
 * to lack writes is named too, and answers. Used by the query's thread.
 */
final class Sources implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Sources.class);

    private final IndexFollower follower;
    private final Map<Source, IndexScope> scopes = new EnumMap<>(Source.class);
    private final Map<Source, IndexSession> sessions = new EnumMap<>(Source.class);
    private final List<Incomplete> incomplete = new ArrayList<>(2);
    private final OrgId org;
    private final MarketThreads threads;

    private Sources(IndexFollower follower, OrgId org, MarketThreads threads) {
        this.follower = follower;
        this.org = org;
        this.threads = threads;
    }

    /** Opens these for a query of this organisation; cold ones beside one another. */
    static Sources open(IndexFollower follower, OrgId org, Sight sight, List<IndexScope> scopes, MarketThreads threads,
            long deadlineNanos) {
        Sources sources = new Sources(follower, org, threads);
        scopes.forEach(follower::prepare);
        for (IndexScope scope : scopes) {
            sources.scopes.put(scope.source(), scope);
            Optional<String> stale = follower.staleness(scope);
            try {
                sources.sessions.put(scope.source(), follower.session(scope, sight, deadlineNanos));
                // before the session, which is newer as a rule, and after it, for the index may have been put back
                stale.or(() -> follower.staleness(scope)).ifPresent(detail -> sources.incomplete
                        .add(new Incomplete(scope.source(), Incomplete.Cause.STALE, detail)));
            } catch (InterruptedSearchException | Error e) {
                sources.close();
                throw e;
            } catch (RuntimeException e) {
                sources.lose(scope.source(), e);
            }
        }
        return sources;
    }

    /** The statistics of the query's terms over all sources. */
    TextStatistics statistics(QueryText text) {
        return ofEach(session -> session.statistics(text)).stream().reduce(TextStatistics.NONE, TextStatistics::plus);
    }

    /** Known words for those of a text that no source knows. */
    List<NearWord> near(QueryText text, TextStatistics shared, long deadlineNanos) {
        return ofEach(session -> session.near(text, shared, deadlineNanos)).stream().flatMap(List::stream).toList();
    }

    private <T> List<T> ofEach(Function<IndexSession, T> question) {
        List<T> answers = new ArrayList<>(2);
        for (Map.Entry<Source, IndexSession> entry : List.copyOf(sessions.entrySet())) {
            try {
                answers.add(question.apply(entry.getValue()));
            } catch (InvalidInputException e) {
                throw e;
            } catch (RuntimeException | InternalError e) {
                drop(entry.getKey(), e);
            }
        }
        return answers;
    }

    /**
     * The mean vector of a document; empty if its source cannot be read and was dropped.
     *
     * @throws InvalidInputException if there is no such document, or it has no vector
     */
    Optional<float[]> meanVector(Source source, ContentKey key) {
        IndexSession session = sessions.get(source);
        if (session == null) {
            return Optional.empty();
        }
        try {
            Optional<float[]> vector = session.meanVector(key);
            if (vector.isEmpty()) {
                String what = (source == Source.PRIVATE ? "document" : "listing") + " \"" + key.id() + "\"";
                throw new InvalidInputException(session.revision(key).isPresent()
                        ? what + " has no vector by which others could be like it: it was embedded by another model;"
                                + " embed it again"
                        : what + " is not found: give one that exists and is visible already, see after(receipt)");
            }
            return vector;
        } catch (InvalidInputException e) {
            throw e;
        } catch (RuntimeException | InternalError e) {
            drop(source, e);
            return Optional.empty();
        }
    }

    /** Closes all but these. */
    void keep(Set<Source> kept) {
        for (Source source : Source.values()) {
            IndexSession session = kept.contains(source) ? null : sessions.remove(source);
            if (session != null) {
                session.close();
            }
        }
    }

    /** What every source is asked. */
    @FunctionalInterface
    interface Question<T> {

        /** The answer of one. */
        T ask(Source source, IndexSession session);
    }

    /** Asks every source; the marketplace beside the private index. */
    <T> List<T> ask(Question<T> question, long deadlineNanos) {
        List<T> answers = new ArrayList<>(2);
        IndexSession market = sessions.get(Source.MARKETPLACE);
        IndexSession mine = sessions.get(Source.PRIVATE);
        if (market == null || mine == null) {
            ask(Source.PRIVATE, mine, question, answers);
            ask(Source.MARKETPLACE, market, question, answers);
            return answers;
        }
        MarketThreads.Question<T> beside = threads.ask(org, () -> question.ask(Source.MARKETPLACE, market));
        try {
            ask(Source.PRIVATE, mine, question, answers);
        } finally {
            collect(beside, market, deadlineNanos, answers);
        }
        return answers;
    }

    private <T> void ask(Source source, @Nullable IndexSession session, Question<T> question, List<T> answers) {
        if (session == null) {
            return;
        }
        try {
            answers.add(question.ask(source, session));
        } catch (InvalidInputException e) {
            throw e;
        } catch (RuntimeException | InternalError e) {
            drop(source, e);
        }
    }

    /** Asks every source once more, one after the other; empty if any cannot answer in time, which then stays open. */
    <T> Optional<List<T>> askMore(Question<T> question) {
        List<T> answers = new ArrayList<>(2);
        for (Map.Entry<Source, IndexSession> entry : List.copyOf(sessions.entrySet())) {
            try {
                answers.add(question.ask(entry.getKey(), entry.getValue()));
            } catch (SearchTimeoutException e) {
                LOG.debug("no time for more candidates: {}", e.getMessage());
                return Optional.empty();
            } catch (InvalidInputException e) {
                throw e;
            } catch (RuntimeException | InternalError e) {
                drop(entry.getKey(), e);
            }
        }
        return Optional.of(answers);
    }

    private <T> void collect(MarketThreads.Question<T> beside, IndexSession session, long deadlineNanos,
            List<T> answers) {
        try {
            long left = Math.max(0, deadlineNanos - System.nanoTime());
            answers.add(beside.answer().get(left, TimeUnit.NANOSECONDS));
            return;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof InvalidInputException refused) {
                throw refused;
            }
            if (e.getCause() instanceof RuntimeException || e.getCause() instanceof InternalError) {
                drop(Source.MARKETPLACE, e.getCause());
                return;
            }
            throw new CroftException("the search in the marketplace failed: " + e.getCause(), e.getCause());
        } catch (TimeoutException e) {
            lose(Source.MARKETPLACE, new SearchTimeoutException("the marketplace did not answer in time"));
            leave(beside, session);
        } catch (InterruptedException e) {
            leave(beside, session);
            throw new InterruptedSearchException("interrupted while searching", e);
        }
    }

    private void leave(MarketThreads.Question<?> beside, IndexSession session) {
        sessions.remove(Source.MARKETPLACE);
        if (beside.giveUp()) {
            session.close();
        } else { // still being used: it is closed by whoever ends the search in it
            var unused = beside.answer().whenComplete((found, failure) -> session.close());
        }
    }

    /**
     * Asks the sessions for something of some of these hits. If a source fails, its hits are no longer of the order,
     * and others are chosen from what is left: no answer is of a source that {@link #incomplete} says has none.
     *
     * @param choose which of an order to ask for; called again for each source that fails
     */
    <T> Read<T> read(List<Ranked> order, UnaryOperator<List<Ranked>> choose,
            BiFunction<IndexSession, List<Candidate>, List<T>> ask) {
        List<Ranked> left = left(order);
        while (true) {
            List<Ranked> chosen = choose.apply(left);
            Optional<List<T>> answers = of(chosen, ask);
            if (answers.isPresent()) {
                return new Read<>(left, chosen, answers.get());
            }
            left = left(left);
        }
    }

    /**
     * What was read.
     *
     * @param order   the hits of those sources that are left
     * @param chosen  those of them that were asked for
     * @param answers one for each chosen one, in their order
     */
    record Read<T>(List<Ranked> order, List<Ranked> chosen, List<T> answers) {
    }

    /** As many answers as were asked for: none in place of those that there was no time for. */
    static <T> List<Optional<T>> orNone(List<T> answers, int asked) {
        List<Optional<T>> all = new ArrayList<>(asked);
        answers.forEach(answer -> all.add(Optional.of(answer)));
        while (all.size() < asked) {
            all.add(Optional.empty());
        }
        return all;
    }

    /** Those hits whose source was not dropped. */
    List<Ranked> left(List<Ranked> order) {
        return order.stream().allMatch(this::isOpen) ? order : order.stream().filter(this::isOpen).toList();
    }

    private boolean isOpen(Ranked hit) {
        return sessions.containsKey(hit.signals().source());
    }

    /** Those answers that came from sources which were not dropped later. */
    <T> Map<Source, T> left(Map<Source, T> answers) {
        Map<Source, T> left = new EnumMap<>(answers);
        left.keySet().retainAll(sessions.keySet());
        return left;
    }

    /** One answer for each hit, in order; empty if a source failed and was dropped. */
    private <T> Optional<List<T>> of(List<Ranked> hits, BiFunction<IndexSession, List<Candidate>, List<T>> ask) {
        Map<Integer, T> answers = new HashMap<>();
        for (Map.Entry<Source, IndexSession> entry : List.copyOf(sessions.entrySet())) {
            List<Integer> places = IntStream.range(0, hits.size())
                    .filter(i -> hits.get(i).signals().source() == entry.getKey()).boxed().toList();
            if (places.isEmpty()) {
                continue;
            }
            try {
                List<T> answered = ask.apply(entry.getValue(),
                        places.stream().map(i -> hits.get(i).candidate()).toList());
                if (answered.size() != places.size()) {
                    throw new CroftException("the index gave " + answered.size() + " answers for " + places.size()
                            + " candidates");
                }
                for (int i = 0; i < answered.size(); i++) {
                    answers.put(places.get(i), Objects.requireNonNull(answered.get(i)));
                }
            } catch (InvalidInputException e) {
                throw e;
            } catch (RuntimeException | InternalError e) {
                drop(entry.getKey(), e);
            }
        }
        return answers.size() < hits.size()
                ? Optional.empty()
                : Optional.of(IntStream.range(0, hits.size()).mapToObj(i -> Objects.requireNonNull(answers.get(i)))
                        .toList());
    }

    /** The sources that were dropped, and those whose index lacks what it should have. */
    List<Incomplete> incomplete() {
        return List.copyOf(incomplete);
    }

    /** Names what the answers of sources lack, as far as they are open. */
    void lacking(List<Incomplete> missing) {
        missing.stream().filter(one -> sessions.containsKey(one.source())).forEach(incomplete::add);
    }

    /** Names the marketplace, which was not asked. */
    void switchedOff() {
        incomplete.add(new Incomplete(Source.MARKETPLACE, Incomplete.Cause.SWITCHED_OFF,
                "searches do not look into the marketplace: its flag is off"));
    }

    /** Names a source of which only so many candidates were looked at, and too few of them are in the answer. */
    void cut(Source source, int most) {
        if (sessions.containsKey(source)) {
            incomplete.add(new Incomplete(source, Incomplete.Cause.CANDIDATES, "of its candidates the first " + most
                    + " were looked at, and what is left of them does not fill the page: narrow the query"));
        }
    }

    /** Names a source of which not all hits could be read in time. */
    void late(Source source) {
        incomplete.add(new Incomplete(source, Incomplete.Cause.TIMEOUT, "not all of its hits could be read in time:"
                + " give the query more time, or ask for fewer hits"));
    }

    private void drop(Source source, Throwable cause) {
        IndexSession session = sessions.remove(source);
        if (session != null) {
            session.close();
        }
        lose(source, cause);
    }

    private void lose(Source source, Throwable cause) {
        Incomplete.Cause reason = switch (cause) {
            case SearchTimeoutException timeout -> Incomplete.Cause.TIMEOUT;
            case IndexNotReadyException notReady -> notReady.reason();
            default -> Incomplete.Cause.FAILED;
        };
        if (reason == Incomplete.Cause.FAILED && !(cause instanceof IndexNotReadyException)) {
            LOG.warn("a search in {} failed; the answer names it", source, cause);
            Optional.ofNullable(scopes.get(source)).ifPresent(follower::suspect);
        }
        String detail = cause.getMessage();
        incomplete.removeIf(known -> known.source() == source); // what it lacks no longer matters
        incomplete.add(new Incomplete(source, reason, detail == null ? cause.getClass().getSimpleName() : detail));
    }

    @Override
    public void close() {
        sessions.values().forEach(IndexSession::close);
        sessions.clear();
    }
}
