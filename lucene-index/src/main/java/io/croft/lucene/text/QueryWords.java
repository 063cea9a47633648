package io.croft.lucene.text;

import io.croft.spi.QueryText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;

/**
 * Takes a query apart into terms, the way the documents were. There is no query syntax: whatever the text holds, only
 * its words count.
 */
final class QueryWords {

    private QueryWords() {
    }

    /**
     * What each term of a query counts: as often as the text has it, and what corrections add.
     *
     * @throws io.croft.InvalidInputException if the text has more than {@link QueryText#MAX_TERMS}
     */
    static Map<String, Float> weights(Analyzer analyzer, QueryText text) {
        Map<String, Float> weights = new LinkedHashMap<>();
        terms(analyzer, ChunkAnalyzer.TEXT, text.words()).forEach(term -> weights.merge(term, 1f, Float::sum));
        for (String phrase : text.phrases()) {
            terms(analyzer, ChunkAnalyzer.TEXT, phrase).forEach(term -> weights.merge(term, 1f, Float::sum));
        }
        text.check(weights.size());
        for (QueryText.Correction correction : text.corrections()) {
            terms(analyzer, ChunkAnalyzer.TEXT, correction.known())
                    .forEach(term -> weights.merge(term, correction.weight(), Float::sum));
        }
        return weights;
    }

    /** The words of a text as they are written, in order. */
    static List<String> written(Analyzer analyzer, String text) {
        return terms(analyzer, ChunkAnalyzer.WRITTEN, text);
    }

    /** The first term of a text; empty if it has none. */
    static String term(Analyzer analyzer, String text) {
        List<String> terms = terms(analyzer, ChunkAnalyzer.TEXT, text);
        return terms.isEmpty() ? "" : terms.getFirst();
    }

    private static List<String> terms(Analyzer analyzer, String field, String text) {
        List<String> terms = new ArrayList<>();
        try (TokenStream tokens = analyzer.tokenStream(field, text)) {
            CharTermAttribute term = tokens.addAttribute(CharTermAttribute.class);
            tokens.reset();
            while (tokens.incrementToken()) {
                terms.add(term.toString());
            }
            tokens.end();
        } catch (IOException e) {
            throw new UncheckedIOException("a string cannot be read", e);
        }
        return terms;
    }
}
