package io.croft.lucene.text;

import io.croft.spi.NearWord;
import io.croft.spi.QueryText;
import io.croft.spi.TextStatistics;
import io.croft.spi.TextStatistics.TermCount;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.FuzzyQuery;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.automaton.CompiledAutomaton;
import org.jspecify.annotations.Nullable;

/** Finds the written words of an index that are almost like unknown words of a query. */
public final class NearWords {

    /** The first letter must be right: it mostly is, and looking for others takes ten times as long. */
    private static final int RIGHT_LETTERS = 1;
    private static final Comparator<NearWord> MOST_FREQUENT_FIRST = Comparator.comparingLong(NearWord::chunks)
            .reversed().thenComparing(NearWord::known);

    private final List<LeafReaderContext> leaves;
    private final Analyzer analyzer;
    private final HiddenChunks hidden;
    private final Runnable inTime;

    /**
     * Looks in these segments.
     *
     * @param hidden what has no words here
     * @param inTime ends the search if its time is up
     */
    public NearWords(List<LeafReaderContext> leaves, Analyzer analyzer, HiddenChunks hidden, Runnable inTime) {
        this.leaves = leaves;
        this.analyzer = analyzer;
        this.hidden = hidden;
        this.inTime = inTime;
    }

    /** Whether a known word may be near some word that is corrected: letters alone, and about as many. */
    static boolean canBeNear(CharSequence word) {
        int letters = NearWord.letters(word);
        return letters >= NearWord.MIN_LETTERS - 1 && letters <= NearWord.MAX_LETTERS + 2;
    }

    /** Near words for those of the text that no index knows. */
    public List<NearWord> of(QueryText text, TextStatistics shared) throws IOException {
        List<NearWord> near = new ArrayList<>();
        int corrected = 0;
        for (String word : new LinkedHashSet<>(QueryWords.written(analyzer, text.words()))) {
            if (corrected < NearWord.MAX_WORDS && NearWord.isCorrected(word) && isUnknown(word, shared)) {
                corrected++;
                near.addAll(near(word));
            }
        }
        return near;
    }

    private boolean isUnknown(String word, TextStatistics shared) {
        TermCount count = shared.terms().get(QueryWords.term(analyzer, word));
        return count == null || count.chunks() == 0;
    }

    private List<NearWord> near(String word) throws IOException {
        int most = NearWord.letters(word) >= NearWord.TWO_EDITS_LETTERS ? 2 : 1;
        for (int edits = 1; edits <= most; edits++) {
            Map<String, Long> known = known(word, edits);
            if (!known.isEmpty()) {
                int distance = edits;
                return known.entrySet().stream()
                        .map(found -> new NearWord(word, found.getKey(), QueryWords.term(analyzer, found.getKey()),
                                distance, found.getValue()))
                        .sorted(MOST_FREQUENT_FIRST).limit(NearWord.MAX_NEAR).toList();
            }
        }
        return List.of();
    }

    /** All words at most so many edits away, with how many documents have each. */
    private Map<String, Long> known(String word, int edits) throws IOException {
        CompiledAutomaton near = FuzzyQuery.getFuzzyAutomaton(word, edits, RIGHT_LETTERS, true);
        Map<String, Long> known = new HashMap<>();
        for (LeafReaderContext leaf : leaves) {
            inTime.run();
            Terms all = leaf.reader().terms(ChunkAnalyzer.WRITTEN);
            TermsEnum found = all == null ? TermsEnum.EMPTY : near.getTermsEnum(all);
            PostingsEnum documents = null;
            while (found.next() != null) {
                inTime.run();
                documents = found.postings(documents, PostingsEnum.NONE);
                long counted = counted(documents, found.docFreq(), leaf);
                if (counted > 0) {
                    known.merge(found.term().utf8ToString(), counted, Long::sum);
                }
            }
        }
        known.remove(word);
        return known;
    }

    /** How many documents have a word, removed ones included; 0 if it is of removed and hidden ones alone. */
    private long counted(PostingsEnum documents, int all, LeafReaderContext leaf) throws IOException {
        Bits live = leaf.reader().getLiveDocs();
        Bits unseen = hidden.in(leaf);
        if (unseen == null) {
            return hasLive(documents, live) ? all : 0;
        }
        long seen = 0;
        boolean lives = false;
        int document = documents.nextDoc();
        while (document != DocIdSetIterator.NO_MORE_DOCS) {
            if (!unseen.get(document)) {
                seen++;
                lives |= live == null || live.get(document);
            }
            document = documents.nextDoc();
        }
        return lives ? seen : 0;
    }

    private static boolean hasLive(PostingsEnum documents, @Nullable Bits live) throws IOException {
        int document = documents.nextDoc();
        while (live != null && document != DocIdSetIterator.NO_MORE_DOCS && !live.get(document)) {
            document = documents.nextDoc();
        }
        return document != DocIdSetIterator.NO_MORE_DOCS;
    }
}
