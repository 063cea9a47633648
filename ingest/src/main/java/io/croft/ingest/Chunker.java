package io.croft.ingest;

import io.croft.ingest.Unit.Joint;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * Cuts a text into chunks of about a target size, at the best places near it.
 *
 * <p>The text is cut into units first (see {@link Units}), whose tokens are counted once, so that the work grows with
 * the length of the text and no faster. A chunk takes units until the next one would exceed the target. It then ends at
 * the best joint of its second half: before a heading, else between blocks, else between sentences. A heading starts a
 * chunk unless the one before it would be small, by its tokens or by its characters, and never ends one; a text of
 * headings alone, whose every mark is a token, would become a chunk for each few bytes. Where a chunk ends between
 * sentences or paragraphs, the next one begins with the last sentence once more, if that is short. A small rest goes
 * into the last chunk.
 *
 * <p>A text that fits is one chunk. The same text and tokens always give the same chunks; together they hold everything
 * but white space. Chunks start and end with other than white space.
 */
final class Chunker {

    /** The most characters of a chunk, for each token that it may have; text in words has four to six. */
    static final int MAX_CHARS_PER_TOKEN = 32;

    /** The fewest characters of a chunk that ends because a heading follows, for each token that it should have. */
    private static final int MIN_CHARS_PER_TOKEN = 1;

    private final ToIntFunction<String> countTokens;
    private final int targetTokens;
    private final int maxTokens;
    private final int maxChars;

    /**
     * A chunker.
     *
     * @param countTokens  the number of a text's tokens, or an estimate
     * @param targetTokens how many tokens a chunk should have
     * @param maxTokens    how many it may have, at least as many
     */
    Chunker(ToIntFunction<String> countTokens, int targetTokens, int maxTokens) {
        this.countTokens = countTokens;
        this.targetTokens = targetTokens;
        this.maxTokens = maxTokens;
        this.maxChars = maxTokens * MAX_CHARS_PER_TOKEN;
    }

    /** The chunks of a text, in order; none if it is blank. */
    List<Stretch> chunks(String text) {
        Stretch whole = Stretch.trimmed(text, 0, text.length());
        if (whole.length() == 0) {
            return List.of();
        }
        if (whole.length() <= maxChars && countTokens.applyAsInt(whole.of(text)) <= maxTokens) {
            return List.of(whole);
        }
        return pack(Units.of(text, countTokens, maxTokens, maxChars));
    }

    private List<Stretch> pack(List<Unit> units) {
        int[] tokensBefore = new int[units.size() + 1];
        for (int i = 0; i < units.size(); i++) {
            tokensBefore[i + 1] = tokensBefore[i] + units.get(i).tokens();
        }
        List<Stretch> chunks = new ArrayList<>();
        int first = 0;
        int end = 0;
        while (end < units.size()) {
            end = end(units, tokensBefore, first);
            chunks.add(new Stretch(units.get(first).start(), units.get(end - 1).end()));
            first = next(units, first, end);
        }
        return chunks;
    }

    /** The end of the chunk that starts with a unit. */
    private int end(List<Unit> units, int[] tokensBefore, int first) {
        int end = first + 1;
        while (end < units.size()) {
            boolean small = tokensBefore[end] - tokensBefore[first] < targetTokens / 4;
            boolean brief = units.get(end - 1).end() - units.get(first).start() < targetTokens * MIN_CHARS_PER_TOKEN;
            if (!small && !brief && units.get(end).joint() == Joint.SECTION) {
                return end;
            }
            if (!fits(units, tokensBefore, first, end + 1, small ? maxTokens : targetTokens)) {
                break;
            }
            end++;
        }
        boolean smallRest = tokensBefore[units.size()] - tokensBefore[end] < targetTokens / 4;
        if (end == units.size() || (smallRest && fits(units, tokensBefore, first, units.size(), maxTokens))) {
            return units.size();
        }
        int best = end;
        for (int cut = end - 1; cut > first && 2 * (tokensBefore[cut] - tokensBefore[first]) >= targetTokens; cut--) {
            if (units.get(cut).joint().compareTo(units.get(best).joint()) > 0) {
                best = cut;
            }
        }
        return best;
    }

    private boolean fits(List<Unit> units, int[] tokensBefore, int first, int end, int tokens) {
        return tokensBefore[end] - tokensBefore[first] <= tokens
                && units.get(end - 1).end() - units.get(first).start() <= maxChars;
    }

    /** The unit that the next chunk starts with: the last one once more, or the one after it. */
    private int next(List<Unit> units, int first, int end) {
        if (end == units.size() || end - 1 == first) {
            return end;
        }
        Unit last = units.get(end - 1);
        Unit following = units.get(end);
        boolean betweenSentences = last.kind() == Block.Kind.PROSE && following.kind() == Block.Kind.PROSE
                && following.joint() != Joint.NONE;
        boolean isShort = last.tokens() <= targetTokens / 4
                && last.tokens() + following.tokens() <= targetTokens
                && following.end() - last.start() <= maxChars;
        return betweenSentences && isShort ? end - 1 : end;
    }
}
