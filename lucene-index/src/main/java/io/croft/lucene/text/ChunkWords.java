package io.croft.lucene.text;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.en.PorterStemFilter;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.PositionIncrementAttribute;
import org.apache.lucene.util.ArrayUtil;

/**
 * The words of one text, taken apart once for both fields: finding words is a good part of what indexing costs. Gives
 * the same terms at the same positions as {@link ChunkAnalyzer} does for a text. Immutable, thread-safe.
 */
public final class ChunkWords {

    /** The words one after the other, in lower case, without those that are too common. */
    private char[] letters = {};
    /** Where each word ends. */
    private int[] ends = {};
    /** How many positions each word is behind the one before it: more than 1 where common words were left out. */
    private int[] increments = {};
    private int count;
    /** How many common words were left out at the end. */
    private int lastIncrement;

    private ChunkWords() {
    }

    /** Takes a text apart with the analysis that both fields begin with. */
    static ChunkWords of(Analyzer common, String text) {
        ChunkWords words = new ChunkWords();
        try (TokenStream tokens = common.tokenStream("", text)) {
            CharTermAttribute term = tokens.addAttribute(CharTermAttribute.class);
            PositionIncrementAttribute increment = tokens.addAttribute(PositionIncrementAttribute.class);
            tokens.reset();
            while (tokens.incrementToken()) {
                words.add(term, increment.getPositionIncrement());
            }
            tokens.end();
            words.lastIncrement = increment.getPositionIncrement();
        } catch (IOException e) {
            throw new UncheckedIOException("a string cannot be read", e);
        }
        return words;
    }

    private void add(CharTermAttribute term, int increment) {
        int start = count == 0 ? 0 : ends[count - 1];
        letters = ArrayUtil.grow(letters, start + term.length());
        ends = ArrayUtil.grow(ends, count + 1);
        increments = ArrayUtil.grow(increments, count + 1);
        System.arraycopy(term.buffer(), 0, letters, start, term.length());
        ends[count] = start + term.length();
        increments[count] = increment;
        count++;
    }

    /** The terms by which the text is searched, for one document. */
    public TokenStream stems() {
        return new PorterStemFilter(new Replay());
    }

    /** The words as they are written by which typos are corrected, for one document. */
    public TokenStream written() {
        return new ChunkAnalyzer.CanBeNear(new Replay());
    }

    private final class Replay extends TokenStream {

        private final CharTermAttribute term = addAttribute(CharTermAttribute.class);
        private final PositionIncrementAttribute increment = addAttribute(PositionIncrementAttribute.class);
        private int next;

        @Override
        public boolean incrementToken() {
            if (next == count) {
                return false;
            }
            clearAttributes();
            int start = next == 0 ? 0 : ends[next - 1];
            term.copyBuffer(letters, start, ends[next] - start);
            increment.setPositionIncrement(increments[next]);
            next++;
            return true;
        }

        @Override
        public void end() throws IOException {
            super.end();
            increment.setPositionIncrement(lastIncrement);
        }

        @Override
        public void reset() throws IOException {
            super.reset();
            next = 0;
        }
    }
}
