package io.croft.spi;

import java.util.List;

/**
 * Charikar's similarity hash (Similarity Estimation Techniques from Rounding Algorithms, STOC 2002; near-duplicates
 * within three of 64 bits: Manku, Jain, Das Sarma, Detecting Near-Duplicates for Web Crawling, WWW 2007). Each word
 * and each pair of neighbours votes on every bit. The title's hash is laid over it, so that texts of different titles
 * are never taken for each other: a catalogue has many that differ in nothing but the name. Used for one text.
 */
final class SimilarityHash {

    /** Fewer different words say too little. */
    static final int LEAST_WORDS = 12;
    /** What comes after so many words is not looked at. */
    private static final int MOST_WORDS = 20_000;
    /** Two votes for each word are fewer than 2 to the power of this. */
    private static final int PLANES = 16;
    private static final long BASIS = 0xcbf29ce484222325L;
    private static final long PRIME = 0x100000001b3L;

    private final long[] planes = new long[PLANES];
    private final long[] first = new long[LEAST_WORDS];
    private int different;
    private int words;
    private int cast;
    private long before;

    private SimilarityHash() {
    }

    static long of(String title, List<Chunk> chunks) {
        SimilarityHash votes = new SimilarityHash();
        for (Chunk chunk : chunks) {
            String text = chunk.text();
            int at = 0;
            while (at < text.length() && votes.words < MOST_WORDS) {
                int end = wordEnd(text, at);
                if (end > at) {
                    votes.word(hash(text, at, end));
                    at = end;
                } else {
                    at += Character.charCount(text.codePointAt(at));
                }
            }
        }
        return votes.different < LEAST_WORDS ? 0 : nonZero(votes.majority() ^ titleHash(title));
    }

    private void word(long word) {
        boolean known = different == LEAST_WORDS;
        for (int i = 0; i < different && !known; i++) {
            known = first[i] == word;
        }
        if (!known) {
            first[different++] = word;
        }
        vote(word);
        if (words > 0) {
            vote(mix(before * 31 + word));
        }
        before = word;
        words++;
    }

    /** Counts on all 64 bits at once: plane i holds bit i of every count, and a carry runs up through them. */
    private void vote(long hash) {
        long carry = hash;
        for (int i = 0; carry != 0; i++) {
            long both = planes[i] & carry;
            planes[i] ^= carry;
            carry = both;
        }
        cast++;
    }

    /** The bits that more than half of the votes were for. */
    private long majority() {
        long signature = 0;
        for (int bit = 0; bit < Long.SIZE; bit++) {
            int count = 0;
            for (int i = 0; i < PLANES; i++) {
                count |= (int) ((planes[i] >>> bit) & 1) << i;
            }
            signature |= 2 * count > cast ? 1L << bit : 0;
        }
        return signature;
    }

    private static long titleHash(String title) {
        long hash = 0;
        int at = 0;
        while (at < title.length()) {
            int end = wordEnd(title, at);
            if (end > at) {
                hash = mix(hash * 31 + hash(title, at, end));
                at = end;
            } else {
                at += Character.charCount(title.codePointAt(at));
            }
        }
        return hash;
    }

    /** Where the run of letters and digits ends that begins here; here if none does. */
    private static int wordEnd(String text, int from) {
        int end = from;
        while (end < text.length()) {
            int letter = text.codePointAt(end);
            if (!Character.isLetterOrDigit(letter)) {
                break;
            }
            end += Character.charCount(letter);
        }
        return end;
    }

    private static long hash(String text, int start, int end) {
        long hash = BASIS;
        for (int i = start; i < end; i++) {
            hash = (hash ^ Character.toLowerCase(text.charAt(i))) * PRIME;
        }
        return mix(hash);
    }

    /** Spreads what differs in a few bits over all of them (the finaliser of SplitMix64). */
    private static long mix(long value) {
        long mixed = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }

    private static long nonZero(long signature) {
        return signature == 0 ? 1 : signature;
    }
}
