package io.croft.lucene;

import static io.croft.lucene.RootFolder.reason;

import io.croft.CroftException;
import io.croft.lucene.text.HiddenChunks;
import io.croft.lucene.text.NearWords;
import io.croft.lucene.text.Snippets;
import io.croft.lucene.text.TextQuery;
import io.croft.search.Facet;
import io.croft.search.SearchMode;
import io.croft.search.Sort;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.NearWord;
import io.croft.spi.QueryText;
import io.croft.spi.Sight;
import io.croft.spi.TextStatistics;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.search.IndexSearcher;
import org.jspecify.annotations.Nullable;

/**
 * Searches one reader, which it holds until it is closed. Everything it reads is mapped memory: no I/O that could be
 * interrupted.
 */
final class LuceneSession implements IndexSession {

    private final OpenReader open;
    private final DirectoryReader reader;
    private final ChunkSchema schema;
    private final IndexThreads threads;
    private final WorkCounts counts;
    private final Consumer<OpenReader> damaged;
    private final Matches matches;
    private final CandidateHeads heads;
    private final @Nullable Hidden hidden;
    /** The query that was looked up last: each step of a search has the same. */
    private @Nullable TextQuery words;
    private boolean closed;

    /**
     * A session.
     *
     * @param sight   which documents it shows
     * @param open    with a reference that this gives back
     * @param damaged told of the reader when its files could not be read
     */
    LuceneSession(IndexScope scope, Sight sight, OpenReader open, ChunkSchema schema, IndexThreads threads,
            WorkCounts counts, Consumer<OpenReader> damaged) {
        this.open = open;
        this.reader = open.reader();
        this.schema = schema;
        this.threads = threads;
        this.counts = counts;
        this.damaged = damaged;
        this.hidden = read(() -> Optional.ofNullable(Hidden.of(sight, reader.leaves()))).orElse(null);
        this.matches = new Matches(scope.source(), searcher(), schema.analyzer(), hidden);
        this.heads = new CandidateHeads(scope, open.generation().folder(), reader.leaves());
    }

    /** What it reads, for proofs; valid until it is closed. */
    DirectoryReader reader() {
        return reader;
    }

    @Override
    public TextStatistics statistics(QueryText text) {
        return read(() -> {
            TextStatistics all = words(text).statistics();
            return hidden == null ? all : hidden.without(all);
        });
    }

    @Override
    public List<NearWord> near(QueryText text, TextStatistics shared, long deadlineNanos) {
        Deadline deadline = new Deadline(deadlineNanos);
        return read(() -> new NearWords(reader.leaves(), schema.analyzer(), hidden(),
                () -> deadline.check("looking for words like one of the query")).of(text, shared));
    }

    @Override
    public List<Candidate> candidates(CandidateQuery query) {
        return read(() -> {
            Deadline deadline = begin(query);
            VectorSearch vectors = vectorSearch(query, deadline);
            TextSearch texts = textSearch(query, deadline);
            if (vectors != null && texts != null) {
                int[] documents = Found.union(vectors.nearest(query.perLeg()), texts.best(query.perLeg()));
                return numbered(heads.candidates(documents, vectors.cosines(documents), texts.scores(documents)),
                        query);
            }
            if (vectors != null) {
                Found found = vectors.nearest(query.perLeg());
                return numbered(heads.candidates(found.documents(), found.scores(), null), query);
            }
            if (texts != null) {
                Found found = texts.best(query.perLeg());
                return numbered(heads.candidates(found.documents(), null, found.scores()), query);
            }
            return List.of();
        });
    }

    private List<Candidate> numbered(List<Candidate> candidates, CandidateQuery query) throws IOException {
        return CandidateNumbers.added(candidates, query.numbers(), reader.leaves());
    }

    @Override
    public List<Sorted> sorted(CandidateQuery query, Sort.ByField sort) {
        return read(() -> {
            Deadline deadline = begin(query);
            ChunkSet matching = matches.matching(query, words(query.text()), deadline);
            List<FieldSort.Sorted> first =
                    new FieldSort(sort, schema.fields().type(sort.field()), heads::key, deadline)
                            .first(reader.leaves(), matching, query.perLeg());
            List<Sorted> best = new BestChunks(reader.leaves(), matching, vectorSearch(query, deadline),
                    textSearch(query, deadline), deadline).of(first, heads);
            List<Candidate> numbered = numbered(best.stream().map(Sorted::candidate).toList(), query);
            return IntStream.range(0, best.size())
                    .mapToObj(i -> new Sorted(numbered.get(i), best.get(i).value())).toList();
        });
    }

