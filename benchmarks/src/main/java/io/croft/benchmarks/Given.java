package io.croft.benchmarks;

import java.util.List;

/** How large a benchmark is to be: {@code -Dcroft.size=orgs=10000,seconds=1800} changes what is named and nothing else. */
final class Given {

    static final String PROPERTY = "croft.size";

    private Given() {
    }

    /** The number given under this name. */
    static long number(String name, long otherwise) {
        for (String part : List.of(System.getProperty(PROPERTY, "").strip().split(","))) {
            if (part.startsWith(name + '=')) {
                return Long.parseLong(part.substring(name.length() + 1));
            }
        }
        return otherwise;
    }

    /** As {@link #number}. */
    static int count(String name, int otherwise) {
        return Math.toIntExact(number(name, otherwise));
    }
}
