package io.croft.lucene;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.lucene.codecs.DocValuesFormat;
import org.apache.lucene.codecs.lucene90.Lucene90DocValuesFormat;
import org.apache.lucene.codecs.perfield.PerFieldDocValuesFormat;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.FieldInfos;
import org.apache.lucene.index.IndexFileNames;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.index.SegmentCommitInfo;
import org.apache.lucene.store.ByteArrayDataInput;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

/**
 * Where the {@link ChunkBody} of each Lucene document is: in doc values, which are read without decompressing a block,
 * in a file that holds nothing else. It is half of what an index holds beside its vectors, and a search reads some ten
 * of a hundred thousand; so it need not have been read through before the first answer, see {@link GenerationCheck}.
 * What is read is compared with the checksum in the {@link ChunkHead}, which has been; the length to read is bounded by
 * what the segment's description says is the greatest. As much is taken each time that a segment's values are begun
 * with; so they are kept, and begun with anew only to go back. Used by one thread.
 */
final class ChunkBodies {

    /** Another object than that of the other fields: each writes files of its own. */
    static final DocValuesFormat FORMAT = new Lucene90DocValuesFormat();

    private static final String EXTENSION = "dvd";

    private final List<LeafReaderContext> leaves;
    private final @Nullable LeafValues[] begun;

    ChunkBodies(List<LeafReaderContext> leaves) {
        this.leaves = leaves;
        this.begun = new LeafValues[leaves.size()];
    }

    /** The bytes of a document's, until the next is asked for. */
    ByteArrayDataInput of(int document) throws IOException {
        LeafReaderContext leaf = leaves.get(ReaderUtil.subIndex(document, leaves));
        LeafValues values = values(leaf, document - leaf.docBase);
        if (!values.bodies.advanceExact(document - leaf.docBase)) {
            throw new IOException("document " + document + " has no " + ChunkSchema.BODY);
        }
        BytesRef bytes = values.bodies.binaryValue();
        ChunkHead head = ChunkHead.read(values.heads, document - leaf.docBase);
        if (ChunkBody.sum(bytes.bytes, bytes.offset, bytes.length) != head.bodySum()) {
            throw new IOException("the text of document " + document + " has changed since it was written");
        }
        return new ByteArrayDataInput(bytes.bytes, bytes.offset, bytes.length);
    }

    private LeafValues values(LeafReaderContext leaf, int document) throws IOException {
        LeafValues values = begun[leaf.ord];
        if (values == null || document < values.bodies.docID()) {
            values = new LeafValues(DocValues.getBinary(leaf.reader(), ChunkSchema.BODY), CandidateHeads.of(leaf));
            begun[leaf.ord] = values;
        }
        return values;
    }

    /** What a segment holds, from where it was read last. */
    private record LeafValues(BinaryDocValues bodies, BinaryDocValues heads) {
    }

    /**
     * The name of the file of a segment that has the bodies and nothing else; empty if there is none.
     *
     * @param directory where the segment's files are, the compound file if it has one
     */
    static Optional<String> file(Directory directory, SegmentCommitInfo segment) throws IOException {
        FieldInfos fields = segment.info.getCodec().fieldInfosFormat().read(directory, segment.info, "",
                IOContext.READONCE);
        FieldInfo body = fields.fieldInfo(ChunkSchema.BODY);
        String suffix = body == null ? null : suffix(body);
        if (suffix == null) {
            return Optional.empty();
        }
        for (FieldInfo other : fields) {
            if (other != body && suffix.equals(suffix(other))) {
                return Optional.empty();
            }
        }
        return Optional.of(IndexFileNames.segmentFileName(segment.info.name, suffix, EXTENSION));
    }

    private static @Nullable String suffix(FieldInfo field) {
        String format = field.getAttribute(PerFieldDocValuesFormat.PER_FIELD_FORMAT_KEY);
        String suffix = field.getAttribute(PerFieldDocValuesFormat.PER_FIELD_SUFFIX_KEY);
        return format == null || suffix == null ? null : format + '_' + suffix;
    }
}
