package io.croft.benchmarks.data;

import java.nio.file.Path;

/** The folder beside the project that holds the collections to measure on. It is not part of the project. */
public final class SharedFolder {

    /** Names the folder; {@code ../shared} by default. */
    public static final String PROPERTY = "croft.shared";

    private SharedFolder() {
    }

    /** Where the collections are, if they are there. */
    public static Path collections() {
        String given = System.getProperty(PROPERTY, "");
        return Path.of(given.isBlank() ? "../shared" : given).resolve("collections").toAbsolutePath().normalize();
    }

    /** What is said where the folder is missing. */
    public static String missing(String what) {
        return "SKIPPED, nothing was measured: no folder " + collections().resolve(what)
                + "; give the folder that holds "
                + "collections/" + what + " with -D" + PROPERTY + "=…";
    }
}
