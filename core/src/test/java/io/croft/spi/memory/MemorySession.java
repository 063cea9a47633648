package io.croft.spi.memory;

import io.croft.search.Facet;
import io.croft.search.FieldValue;
import io.croft.search.SearchMode;
import io.croft.search.Sort;
import io.croft.search.Source;
import io.croft.spi.Chunk;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexSession;
import io.croft.spi.NearWord;
import io.croft.spi.QueryText;
import io.croft.spi.SearchTimeoutException;
import io.croft.spi.TextStatistics;
import io.croft.spi.TextStatistics.TermCount;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** A session over all chunks of a snapshot, which are numbered through. */
final class MemorySession implements IndexSession {

    private final Source source;
    private final InMemoryChunkIndex.Snapshot snapshot;
    private final List<Found> chunks = new ArrayList<>();

    private record Found(ContentChunks document, FieldsOf fields, Chunk chunk, List<String> words) {

        boolean has(List<String> phrases) {
            return phrases.stream().map(WordAnalysis::words).filter(phrase -> phrase.size() > 1)
                    .allMatch(phrase -> Collections.indexOfSubList(WordAnalysis.words(document.title()), phrase) >= 0
                            || Collections.indexOfSubList(WordAnalysis.words(chunk.text()), phrase) >= 0);
        }

        /** How often a term occurs. */
        long occurrences(String term) {
            return words.stream().filter(term::equals).count();
        }
    }

    MemorySession(Source source, InMemoryChunkIndex.Snapshot snapshot) {
        this.source = source;
        this.snapshot = snapshot;
        for (ContentChunks document : snapshot.documents().values()) {
            FieldsOf fields = new FieldsOf(snapshot.schema(), document);
            for (int i = 0; i < document.chunks().size(); i++) {
                chunks.add(new Found(document, fields, document.chunks().get(i), WordAnalysis.words(document, i)));
            }
        }
    }

    @Override
    public TextStatistics statistics(QueryText text) {
        Map<String, TermCount> terms = new HashMap<>();
        for (String term : weights(text).keySet()) {
            long occurrences = chunks.stream().mapToLong(found -> found.occurrences(term)).sum();
            long holders = chunks.stream().filter(found -> found.occurrences(term) > 0).count();
            terms.put(term, new TermCount(holders, occurrences));
        }
        return new TextStatistics(chunks.stream().filter(found -> !found.words.isEmpty()).count(),
                chunks.stream().mapToLong(found -> found.words.size()).sum(), terms);
    }

    /** What each term of a query counts. */
    private static Map<String, Float> weights(QueryText text) {
        Map<String, Float> weights = new LinkedHashMap<>();
        WordAnalysis.words(text.words()).forEach(term -> weights.merge(term, 1f, Float::sum));
        text.phrases().forEach(phrase -> WordAnalysis.words(phrase)
                .forEach(term -> weights.merge(term, 1f, Float::sum)));
        text.check(weights.size());
        text.corrections().forEach(correction -> weights.merge(correction.known(), correction.weight(), Float::sum));
        return weights;
    }

    @Override
    public List<NearWord> near(QueryText text, TextStatistics shared, long deadlineNanos) {
        if (System.nanoTime() - deadlineNanos > 0) {
            throw new SearchTimeoutException("the deadline passed before words were looked for");
        }
        return new MemoryTypos(chunks.stream().map(Found::words).toList()).near(text, shared);
    }

    @Override
    public List<Candidate> candidates(CandidateQuery query) {
        List<Candidate> all = passing(query);
        Set<Candidate> candidates = new LinkedHashSet<>();
        if (query.mode() != SearchMode.VECTOR) {
            candidates.addAll(best(all.stream().filter(candidate -> candidate.bm25() > 0).toList(), query.perLeg(),
                    Candidate::bm25));
        }
        if (query.mode() != SearchMode.TEXT) {
            candidates.addAll(best(all.stream().filter(this::hasVector).toList(), query.perLeg(), Candidate::cosine));
        }
        return List.copyOf(candidates);
    }

