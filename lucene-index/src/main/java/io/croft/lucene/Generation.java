package io.croft.lucene;

import static io.croft.lucene.RootFolder.reason;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.apache.lucene.store.Directory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One generation of an index: a folder that a whole index is in. It stays until the index has another one and the last
 * reader of this one is closed.
 */
final class Generation {

    private static final Logger LOG = LoggerFactory.getLogger(Generation.class);

    private final int number;
    private final Path folder;
    private final Directory directory;
    private final References references;
    private volatile boolean retired;

    /**
     * Opens a generation; its index holds the first reference.
     *
     * @param discard what to do with the folder of a retired generation
     */
    Generation(int number, Path folder, Directory directory, IndexThreads threads, Consumer<Path> discard) {
        this.number = number;
        this.folder = folder;
        this.directory = directory;
        this.references = new References(() -> threads.reap(() -> end(discard)));
    }

    int number() {
        return number;
    }

    Path folder() {
        return folder;
    }

    Directory directory() {
        return directory;
    }

    /** Who uses it. */
    References references() {
        return references;
    }

    /** Takes it out of use: its files go with its last user. */
    void retire() {
        retired = true;
        references.release();
    }

    /** Leaves its files alone from now on: they are gone, and another index may have a folder of the same name. */
    void forgetFiles() {
        retired = false;
    }

    private void end(Consumer<Path> discard) {
        try {
            directory.close();
        } catch (IOException e) {
            LOG.warn("could not close {} ({})", folder, reason(e));
        }
        if (retired) {
            discard.accept(folder);
        }
    }
}
