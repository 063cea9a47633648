package io.croft.benchmarks.run;

import java.util.regex.Pattern;

/** How large a benchmark is to be: {@code -Dcroft.size=orgs=10000,seconds=1800} changes what is named and nothing else. */
public final class Given {

    static final String PROPERTY = "croft.size";

    private Given() {
    }

    /** The number given under this name. */
    public static long number(String name, long otherwise) {
        return Pattern.compile(",").splitAsStream(System.getProperty(PROPERTY, "").strip())
                .filter(part -> part.startsWith(name + '='))
                .mapToLong(part -> Long.parseLong(part.substring(name.length() + 1)))
                .findFirst().orElse(otherwise);
    }

    /** As {@link #number}. */
    public static int count(String name, int otherwise) {
        return Math.toIntExact(number(name, otherwise));
    }
}
