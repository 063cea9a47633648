package io.croft.lucene;

import io.croft.spi.IndexEvent;
import io.croft.spi.IndexScope;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import org.apache.lucene.store.Directory;

/**
 * What all indexes of one root folder share.
 *
 * @param root        the folder
 * @param directories opens a generation's folder
 * @param schema      how chunks become documents
 * @param settings    how they are written
 * @param readers     the open readers
 * @param writers     the open writers
 * @param buffers     their memory
 * @param threads     where files are touched
 * @param checks      reads through what was opened
 * @param counts      what was done so far
 * @param keepPrevious how long a generation that was replaced can be put back
 * @param events      told of each step
 */
record Engine(RootFolder root, DirectoryOpener directories, ChunkSchema schema, WriterSettings settings,
        OpenReaders readers, OpenWriters writers, WriteBuffers buffers, IndexThreads threads, FileChecks checks,
        WorkCounts counts, Duration keepPrevious, Consumer<IndexEvent> events) {

    /** Opens a folder for Lucene. */
    @FunctionalInterface
    interface DirectoryOpener {
        Directory open(Path folder) throws IOException;
    }

    void tell(IndexScope scope, IndexEvent.Step step) {
        events.accept(new IndexEvent(scope, step));
    }

    /** Opens a generation. */
    Generation generation(ScopeFolder folder, int number) throws IOException {
        Path path = folder.generation(number);
        return new Generation(number, path, directories.open(path), threads, root::discard);
    }
}
