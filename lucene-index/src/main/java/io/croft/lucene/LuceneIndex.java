package io.croft.lucene;

import io.croft.CroftException;
import io.croft.ErasureReceipt.IndexFiles;
import io.croft.InvalidInputException;
import io.croft.lucene.codec.CroftCodec;
import io.croft.search.Source;
import io.croft.spi.Checkpoint;
import io.croft.spi.ChunkIndex;
import io.croft.spi.ContentChunks;
import io.croft.spi.IndexEvent;
import io.croft.spi.IndexSchema;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.Sight;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;
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
 * <p>Memory maps are what runs out first with many indexes: an open one takes one to three for each segment, and
 * {@code vm.max_map_count} is often 65,530. So indexes stay open for searching within three bounds: their number, their
 * heap, and 60 % of the maps that the system allows, at most 40,000. At most 32 are open for writing, and all of them
 * together hold no more in memory than {@link #DEFAULT_BUFFER_BYTES}, but for a document or two. At most two that are
 * cold are opened at a time. {@link #stats} says where all this stands.
 *
 * <p>The JVM should be started with {@code --add-modules jdk.incubator.vector}. Without it graphs, and vectors of any
 * encoding but one bit a dimension, are compared several times slower, which is said once in the log. By
 * default segments of 25,000 chunks and more have one bit and do without; smaller ones have four.
 *
 * <p>Thread-safe. Events are told on threads of the index; whoever listens must not call the index from there.
 */
public final class LuceneIndex implements ChunkIndex {

    /** The most indexes that stay open for searching, unless the builder says otherwise. */
    public static final int DEFAULT_OPEN_READERS = 10_000;

    /** The most heap that they take, unless the builder says otherwise: 512 MiB. */
    public static final long DEFAULT_READER_BYTES = 512L << 20;

    /** After how long without use an index is merged into one segment, unless the builder says otherwise. */
    public static final Duration DEFAULT_IDLE_AFTER = Duration.ofMinutes(10);

    /**
     * How many bytes all changes that are not yet written take in memory, unless the builder says otherwise: 256 MiB.
     */
    public static final long DEFAULT_BUFFER_BYTES = 256L << 20;

    /**
     * Up to how many chunks of one segment an organisation's vectors are compared one by one, unless the builder says
     * otherwise. See docs/vectors.md for why.
     */
    public static final int DEFAULT_EXACT_UP_TO_PRIVATE = 250_000;

    /** The same for the marketplace, which all organisations search. */
    public static final int DEFAULT_EXACT_UP_TO_MARKETPLACE = 100_000;

    /** Among fewer no graph is ever walked, so it would be written in vain. */
    static final int LEAST_EXACT_UP_TO = 25_000;
    static final int MOST_EXACT_UP_TO = 10_000_000;

    private static final Logger LOG = LoggerFactory.getLogger(LuceneIndex.class);

    /** Writers, those included that are in use beside those that stay open for their indexes' next changes. */
    private static final int MOST_WRITERS = 32;
    /** The most that one writer may hold of the memory of all. */
    private static final long MOST_BUFFER_OF_ONE = 64L << 20;
    private static final int BUFFER_SHARES = 4;
    private static final Duration CHECK_AFTER = Duration.ofMillis(500);
    private static final Duration EXPUNGE_EVERY = Duration.ofHours(8);
    private static final Duration LOOK_FOR_IDLE_EVERY = Duration.ofSeconds(15);

    private final Path root;
    private final int openReaders;
    private final long readerBytes;
    private final long bufferBytes;
    private final Duration idleAfter;
    private final Duration keepPrevious;
    private final Duration checkAfter;
    private final Map<Source, VectorSettings> vectors;
    private final Engine.DirectoryOpener directories;
    private final ConcurrentMap<IndexScope, ScopeIndex> indexes = new ConcurrentHashMap<>();
    private volatile @Nullable Engine engine;
    private volatile long mapBudget;
    private boolean ended;

    private LuceneIndex(Builder builder) {
        this.root = builder.root;
        this.openReaders = builder.openReaders;
        this.readerBytes = builder.readerBytes;
        this.bufferBytes = builder.bufferBytes;
        this.idleAfter = builder.idleAfter;
        this.keepPrevious = builder.keepPrevious;
        this.checkAfter = builder.checkAfter;
        this.vectors = Map.copyOf(builder.vectors);
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
        CroftCodec.requireKnown();
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
            LOG.warn("graphs of vectors, and vectors of more than one bit a dimension, are compared several times"
                    + " slower than could be: start the JVM with --add-modules jdk.incubator.vector");
        }
        IndexThreads threads = new IndexThreads();
        try {
            RootFolder folder = threads.open(() -> RootFolder.take(root));
            ChunkSchema chunks = new ChunkSchema(schema);
            WorkCounts counts = new WorkCounts();
            ReaderBudget budget = ReaderBudget.ofThisSystem(openReaders, readerBytes);
            engine = new Engine(folder, directories, chunks,
                    new WriterSettings(chunks, Math.min(MOST_BUFFER_OF_ONE, bufferBytes / BUFFER_SHARES), vectors),
                    new OpenReaders(budget, threads, counts, events),
                    new OpenWriters(MOST_WRITERS - threads.writing()), new WriteBuffers(bufferBytes), threads,
                    new FileChecks(threads, counts, checkAfter), counts, keepPrevious, events);
            mapBudget = budget.maps();
            threads.reap(folder::emptyTrash);
            threads.every(LOOK_FOR_IDLE_EVERY, () -> tidy(idleAfter, EXPUNGE_EVERY));
        } finally {
            if (engine == null) {
                threads.close();
            }
        }
    }

    @Override
    public Standing open(IndexScope scope) {
        return engine().threads().load(index(scope)::open);
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
    public IndexSession session(IndexScope scope, Sight sight, long deadlineNanos) {
        ScopeIndex index = index(scope);
        Engine in = engine();
        OpenReader open = index.acquire(deadlineNanos);
        try {
            return new LuceneSession(scope, sight, open, in.schema(), in.threads(), in.counts(), index::doubt);
        } catch (RuntimeException | Error e) {
            open.references().release();
            throw e;
        }
    }

    @Override
    public IndexFiles drop(IndexScope scope) {
        return engine().threads().call(() -> {
            ScopeIndex index = index(scope);
            IndexFiles dropped = index.remove();
            indexes.remove(scope, index);
            return dropped;
        });
    }

    /**
     * Copies a scope's index, as it is now, to a new folder, or into a new archive if the name ends in {@code .zip}.
     * Changes go on meanwhile. What was applied is committed first; the copy is checked.
     *
     * @param target where nothing is yet, in a folder that exists
     * @return what the copy stands at
     * @throws InvalidInputException   if there is something
     * @throws io.croft.CroftException if the index is not open, is damaged, or cannot be written there
     */
    public Checkpoint snapshot(IndexScope scope, Path target) {
        if (Files.exists(target)) {
            throw new InvalidInputException(target + " exists: a snapshot needs a new name");
        }
        Engine in = engine();
        return in.threads().call(() -> inWorkFolder(in, "copied to " + target, work -> {
            Checkpoint checkpoint = index(scope).link(work);
            SnapshotFiles.requireSound(work, in);
            SnapshotFiles.write(work, target);
            return checkpoint;
        }));
    }

    /**
     * Puts a snapshot in the place of a scope's index, at once. It must be of the same organisation, incarnation, model
     * and schema, and sound. Sessions of the index before keep what they see. The index stands at the snapshot's
     * checkpoint and takes no changes until it was opened again; whoever follows the change log goes on from there, or
     * has the index rebuilt if the log does not reach back as far.
     *
     * @param source a folder or archive that {@link #snapshot} made: at most 10,000 regular files, and as many bytes as
     *               the disk has free, never more than 4 TiB
     * @throws io.croft.CroftException if it is not fit; the index is as it was
     */
    public void restore(IndexScope scope, Path source) {
        Engine in = engine();
        in.threads().run(() -> inWorkFolder(in, "restored from " + source, work -> {
            Path files = Files.createDirectory(work.resolve("files"));
            SnapshotFiles.read(source, files);
            SnapshotFiles.check(files, scope, in);
            index(scope).restore(files);
            return work;
        }));
    }

    /**
     * Puts the generation back that the last rebuild replaced, if {@link Builder#keepPrevious} still keeps it and the
     * index was not rewritten since. What is said of {@link #restore} holds here too.
     *
     * @return whether there was one
     */
    public boolean rollBack(IndexScope scope) {
        return engine().threads().call(index(scope)::rollBack);
    }

    /**
     * Writes a scope's index anew as far as it holds what was deleted or was written by an older Lucene, and commits
     * it: afterwards no byte of what was deleted is left in its files, but for what searches under way hold, and a
     * later Lucene will read them. It takes as long as merging all of it; searches go on, changes wait. A generation
     * that {@link Builder#keepPrevious} kept has what was deleted, so it goes as well, and cannot be put back any more.
     *
     * <p>An index is born in the version of its first commit, which does not change: one born in Lucene 9 can be read
     * by 10 and not by 11, which has it rebuilt from the database.
     *
     * @throws io.croft.CroftException if it is not open, or cannot be written
     */
    public void rewrite(IndexScope scope) {
        engine().threads().run(index(scope)::rewrite);
    }

    /** What this index holds now and has done so far. Takes milliseconds. */
    public IndexStats stats() {
        Engine in = engine();
        return new IndexStats(indexes.size(), in.readers().open(), in.readers().heapBytes(), in.readers().maps(),
                in.buffers().writers(), in.buffers().bytes(), ReaderBudget.processMaps(), mapBudget,
                in.counts().coldOpens(), in.counts().evictions(), in.counts().checks(), in.counts().damages(),
                in.counts().tidyings(), in.counts().scans(), in.counts().walks(), in.counts().walksAstray());
    }

    /**
     * Goes one step towards a single segment with each index that was not used for so long and gains by it, and towards
     * files without what was deleted with each other one where that was not begun for so long.
     */
    void tidy(Duration idleFor, Duration expungeEvery) {
        for (ScopeIndex index : indexes.values()) {
            index.tidy(idleFor.toNanos(), expungeEvery.toNanos());
        }
    }

    /** Work with files beside the indexes. */
    @FunctionalInterface
    private interface FolderWork<T> {
        T in(Path folder) throws IOException;
    }

    private static <T> T inWorkFolder(Engine engine, String what, FolderWork<T> work) {
        Path folder = null;
        try {
            folder = engine.root().workFolder();
            return work.in(folder);
        } catch (IOException e) {
            throw new CroftException("an index could not be " + what + " (" + RootFolder.reason(e)
                    + "): see that the place is there, has space, and may be used by this process", e);
        } catch (CroftException e) {
            throw new CroftException("an index could not be " + what + ": " + e.getMessage(), e);
        } finally {
            if (folder != null) {
                RootFolder.delete(folder);
            }
        }
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
        closing.threads().beginClosing();
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
        private static final Duration LONGEST = Duration.ofDays(365);
        private static final long LEAST_READER_BYTES = 1L << 20;
        private static final long LEAST_BUFFER_BYTES = 32L << 20;
        private static final long MOST_BUFFER_BYTES = 32L << 30;

        private final Path root;
        private int openReaders = DEFAULT_OPEN_READERS;
        private long readerBytes = DEFAULT_READER_BYTES;
        private Duration idleAfter = DEFAULT_IDLE_AFTER;
        private Duration keepPrevious = Duration.ZERO;
        private Duration checkAfter = CHECK_AFTER;
        private long bufferBytes = DEFAULT_BUFFER_BYTES;
        private final Map<Source, VectorSettings> vectors = new EnumMap<>(Map.of(
                Source.PRIVATE, new VectorSettings(null, DEFAULT_EXACT_UP_TO_PRIVATE),
                Source.MARKETPLACE, new VectorSettings(null, DEFAULT_EXACT_UP_TO_MARKETPLACE)));
        private Engine.DirectoryOpener directories = MappedFiles::open;

        private Builder(Path root) {
            this.root = Objects.requireNonNull(root, "root");
        }

        /**
         * The most indexes that stay open for searching when nobody searches them; more are open while they are being
         * searched. One of a single segment takes about 30 KB of heap and one to three memory maps.
         *
         * @param count 1 to 20,000; 10,000 by default
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
         * The most heap that the indexes take which stay open for searching, as estimated from their segments.
         *
         * @param bytes 1 MiB to 32 GiB; 512 MiB by default
         * @throws InvalidInputException if it is outside that
         */
        public Builder readerBytes(long bytes) {
            if (bytes < LEAST_READER_BYTES || bytes > MOST_BUFFER_BYTES) {
                throw new InvalidInputException("a reader budget of " + bytes + " bytes is outside "
                        + LEAST_READER_BYTES + " to " + MOST_BUFFER_BYTES);
            }
            this.readerBytes = bytes;
            return this;
        }

        /**
         * After how long without a search or a change an index of up to 45,000 chunks is merged into one segment, on
         * the threads that merge, if that is worth the writing.
         *
         * @param idleAfter 1 second to 365 days; 10 minutes by default
         * @throws InvalidInputException if it is outside that
         */
        public Builder idleAfter(Duration idleAfter) {
            this.idleAfter = within("an idle time", idleAfter, Duration.ofSeconds(1));
            return this;
        }

        /**
         * How long a generation that a rebuild has replaced can be put back by {@link LuceneIndex#rollBack}. Its files
         * stay as long, and no longer than this process, the next rebuild or the next {@link LuceneIndex#rewrite}.
         *
         * @param keepPrevious zero to 365 days; zero by default: they go at once
         * @throws InvalidInputException if it is outside that
         */
        public Builder keepPrevious(Duration keepPrevious) {
            this.keepPrevious = within("a time to keep a generation", keepPrevious, Duration.ZERO);
            return this;
        }

        private static Duration within(String what, Duration given, Duration least) {
            if (given.compareTo(least) < 0 || given.compareTo(LONGEST) > 0) {
                throw new InvalidInputException(what + " of " + given + " is outside " + least + " to " + LONGEST);
            }
            return given;
        }

        /**
         * How much memory changes may take until they are written to files, of all writers and rebuilds together. One
         * may hold up to a quarter of it, at most 64 MiB; a single document may exceed it.
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

        /**
         * How the vectors of a source's indexes are kept for comparing. It may be changed at any time and needs no
         * rebuild: what is written or merged from then on has the new encoding, what lies there is searched as it is.
         *
         * @param source   the organisations' indexes or the marketplace's
         * @param encoding by default {@link VectorEncoding#BITS_1} for segments that are merged to 25,000 chunks or
         *                 more, with vectors of 192 dimensions and more, else {@link VectorEncoding#BITS_4}
         */
        public Builder vectors(Source source, VectorEncoding encoding) {
            vectors.compute(Objects.requireNonNull(source, "source"),
                    (key, settings) -> Objects.requireNonNull(settings).with(encoding));
            return this;
        }

        /**
         * Up to how many chunks of one segment the vectors of a source are compared one by one; a larger segment gets
         * a graph (HNSW). Comparing one by one misses nothing and costs nothing to build, the graph answers faster and
         * takes about fifteen times as long to write. A segment holds about as many chunks as the whole index once
         * that is quiet; the number where a graph begins may differ from this by one in a thousand. It may be changed
         * at any time, like the encoding.
         *
         * @param source  the organisations' indexes or the marketplace's
         * @param vectors 25,000 to 10,000,000; 250,000 for organisations, 100,000 for the marketplace by default
         * @throws InvalidInputException if it is outside that
         */
        public Builder exactUpTo(Source source, int vectors) {
            if (vectors < LEAST_EXACT_UP_TO || vectors > MOST_EXACT_UP_TO) {
                throw new InvalidInputException("exact search up to " + vectors + " vectors is outside "
                        + LEAST_EXACT_UP_TO + " to " + MOST_EXACT_UP_TO);
            }
            return graphsBeyond(source, vectors);
        }

        /** The same without limits: for tests of small graphs. */
        Builder graphsBeyond(Source source, int vectors) {
            this.vectors.compute(Objects.requireNonNull(source, "source"),
                    (key, settings) -> Objects.requireNonNull(settings).withExactUpTo(vectors));
            return this;
        }

        /** When what was opened is read through: for tests of damage. */
        Builder checkAfter(Duration checkAfter) {
            this.checkAfter = checkAfter;
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
