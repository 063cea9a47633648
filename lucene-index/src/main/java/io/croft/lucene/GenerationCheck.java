package io.croft.lucene;

import static io.croft.lucene.RootFolder.reason;

import io.croft.CroftException;
import io.croft.spi.Checkpoint;
import io.croft.spi.IndexScope;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;

/**
 * Says whether a generation can be used. Every file of a commit ends with the checksum of the rest of it; all are read
 * through before any is believed, because most single flipped bits are noticed in no other way, and a damaged length
 * could ask for all the memory there is.
 */
final class GenerationCheck {

    private GenerationCheck() {
    }

    /** What was found. */
    sealed interface Finding {

        /**
         * It can be used.
         *
         * @param checkpoint what has been applied to it
         */
        record Sound(Checkpoint checkpoint) implements Finding {
        }

        /**
         * It must be built anew.
         *
         * @param reason why
         */
        record Unfit(String reason) implements Finding {
        }
    }

    /**
     * Looks at a generation's last commit.
     *
     * @throws CroftException if the process lacks what it takes to look: that says nothing about the files
     */
    static Finding check(Directory directory, IndexScope scope, ChunkSchema schema) {
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
            for (String file : infos.files(false)) {
                checksum(directory, file);
            }
            // Knows the formats, or says which one it does not.
            DirectoryReader.open(directory).close();
            return new Finding.Sound(CommitData.checkpoint(infos.getUserData()));
        } catch (IOException | RuntimeException e) {
            if (isOfProcess(e)) {
                throw new CroftException("index " + directory + " cannot be opened (" + reason(e)
                        + "): raise the process's limits of open files and memory maps (vm.max_map_count)", e);
            }
            return new Finding.Unfit(reason(e));
        }
    }

    private static void checksum(Directory directory, String file) throws IOException {
        try (IndexInput input = directory.openInput(file, IOContext.READONCE)) {
            CodecUtil.checksumEntireFile(input);
        }
    }

    /** Too few file descriptors or memory maps: no reason to build anything anew. */
    private static boolean isOfProcess(Exception e) {
        String message = reason(e).toLowerCase(Locale.ROOT);
        return message.contains("too many open files") || message.contains("map failed");
    }
}
