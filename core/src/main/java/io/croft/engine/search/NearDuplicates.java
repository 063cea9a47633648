package io.croft.engine.search;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds signatures that differ in at most three bits from one it was given. Cut into four, two such signatures have at
 * least one quarter in common: only those that share one are compared.
 */
final class NearDuplicates {

    /** The most bits in which signatures of texts that say the same differ. */
    static final int MOST_BITS = 3;

    private static final int PARTS = 4;
    private static final int PART_BITS = 16;

    private final Map<Integer, List<Long>> byPart = new HashMap<>();

    /** Adds a signature, unless one near it is there already; says whether it was added. 0 stands for none. */
    boolean add(long signature) {
        if (signature == 0) {
            return true;
        }
        if (has(signature)) {
            return false;
        }
        for (int part = 0; part < PARTS; part++) {
            byPart.computeIfAbsent(key(signature, part), key -> new ArrayList<>(1)).add(signature);
        }
        return true;
    }

    /** Whether one near this is there. */
    boolean has(long signature) {
        if (signature == 0) {
            return false;
        }
        for (int part = 0; part < PARTS; part++) {
            for (long other : byPart.getOrDefault(key(signature, part), List.of())) {
                if (Long.bitCount(signature ^ other) <= MOST_BITS) {
                    return true;
                }
            }
        }
        return false;
    }

    private static int key(long signature, int part) {
        return (part << PART_BITS) | (int) ((signature >>> (part * PART_BITS)) & 0xffff);
    }
}
