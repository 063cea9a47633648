package io.croft.lucene;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the readers that are kept in reserve may take, each bound by itself: so many readers, so much heap, so many
 * memory maps.
 *
 * <p>A cache has one bound. A reader's weight is therefore the largest of its three shares; when the weights of all add
 * up to no more than the whole, neither do the shares of any one kind.
 *
 * @param readers   the most readers
 * @param heapBytes the most heap
 * @param maps      the most memory maps
 */
record ReaderBudget(int readers, long heapBytes, long maps) {

    /** The weight of all. */
    static final int WHOLE = 1 << 30;

    /** Never more memory maps than this, whatever the system allows. */
    static final int MOST_MAPS = 40_000;
    private static final double SHARE_OF_MAPS = 0.6;
    /** Linux's default. */
    private static final int USUAL_MAPS = 65_530;
    private static final int MOST_DIGITS = 32;
    private static final Path MAP_LIMIT = Path.of("/proc/sys/vm/max_map_count");
    private static final Path MAPS = Path.of("/proc/self/maps");
    private static final Logger LOG = LoggerFactory.getLogger(ReaderBudget.class);

    /** With as many maps as this system leaves to indexes: {@value #MOST_MAPS}, or 60 % of what it allows. */
    static ReaderBudget ofThisSystem(int readers, long heapBytes) {
        return new ReaderBudget(readers, heapBytes, Math.min(MOST_MAPS, (long) (SHARE_OF_MAPS * mapLimit())));
    }

    /** What one reader takes of the {@link #WHOLE}; never more. */
    int weight(long readerHeapBytes, long readerMaps) {
        double share = Math.max(1.0 / readers,
                Math.max((double) readerHeapBytes / heapBytes, (double) readerMaps / maps));
        return (int) Math.min(WHOLE, Math.floor(share * WHOLE));
    }

    /** The memory maps of this process; -1 if the system does not tell. */
    static int processMaps() {
        try (Stream<String> lines = Files.lines(MAPS, StandardCharsets.UTF_8)) {
            return (int) lines.count();
        } catch (IOException notLinux) {
            return -1;
        }
    }

    private static long mapLimit() {
        // Such a file gives all it has to the first read and nothing to a second one.
        try (InputStream file = Files.newInputStream(MAP_LIMIT)) {
            byte[] digits = new byte[MOST_DIGITS];
            int length = file.read(digits);
            return Long.parseLong(new String(digits, 0, Math.max(0, length), StandardCharsets.UTF_8).strip());
        } catch (IOException | NumberFormatException notLinux) {
            LOG.debug("the limit of memory maps is not known; {} are assumed", USUAL_MAPS);
            return USUAL_MAPS;
        }
    }
}
