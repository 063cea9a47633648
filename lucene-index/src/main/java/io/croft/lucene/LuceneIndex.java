package io.croft.lucene;

import io.croft.InvalidInputException;
import io.croft.spi.Checkpoint;
import io.croft.spi.ChunkIndex;
import io.croft.spi.ContentChunks;
import io.croft.spi.IndexEvent;
import io.croft.spi.IndexSchema;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.store.SingleInstanceLockFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The index of chunks in local Lucene folders: one for each organisation, one for the marketplace, all below one root
 * folder that belongs to this process for as long as the index is open.
 *
 * <p>An index that is not in use costs its files and nothing else. It is opened by the first search or change that
 * needs it, in milliseconds, and closed again when others need the room. What is applied is visible at once and lasts
 * when it is committed; when to commit is up to the caller.
 *
 * <p>Memory maps are what runs out first with many indexes: an open one takes about three, and {@code vm.max_map_count}
 * is often 65,530. The JVM should be started with {@code --add-modules jdk.incubator.vector}; without it comparing
 * vectors takes several times as long, which is said once in the log.
 *
 * <p>Thread-safe. Events are told on threads of the index; whoever listens must not call the index from there.
 */
public final class LuceneIndex implements ChunkIndex {

    /** How many indexes stay open for searching, unless the builder says otherwise. */
    public static final int DEFAULT_OPEN_READERS = 1000;

    /**
     * How many bytes all changes that are not yet written take in memory, unless the builder says otherwise: 256 MiB.
     */
    public static final long DEFAULT_BUFFER_BYTES = 256L << 20;

    private static final Logger LOG = LoggerFactory.getLogger(LuceneIndex.class);

    /** Writers that stay open for their indexes' next changes; each may fill as large a part of the memory. */
    private static final int OPEN_WRITERS = 32;

    private final Path root;
    private final int openReaders;
    private final long bufferBytes;
    private final Engine.DirectoryOpener directories;
    private final ConcurrentMap<IndexScope, ScopeIndex> indexes = new ConcurrentHashMap<>();
    private volatile @Nullable Engine engine;
    private boolean ended;

    private LuceneIndex(Builder builder) {
        this.root = builder.root;
        this.openReaders = builder.openReaders;
        this.bufferBytes = builder.bufferBytes;
        this.directories = builder.directories;
    }

    /**
     * An index in this folder, with the defaults. The folder is created and taken when the index is started.
     *
     * @param root a folder of its own for each process, on a local disk
     */
    public static LuceneIndex at(Path root) {
        return builder(root).build();
    }

    /**
     * An index in this folder, to be configured.
     *
     * @param root a folder of its own for each process, on a local disk
     */
    public static Builder builder(Path root) {
        return new Builder(root);
    }