    @Override
    public List<Sorted> sorted(CandidateQuery query, Sort.ByField sort) {
        return matching(query).values().stream()
                .sorted(Comparator.comparing((List<Candidate> own) -> value(own, sort), sort.order())
                        .thenComparing(own -> own.getFirst().key()))
                .limit(query.perLeg())
                .flatMap(own -> {
                    Set<Candidate> shown = new LinkedHashSet<>();
                    if (query.mode() != SearchMode.VECTOR) {
                        shown.addAll(best(own, 1, Candidate::bm25));
                    }
                    if (query.mode() != SearchMode.TEXT) {
                        shown.addAll(best(own, 1, Candidate::cosine));
                    }
                    return shown.stream().map(candidate -> new Sorted(candidate, value(own, sort)));
                }).toList();
    }

    @Override
    public List<List<ValueCount>> facets(CandidateQuery query, List<Facet> facets) {
        List<FieldsOf> documents = matching(query).values().stream()
                .map(own -> chunks.get(own.getFirst().ref()).fields).toList();
        return facets.stream().map(facet -> switch (facet) {
            case Facet.Values values -> counts(documents, values.field());
            case Facet.Ranges ranges -> ranges.ranges().stream().map(range -> new ValueCount(range.label(),
                    documents.stream().filter(document -> document.pass(range)).count())).toList();
        }).toList();
    }

    private static List<ValueCount> counts(List<FieldsOf> documents, String field) {
        Map<String, Long> counts = new HashMap<>();
        for (FieldsOf document : documents) {
            document.values(field).stream().distinct().forEach(value -> counts.merge(value.text(), 1L, Long::sum));
        }
        return counts.entrySet().stream().map(count -> new ValueCount(count.getKey(), count.getValue()))
                .sorted(Comparator.comparingLong(ValueCount::documents).reversed()).limit(MAX_FACET_VALUES).toList();
    }

    private Optional<FieldValue> value(List<Candidate> own, Sort.ByField sort) {
        return chunks.get(own.getFirst().ref()).fields.value(sort.field());
    }

    /** The chunks that match, of each document that has any. */
    private Map<ContentKey, List<Candidate>> matching(CandidateQuery query) {
        Map<ContentKey, List<Candidate>> matching = new LinkedHashMap<>();
        for (Candidate candidate : passing(query)) {
            if (query.mode() == SearchMode.VECTOR || candidate.bm25() > 0) {
                matching.computeIfAbsent(candidate.key(), key -> new ArrayList<>()).add(candidate);
            }
        }
        return matching;
    }

    /** The chunks that pass the filter and have the phrases, with their signals. */
    private List<Candidate> passing(CandidateQuery query) {
        Map<String, Float> weights = weights(query.text());
        List<Candidate> all = new ArrayList<>();
        for (int ref = 0; ref < chunks.size(); ref++) {
            if (System.nanoTime() - query.deadlineNanos() > 0) {
                throw new SearchTimeoutException(
                        "the deadline passed after " + ref + " of " + chunks.size() + " chunks");
            }
            Found found = chunks.get(ref);
            if ((query.filter().isPresent() && !found.fields.pass(query.filter().get()))
                    || !found.has(query.text().phrases())
                    || query.except().filter(except -> except.source() == source
                            && except.key().equals(found.document.key())).isPresent()) {
                continue;
            }
            all.add(new Candidate(ref, found.document.key(), found.chunk.ordinal(), cosine(found, query.vector()),
                    query.mode() == SearchMode.VECTOR ? 0 : bm25(found, weights, query.statistics()),
                    new Traits(found.document.updatedAt().truncatedTo(ChronoUnit.MILLIS),
                            found.document.signature(), numbers(found.fields, query.numbers()))));
        }
        return all;
    }

    private static Map<String, Double> numbers(FieldsOf fields, Set<String> wanted) {
        Map<String, Double> numbers = new HashMap<>();
        for (String field : wanted) {
            if (fields.value(field).orElse(null) instanceof FieldValue.Numeric numeric) {
                numbers.put(field, numeric.number());
            }
        }
        return numbers;
    }

