package io.croft.lucene;

import static io.croft.lucene.RootFolder.reason;

import io.croft.CroftException;
import io.croft.OrgId;
import io.croft.search.Facet;
import io.croft.search.SearchMode;
import io.croft.search.Sort;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.NearWord;
import io.croft.spi.QueryText;
import io.croft.spi.TextStatistics;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.FilteredDocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.util.Bits;
import org.jspecify.annotations.Nullable;

/**
 * Searches one reader, which it holds until it is closed. Everything it reads is mapped memory: no I/O that could be
 * interrupted.
 */
final class LuceneSession implements IndexSession {

    private final IndexScope scope;
    private final OpenReader open;
    private final DirectoryReader reader;
    private final ChunkSchema schema;
    private final Consumer<OpenReader> damaged;
    /** The query that was looked up last: each step of a search has the same. */
    private @Nullable TextQuery words;
    private final Matches matches;
    private boolean closed;

    /**
     * A session.
     *
     * @param open    with a reference that this gives back
     * @param damaged told of the reader when its files could not be read
     */
    LuceneSession(IndexScope scope, OpenReader open, ChunkSchema schema, Consumer<OpenReader> damaged) {
        this.scope = scope;
        this.open = open;
        this.reader = open.reader();
        this.schema = schema;
        this.damaged = damaged;
        this.matches = new Matches(scope.source(), searcher(), schema.analyzer());
    }

    @Override
    public TextStatistics statistics(QueryText text) {
        requireOpen();
        try {
            return words(text).statistics();
        } catch (IOException | InternalError | IndexOutOfBoundsException | NegativeArraySizeException e) {
            throw unreadable(e);
        }
    }

    @Override
    public List<NearWord> near(QueryText text, TextStatistics shared, long deadlineNanos) {
        requireOpen();
        try {
            return new NearWords(reader.leaves(), schema.analyzer(), new Deadline(deadlineNanos)).of(text, shared);
        } catch (IOException | InternalError e) {
            throw unreadable(e);
        }
    }

    @Override
    public List<Candidate> candidates(CandidateQuery query) {
        requireOpen();
        Deadline deadline = new Deadline(query.deadlineNanos());
        deadline.check("beginning");
        try {
            VectorSearch vectors = vectorSearch(query, deadline);
            TextSearch texts = textSearch(query, deadline);
            if (vectors != null && texts != null) {
                int[] documents = Found.union(vectors.nearest(query.perLeg()), texts.best(query.perLeg()));
                return numbered(candidates(documents, vectors.cosines(documents), texts.scores(documents)), query);
            }
            if (vectors != null) {
                Found found = vectors.nearest(query.perLeg());
                return numbered(candidates(found.documents(), found.scores(), null), query);
            }
            if (texts != null) {
                Found found = texts.best(query.perLeg());
                return numbered(candidates(found.documents(), null, found.scores()), query);
            }
            return List.of();
        } catch (IOException | InternalError | IndexOutOfBoundsException | NegativeArraySizeException e) {
            throw unreadable(e);
        }
    }

    private List<Candidate> numbered(List<Candidate> candidates, CandidateQuery query) throws IOException {
        return CandidateNumbers.added(candidates, query.numbers(), reader.leaves());
    }

    @Override
    public List<Sorted> sorted(CandidateQuery query, Sort.ByField sort) {
        requireOpen();
        Deadline deadline = new Deadline(query.deadlineNanos());
        deadline.check("beginning");
        try {
            List<FieldSort.Sorted> first = new FieldSort(sort, schema.fields().type(sort.field()), this::key, deadline)
                    .first(reader.leaves(), matches.matching(query, words(query.text()), deadline), query.perLeg());
            List<Sorted> sorted = withBestChunks(first, vectorSearch(query, deadline), textSearch(query, deadline));
            List<Candidate> numbered = numbered(sorted.stream().map(Sorted::candidate).toList(), query);
            return IntStream.range(0, sorted.size())
                    .mapToObj(i -> new Sorted(numbered.get(i), sorted.get(i).value())).toList();
        } catch (IOException | InternalError e) {
            throw unreadable(e);
        }
    }