    @Override
    public List<List<ValueCount>> facets(CandidateQuery query, List<Facet> facets) {
        return read(() -> {
            Deadline deadline = begin(query);
            FacetCount count = new FacetCount(reader.leaves(),
                    matches.matching(query, words(query.text()), deadline), deadline);
            List<List<ValueCount>> counts = new ArrayList<>(facets.size());
            for (Facet facet : facets) {
                counts.add(count.of(facet));
            }
            return counts;
        });
    }

    @Override
    public List<Passage> passages(List<Candidate> candidates, QueryText text, long deadlineNanos) {
        return read(() -> {
            Deadline deadline = new Deadline(deadlineNanos);
            Snippets snippets = new Snippets(words(text), schema.analyzer());
            ChunkBodies bodies = new ChunkBodies(reader.leaves());
            List<Passage> passages = new ArrayList<>(candidates.size());
            for (Candidate candidate : candidates) {
                if (deadline.leftNanos() <= 0) {
                    break;
                }
                ChunkBody body = ChunkBody.read(bodies, candidate.ref());
                Snippets.Snippet snippet = snippets.of(body.text());
                passages.add(new Passage(body.title(), snippet.text(), snippet.matches(), body.fields()));
            }
            return passages;
        });
    }

    @Override
    public List<ChunkText> texts(List<Candidate> candidates, long deadlineNanos) {
        return read(() -> {
            Deadline deadline = new Deadline(deadlineNanos);
            ChunkBodies bodies = new ChunkBodies(reader.leaves());
            List<ChunkText> texts = new ArrayList<>(candidates.size());
            for (Candidate candidate : candidates) {
                if (deadline.leftNanos() <= 0) {
                    break;
                }
                ChunkBody body = ChunkBody.read(bodies, candidate.ref());
                texts.add(new ChunkText(body.title(), body.text()));
            }
            return texts;
        });
    }

    @Override
    public List<float[]> vectors(List<Candidate> candidates) {
        return read(() -> VectorReads.of(reader.leaves(), candidates.stream().mapToInt(Candidate::ref).toArray()));
    }

    @Override
    public Optional<float[]> meanVector(ContentKey key) {
        return read(() -> Optional.ofNullable(
                new DocumentReads(reader.leaves(), key, hidden()).meanVector(schema.model().dimensions())));
    }

    @Override
    public OptionalLong revision(ContentKey key) {
        return read(() -> new DocumentReads(reader.leaves(), key, hidden()).revision());
    }

    @Override
    public int size() {
        requireOpen();
        return reader.numDocs() - (hidden == null ? 0 : hidden.live());
    }

    private HiddenChunks hidden() {
        return hidden == null ? HiddenChunks.NONE : hidden;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            open.references().release();
        }
    }

    private static Deadline begin(CandidateQuery query) {
        Deadline deadline = new Deadline(query.deadlineNanos());
        deadline.check("beginning");
        return deadline;
    }

    private @Nullable VectorSearch vectorSearch(CandidateQuery query, Deadline deadline) throws IOException {
        float[] vector = query.vector();
        if (query.mode() == SearchMode.TEXT || vector == null) {
            return null;
        }
        schema.checkVector("the query", vector);
        float[] unit = ChunkSchema.unit(vector);
        return unit == null
                ? null
                : new VectorSearch(reader.leaves(), unit, matches.passing(query, deadline),
                        new ScatteredReads(threads), deadline, counts);
    }

    private @Nullable TextSearch textSearch(CandidateQuery query, Deadline deadline) throws IOException {
        if (query.mode() == SearchMode.VECTOR) {
            return null;
        }
        TextQuery text = words(query.text());
        return text.words().isEmpty()
                ? null
                : new TextSearch(text, reader.getContext(), query.statistics(), matches.passing(query, deadline),
                        deadline);
    }

    private IndexSearcher searcher() {
        return new SharedStatisticsSearcher(reader.getContext(), TextStatistics.NONE);
    }

    private TextQuery words(QueryText text) throws IOException {
        TextQuery known = words;
        if (known == null || !known.text().equals(text)) {
            known = TextQuery.of(text, schema.analyzer(), searcher());
            words = known;
        }
        return known;
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the session is closed: open another");
        }
    }

    /** Reads the index's files. */
    @FunctionalInterface
    private interface Read<T> {
        T read() throws IOException;
    }

    /**
     * Every read of files: what shows that they are damaged is told. (A map of a file that has become shorter fails
     * with an InternalError; damaged addresses and lengths are caught by the bounds of what is read.)
     */
    private <T> T read(Read<T> step) {
        requireOpen();
        try {
            return step.read();
        } catch (IOException | InternalError | IndexOutOfBoundsException | NegativeArraySizeException e) {
            damaged.accept(open);
            throw new CroftException("index " + open.generation().folder() + " cannot be read (" + reason(e)
                    + "): its files are checked when it is opened the next time", e);
        }
    }
}
