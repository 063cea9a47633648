package io.croft.lucene;

import static io.croft.lucene.RootFolder.reason;

import io.croft.CroftException;
import io.croft.spi.Checkpoint;
import io.croft.spi.IndexScope;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.codecs.CompoundDirectory;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexFileNames;
import org.apache.lucene.index.SegmentCommitInfo;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.store.BufferedChecksumIndexInput;
import org.apache.lucene.store.ChecksumIndexInput;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.util.IOUtils;

/**
 * Says whether a generation can be used.
 *
 * <h2>The problem</h2>
 *
 * Every file of a commit ends with the checksum of the rest of it, and most single flipped bits are noticed in no other
 * way. But to read an index of 100,000 chunks through takes longer than a search may wait, and nine tenths of its bytes
 * are exact vectors and texts, of which a search reads 200 to 2,000 and some ten.
 *
 * <h2>The idea</h2>
 *
 * What a search follows is believed only when it was read through; what it merely computes with may be read through
 * behind it. Damaged lengths, addresses and terms could ask for all the memory there is, never end, or show another
 * text: so the commit, all that describes the segments, words, ids and the quantised vectors are checked before the
 * first answer. A damaged exact vector can do no more than shift the cosine of its own chunk, and each text is compared
 * with its own checksum when it is shown ({@link ChunkBodies}); the exact vectors and the texts of an index that is not
 * small are read through right after it was opened, and if they are damaged the index is given up.
 *
 * <p>An index of up to {@value #SMALL_BYTES} bytes is read through in whole at once. Of a very large one, no more than
 * {@value #MOST_BYTES_AT_ONCE} bytes are, the smallest parts first.
 */
final class GenerationCheck {

    /** What is read in a few milliseconds from any disk. */
    static final long SMALL_BYTES = 4L << 20;
    /** What a search waits for at most: a tenth of a second at a gigabyte a second. */
    static final long MOST_BYTES_AT_ONCE = 96L << 20;

    private static final String EXACT_VECTORS = "vec";
    private static final int STEP_BYTES = 1 << 20;

    private GenerationCheck() {
    }

    /** How much of the files is read through before they are used. */
    enum Depth {
        /** What a search follows, see the class. */
        FOLLOWED,
        /** All. */
        ALL
    }

    /** What was found. */
    sealed interface Finding {

        /**
         * It can be used.
         *
         * @param checkpoint what has been applied to it
         * @param reader     open, to be closed by whoever asked
         * @param depth      how much of it was read through
         */
        record Sound(Checkpoint checkpoint, DirectoryReader reader, Depth depth) implements Finding {
        }

        /**
         * It must be built anew.
         *
         * @param reason why
         */
        record Unfit(String reason) implements Finding {
        }
    }

    /** Waits as long as reading so many bytes should take, so that reading leaves the disk to others. */
    @FunctionalInterface
    interface Pace {

        void read(long bytes);
    }

    /**
     * Looks at a generation's last commit and opens it.
     *
     * @param wanted how much to read through at least
     * @throws CroftException if the process lacks what it takes to look: that says nothing about the files
     */
    static Finding check(Directory directory, IndexScope scope, ChunkSchema schema, Depth wanted) {
        try {
            String name = SegmentInfos.getLastCommitSegmentsFileName(directory);
            if (name == null) {
                return new Finding.Unfit("it has no commit");
            }
            checksum(directory, name);
            SegmentInfos infos = SegmentInfos.readCommit(directory, name);
            Optional<String> mismatch = CommitData.mismatch(infos.getUserData(), scope, schema);
            if (mismatch.isPresent()) {
                return new Finding.Unfit(mismatch.get());
            }
            Depth depth = wanted == Depth.ALL || bytes(directory, infos) <= SMALL_BYTES ? Depth.ALL : Depth.FOLLOWED;
            switch (depth) {
                case ALL -> {
                    for (String file : infos.files(false)) {
                        checksum(directory, file);
                    }
                }
                case FOLLOWED -> checkWhatIsFollowed(directory, infos);
            }
            // Knows the formats, or says which one it does not.
            return new Finding.Sound(CommitData.checkpoint(infos.getUserData()), DirectoryReader.open(directory),
                    depth);
        } catch (IOException | RuntimeException e) {
            if (isOfProcess(e)) {
                throw new CroftException("index " + directory + " cannot be opened (" + reason(e)
                        + "): raise the process's limits of open files and memory maps (vm.max_map_count)", e);
            }
            return new Finding.Unfit(reason(e));
        }
    }

