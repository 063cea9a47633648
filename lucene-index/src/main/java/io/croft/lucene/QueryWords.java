package io.croft.lucene;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;

/**
 * Takes a query apart into terms, the way the documents were. There is no query syntax: whatever the text holds, only
 * its words count.
 */
final class QueryWords {

    /** The most different terms of a query; later ones are left out. As many as Lucene allows clauses. */
    static final int MAX_TERMS = 1024;

    private QueryWords() {
    }

    /** Each term of the text with how often it occurs there, in the order of first occurrence. */
    static Map<String, Integer> terms(Analyzer analyzer, String text) {
        Map<String, Integer> terms = new LinkedHashMap<>();
        try (TokenStream tokens = analyzer.tokenStream(ChunkSchema.TEXT, text)) {
            CharTermAttribute term = tokens.addAttribute(CharTermAttribute.class);
            tokens.reset();
            while (terms.size() < MAX_TERMS && tokens.incrementToken()) {
                terms.merge(term.toString(), 1, Integer::sum);
            }
            if (terms.size() < MAX_TERMS) {
                tokens.end();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("a string cannot be read", e);
        }
        return terms;
    }
}
