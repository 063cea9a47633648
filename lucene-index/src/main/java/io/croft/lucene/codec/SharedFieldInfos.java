package io.croft.lucene.codec;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.codecs.FieldInfosFormat;
import org.apache.lucene.index.FieldInfos;
import org.apache.lucene.index.IndexFileNames;
import org.apache.lucene.index.SegmentInfo;
import org.apache.lucene.store.ChecksumIndexInput;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.util.StringHelper;

/**
 * Reads the descriptions of a segment's fields, and gives the same object to all segments that have the same: they are
 * of one schema, so nearly all do.
 *
 * <p>"The same" is decided by the bytes of the file without the id of its segment, after its checksum was compared, so
 * nothing that a later format says can be overlooked; by their numbers too, which fields get as they first occur. They
 * hold names of fields and how those are written, and nothing of any document. Lucene never changes what a reader has:
 * it copies descriptions to merge or update them.
 */
final class SharedFieldInfos extends FieldInfosFormat {

    /** How many different descriptions are kept, of about as many bytes as their files have. */
    private static final int MOST_KEPT = 256;

    private static final Cache<String, FieldInfos> KNOWN =
            Caffeine.newBuilder().maximumSize(MOST_KEPT).executor(Runnable::run).build();

    private static final String EXTENSION = "fnm";
    /** A longer file is not shared. */
    private static final int MOST_BYTES = 1 << 15;

    private final FieldInfosFormat format;

    SharedFieldInfos(FieldInfosFormat format) {
        this.format = format;
    }

    @Override
    public FieldInfos read(Directory directory, SegmentInfo segment, String suffix, IOContext context)
            throws IOException {
        Optional<String> content = content(directory, segment, suffix);
        if (content.isEmpty()) {
            return format.read(directory, segment, suffix, context);
        }
        FieldInfos known = KNOWN.getIfPresent(content.get());
        if (known != null) {
            return known;
        }
        FieldInfos read = format.read(directory, segment, suffix, context);
        return KNOWN.get(content.get(), any -> read);
    }

    /** What the file says, whichever segment's it is; empty if it is unlike what is known of such files. */
    private static Optional<String> content(Directory directory, SegmentInfo segment, String suffix)
            throws IOException {
        String file = IndexFileNames.segmentFileName(segment.name, suffix, EXTENSION);
        try (ChecksumIndexInput input = directory.openChecksumInput(file)) {
            long length = input.length() - CodecUtil.footerLength();
            if (length <= Integer.BYTES || length > MOST_BYTES) {
                return Optional.empty();
            }
            byte[] bytes = new byte[(int) length];
            input.readBytes(bytes, 0, bytes.length);
            CodecUtil.checkFooter(input);
            int id = Integer.BYTES + 1 + bytes[Integer.BYTES] + Integer.BYTES; // behind magic, name and version
            int end = id + StringHelper.ID_LENGTH;
            if (id < 0 || end > length || !Arrays.equals(bytes, id, end, segment.getId(), 0, StringHelper.ID_LENGTH)) {
                return Optional.empty();
            }
            Arrays.fill(bytes, id, end, (byte) 0);
            return Optional.of(suffix + '/' + new String(bytes, StandardCharsets.ISO_8859_1));
        }
    }

    @Override
    public void write(Directory directory, SegmentInfo segment, String suffix, FieldInfos fields, IOContext context)
            throws IOException {
        format.write(directory, segment, suffix, fields, context);
    }
}
