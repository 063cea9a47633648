package io.croft.lucene;

import io.croft.spi.IndexScope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.store.Directory;

/** What proofs must do to an index that no host needs to do. */
public final class IndexProbe {

    private static final Duration NEVER = Duration.ofDays(365);

    private IndexProbe() {
    }

    /** Opens the folders of generations; see {@link #opening}. */
    @FunctionalInterface
    public interface Opener {

        /** Opens this one. */
        Directory open(Path folder) throws IOException;
    }

    /** Has all folders opened in another way, so that a proof sees and can hinder each access to a file. */
    public static LuceneIndex.Builder opening(LuceneIndex.Builder builder, Opener opener) {
        return builder.directories(opener::open);
    }

    /** A folder as the product opens it. */
    public static Directory open(Path folder) throws IOException {
        return MappedFiles.open(folder);
    }

    /** Goes a step towards one segment with each index, as if none had been used for long. */
    public static void tidyAsIdle(LuceneIndex index) {
        index.tidy(Duration.ZERO, NEVER);
    }

    /** Goes a step towards files without what was deleted, as if that had not been begun for long. */
    public static void tidyAsInUse(LuceneIndex index) {
        index.tidy(NEVER, Duration.ZERO);
    }

    /** The folder of a scope's index below a root. */
    public static Path folder(Path root, IndexScope scope) {
        return switch (scope) {
            case IndexScope.MarketIndex market -> root.resolve("market");
            case IndexScope.PrivateIndex own -> root.resolve("orgs").resolve(own.org().toString().substring(0, 2))
                    .resolve(own.org() + "-" + own.incarnation());
        };
    }

    /** The generations that a scope's index has on disk. */
    public static List<Path> generations(Path root, IndexScope scope) {
        Path folder = folder(root, scope);
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(folder)) {
            return all.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(folder + " cannot be listed", e);
        }
    }

    /** Whether a search would see one segment without deletions, or nothing: what is counted is then exact. */
    public static boolean isSeenAsOneSegment(LuceneIndex index, IndexScope scope) {
        try (LuceneSession session = (LuceneSession) index.session(scope, Long.MAX_VALUE)) {
            DirectoryReader reader = session.reader();
            return reader.leaves().size() <= 1 && !reader.hasDeletions();
        }
    }
}
