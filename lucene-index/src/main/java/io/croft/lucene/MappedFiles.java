package io.croft.lucene;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
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
 * <p>A search reads about a hundred exact vectors, which lie scattered over two thirds of a large file. The operating
 * system would read up to some megabytes around each of them, all in all everything; it is told not to. Whatever else
 * is in the file is read in one piece. A small file is not worth the two more maps that this costs.
 */
final class MappedFiles {

    /** From this size on a file takes three maps. */
    static final long LARGE_BYTES = 16L << 20;

    private MappedFiles() {
    }

    static Directory open(Path folder) throws IOException {
        MMapDirectory directory = new MMapDirectory(folder, new SingleInstanceLockFactory());
        directory.setGroupingFunction(MMapDirectory.NO_GROUPING);
        directory.setReadAdvice((file, context) -> isScattered(context) && isLarge(folder.resolve(file))
                ? Optional.of(ReadAdvice.RANDOM)
                : Optional.empty());
        return directory;
    }

    /** By this Lucene tells exact vectors, which a search reads few of, from quantised ones. */
    private static boolean isScattered(IOContext context) {
        return context.context() == IOContext.Context.DEFAULT && context.hints().contains(FileDataHint.KNN_VECTORS)
                && context.hints().contains(NoReuseHint.INSTANCE);
    }

    private static boolean isLarge(Path file) {
        try {
            return Files.size(file) >= LARGE_BYTES;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
