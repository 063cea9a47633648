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
 * What is shown of a chunk, kept in one stored field that only the few hits of an answer are read from. Title and fields
 * are kept with the first chunk of a document alone, so a document takes no more than its size however many its chunks;
 * a later chunk knows how far behind the first it is.
 *
 * @param title  its document's title
 * @param text   its text
 * @param fields its document's fields
 */
record ChunkBody(String title, String text, Map<String, String> fields) {

    /**
     * The bytes for one chunk.
     *
     * @param place which of its document's it is, from 0
     */
    static byte[] encode(ContentChunks content, int place, Chunk chunk) {
        ByteBuffersDataOutput out = new ByteBuffersDataOutput();
        out.writeInt(place);
        if (place == 0) {
            out.writeString(content.title());
            out.writeMapOfStrings(content.fields());
        }
        out.writeString(chunk.text());
        return out.toArrayCopy();
    }

    /** Reads what {@link #encode} wrote, of one Lucene document and the first of the same text. */
    static ChunkBody read(StoredFields stored, int document) throws IOException {
        ByteArrayDataInput in = bytes(stored, document);
        int place = in.readInt();
        if (place == 0) {
            return first(in);
        }
        ByteArrayDataInput begin = bytes(stored, document - place);
        if (begin.readInt() != 0) {
            throw new IOException("document " + (document - place) + " is not the first of that of " + document);
        }
        ChunkBody first = first(begin);
        return new ChunkBody(first.title, in.readString(), first.fields);
    }

    private static ChunkBody first(ByteArrayDataInput in) throws IOException {
        String title = in.readString();
        Map<String, String> fields = in.readMapOfStrings();
        return new ChunkBody(title, in.readString(), fields);
    }

    private static ByteArrayDataInput bytes(StoredFields stored, int document) throws IOException {
        Bytes bytes = new Bytes();
        stored.document(document, bytes);
        return new ByteArrayDataInput(bytes.value);
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
