package io.croft.lucene;

import io.croft.spi.Chunk;
import io.croft.spi.ContentChunks;
import java.io.IOException;
import java.util.Map;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.StoredFieldVisitor;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.store.ByteArrayDataInput;
import org.apache.lucene.store.ByteBuffersDataOutput;

/**
 * What is shown of a chunk, kept in one stored field that only the few hits of an answer are read from.
 *
 * @param title  its document's title
 * @param text   its text
 * @param fields its document's fields
 */
record ChunkBody(String title, String text, Map<String, String> fields) {

    /** The bytes for one chunk. */
    static byte[] encode(ContentChunks content, Chunk chunk) {
        ByteBuffersDataOutput out = new ByteBuffersDataOutput();
        out.writeString(content.title());
        out.writeString(chunk.text());
        out.writeMapOfStrings(content.fields());
        return out.toArrayCopy();
    }

    /** Reads what {@link #encode} wrote, of one Lucene document. */
    static ChunkBody read(StoredFields stored, int document) throws IOException {
        Bytes bytes = new Bytes();
        stored.document(document, bytes);
        ByteArrayDataInput in = new ByteArrayDataInput(bytes.value);
        return new ChunkBody(in.readString(), in.readString(), in.readMapOfStrings());
    }

    private static final class Bytes extends StoredFieldVisitor {

        private byte[] value = {};

        @Override
        public Status needsField(FieldInfo field) {
            return field.name.equals(ChunkSchema.BODY) ? Status.YES : Status.NO;
        }

        @Override
        public void binaryField(FieldInfo field, byte[] bytes) {
            value = bytes;
        }
    }
}
