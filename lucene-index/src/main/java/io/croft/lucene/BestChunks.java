package io.croft.lucene;

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
import org.jspecify.annotations.Nullable;

/** Chooses what is shown of documents that were found by a field: of each its best chunk by each signal. */
final class BestChunks {

    private final CandidateHeads heads;
    private final @Nullable VectorSearch vectors;
    private final @Nullable TextSearch texts;

    /**
     * A choice by the signals that there are.
     *
     * @param vectors null if there is no vector to compare with
     * @param texts   null if there are no words
     */
    BestChunks(CandidateHeads heads, @Nullable VectorSearch vectors, @Nullable TextSearch texts) {
        this.heads = heads;
        this.vectors = vectors;
        this.texts = texts;
    }

    /** One or two chunks of each, in their order. */
    List<Sorted> of(List<FieldSort.Sorted> sorted) throws IOException {
        int[] documents = sorted.stream().flatMap(one -> one.chunks().stream()).mapToInt(chunk -> chunk).sorted()
                .toArray();
        Map<Integer, Candidate> all = new HashMap<>();
        for (Candidate candidate : heads.candidates(documents, vectors == null ? null : vectors.cosines(documents),
                texts == null ? null : texts.scores(documents))) {
            all.put(candidate.ref(), candidate);
        }
        List<Sorted> shown = new ArrayList<>();
        for (FieldSort.Sorted one : sorted) {
            List<Candidate> own = new ArrayList<>();
            one.chunks().forEach(chunk -> own.add(all.get(chunk)));
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
}
