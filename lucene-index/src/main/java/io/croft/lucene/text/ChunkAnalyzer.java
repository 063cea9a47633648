package io.croft.lucene.text;

import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.DelegatingAnalyzerWrapper;
import org.apache.lucene.analysis.FilteringTokenFilter;
import org.apache.lucene.analysis.LowerCaseFilter;
import org.apache.lucene.analysis.StopFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.analysis.en.EnglishPossessiveFilter;
import org.apache.lucene.analysis.standard.StandardTokenizer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;

/**
 * Takes texts apart: into stems, by which they are searched, or into the words as they are written, by which typos are
 * corrected. A stem would not do for that: it is no word to show, and a typo in an ending leaves another stem.
 */
public final class ChunkAnalyzer extends DelegatingAnalyzerWrapper {

    /** The field of the stems. */
    public static final String TEXT = "text";
    /** The field of the words as they are written. */
    public static final String WRITTEN = "written";

    /**
     * How many words a title is away from the text, so that no phrase reaches from one into the other: more than there
     * are common words in a row. (A larger number makes the positions longer.)
     */
    private static final int TITLE_GAP = 100;

    private final Analyzer stems = new EnglishAnalyzer();
    private final Analyzer common = new CommonWords();
    private final Analyzer written = new WrittenWords();

    public ChunkAnalyzer() {
        super(PER_FIELD_REUSE_STRATEGY);
    }

    /** A text taken apart for both fields at once. */
    public ChunkWords words(String text) {
        return ChunkWords.of(common, text);
    }

    @Override
    protected Analyzer getWrappedAnalyzer(String field) {
        return field.equals(WRITTEN) ? written : stems;
    }

    @Override
    public int getPositionIncrementGap(String field) {
        return TITLE_GAP;
    }

    /** What is done to find the words, before {@link EnglishAnalyzer} stems them. */
    private static final class CommonWords extends Analyzer {

        @Override
        protected TokenStreamComponents createComponents(String field) {
            Tokenizer words = new StandardTokenizer();
            return new TokenStreamComponents(words, kept(words));
        }

        static TokenStream kept(Tokenizer words) {
            return new StopFilter(new LowerCaseFilter(new EnglishPossessiveFilter(words)),
                    EnglishAnalyzer.getDefaultStopSet());
        }
    }

    /** The same words as the stems are made of, without those that can be near no other. */
    private static final class WrittenWords extends Analyzer {

        @Override
        protected TokenStreamComponents createComponents(String field) {
            Tokenizer words = new StandardTokenizer();
            return new TokenStreamComponents(words, new CanBeNear(CommonWords.kept(words)));
        }
    }

    /** Lets through what a typo can be corrected to. */
    static final class CanBeNear extends FilteringTokenFilter {

        private final CharTermAttribute word = addAttribute(CharTermAttribute.class);

        CanBeNear(TokenStream words) {
            super(words);
        }

        @Override
        protected boolean accept() {
            return NearWords.canBeNear(word);
        }
    }
}
