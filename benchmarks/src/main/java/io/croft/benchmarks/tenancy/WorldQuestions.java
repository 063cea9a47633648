package io.croft.benchmarks.tenancy;

import io.croft.benchmarks.data.HashEmbedder;
import io.croft.benchmarks.data.History;
import io.croft.search.Facet;
import io.croft.search.Filter;
import io.croft.search.SearchMode;
import io.croft.search.Sort;
import io.croft.spi.ChunkIndex;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.IndexSession.Candidate;
import io.croft.spi.IndexSession.CandidateQuery;
import io.croft.spi.IndexSession.Passage;
import io.croft.spi.NearWord;
import io.croft.spi.QueryText;
import io.croft.spi.QueryText.Correction;
import io.croft.spi.TextStatistics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;

/**
 * Everything that one organisation can learn by a question to its own index and the marketplace's, as lines of text
 * that have each bit of each number.
 *
 * @param own    its index
 * @param market the marketplace's
 */
record WorldQuestions(IndexScope own, IndexScope market) {

    private static final int EVERYTHING = 10_000;
    private static final int FEW = 20;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final List<Facet> FACETS = List.of(new Facet.Values("colour", 50),
            new Facet.Values("tags", 50), new Facet.Values("sold", 2));
    private static final Comparator<Candidate> BY_KEY =
            Comparator.comparing(Candidate::key).thenComparingInt(Candidate::ordinal);

    /**
     * A question.
     *
     * @param words  some of them misspelt
     * @param filter what documents must pass
     */
    record Question(String words, Optional<Filter> filter) {

        static Question random(SplittableRandom random) {
            StringBuilder words = new StringBuilder(History.word(random));
            for (int i = random.nextInt(3); i > 0; i--) {
                String word = History.word(random);
                words.append(' ').append(random.nextInt(4) == 0 ? misspelt(word, random) : word);
            }
            Optional<Filter> filter = switch (random.nextInt(4)) {
                case 0 -> Optional.of(Filter.equals("colour", History.word(random.nextInt(8))));
                case 1 -> Optional.of(Filter.range("price").atLeast(random.nextInt(900)));
                default -> Optional.empty();
            };
            return new Question(words.toString(), filter);
        }

        private static String misspelt(String word, SplittableRandom random) {
            int at = random.nextInt(word.length());
            return word.substring(0, at) + (char) ('a' + random.nextInt(26)) + word.substring(at + 1);
        }
    }

    /**
     * The chunks that have a word, and those that have a vector: all that can ever be hits of its own index. And which
     * are the nearest, but for what is open between equals, as where they are the same text.
     */
    Set<String> hits(ChunkIndex index, Question question) {
        try (IndexSession session = index.session(own, Long.MAX_VALUE)) {
            QueryText text = QueryText.of(question.words());
            TextStatistics statistics = session.statistics(text);
            Set<String> hits = new TreeSet<>();
            for (SearchMode mode : List.of(SearchMode.TEXT, SearchMode.VECTOR)) {
                for (Candidate one : session.candidates(query(mode, text, question, statistics, EVERYTHING))) {
                    hits.add(mode + " " + one.key() + "#" + one.ordinal() + " " + Float.floatToIntBits(one.cosine()));
                }
            }
            List<Candidate> nearest = new ArrayList<>(
                    session.candidates(query(SearchMode.VECTOR, text, question, statistics, FEW)));
            keepDecided(nearest);
            nearest.forEach(one -> hits.add("nearest " + one.key() + "#" + one.ordinal()));
            return hits;
        }
    }

