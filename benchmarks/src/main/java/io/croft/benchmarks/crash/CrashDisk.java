package io.croft.benchmarks.crash;

import io.croft.lucene.IndexProbe;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.function.Consumer;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FilterDirectory;
import org.apache.lucene.store.FilterIndexOutput;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.store.Lock;

/** A folder as the product opens it, which tells of each access to a file. */
final class CrashDisk extends FilterDirectory {

    private final Consumer<Access> told;

    /** What is done with files. */
    enum Access {
        /** A folder is being opened for copies. */
        WORK_OPENED,
        /** The folder of a generation is being opened. */
        GENERATION_OPENED,
        /** A file was written in part. */
        HALF_WRITTEN,
        /** A merge has begun to write a file. */
        MERGE_WRITTEN,
        /** Files are about to be synced. */
        SYNCING,
        /** A file is about to be renamed. */
        RENAMING,
        /** A file was renamed. */
        RENAMED,
        /** A file was deleted. */
        DELETED,
        /** A file was opened for reading. */
        READ,
        /** A lock was given back. */
        UNLOCKED,
        /** A folder was closed. */
        CLOSED
    }

    private CrashDisk(Directory disk, Consumer<Access> told) {
        super(disk);
        this.told = told;
    }

    static Directory open(Path folder, Consumer<Access> told) throws IOException {
        told.accept(folder.toString().contains("work") ? Access.WORK_OPENED : Access.GENERATION_OPENED);
        return new CrashDisk(IndexProbe.open(folder), told);
    }

    @Override
    public IndexOutput createOutput(String name, IOContext context) throws IOException {
        IndexOutput output = new Output(super.createOutput(name, context));
        if (context.mergeInfo() != null) {
            told.accept(Access.MERGE_WRITTEN);
        }
        return output;
    }

    @Override
    public void sync(Collection<String> names) throws IOException {
        told.accept(Access.SYNCING);
        super.sync(names);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        told.accept(Access.RENAMING);
        super.rename(from, to);
        told.accept(Access.RENAMED);
    }

    @Override
    public void deleteFile(String name) throws IOException {
        super.deleteFile(name);
        told.accept(Access.DELETED);
    }

    @Override
    public IndexInput openInput(String name, IOContext context) throws IOException {
        IndexInput input = super.openInput(name, context);
        told.accept(Access.READ);
        return input;
    }

    @Override
    public Lock obtainLock(String name) throws IOException {
        Lock lock = super.obtainLock(name);
        return new Lock() {
            @Override
            public void close() throws IOException {
                lock.close();
                told.accept(Access.UNLOCKED);
            }

            @Override
            public void ensureValid() throws IOException {
                lock.ensureValid();
            }
        };
    }

    @Override
    public void close() throws IOException {
        super.close();
        told.accept(Access.CLOSED);
    }

    /** Tells of its second piece. */
    private final class Output extends FilterIndexOutput {

        private int pieces;

        Output(IndexOutput file) {
            super(file.toString(), file.getName(), file);
        }

        @Override
        public void writeBytes(byte[] bytes, int offset, int length) throws IOException {
            super.writeBytes(bytes, offset, length);
            if (++pieces == 2) {
                told.accept(Access.HALF_WRITTEN);
            }
        }
    }
}
