package io.croft.benchmarks.tenancy;

import java.util.List;

/**
 * Finds any of many short patterns in bytes, whatever the case of letters of ASCII. The first eight bytes of each
 * pattern are looked up for each place, so that what it costs does not follow their number. Thread-safe.
 */
final class PatternScan {

    /** The shortest pattern. */
    static final int MIN_BYTES = 8;

    private final byte[][] patterns;
    private final long[] beginnings;
    /** The first pattern that begins so, from 1; 0 for a free slot. */
    private final int[] first;
    /** The next one that begins as this one does, from 1; 0 for none. */
    private final int[] next;
    private final int mask;

    /** Is told of what is found. */
    @FunctionalInterface
    interface Found {

        void at(int pattern, int place);
    }

    PatternScan(List<byte[]> all) {
        int slots = Integer.highestOneBit(Math.max(16, all.size() * 4));
        patterns = new byte[all.size()][];
        beginnings = new long[slots];
        first = new int[slots];
        next = new int[all.size()];
        mask = slots - 1;
        for (int i = 0; i < patterns.length; i++) {
            byte[] pattern = all.get(i).clone();
            if (pattern.length < MIN_BYTES) {
                throw new IllegalArgumentException("a pattern of " + pattern.length + " bytes is too short");
            }
            for (int at = 0; at < pattern.length; at++) {
                pattern[at] = folded(pattern[at]);
            }
            patterns[i] = pattern;
            long beginning = 0;
            for (int at = 0; at < MIN_BYTES; at++) {
                beginning = (beginning << Byte.SIZE) | (pattern[at] & 0xff);
            }
            int slot = slot(beginning);
            next[i] = first[slot];
            beginnings[slot] = beginning;
            first[slot] = i + 1;
        }
    }

    /** Tells of each pattern at each place. */
    void find(byte[] bytes, Found found) {
        long window = 0;
        for (int i = 0; i < bytes.length; i++) {
            window = (window << Byte.SIZE) | (folded(bytes[i]) & 0xff);
            int start = i - MIN_BYTES + 1;
            if (start >= 0) {
                for (int pattern = first[slot(window)]; pattern > 0; pattern = next[pattern - 1]) {
                    if (matches(patterns[pattern - 1], bytes, start)) {
                        found.at(pattern - 1, start);
                    }
                }
            }
        }
    }

    private static boolean matches(byte[] pattern, byte[] bytes, int start) {
        if (start + pattern.length > bytes.length) {
            return false;
        }
        for (int i = MIN_BYTES; i < pattern.length; i++) {
            if (folded(bytes[start + i]) != pattern[i]) {
                return false;
            }
        }
        return true;
    }

    /** That of this beginning, or the free one where it belongs: half of them are taken at most. */
    private int slot(long beginning) {
        int slot = (int) ((beginning * 0x9e3779b97f4a7c15L) >>> 32) & mask;
        while (first[slot] != 0 && beginnings[slot] != beginning) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private static byte folded(byte b) {
        return b >= 'A' && b <= 'Z' ? (byte) (b + 'a' - 'A') : b;
    }
}
