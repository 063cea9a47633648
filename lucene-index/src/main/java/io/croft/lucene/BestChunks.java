package io.croft.lucene;

import io.croft.spi.ContentKey;
import io.croft.spi.IndexSession;
import io.croft.spi.IndexSession.Candidate;
import io.croft.spi.IndexSession.Sorted;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.FixedBitSet;
import org.jspecify.annotations.Nullable;

/**
 * Chooses what is shown of documents that were found by a field: of each its best chunk by each signal. Of a document
 * with very many chunks that match, only the {@value IndexSession#MAX_MEASURED_OF_A_DOCUMENT} best by BM25 are
 * measured, or the first without words: so what one document costs does not grow with its length, but for the cheap
 * score of its words.
 */
final class BestChunks {

    private final List<LeafReaderContext> leaves;
    private final ChunkSet matching;
    private final Deadline deadline;
    private final @Nullable VectorSearch vectors;
    private final @Nullable TextSearch texts;

    /**
     * A choice by the signals that there are.
     *
     * @param matching the chunks to choose from
     * @param vectors  null if there is no vector to compare with
     * @param texts    null if there are no words
     */
    BestChunks(List<LeafReaderContext> leaves, ChunkSet matching, @Nullable VectorSearch vectors,
            @Nullable TextSearch texts, Deadline deadline) {
        this.leaves = leaves;
        this.matching = matching;
        this.vectors = vectors;
        this.texts = texts;
        this.deadline = deadline;
    }

    /** One or two chunks of each, in their order. */
    List<Sorted> of(List<FieldSort.Sorted> sorted, CandidateHeads heads) throws IOException {
        int[] measured = measured(sorted);
        Map<ContentKey, List<Candidate>> all = new HashMap<>();
        for (Candidate candidate : heads.candidates(measured, vectors == null ? null : vectors.cosines(measured),
                texts == null ? null : texts.scores(measured))) {
            all.computeIfAbsent(candidate.key(), key -> new ArrayList<>()).add(candidate);
        }
        List<Sorted> shown = new ArrayList<>();
        for (FieldSort.Sorted one : sorted) {
            List<Candidate> own = all.getOrDefault(one.key(), List.of());
            Set<Candidate> best = new LinkedHashSet<>();
            if (texts != null) {
                best.add(Collections.max(own, Comparator.comparingDouble(Candidate::bm25)));
            }
            if (vectors != null || texts == null) {
                best.add(Collections.max(own, Comparator.comparingDouble(Candidate::cosine)));
            }
            best.forEach(candidate -> shown.add(new Sorted(candidate, one.value())));
        }
        return shown;
    }

    /** The chunks of these documents that are worth measuring, in order. */
    int[] measured(List<FieldSort.Sorted> sorted) throws IOException {
        int[] firsts = sorted.stream().mapToInt(FieldSort.Sorted::chunk).sorted().toArray();
        Weight weight = texts == null ? null : texts.weight();
        IntStream.Builder measured = IntStream.builder();
        int at = 0;
        for (LeafReaderContext leaf : leaves) {
            int from = at;
            while (at < firsts.length && firsts[at] < leaf.docBase + leaf.reader().maxDoc()) {
                at++;
            }
            if (at > from) {
                deadline.check("choosing chunks");
                DocumentLimit limit = new DocumentLimit(leaf.reader(), IndexSession.MAX_MEASURED_OF_A_DOCUMENT,
                        (chunk, score) -> measured.add(leaf.docBase + chunk));
                TextSearch.Scores scores = new TextSearch.Scores(weight == null ? null : weight.scorer(leaf));
                NumericDocValues places = ChunkSchema.places(leaf.reader());
                for (int i = from; i < at; i++) {
                    offer(firsts[i] - leaf.docBase, matching.in(leaf), places, scores, limit);
                }
                limit.end();
            }
        }
        return measured.build().sorted().toArray();
    }

    /** Offers what matches of the document that has this chunk, from there on. */
    private void offer(int first, FixedBitSet among, NumericDocValues places, TextSearch.Scores scores,
            DocumentLimit limit) throws IOException {
        int start = ChunkSchema.start(places, first);
        int chunk = first;
        do {
            deadline.step("choosing chunks");
            limit.offer(chunk, scores.of(chunk));
            chunk = chunk + 1 < among.length() ? among.nextSetBit(chunk + 1) : DocIdSetIterator.NO_MORE_DOCS;
        } while (chunk != DocIdSetIterator.NO_MORE_DOCS && ChunkSchema.start(places, chunk) == start);
    }
}