    /** All that is answered, by both indexes together, but for what is open between equals. */
    List<String> answers(ChunkIndex index, Question question) {
        List<String> lines = new ArrayList<>();
        try (IndexSession one = index.session(own, Long.MAX_VALUE);
                IndexSession other = index.session(market, Long.MAX_VALUE)) {
            QueryText given = QueryText.of(question.words());
            TextStatistics first = one.statistics(given).plus(other.statistics(given));
            lines.add("before correcting " + said(first));
            List<NearWord> near = new ArrayList<>(one.near(given, first, deadline()));
            near.addAll(other.near(given, first, deadline()));
            lines.add("near words " + near.stream().map(NearWord::toString).sorted().toList());
            QueryText text = given.with(near.stream().map(NearWord::known).distinct().sorted().limit(5)
                    .map(known -> new Correction(given.words(), known, .7f)).toList());
            TextStatistics shared = one.statistics(text).plus(other.statistics(text));
            lines.add("after correcting " + said(shared));
            for (IndexSession session : List.of(one, other)) {
                lines.add("of " + session.size() + " chunks");
                for (SearchMode mode : SearchMode.values()) {
                    for (int perLeg : List.of(FEW, EVERYTHING)) {
                        found(session, text, query(mode, text, question, shared, perLeg), lines);
                    }
                }
                CandidateQuery some = query(SearchMode.HYBRID, text, question, shared, FEW);
                session.sorted(some, Sort.descending("price")).forEach(sorted -> lines.add(
                        "by price " + said(sorted.candidate()) + " " + sorted.value()));
                session.facets(some, FACETS).forEach(counts -> lines.add(
                        "counts " + counts.stream().map(Object::toString).sorted().toList()));
            }
        }
        return lines;
    }

    private static void found(IndexSession session, QueryText text, CandidateQuery query, List<String> lines) {
        List<Candidate> found = new ArrayList<>(session.candidates(query));
        found.sort(BY_KEY);
        if (query.perLeg() == EVERYTHING) {
            found.forEach(one -> lines.add(query.mode() + " " + said(one) + " " + session.revision(one.key())));
            return;
        }
        keepDecided(found);
        List<Passage> passages = session.passages(found, text, Long.MAX_VALUE);
        List<float[]> vectors = session.vectors(found);
        for (int i = 0; i < found.size(); i++) {
            Passage passage = passages.get(i);
            lines.add(query.mode() + " shown " + said(found.get(i)) + " " + passage.title() + " "
                    + passage.snippet() + " " + passage.matches() + " " + new TreeMap<>(passage.fields()) + " "
                    + Arrays.hashCode(vectors.get(i)));
        }
    }

    /**
     * Leaves out those that were found only as ones of several equals at the end of what was asked for: which of them
     * it is, is decided by their places in the index, as in Lucene.
     */
    private static void keepDecided(List<Candidate> found) {
        double nearest = lastOf(found, Candidate::cosine);
        double best = lastOf(found, Candidate::bm25);
        found.removeIf(one -> one.cosine() <= nearest && one.bm25() <= best);
    }

    /** The score of the last that was asked for; less than any if there are fewer. */
    private static double lastOf(List<Candidate> found, ToDoubleFunction<Candidate> score) {
        return found.size() < FEW
                ? Double.NEGATIVE_INFINITY
                : found.stream().mapToDouble(score).map(value -> -value).sorted().skip(FEW - 1).map(value -> -value)
                        .findFirst().orElseThrow();
    }

    private static CandidateQuery query(SearchMode mode, QueryText text, Question question, TextStatistics statistics,
            int perLeg) {
        return new CandidateQuery(mode, text, new HashEmbedder().embedQuery(question.words()), statistics, perLeg,
                deadline(), question.filter(), Optional.empty(), Set.of());
    }

    private static String said(TextStatistics statistics) {
        return statistics.chunks() + " " + statistics.totalLength() + " " + new TreeMap<>(statistics.terms());
    }

    private static String said(Candidate one) {
        return one.key() + "#" + one.ordinal() + " " + Float.floatToIntBits(one.cosine()) + " "
                + Float.floatToIntBits(one.bm25()) + " " + one.traits();
    }

    private static long deadline() {
        return System.nanoTime() + PATIENCE.toNanos();
    }
}
