package io.croft.ingest.extract;

import io.croft.InvalidInputException;
import java.time.Duration;
import java.util.List;

/**
 * What one file may take. Each is reached by a file that is beyond it, and then named in its {@link Outcome}. All are
 * at least 1, times at least a second.
 *
 * @param bytes         the file's size
 * @param inflatedBytes what it unpacks to, all parts together: of zip files, as Office's are, and of files within
 *                      files. What a PDF unpacks its streams to is not counted; the heap and the times limit it
 * @param ratio         how many times more a zip file unpacks to than it has, once that is over a MiB; not of PDF
 * @param depth         how deep files are within files; 1 is the file alone
 * @param entries       its parts, or its attachments
 * @param pages         its pages, slides or images
 * @param pixels        an image's width times its height; of a PDF, of the images that stand on a page which is read as
 *                      an image, not of those within forms and patterns, which the heap and the times limit
 * @param characters    its text, in UTF-16 units
 * @param heapMegabytes the memory of the process that reads it
 * @param cpuTime       the processor time of that process for one file, without what recognises text in images
 * @param wallTime      the time for one file, without text recognised in images
 * @param ocrTime       the time beyond that for recognising text in one file's images
 */
public record ExtractionLimits(long bytes, long inflatedBytes, int ratio, int depth, int entries, int pages,
        long pixels, int characters, int heapMegabytes, Duration cpuTime, Duration wallTime, Duration ocrTime) {

    /**
     * 64 MiB of a file, 512 MiB unpacked, 200 times its size, files within files to the depth of 4, 10,000 parts, 5,000
     * pages, 100 megapixels an image, 8 Mi characters, 512 MB of memory, a minute of processor time, two minutes in all
     * and ten more for images.
     */
    public static final ExtractionLimits DEFAULT = new ExtractionLimits(64L << 20, 512L << 20, 200, 4, 10_000,
            5_000, 100_000_000, 8 << 20, 512, Duration.ofMinutes(1), Duration.ofMinutes(2), Duration.ofMinutes(10));

    public ExtractionLimits {
        for (long limit : new long[]{bytes, inflatedBytes, ratio, depth, entries, pages, pixels, characters,
                heapMegabytes}) {
            if (limit < 1) {
                throw new InvalidInputException("a limit of extraction is " + limit + "; give 1 or more");
            }
        }
        for (Duration limit : List.of(cpuTime, wallTime, ocrTime)) {
            if (limit.compareTo(Duration.ofSeconds(1)) < 0 || limit.compareTo(Duration.ofDays(1)) > 0) {
                throw new InvalidInputException("a time limit of extraction is " + limit
                        + "; give a second to a day");
            }
        }
    }

    /** The same with this limit of the file's size. */
    public ExtractionLimits withBytes(long limit) {
        return new ExtractionLimits(limit, inflatedBytes, ratio, depth, entries, pages, pixels, characters,
                heapMegabytes, cpuTime, wallTime, ocrTime);
    }

    /** The same with this limit of what it unpacks to. */
    public ExtractionLimits withInflatedBytes(long limit) {
        return new ExtractionLimits(bytes, limit, ratio, depth, entries, pages, pixels, characters,
                heapMegabytes, cpuTime, wallTime, ocrTime);
    }

    /** The same with this limit of how many times more it unpacks to than it has. */
    public ExtractionLimits withRatio(int limit) {
        return new ExtractionLimits(bytes, inflatedBytes, limit, depth, entries, pages, pixels, characters,
                heapMegabytes, cpuTime, wallTime, ocrTime);
    }

    /** The same with this limit of how deep files are within files. */
    public ExtractionLimits withDepth(int limit) {
        return new ExtractionLimits(bytes, inflatedBytes, ratio, limit, entries, pages, pixels, characters,
                heapMegabytes, cpuTime, wallTime, ocrTime);
    }

    /** The same with this limit of its parts. */
    public ExtractionLimits withEntries(int limit) {
        return new ExtractionLimits(bytes, inflatedBytes, ratio, depth, limit, pages, pixels, characters,
                heapMegabytes, cpuTime, wallTime, ocrTime);
    }

    /** The same with this limit of its pages. */
    public ExtractionLimits withPages(int limit) {
        return new ExtractionLimits(bytes, inflatedBytes, ratio, depth, entries, limit, pixels, characters,
                heapMegabytes, cpuTime, wallTime, ocrTime);
    }

    /** The same with this limit of an image's width times its height. */
    public ExtractionLimits withPixels(long limit) {
        return new ExtractionLimits(bytes, inflatedBytes, ratio, depth, entries, pages, limit, characters,
                heapMegabytes, cpuTime, wallTime, ocrTime);
    }

    /** The same with this limit of its text. */
    public ExtractionLimits withCharacters(int limit) {
        return new ExtractionLimits(bytes, inflatedBytes, ratio, depth, entries, pages, pixels, limit,
                heapMegabytes, cpuTime, wallTime, ocrTime);
    }

    /** The same with this limit of the memory of the process that reads it. */
    public ExtractionLimits withHeapMegabytes(int limit) {
        return new ExtractionLimits(bytes, inflatedBytes, ratio, depth, entries, pages, pixels, characters,
                limit, cpuTime, wallTime, ocrTime);
    }

    /** The same with this limit of the processor time of that process for one file. */
    public ExtractionLimits withCpuTime(Duration limit) {
        return new ExtractionLimits(bytes, inflatedBytes, ratio, depth, entries, pages, pixels, characters,
                heapMegabytes, limit, wallTime, ocrTime);
    }

    /** The same with this limit of the time for one file. */
    public ExtractionLimits withWallTime(Duration limit) {
        return new ExtractionLimits(bytes, inflatedBytes, ratio, depth, entries, pages, pixels, characters,
                heapMegabytes, cpuTime, limit, ocrTime);
    }

    /** The same with this limit of the time beyond that for recognising text in one file's images. */
    public ExtractionLimits withOcrTime(Duration limit) {
        return new ExtractionLimits(bytes, inflatedBytes, ratio, depth, entries, pages, pixels, characters,
                heapMegabytes, cpuTime, wallTime, limit);
    }
}
