package io.croft.pg.audit;

import io.croft.CroftException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * What a schema of this release has: its tables, policies, functions and rights, by name. Written down apart from the
 * migrations, so that a right which a migration gives too much is seen by the audit of a fresh schema.
 *
 * @param text the lines of {@code expected.txt}
 */
public record Expected(String text) {

    private static final String RESOURCE = "expected.txt";

    /** As this release's file says. */
    public static Expected read() {
        try (InputStream in = Expected.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new CroftException("resource " + RESOURCE + " is missing: the jar of the store is incomplete");
            }
            return new Expected(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read resource " + RESOURCE, e);
        }
    }

    /** The words of each line of one kind, the kind included. */
    List<List<String>> lines(String kind) {
        return text.lines().map(line -> Arrays.asList(line.split(" ", -1)))
                .filter(words -> words.getFirst().equals(kind))
                .toList();
    }
}
