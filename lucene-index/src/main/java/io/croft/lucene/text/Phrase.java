package io.croft.lucene.text;

import io.croft.spi.QueryText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.PositionIncrementAttribute;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.PhraseQuery;
import org.apache.lucene.search.Query;

/**
 * Words one after the other. The analysis drops the commonest words; in their place any word may stand.
 *
 * @param words at least two, in order
 */
public record Phrase(List<Word> words) {

    /**
     * A word of a phrase.
     *
     * @param term     the term
     * @param position how many words after the first
     */
    record Word(String term, int position) {
    }

    /**
     * The phrases of a query, each once however it is written; those of which the analysis leaves less than two words
     * are left out.
     *
     * @throws io.croft.InvalidInputException if they have more terms than {@link QueryText#MAX_TERMS}
     */
    public static List<Phrase> of(Analyzer analyzer, QueryText text) {
        List<Phrase> phrases = text.phrases().stream().map(phrase -> of(analyzer, phrase)).flatMap(Optional::stream)
                .distinct().toList();
        text.check((int) phrases.stream().flatMap(phrase -> phrase.words().stream()).map(Word::term).distinct()
                .count());
        return phrases;
    }

    /** The phrase of a text; none if the analysis leaves less than two words of it. */
    private static Optional<Phrase> of(Analyzer analyzer, String text) {
        List<Word> words = new ArrayList<>();
        try (TokenStream tokens = analyzer.tokenStream(ChunkAnalyzer.TEXT, text)) {
            CharTermAttribute term = tokens.addAttribute(CharTermAttribute.class);
            PositionIncrementAttribute step = tokens.addAttribute(PositionIncrementAttribute.class);
            tokens.reset();
            int position = 0;
            while (tokens.incrementToken()) {
                position = words.isEmpty() ? 0 : position + step.getPositionIncrement();
                words.add(new Word(term.toString(), position));
            }
            tokens.end();
        } catch (IOException e) {
            throw new UncheckedIOException("a string cannot be read", e);
        }
        return words.size() < 2 ? Optional.empty() : Optional.of(new Phrase(List.copyOf(words)));
    }

    /** A condition, not scored. */
    public Query toLucene() {
        PhraseQuery.Builder phrase = new PhraseQuery.Builder();
        words.forEach(word -> phrase.add(new Term(ChunkAnalyzer.TEXT, word.term()), word.position()));
        return phrase.build();
    }
}
