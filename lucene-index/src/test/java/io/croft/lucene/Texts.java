package io.croft.lucene;

import io.croft.OrgId;
import io.croft.content.EmbeddingModel;
import io.croft.search.Fields;
import io.croft.search.SearchMode;
import io.croft.spi.Checkpoint;
import io.croft.spi.Chunk;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexSchema;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.IndexSession.Candidate;
import io.croft.spi.IndexSession.CandidateQuery;
import io.croft.spi.QueryText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Small contents and queries for the tests of this package. */
final class Texts {

    private static final IndexThreads THREADS = new IndexThreads();
    static final EmbeddingModel MODEL = new EmbeddingModel("test-8", 8, 0.1);
    static final IndexScope.MarketIndex MARKET = new IndexScope.MarketIndex();
    static final Instant WRITTEN = Instant.parse("2026-02-03T04:05:06Z");
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final long LOOK_EVERY_NANOS = 500_000;

    private Texts() {
    }

    static IndexScope.PrivateIndex scope(String org) {
        return new IndexScope.PrivateIndex(OrgId.named(org), new UUID(7, org.hashCode()));
    }

    /** A text of one chunk for each of the given; the vectors follow from the texts. */
    static ContentChunks content(OrgId org, String id, long revision, String... texts) {
        return content(org, id, revision, "", Map.of(), texts);
    }

    static ContentChunks content(OrgId org, String id, long revision, String title, Map<String, String> fields,
            String... texts) {
        List<Chunk> chunks = new ArrayList<>();
        for (int i = 0; i < texts.length; i++) {
            chunks.add(new Chunk(i, 0, texts[i].length(), texts[i], vector(texts[i])));
        }
        return new ContentChunks(new ContentKey(org, id), revision, MODEL.id(), WRITTEN, title, fields, chunks);
    }

    static ContentChunks withVector(OrgId org, String id, String modelId, float[] vector) {
        return new ContentChunks(new ContentKey(org, id), 1, modelId, WRITTEN, "", Map.of(),
                List.of(new Chunk(0, 0, 4, "text " + id, vector)));
    }

    /** A unit vector that follows from the text. */
    static float[] vector(String text) {
        return unit(new Random(text.hashCode()), MODEL.dimensions());
    }

    static float[] unit(Random random, int dimensions) {
        float[] vector = new float[dimensions];
        double square = 0;
        for (int i = 0; i < dimensions; i++) {
            vector[i] = (float) random.nextGaussian();
            square += vector[i] * vector[i];
        }
        for (int i = 0; i < dimensions; i++) {
            vector[i] /= (float) Math.sqrt(square);
        }
        return vector;
    }

    static double dot(float[] one, float[] other) {
        double sum = 0;
        for (int i = 0; i < one.length; i++) {
            sum += (double) one[i] * other[i];
        }
        return sum;
    }

    static Checkpoint checkpoint(String value) {
        return new Checkpoint(value);
    }

    /** A started index; its events are not listened to. */
    static LuceneIndex started(Path root) {
        return started(LuceneIndex.builder(root));
    }

    static LuceneIndex started(LuceneIndex.Builder builder) {
        LuceneIndex index = builder.build();
        index.start(new IndexSchema(MODEL, Fields.undeclared()), event -> {
        });
        return index;
    }

    /** Builds an empty index, committed at the beginning. */
    static void create(LuceneIndex index, IndexScope scope) {
        try (var rebuild = index.rebuild(scope)) {
            rebuild.finish(Checkpoint.BEGINNING);
        }
    }

    /** Builds an index of these texts. */
    static void create(LuceneIndex index, IndexScope scope, Checkpoint checkpoint, List<ContentChunks> contents) {
        try (var rebuild = index.rebuild(scope)) {
            rebuild.add(contents);
            rebuild.finish(checkpoint);
        }
    }

    /** For one search: its threads end when they are idle. */
    static ScatteredReads reads() {
        return new ScatteredReads(THREADS);
    }

    static List<Candidate> find(IndexSession session, SearchMode mode, String text) {
        return find(session, mode, text, 100);
    }

    static List<Candidate> find(IndexSession session, SearchMode mode, String text, int perLeg) {
        return find(session, mode, text, mode == SearchMode.TEXT ? null : vector(text), perLeg);
    }

    /**
     * (NullAway: the compiler does not write the annotation of a compact constructor's parameter into the class file.)
     */
    @SuppressWarnings("NullAway")
    static List<Candidate> find(IndexSession session, SearchMode mode, String text, float @Nullable [] vector,
            int perLeg) {
        return session.candidates(
                new CandidateQuery(mode, QueryText.of(text), vector, session.statistics(QueryText.of(text)), perLeg,
                        System.nanoTime() + Duration.ofSeconds(30).toNanos()));
    }

    static List<String> ids(List<Candidate> candidates) {
        return candidates.stream().map(candidate -> candidate.key().id()).sorted().distinct().toList();
    }

    /** The ids of all texts that have this word. */
    static List<String> having(LuceneIndex index, IndexScope scope, String word) {
        try (IndexSession session = index.session(scope, Long.MAX_VALUE)) {
            return ids(find(session, SearchMode.TEXT, word));
        }
    }

    /** Copies a folder but for the files that a merge removes meanwhile, which are of no commit. */
    static void copy(Path from, Path to) {
        try {
            Files.walkFileTree(from, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
                        throws IOException {
                    Files.createDirectories(to.resolve(from.relativize(folder).toString()));
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    try {
                        Files.copy(file, to.resolve(from.relativize(file).toString()));
                    } catch (NoSuchFileException mergedAway) {
                        return FileVisitResult.CONTINUE;
                    }
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                    if (e instanceof NoSuchFileException) {
                        return FileVisitResult.CONTINUE;
                    }
                    throw e;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All files below a folder, but for those that are removed meanwhile. */
    static List<Path> files(Path folder) {
        List<Path> files = new ArrayList<>();
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    files.add(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                    return goOn(e);
                }

                @Override
                public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException e) throws IOException {
                    return goOn(e);
                }

                private FileVisitResult goOn(@Nullable IOException e) throws IOException {
                    if (e != null && !(e instanceof NoSuchFileException)) {
                        throw e;
                    }
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        files.sort(null);
        return files;
    }

    /** Waits until something is so, which happens on another thread; long, for machines that have much else to do. */
    static void await(String what, BooleanSupplier so) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!so.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("after " + PATIENCE + " it is not so that " + what);
            }
            LockSupport.parkNanos(LOOK_EVERY_NANOS);
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
    }

    /** The seed of a random test: a new one each time, or that of a failure to replay. */
    static long seed() {
        long seed = Long.getLong("croft.seed", System.nanoTime());
        System.out.println("replay with -Dcroft.seed=" + seed);
        return seed;
    }
}
