package io.croft.ingest;

import io.croft.ingest.Unit.Joint;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * Cuts a text into its units, none over a limit, and counts the tokens of each once. A table or a block of code is one
 * unit if it fits, else its lines are. What is still too long is cut into parts of about equal length: after
 * punctuation, else at the end of a line, else at white space, else anywhere but inside a surrogate pair.
 */
final class Units {

    /** Good places to cut a sentence, if white space follows. */
    private static final String MARKS = ".!?;:";

    private final String text;
    private final ToIntFunction<String> countTokens;
    private final int maxTokens;
    private final int maxChars;
    private final List<Unit> units = new ArrayList<>();

    private Units(String text, ToIntFunction<String> countTokens, int maxTokens, int maxChars) {
        this.text = text;
        this.countTokens = countTokens;
        this.maxTokens = maxTokens;
        this.maxChars = maxChars;
    }

    /** The units of a text, in order; only white space lies between them. */
    static List<Unit> of(String text, ToIntFunction<String> countTokens, int maxTokens, int maxChars) {
        return new Units(text, countTokens, maxTokens, maxChars).read();
    }

    private List<Unit> read() {
        for (Block block : Blocks.of(text)) {
            Joint joint = block.kind() == Block.Kind.HEADING ? Joint.SECTION : Joint.BLOCK;
            switch (block.kind()) {
                case HEADING -> add(block.start(), block.end(), joint, block.kind());
                case PROSE -> addSentences(block);
                case TABLE, CODE -> addLines(block);
            }
        }
        return units;
    }

    private void addSentences(Block block) {
        int[] start = {block.start()};
        Sentences.ends(text, block.start(), block.end(), end -> {
            add(start[0], end, start[0] == block.start() ? Joint.BLOCK : Joint.SENTENCE, block.kind());
            start[0] = end;
        });
    }

    private void addLines(Block block) {
        Stretch all = Stretch.trimmed(text, block.start(), block.end());
        int tokens = countTokens(all);
        if (fits(tokens, all.length())) {
            units.add(new Unit(all.start(), all.end(), tokens, Joint.BLOCK, block.kind()));
            return;
        }
        int line = all.start();
        while (line < all.end()) {
            int newline = text.indexOf('\n', line);
            int next = newline < 0 || newline >= all.end() ? all.end() : newline + 1;
            add(line, next, line == all.start() ? Joint.BLOCK : Joint.SENTENCE, block.kind());
            line = next;
        }
    }

    private void add(int from, int to, Joint joint, Block.Kind kind) {
        Stretch part = Stretch.trimmed(text, from, to);
        if (part.length() == 0) {
            return;
        }
        int tokens = countTokens(part);
        if (fits(tokens, part.length()) || text.codePointCount(part.start(), part.end()) == 1) {
            units.add(new Unit(part.start(), part.end(), tokens, joint, kind));
        } else {
            cut(part, tokens, joint, kind);
        }
    }

    private void cut(Stretch whole, int tokens, Joint joint, Block.Kind kind) {
        int wantedParts = Math.max(2, Math.max(parts(tokens, maxTokens), parts(whole.length(), maxChars)));
        int parts = Math.min(whole.length(), wantedParts);
        int start = whole.start();
        for (int part = 1; part <= parts && start < whole.end(); part++) {
            int wantedEnd = whole.start() + (int) ((long) whole.length() * part / parts);
            int end = part == parts ? whole.end() : cutBefore(wantedEnd, start);
            add(start, end, start == whole.start() ? joint : Joint.NONE, kind);
            start = end;
        }
    }

    private static int parts(int length, int max) {
        return (length + max - 1) / max;
    }

    private boolean fits(int tokens, int chars) {
        return tokens <= maxTokens && chars <= maxChars;
    }

    private int countTokens(Stretch part) {
        return countTokens.applyAsInt(part.of(text));
    }

    /** The best place to cut in the half of a part before where it should end. */
    private int cutBefore(int wanted, int partStart) {
        int least = wanted - (wanted - partStart) / 2;
        int atLine = -1;
        int atSpace = -1;
        for (int i = wanted; i > least; i--) {
            char before = text.charAt(i - 1);
            if (!Character.isWhitespace(before)) {
                continue;
            }
            if (i - 2 >= least && MARKS.indexOf(text.charAt(i - 2)) >= 0) {
                return i;
            }
            atLine = atLine < 0 && before == '\n' ? i : atLine;
            atSpace = atSpace < 0 ? i : atSpace;
        }
        if (atSpace >= 0) {
            return atLine >= 0 ? atLine : atSpace;
        }
        boolean insidePair = wanted > partStart && Character.isHighSurrogate(text.charAt(wanted - 1))
                && Character.isLowSurrogate(text.charAt(wanted));
        return insidePair ? wanted + 1 : wanted;
    }
}
