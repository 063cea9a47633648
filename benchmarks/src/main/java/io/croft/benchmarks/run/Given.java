package io.croft.benchmarks.run;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How large a benchmark is to be: {@code -Dcroft.size=orgs=10000,seconds=1800} changes what is named and nothing else.
 * A name that no benchmark has is refused.
 */
public final class Given {

    static final String PROPERTY = "croft.size";

    private static final Set<String> NAMES = new TreeSet<>(Set.of(
            "backlog", "calls", "changes", "chunks", "crashes", "cuts", "cycles", "deletions", "explain", "jobs",
            "kills", "load", "market", "orgs", "readers", "rounds", "rows", "samples", "schemas", "seconds",
            "seeds", "slots", "stops", "swaps", "times", "writes"));
    private static final Pattern PART = Pattern.compile("(\\w+)=(\\d+)");

    private Given() {
    }

    /** The number given under this name. */
    public static long number(String name, long otherwise) {
        return sizes(System.getProperty(PROPERTY, "")).getOrDefault(name, otherwise);
    }

    /** As {@link #number}. */
    public static int count(String name, int otherwise) {
        return Math.toIntExact(number(name, otherwise));
    }

    /** What is written there, by name. */
    static Map<String, Long> sizes(String given) {
        Map<String, Long> sizes = new HashMap<>();
        for (String part : given.isBlank() ? new String[0] : given.strip().split("\\s*,\\s*", -1)) {
            Matcher size = PART.matcher(part);
            if (!size.matches() || !NAMES.contains(size.group(1))) {
                throw new IllegalArgumentException("-D" + PROPERTY + " holds \"" + part
                        + "\": give NAME=N, separated by commas, with names of " + NAMES);
            }
            sizes.put(size.group(1), Long.parseLong(size.group(2)));
        }
        return sizes;
    }
}
