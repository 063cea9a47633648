package io.croft.lucene;

import io.croft.spi.TextStatistics;
import io.croft.spi.TextStatistics.TermCount;
import org.apache.lucene.index.IndexReaderContext;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.CollectionStatistics;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.TermStatistics;

/**
 * Scores as if the index and others were one: term frequencies and lengths are those of all of them together, so that a
 * BM25 means the same in each. Nothing is cached: Lucene's query cache is one for the whole process, and what is fast
 * in it would tell one tenant what another asks.
 */
final class SharedStatisticsSearcher extends IndexSearcher {

    private final TextStatistics shared;

    SharedStatisticsSearcher(IndexReaderContext reader, TextStatistics shared) {
        super(reader);
        this.shared = shared;
        setQueryCache(null);
        setSimilarity(WriterSettings.SIMILARITY);
    }

    @Override
    public TermStatistics termStatistics(Term term, int docFreq, long totalTermFreq) {
        TermCount count = shared.terms().get(term.text());
        long chunks = Math.max(docFreq, count == null ? 0 : count.chunks());
        long occurrences = Math.max(totalTermFreq, count == null ? 0 : count.occurrences());
        return new TermStatistics(term.bytes(), chunks, Math.max(chunks, occurrences));
    }

    @Override
    public CollectionStatistics collectionStatistics(String field) {
        long chunks = Math.max(1, shared.chunks());
        long length = Math.max(chunks, shared.totalLength());
        return new CollectionStatistics(field, chunks, chunks, length, length);
    }
}