    private static List<Candidate> best(List<Candidate> all, int most, ToDoubleFunction<Candidate> signal) {
        Map<ContentKey, Integer> taken = new HashMap<>();
        return all.stream().sorted(Comparator.comparingDouble(signal).reversed())
                .filter(candidate -> taken.merge(candidate.key(), 1, Integer::sum) <= MAX_CHUNKS_OF_A_DOCUMENT)
                .limit(most).toList();
    }

    private boolean hasVector(Candidate candidate) {
        return hasVector(chunks.get(candidate.ref()));
    }

    private boolean hasVector(Found found) {
        return found.document.modelId().equals(snapshot.schema().model().id())
                && found.chunk.vector().length == snapshot.schema().model().dimensions();
    }

    private float cosine(Found found, float @Nullable [] vector) {
        if (vector == null || !hasVector(found)) {
            return 0;
        }
        double sum = 0;
        for (int i = 0; i < vector.length; i++) {
            sum += (double) vector[i] * found.chunk.vector()[i];
        }
        return (float) sum;
    }

    private static float bm25(Found found, Map<String, Float> weights, TextStatistics statistics) {
        double average = (double) statistics.totalLength() / Math.max(1, statistics.chunks());
        double sum = 0;
        for (String term : weights.keySet()) {
            TermCount count = statistics.terms().get(term);
            long occurrences = found.occurrences(term);
            if (count != null && occurrences > 0) {
                double idf = Math.log(
                        1 + (statistics.chunks() - count.chunks() + 0.5) / (count.chunks() + 0.5));
                sum += weights.getOrDefault(term, 0f) * idf * occurrences
                        / (occurrences + BM25_K1 * (1 - BM25_B + BM25_B * found.words.size() / average));
            }
        }
        return (float) sum;
    }

    @Override
    public List<Passage> passages(List<Candidate> candidates, QueryText text, long deadlineNanos) {
        return candidates.stream().takeWhile(candidate -> deadlineNanos - System.nanoTime() > 0).map(candidate -> {
            Found found = chunks.get(candidate.ref());
            MemorySnippet snippet = MemorySnippet.of(found.chunk.text(), weights(text).keySet());
            return new Passage(found.document.title(), snippet.text(), snippet.matches(), found.document.fields());
        }).toList();
    }

    @Override
    public Optional<float[]> meanVector(ContentKey key) {
        float[] sum = new float[snapshot.schema().model().dimensions()];
        for (Found found : chunks) {
            for (int i = 0; found.document.key().equals(key) && hasVector(found) && i < sum.length; i++) {
                sum[i] += found.chunk.vector()[i];
            }
        }
        double square = 0;
        for (float value : sum) {
            square += value * value;
        }
        for (int i = 0; i < sum.length; i++) {
            sum[i] /= (float) Math.sqrt(square);
        }
        return square == 0 ? Optional.empty() : Optional.of(sum);
    }

    @Override
    public List<ChunkText> texts(List<Candidate> candidates, long deadlineNanos) {
        return candidates.stream().takeWhile(candidate -> deadlineNanos - System.nanoTime() > 0)
                .map(candidate -> chunks.get(candidate.ref()))
                .map(found -> new ChunkText(found.document.title(), found.chunk.text())).toList();
    }

    @Override
    public List<float[]> vectors(List<Candidate> candidates) {
        return candidates.stream().map(candidate -> chunks.get(candidate.ref()))
                .map(found -> hasVector(found) ? found.chunk.vector() : new float[0]).toList();
    }

    @Override
    public OptionalLong revision(ContentKey key) {
        ContentChunks document = snapshot.documents().get(key);
        return document == null ? OptionalLong.empty() : OptionalLong.of(document.revision());
    }

    @Override
    public int size() {
        return chunks.size();
    }

    @Override
    public void close() {
    }
}
