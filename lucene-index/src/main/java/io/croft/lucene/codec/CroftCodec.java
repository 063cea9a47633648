package io.croft.lucene.codec;

import io.croft.CroftException;
import java.util.Map;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.DocValuesFormat;
import org.apache.lucene.codecs.FieldInfosFormat;
import org.apache.lucene.codecs.FilterCodec;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.SegmentInfoFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;

/**
 * How the segments of Croft's indexes are written and read. It is public because Lucene finds codecs by their names
 * through {@link java.util.ServiceLoader}; hosts never use it.
 *
 * <h2>The problem</h2>
 *
 * With thousands of small indexes open, nearly half of the heap of each was what Lucene keeps to describe a segment:
 * much of it the same fields and attributes in every index, each index its own.
 *
 * <h2>The idea</h2>
 *
 * The bytes are those of {@link Lucene104Codec}, written by it. What is read is held more sparingly: descriptions of
 * fields are shared by all segments that have the same ({@link SharedFieldInfos}), and of where and when a segment was
 * made nothing is kept ({@link SparingSegmentInfos}). The parts of a compound file, each with the whole path of its
 * file, take the most that is left; to hold those sparingly takes a reader of compound files of one's own.
 *
 * <p>The name stands in every commit for the formats of Lucene 10.4. When Lucene's own codec changes, this one keeps
 * reading with that of {@code lucene-backward-codecs}, and new segments are written under the next name. Segments that
 * were written under Lucene's own name are read by Lucene's own codec until they are merged.
 *
 * <p>Thread-safe.
 */
public final class CroftCodec extends FilterCodec {

    /** As it stands in commits. */
    public static final String NAME = "Croft1";

    private final FieldInfosFormat fieldInfos = new SharedFieldInfos(delegate.fieldInfosFormat());
    private final SegmentInfoFormat segmentInfos = new SparingSegmentInfos(delegate.segmentInfoFormat());

    /** For Lucene, which reads segments with it. */
    public CroftCodec() {
        super(NAME, new Lucene104Codec());
    }

    /**
     * For writing.
     *
     * @param vectors how vectors are written
     * @param apart   how the doc values of fields are written that have files of their own; all others as Lucene does
     */
    public CroftCodec(KnnVectorsFormat vectors, Map<String, DocValuesFormat> apart) {
        super(NAME, new Lucene104Codec() {
            @Override
            public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
                return vectors;
            }

            @Override
            public DocValuesFormat getDocValuesFormatForField(String field) {
                DocValuesFormat format = apart.get(field);
                return format == null ? super.getDocValuesFormatForField(field) : format;
            }
        });
    }

    /**
     * Sees to it that Lucene can read what this writes: it looks codecs up by their names.
     *
     * @throws CroftException if it does not know this one, and cannot be told
     */
    public static void requireKnown() {
        if (Codec.availableCodecs().contains(NAME)) {
            return;
        }
        Codec.reloadCodecs(CroftCodec.class.getClassLoader()); // Lucene's own class loader cannot see this one
        if (!Codec.availableCodecs().contains(NAME)) {
            throw new CroftException("Lucene does not find the codec " + NAME + ": the file META-INF/services/"
                    + Codec.class.getName()
                    + " of croft-lucene-index is missing; if everything was packed into one jar, "
                    + "join the files of that name");
        }
    }

    @Override
    public FieldInfosFormat fieldInfosFormat() {
        return fieldInfos;
    }

    @Override
    public SegmentInfoFormat segmentInfoFormat() {
        return segmentInfos;
    }
}
