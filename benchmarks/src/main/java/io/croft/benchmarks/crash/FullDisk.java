package io.croft.benchmarks.crash;

import io.croft.lucene.IndexProbe;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FilterDirectory;
import org.apache.lucene.store.FilterIndexOutput;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexOutput;

/**
 * A disk with so many bytes left. A write that finds too little writes what fits and fails, as a real one does.
 * Thread-safe.
 */
final class FullDisk {

    private static final long UNLIMITED = Long.MAX_VALUE;

    private final String where;
    private final AtomicLong left = new AtomicLong(UNLIMITED);

    /**
     * A disk with room.
     *
     * @param where only folders whose path has this are on it
     */
    FullDisk(String where) {
        this.where = where;
    }

    /** From now on so many bytes are left. */
    void leave(long bytes) {
        left.set(bytes);
    }

    /** There is room again. */
    void leaveEnough() {
        left.set(UNLIMITED);
    }

    Directory open(Path folder) throws IOException {
        Directory disk = IndexProbe.open(folder);
        return folder.toString().contains(where) ? new Folder(disk) : disk;
    }

    /** Takes as much of so many bytes as is left. */
    private int take(int bytes) {
        while (true) {
            long before = left.get();
            if (before == UNLIMITED) {
                return bytes;
            }
            int fits = (int) Math.min(before, bytes);
            if (left.compareAndSet(before, before - fits)) {
                return fits;
            }
        }
    }

    private static IOException full(String file) {
        return new FileSystemException(file, null, "No space left on device");
    }

    private final class Folder extends FilterDirectory {

        Folder(Directory disk) {
            super(disk);
        }

        @Override
        public IndexOutput createOutput(String name, IOContext context) throws IOException {
            if (left.get() == 0) {
                throw full(name);
            }
            return new File(super.createOutput(name, context));
        }

        @Override
        public IndexOutput createTempOutput(String prefix, String suffix, IOContext context) throws IOException {
            if (left.get() == 0) {
                throw full(prefix);
            }
            return new File(super.createTempOutput(prefix, suffix, context));
        }

        @Override
        public void sync(Collection<String> names) throws IOException {
            if (left.get() == 0) {
                throw full(names.toString());
            }
            super.sync(names);
        }
    }

    private final class File extends FilterIndexOutput {

        File(IndexOutput file) {
            super(file.toString(), file.getName(), file);
        }

        @Override
        public void writeByte(byte value) throws IOException {
            if (take(1) < 1) {
                throw full(getName());
            }
            super.writeByte(value);
        }

        @Override
        public void writeBytes(byte[] bytes, int offset, int length) throws IOException {
            int fits = take(length);
            super.writeBytes(bytes, offset, fits);
            if (fits < length) {
                throw full(getName());
            }
        }
    }
}
