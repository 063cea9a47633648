package io.croft.benchmarks.crash;

import io.croft.benchmarks.data.HashEmbedder;
import io.croft.benchmarks.data.History;
import io.croft.search.SearchMode;
import io.croft.spi.ChunkIndex;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexSession;
import io.croft.spi.IndexSession.Candidate;
import io.croft.spi.IndexSession.CandidateQuery;
import io.croft.spi.QueryText;
import io.croft.spi.TextStatistics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/** Compares all that an index holds with what a history says that it must hold. */
final class IndexState {

    private static final int EVERYTHING = 10_000;
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private IndexState() {
    }

    /**
     * What differs: revisions, chunks that are missing, too many, or there twice.
     *
     * @param number after which batch
     * @return in words; empty if nothing does
     */
    static List<String> differences(ChunkIndex index, History history, int number) {
        List<String> differences = new ArrayList<>();
        SortedMap<ContentKey, Integer> expected = history.after(number);
        SortedMap<String, Integer> chunks = new TreeMap<>();
        for (Map.Entry<ContentKey, Integer> one : expected.entrySet()) {
            history.content(one.getKey(), one.getValue()).chunks()
                    .forEach(chunk -> chunks.put(one.getKey() + "#" + chunk.ordinal(), 1));
        }
        try (IndexSession session = index.session(history.scope(), Long.MAX_VALUE)) {
            for (ContentKey key : history.keys()) {
                OptionalLong revision = session.revision(key);
                Integer wanted = expected.get(key);
                if (!(wanted == null ? revision.isEmpty() : revision.equals(OptionalLong.of(wanted)))) {
                    differences.add(key + " is at " + revision + " and not at " + wanted);
                }
            }
            SortedMap<String, Integer> found = new TreeMap<>();
            for (Candidate one : session.candidates(new CandidateQuery(SearchMode.VECTOR, QueryText.of(""),
                    new HashEmbedder().embedQuery("any"), TextStatistics.NONE, EVERYTHING,
                    System.nanoTime() + PATIENCE.toNanos()))) {
                found.merge(one.key() + "#" + one.ordinal(), 1, Integer::sum);
            }
            if (!found.equals(chunks)) {
                differences.add("chunks " + found + " and not " + chunks);
            }
            if (session.size() != chunks.size()) {
                differences.add(session.size() + " chunks and not " + chunks.size());
            }
        }
        return differences;
    }
}
