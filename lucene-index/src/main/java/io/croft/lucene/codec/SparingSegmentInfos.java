package io.croft.lucene.codec;

import java.io.IOException;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.lucene.codecs.SegmentInfoFormat;
import org.apache.lucene.index.SegmentInfo;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.util.Version;

/**
 * Reads what a segment says of itself without its diagnostics: when, where and by which JVM it was made. Lucene prints
 * them and takes no decision by them; they stay in the file of the segment. Of them, {@code source} is kept, which says
 * whether the segment was merged. Names that are the same in every index are shared.
 */
final class SparingSegmentInfos extends SegmentInfoFormat {

    private static final String SOURCE = "source";

    private final SegmentInfoFormat format;

    SparingSegmentInfos(SegmentInfoFormat format) {
        this.format = format;
    }

    @Override
    public SegmentInfo read(Directory directory, String segment, byte[] id, IOContext context) throws IOException {
        SegmentInfo read = format.read(directory, segment, id, context);
        String source = read.getDiagnostics().get(SOURCE);
        SegmentInfo sparing = new SegmentInfo(directory, shared(read.getVersion()), shared(read.getMinVersion()),
                segment, read.maxDoc(), read.getUseCompoundFile(), read.getHasBlocks(), read.getCodec(),
                source == null ? Map.of() : Map.of(SOURCE, source.intern()), read.getId(),
                shared(read.getAttributes()), read.getIndexSort());
        sparing.setFiles(read.files());
        return sparing;
    }

    private static Version shared(Version version) {
        return Version.LATEST.equals(version) ? Version.LATEST : version;
    }

    private static Map<String, String> shared(Map<String, String> attributes) {
        return attributes.entrySet().stream().collect(
                Collectors.toUnmodifiableMap(entry -> entry.getKey().intern(), entry -> entry.getValue().intern()));
    }

    @Override
    public void write(Directory directory, SegmentInfo segment, IOContext context) throws IOException {
        format.write(directory, segment, context);
    }
}