    /**
     * Reads all files of a generation's last commit through.
     *
     * @param pace asked after each step; may end it with a {@link CancellationException}
     * @return what is wrong with them; empty if nothing is
     */
    static Optional<String> damage(Directory directory, Pace pace) {
        try {
            for (String file : SegmentInfos.readLatestCommit(directory).files(true)) {
                readThrough(directory, file, pace);
            }
            return Optional.empty();
        } catch (CancellationException closing) {
            return Optional.empty();
        } catch (IOException | RuntimeException e) {
            return isOfProcess(e) ? Optional.empty() : Optional.of(reason(e));
        }
    }

    private static void readThrough(Directory directory, String file, Pace pace) throws IOException {
        IndexInput opened;
        try {
            opened = directory.openInput(file, IOContext.READONCE);
        } catch (NoSuchFileException | FileNotFoundException e) {
            if (SegmentInfos.readLatestCommit(directory).files(true).contains(file)) {
                throw e;
            }
            return; // merged away meanwhile, which read it through
        }
        try (IndexInput input = opened) {
            ChecksumIndexInput summed = new BufferedChecksumIndexInput(input);
            long end = input.length() - CodecUtil.footerLength();
            for (long at = 0; at < end; at += STEP_BYTES) {
                long next = Math.min(end, at + STEP_BYTES);
                summed.seek(next);
                pace.read(next - at);
            }
            CodecUtil.checkFooter(summed);
        }
    }

    /** A file, or a file within a compound one. */
    private record Part(Directory directory, String name, long bytes) {
    }

    private static void checkWhatIsFollowed(Directory directory, SegmentInfos infos) throws IOException {
        List<CompoundDirectory> compounds = new ArrayList<>();
        try {
            List<Part> parts = new ArrayList<>();
            for (SegmentCommitInfo segment : infos) {
                CompoundDirectory compound = segment.info.getUseCompoundFile()
                        ? segment.info.getCodec().compoundFormat().getCompoundReader(directory, segment.info)
                        : null;
                String bodies = ChunkBodies.file(compound == null ? directory : compound, segment).orElse("");
                if (compound != null) {
                    compounds.add(compound);
                    addParts(compound, List.of(compound.listAll()), bodies, parts);
                }
                addParts(directory, segment.files().stream()
                        .filter(file -> compound == null || !file.endsWith(".cfs")).toList(), bodies, parts);
            }
            parts.sort(Comparator.comparingLong(Part::bytes));
            checksums(parts);
        } finally {
            for (CompoundDirectory compound : compounds) {
                compound.close();
            }
        }
    }

    /**
     * All are asked for before the first is read: a disk gives them sooner than one after the other. The largest come
     * first: Lucene asks ever less for what it was told is in memory.
     */
    private static void checksums(List<Part> smallestFirst) throws IOException {
        List<IndexInput> inputs = new ArrayList<>(smallestFirst.size());
        try {
            long left = MOST_BYTES_AT_ONCE;
            for (Part part : smallestFirst) {
                left -= part.bytes();
                if (left < 0) {
                    break;
                }
                inputs.add(part.directory().openInput(part.name(), IOContext.READONCE));
            }
            for (IndexInput input : inputs.reversed()) {
                input.prefetch(0, input.length());
            }
            for (IndexInput input : inputs) {
                CodecUtil.checksumEntireFile(input);
            }
        } finally {
            IOUtils.close(inputs);
        }
    }

    private static void addParts(Directory directory, List<String> files, String bodies, List<Part> parts)
            throws IOException {
        for (String file : files) {
            if (!EXACT_VECTORS.equals(IndexFileNames.getExtension(file)) && !file.equals(bodies)) {
                parts.add(new Part(directory, file, directory.fileLength(file)));
            }
        }
    }

    private static long bytes(Directory directory, SegmentInfos infos) throws IOException {
        long bytes = 0;
        for (String file : infos.files(false)) {
            bytes += directory.fileLength(file);
        }
        return bytes;
    }

    private static void checksum(Directory directory, String file) throws IOException {
        try (IndexInput input = directory.openInput(file, IOContext.READONCE)) {
            input.prefetch(0, input.length()); // that much and no more is read
            CodecUtil.checksumEntireFile(input);
        }
    }

    /**
     * Whether something failed because the disk, or the share of it that this user has, is full: that says nothing
     * about files that were written before.
     */
    static boolean isOfSpace(Throwable e) {
        for (Throwable at = e; at != null; at = at.getCause()) {
            String message = reason(at);
            if (at instanceof IOException
                    && (message.contains("No space left on device") || message.contains("Disk quota exceeded"))) {
                return true;
            }
        }
        return false;
    }

    /** Too few file descriptors or memory maps: no reason to build anything anew. */
    private static boolean isOfProcess(Exception e) {
        String message = reason(e).toLowerCase(Locale.ROOT);
        return message.contains("too many open files") || message.contains("map failed");
    }
}
