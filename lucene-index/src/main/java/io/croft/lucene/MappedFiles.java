package io.croft.lucene;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.apache.lucene.store.DataAccessHint;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FileDataHint;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.store.NoReuseHint;
import org.apache.lucene.store.ReadAdvice;
import org.apache.lucene.store.SingleInstanceLockFactory;

/**
 * Opens folders as memory maps, each file by itself: maps that several files share are given back only with the last of
 * them.
 *
 * <p>A search reads some 200 to 2,000 exact vectors and some ten texts, which lie scattered over nine tenths of a large
 * file, and a few pages of words. The operating system would read up to some megabytes around each of them, all in all
 * everything; it is told not to. Only quantised vectors, which are compared one after the other, are to be read far
 * ahead. A small file is not worth the maps that this costs.
 */
final class MappedFiles {

    /** From this size on a file takes three maps. */
    static final long LARGE_BYTES = 16L << 20;

    private MappedFiles() {
    }

    static Directory open(Path folder) throws IOException {
        MMapDirectory directory = new MMapDirectory(folder, new SingleInstanceLockFactory());
        directory.setGroupingFunction(MMapDirectory.NO_GROUPING);
        directory.setReadAdvice((file, context) -> isLarge(folder.resolve(file)) ? advice(context) : Optional.empty());
        return directory;
    }

    /**
     * (By these hints Lucene tells exact vectors from quantised ones; what it reads once and in order, it says itself.)
     */
    private static Optional<ReadAdvice> advice(IOContext context) {
        Set<IOContext.FileOpenHint> hints = context.hints();
        if (context.context() != IOContext.Context.DEFAULT || hints.contains(DataAccessHint.SEQUENTIAL)) {
            return Optional.empty();
        }
        boolean isQuantised = hints.contains(FileDataHint.KNN_VECTORS) && !hints.contains(NoReuseHint.INSTANCE);
        return Optional.of(isQuantised ? ReadAdvice.SEQUENTIAL : ReadAdvice.RANDOM);
    }

    private static boolean isLarge(Path file) {
        try {
            return Files.size(file) >= LARGE_BYTES;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
