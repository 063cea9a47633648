package io.croft.lucene;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FileDataHint;
import org.apache.lucene.store.FileTypeHint;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.store.NoReuseHint;
import org.apache.lucene.store.ReadAdvice;
import org.apache.lucene.store.SingleInstanceLockFactory;

/**
 * Opens folders as memory maps, each file by itself: maps that several files share are given back only with the last of
 * them.
 *
 * <p>A search reads 200 to 2,000 exact vectors and some ten texts, which lie scattered over nine tenths of a large
 * file. The operating system would read up to some megabytes around each of them, all in all everything; it is told not
 * to. So it is of doc values, which Lucene opens like the texts, and of the file as a whole, of which Lucene reads both
 * ends. Words and quantised vectors are read in one piece. A small file is not worth the maps that this costs.
 */
final class MappedFiles {

    /** From this size on a file takes three maps. */
    static final long LARGE_BYTES = 16L << 20;

    private static final Set<IOContext.FileOpenHint> DOC_VALUES = Set.of(FileTypeHint.DATA);

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

    /**
     * By these hints Lucene tells exact vectors, which a search reads few of, from quantised ones, and doc values and
     * whole files from all the rest.
     */
    private static boolean isScattered(IOContext context) {
        Set<IOContext.FileOpenHint> hints = context.hints();
        return context.context() == IOContext.Context.DEFAULT
                && (hints.isEmpty() || hints.equals(DOC_VALUES)
                        || (hints.contains(FileDataHint.KNN_VECTORS) && hints.contains(NoReuseHint.INSTANCE)));
    }

    private static boolean isLarge(Path file) {
        try {
            return Files.size(file) >= LARGE_BYTES;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