    @Override
    public synchronized void start(IndexSchema schema, Consumer<IndexEvent> events) {
        Objects.requireNonNull(schema, "schema");
        Objects.requireNonNull(events, "events");
        if (engine != null || ended) {
            throw new IllegalStateException("the index in " + root + " was started before");
        }
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
            LOG.warn("comparing vectors is several times slower than it could be: start the JVM with"
                    + " --add-modules jdk.incubator.vector");
        }
        IndexThreads threads = new IndexThreads();
        try {
            RootFolder folder = threads.open(() -> RootFolder.take(root));
            ChunkSchema chunks = new ChunkSchema(schema);
            engine = new Engine(folder, directories, chunks, new WriterSettings(chunks, bufferBytes / OPEN_WRITERS),
                    new OpenReaders(openReaders, threads, events), new OpenWriters(OPEN_WRITERS), threads, events);
            threads.reap(folder::emptyTrash);
        } finally {
            if (engine == null) {
                threads.close();
            }
        }
    }

    @Override
    public Standing open(IndexScope scope) {
        return engine().threads().call(index(scope)::open);
    }

    @Override
    public void apply(IndexScope scope, List<ContentChunks> changes, Checkpoint to) {
        Objects.requireNonNull(to, "to");
        engine().threads().run(() -> index(scope).apply(changes, to));
    }

    @Override
    public void commit(IndexScope scope) {
        engine().threads().run(index(scope)::commit);
    }

    @Override
    public Rebuild rebuild(IndexScope scope) {
        return engine().threads().call(index(scope)::build);
    }

    @Override
    public IndexSession session(IndexScope scope) {
        ScopeIndex index = index(scope);
        ChunkSchema schema = engine().schema();
        return new LuceneSession(scope, index.acquire(), schema, index::doubt);
    }

    @Override
    public void drop(IndexScope scope) {
        engine().threads().run(() -> {
            ScopeIndex index = index(scope);
            index.remove();
            indexes.remove(scope, index);
        });
    }

    @Override
    public Set<IndexScope.PrivateIndex> privateIndexes() {
        return engine().root().privateIndexes();
    }

    /**
     * Commits what was applied and releases everything. Sessions that are open may go on and should be closed.
     *
     * @throws io.croft.CroftException if something could not be committed; everything is released all the same
     */
    @Override
    public synchronized void close() {
        Engine closing = engine;
        ended = true;
        if (closing == null) {
            return;
        }
        engine = null;
        RuntimeException failed = null;
        for (ScopeIndex index : indexes.values()) {
            try {
                closing.threads().run(index::close);
            } catch (RuntimeException e) {
                if (failed == null) {
                    failed = e;
                } else {
                    failed.addSuppressed(e);
                }
            }
        }
        indexes.clear();
        closing.threads().close();
        closing.root().close();
        if (failed != null) {
            throw failed;
        }
    }

    /** How many readers are open. */
    int openReaders() {
        return engine().readers().open();
    }

    /** How many writers are open. */
    int openWriters() {
        return engine().writers().count();
    }

    private Engine engine() {
        Engine started = engine;
        if (started == null) {
            throw new IllegalStateException("the index in " + root + (ended ? " is closed" : " has not been started"));
        }
        return started;
    }

    private ScopeIndex index(IndexScope scope) {
        return indexes.computeIfAbsent(Objects.requireNonNull(scope, "scope"),
                absent -> new ScopeIndex(absent, engine()));
    }

    @Override
    public String toString() {
        return "LuceneIndex[" + root + "]";
    }

    /** Configures a {@link LuceneIndex}. Used by one thread. */
    public static final class Builder {

        private static final int MOST_OPEN_READERS = 20_000;
        private static final long LEAST_BUFFER_BYTES = 32L << 20;
        private static final long MOST_BUFFER_BYTES = 32L << 30;

        private final Path root;
        private int openReaders = DEFAULT_OPEN_READERS;
        private long bufferBytes = DEFAULT_BUFFER_BYTES;
        private Engine.DirectoryOpener directories = folder -> {
            MMapDirectory directory = new MMapDirectory(folder, new SingleInstanceLockFactory());
            directory.setGroupingFunction(MMapDirectory.NO_GROUPING);
            return directory;
        };

        private Builder(Path root) {
            this.root = Objects.requireNonNull(root, "root");
        }

        /**
         * How many indexes stay open for searching when nobody searches them; more are open while they are being
         * searched. Each takes about 20 KB of heap and three memory maps.
         *
         * @param count 1 to 20,000; 1,000 by default
         * @throws InvalidInputException if it is outside that
         */
        public Builder openReaders(int count) {
            if (count < 1 || count > MOST_OPEN_READERS) {
                throw new InvalidInputException(count + " open readers are outside 1 to " + MOST_OPEN_READERS);
            }
            this.openReaders = count;
            return this;
        }

        /**
         * How much memory changes may take until they are written to files. Each of 32 writers gets an equal part, and
         * so does each rebuild; a single document may exceed its part.
         *
         * @param bytes 32 MiB to 32 GiB; 256 MiB by default
         * @throws InvalidInputException if it is outside that
         */
        public Builder bufferBytes(long bytes) {
            if (bytes < LEAST_BUFFER_BYTES || bytes > MOST_BUFFER_BYTES) {
                throw new InvalidInputException(
                        "a buffer of " + bytes + " bytes is outside " + LEAST_BUFFER_BYTES + " to "
                                + MOST_BUFFER_BYTES);
            }
            this.bufferBytes = bytes;
            return this;
        }

        /** Opens folders in another way: for tests of what happens when files cannot be written. */
        Builder directories(Engine.DirectoryOpener directories) {
            this.directories = directories;
            return this;
        }

        /** The index, not yet started. */
        public LuceneIndex build() {
            return new LuceneIndex(this);
        }
    }
}
