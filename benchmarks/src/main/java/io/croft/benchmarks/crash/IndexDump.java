package io.croft.benchmarks.crash;

import io.croft.benchmarks.data.HashEmbedder;
import io.croft.content.Embedder;
import io.croft.search.SearchMode;
import io.croft.search.Source;
import io.croft.spi.ChunkIndex;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.IndexSession.Candidate;
import io.croft.spi.IndexSession.CandidateQuery;
import io.croft.spi.IndexSession.Passage;
import io.croft.spi.QueryText;
import io.croft.spi.TextStatistics;
import io.croft.spi.TextStatistics.TermCount;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Everything that an index holds, as lines that are the same for the same contents: the number of chunks, every
 * document's revision, and for each of some queries every chunk with its exact signals and what is shown of it.
 *
 * <p>Term statistics count deleted documents until Lucene merges them away, so they depend on an index's past. The
 * words are scored by made-up statistics of a large collection instead, the same for every index.
 */
final class IndexDump {

    private static final List<String> QUERIES =
            List.of(String.join(" ", CrashWriter.words()), "alpha kilo zulu", "echo", "none");
    private static final int EVERYTHING = 10_000;

    private final Embedder embedder = new HashEmbedder();
    private final List<IndexScope> scopes;
    private final Map<Source, List<ContentKey>> keys;

    /**
     * A way to dump indexes.
     *
     * @param scopes which indexes
     * @param keys   every key that an index of a source may hold
     */
    IndexDump(List<IndexScope> scopes, Map<Source, List<ContentKey>> keys) {
        this.scopes = List.copyOf(scopes);
        this.keys = Map.copyOf(keys);
    }

    /** What the indexes hold. */
    List<Line> of(ChunkIndex index) {
        List<Line> lines = new ArrayList<>();
        for (IndexScope scope : scopes) {
            try (IndexSession session = index.session(scope, Long.MAX_VALUE)) {
                lines.add(new Line(scope + ": " + session.size() + " chunks"));
                for (ContentKey key : keys.getOrDefault(scope.source(), List.of())) {
                    OptionalLong revision = session.revision(key);
                    if (revision.isPresent()) {
                        lines.add(new Line(scope + ": " + key + " at revision " + revision.getAsLong()));
                    }
                }
                for (String query : QUERIES) {
                    chunks(scope, session, query, lines);
                }
            }
        }
        return lines;
    }

    private void chunks(IndexScope scope, IndexSession session, String query, List<Line> lines) {
        Map<String, TermCount> terms = new HashMap<>();
        session.statistics(QueryText.of(query)).terms().keySet()
                .forEach(term -> terms.put(term, new TermCount(20_000, 60_000)));
        TextStatistics large = new TextStatistics(100_000, 3_000_000, terms);
        List<Candidate> candidates = new ArrayList<>(session.candidates(new CandidateQuery(SearchMode.HYBRID,
                QueryText.of(query),
                embedder.embedQuery(query), large, EVERYTHING, System.nanoTime() + Duration.ofSeconds(30).toNanos())));
        if (candidates.size() != session.size()) {
            lines.add(new Line(scope + ": a query for everything found " + candidates.size() + " of " + session.size()
                    + " chunks"));
        }
        candidates.sort(Comparator.comparing(Candidate::key).thenComparingInt(Candidate::ordinal));
        List<Passage> passages = session.passages(candidates, QueryText.of(query), Long.MAX_VALUE);
        for (int i = 0; i < candidates.size(); i++) {
            Candidate candidate = candidates.get(i);
            lines.add(new Line(scope + ": " + query + ": " + candidate.key() + " #" + candidate.ordinal() + " "
                    + passages.get(i), candidate.cosine(), candidate.bm25()));
        }
    }

    /**
     * What only one of two dumps has.
     *
     * @return in words; empty if they are the same
     */
    static List<String> differences(List<Line> expected, List<Line> actual) {
        List<String> differences = new ArrayList<>();
        Map<String, Line> rest = new LinkedHashMap<>();
        actual.forEach(line -> rest.put(line.what(), line));
        for (Line line : expected) {
            Line other = rest.remove(line.what());
            if (other == null || !line.equalsWithinRounding(other)) {
                differences.add("expected " + line + " and found " + other);
            }
        }
        rest.values().forEach(line -> differences.add("did not expect " + line));
        return differences;
    }

    /**
     * One thing that an index holds.
     *
     * @param what   in words; no two lines of a dump are the same
     * @param cosine of a chunk with a query
     * @param bm25   of a chunk with a query
     */
    record Line(String what, double cosine, double bm25) {

        /** The sum of a BM25's terms depends on their order in the last bits. */
        private static final double ROUNDING = 1e-5;

        Line(String what) {
            this(what, 0, 0);
        }

        boolean equalsWithinRounding(Line other) {
            return what.equals(other.what) && Math.abs(cosine - other.cosine) <= ROUNDING
                    && Math.abs(bm25 - other.bm25) <= ROUNDING * Math.max(1, bm25);
        }
    }
}
