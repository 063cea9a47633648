package io.croft.ingest;

import io.croft.ingest.Unit.Joint;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * Cuts a text into its units, none over a limit, and counts the tokens of each once. A block of code is one unit if it fits,
 * else its lines are. What is still too long is cut into parts of about equal length: after punctuation, else at the end of a
 * line, else at white space, else anywhere but inside a surrogate pair.
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
                case CODE -> addCode(block);
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

    private void addCode(Block block) {
        int tokens = countTokens(block.start(), block.end());
        if (fits(tokens, block.end() - block.start())) {
            addCounted(block.start(), block.end(), tokens, Joint.BLOCK, block.kind());
            return;
        }
        int line = block.start();
        while (line < block.end()) {
            int newline = text.indexOf('\n', line);
            int next = newline < 0 || newline >= block.end() ? block.end() : newline + 1;
            add(line, next, line == block.start() ? Joint.BLOCK : Joint.SENTENCE, block.kind());
            line = next;
        }
    }

    private void add(int from, int to, Joint joint, Block.Kind kind) {
        int start = from;
        int end = to;
        while (start < end && Character.isWhitespace(text.charAt(start))) {
            start++;
        }
        while (end > start && Character.isWhitespace(text.charAt(end - 1))) {
            end--;
        }
        if (start < end) {
            addCounted(start, end, countTokens(start, end), joint, kind);
        }
    }

    private void addCounted(int start, int end, int tokens, Joint joint, Block.Kind kind) {
        if (fits(tokens, end - start) || end - start <= 2) {
            units.add(new Unit(start, end, tokens, joint, kind));
            return;
        }
        int parts = Math.min(end - start,
                Math.max(2, Math.max(parts(tokens, maxTokens), parts(end - start, maxChars))));
        int partStart = start;
        for (int part = 1; part <= parts && partStart < end; part++) {
            int wanted = start + (int) ((long) (end - start) * part / parts);
            int partEnd = part == parts ? end : cutBefore(wanted, partStart);
            add(partStart, partEnd, partStart == start ? joint : Joint.NONE, kind);
            partStart = partEnd;
        }
    }

    private static int parts(int length, int max) {
        return (length + max - 1) / max;
    }

    private boolean fits(int tokens, int chars) {
        return tokens <= maxTokens && chars <= maxChars;
    }

    private int countTokens(int start, int end) {
        return countTokens.applyAsInt(text.substring(start, end));
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
