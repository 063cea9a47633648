package io.croft.lucene.text;

import io.croft.spi.QueryText;
import io.croft.spi.TextStatistics;
import io.croft.spi.TextStatistics.TermCount;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.TermStates;
import org.apache.lucene.index.Terms;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermQuery;

/**
 * The words of a query, looked up in one index: the look-up serves the statistics, the search and the snippets.
 */
public final class TextQuery {

    private final QueryText text;
    private final List<Word> words;
    private final TextStatistics statistics;

    /**
     * A term of the query.
     *
     * @param term   the term
     * @param weight what it counts: as often as the query has it, and what corrections add
     * @param states where the index has it
     */
    record Word(Term term, float weight, TermStates states) {
    }

    private TextQuery(QueryText text, List<Word> words, TextStatistics statistics) {
        this.text = text;
        this.words = words;
        this.statistics = statistics;
    }

    /** Looks the terms of a text up. */
    public static TextQuery of(QueryText text, Analyzer analyzer, IndexSearcher searcher) throws IOException {
        Map<String, Float> terms = QueryWords.weights(analyzer, text);
        List<Word> words = new ArrayList<>(terms.size());
        Map<String, TermCount> counts = new HashMap<>();
        for (Map.Entry<String, Float> entry : terms.entrySet()) {
            Term term = new Term(ChunkAnalyzer.TEXT, entry.getKey());
            TermStates states = TermStates.build(searcher, term, true);
            if (states.docFreq() > 0) {
                words.add(new Word(term, entry.getValue(), states));
            }
            counts.put(entry.getKey(), new TermCount(states.docFreq(), states.totalTermFreq()));
        }
        long documents = 0;
        long length = 0;
        for (LeafReaderContext leaf : searcher.getLeafContexts()) {
            Terms all = leaf.reader().terms(ChunkAnalyzer.TEXT);
            if (all != null) {
                documents += all.getDocCount();
                length += all.getSumTotalTermFreq();
            }
        }
        return new TextQuery(text, words, new TextStatistics(documents, length, counts));
    }

    /** What was looked up. */
    public QueryText text() {
        return text;
    }

    /** The terms that the index has. */
    public List<Word> words() {
        return words;
    }

    /** How common the terms are in the index. */
    public TextStatistics statistics() {
        return statistics;
    }

    /** Any of the terms; a term that the query repeats counts as often. */
    public Query toLucene() {
        BooleanQuery.Builder any = new BooleanQuery.Builder();
        for (Word word : words) {
            Query query = new TermQuery(word.term(), word.states());
            any.add(word.weight() == 1 ? query : new BoostQuery(query, word.weight()), BooleanClause.Occur.SHOULD);
        }
        return any.build();
    }
}