    /** Of each document its best chunk by each signal. */
    private List<Sorted> withBestChunks(List<FieldSort.Sorted> sorted, @Nullable VectorSearch vectors,
            @Nullable TextSearch texts) throws IOException {
        int[] documents = sorted.stream().flatMap(one -> one.chunks().stream()).mapToInt(chunk -> chunk).sorted()
                .toArray();
        Map<Integer, Candidate> all = new HashMap<>();
        for (Candidate candidate : candidates(documents, vectors == null ? null : vectors.cosines(documents),
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

    @Override
    public List<List<ValueCount>> facets(CandidateQuery query, List<Facet> facets) {
        requireOpen();
        Deadline deadline = new Deadline(query.deadlineNanos());
        deadline.check("beginning");
        try {
            FacetCount count = new FacetCount(reader.leaves(),
                    matches.matching(query, words(query.text()), deadline), deadline);
            List<List<ValueCount>> counts = new ArrayList<>(facets.size());
            for (Facet facet : facets) {
                counts.add(count.of(facet));
            }
            return counts;
        } catch (IOException | InternalError e) {
            throw unreadable(e);
        }
    }

    @Override
    public List<Passage> passages(List<Candidate> candidates, QueryText text) {
        requireOpen();
        try {
            Snippets snippets = new Snippets(words(text), schema.analyzer());
            StoredFields stored = reader.storedFields();
            List<Passage> passages = new ArrayList<>(candidates.size());
            for (Candidate candidate : candidates) {
                ChunkBody body = ChunkBody.read(stored, candidate.ref());
                Snippets.Snippet snippet = snippets.of(body.text());
                passages.add(new Passage(body.title(), snippet.text(), snippet.matches(), body.fields()));
            }
            return passages;
        } catch (IOException | InternalError | IndexOutOfBoundsException | NegativeArraySizeException e) {
            throw unreadable(e);
        }
    }

    @Override
    public List<ChunkText> texts(List<Candidate> candidates) {
        requireOpen();
        try {
            StoredFields stored = reader.storedFields();
            List<ChunkText> texts = new ArrayList<>(candidates.size());
            for (Candidate candidate : candidates) {
                ChunkBody body = ChunkBody.read(stored, candidate.ref());
                texts.add(new ChunkText(body.title(), body.text()));
            }
            return texts;
        } catch (IOException | InternalError e) {
            throw unreadable(e);
        }
    }

    @Override
    public List<float[]> vectors(List<Candidate> candidates) {
        requireOpen();
        try {
            return VectorReads.of(reader.leaves(), candidates.stream().mapToInt(Candidate::ref).toArray());
        } catch (IOException | InternalError e) {
            throw unreadable(e);
        }
    }

    @Override
    public Optional<float[]> meanVector(ContentKey key) {
        requireOpen();
        double[] sum = new double[schema.model().dimensions()];
        try {
            for (LeafReaderContext leaf : reader.leaves()) {
                FloatVectorValues vectors = leaf.reader().getFloatVectorValues(ChunkSchema.VECTOR);
                DocIdSetIterator chunks = chunks(leaf, key);
                if (vectors != null) {
                    add(vectors, chunks, sum);
                }
            }
        } catch (IOException | InternalError e) {
            throw unreadable(e);
        }
        float[] mean = new float[sum.length];
        for (int i = 0; i < sum.length; i++) {
            mean[i] = (float) sum[i];
        }
        return Optional.ofNullable(ChunkSchema.unit(mean));
    }

    private static void add(FloatVectorValues vectors, DocIdSetIterator chunks, double[] sum) throws IOException {
        KnnVectorValues.DocIndexIterator having = vectors.iterator();
        int document = chunks.nextDoc();
        while (document != DocIdSetIterator.NO_MORE_DOCS) {
            int next = having.docID() < document ? having.advance(document) : having.docID();
            if (next == document) {
                float[] vector = vectors.vectorValue(having.index());
                for (int i = 0; i < sum.length; i++) {
                    sum[i] += vector[i];
                }
            }
            document = chunks.nextDoc();
        }
    }

    @Override
    public OptionalLong revision(ContentKey key) {
        requireOpen();
        try {
            for (LeafReaderContext leaf : reader.leaves()) {
                int document = chunks(leaf, key).nextDoc();
                if (document != DocIdSetIterator.NO_MORE_DOCS) {
                    return OptionalLong.of(ChunkHead.read(heads(leaf), document).revision());
                }
            }
            return OptionalLong.empty();
        } catch (IOException | InternalError | IndexOutOfBoundsException | NegativeArraySizeException e) {
            throw unreadable(e);
        }
    }

    /** The chunks of a document in a segment, without those that were removed. */
    private static DocIdSetIterator chunks(LeafReaderContext leaf, ContentKey key) throws IOException {
        Term term = new Term(ChunkSchema.KEY, ChunkHead.key(key));
        PostingsEnum all = leaf.reader().postings(term, PostingsEnum.NONE);
        Bits live = leaf.reader().getLiveDocs();
        if (all == null) {
            return DocIdSetIterator.empty();
        }
        return live == null ? all : new FilteredDocIdSetIterator(all) {
            @Override
            protected boolean match(int document) {
                return live.get(document);
            }
        };
    }

    @Override
    public int size() {
        requireOpen();
        return reader.numDocs();
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            open.references().release();
        }
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
                : new VectorSearch(reader.leaves(), unit, matches.passing(query, deadline), deadline);
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

    private List<Candidate> candidates(int[] documents, float @Nullable [] cosines, float @Nullable [] bm25)
            throws IOException {
        List<Candidate> candidates = new ArrayList<>(documents.length);
        int at = 0;
        for (LeafReaderContext leaf : reader.leaves()) {
            int end = leaf.docBase + leaf.reader().maxDoc();
            BinaryDocValues heads = at < documents.length && documents[at] < end ? heads(leaf) : null;
            for (; heads != null && at < documents.length && documents[at] < end; at++) {
                ChunkHead head = ChunkHead.read(heads, documents[at] - leaf.docBase);
                candidates.add(new Candidate(documents[at], key(head), head.ordinal(),
                        cosines == null ? 0 : cosines[at], bm25 == null ? 0 : bm25[at], head.traits()));
            }
        }
        return candidates;
    }

    private ContentKey key(ChunkHead head) {
        return new ContentKey(owner(head), head.id());
    }

    /** Whose chunk it is; in a private index there is only one answer, and any other must never be seen. */
    private OrgId owner(ChunkHead head) {
        return switch (scope) {
            case IndexScope.MarketIndex market -> head.org();
            case IndexScope.PrivateIndex index -> {
                if (!head.isOf(index.org())) {
                    throw new CroftException("index " + open.generation().folder() + " of organisation " + index.org()
                            + " holds a chunk of another one: it was refused; remove the folder and have it rebuilt");
                }
                yield index.org();
            }
        };
    }

    private static BinaryDocValues heads(LeafReaderContext leaf) throws IOException {
        return DocValues.getBinary(leaf.reader(), ChunkSchema.HEAD);
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the session is closed: open another");
        }
    }

    /**
     * (A map of a file that has become shorter fails with an InternalError; damaged addresses and lengths are caught by
     * the bounds of what is read.)
     */
    private CroftException unreadable(Throwable e) {
        damaged.accept(open);
        return new CroftException("index " + open.generation().folder() + " cannot be read (" + reason(e)
                + "): its files are checked when it is opened the next time", e);
    }
}
