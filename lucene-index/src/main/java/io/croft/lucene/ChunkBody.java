package io.croft.lucene;

import io.croft.spi.Chunk;
import io.croft.spi.ContentChunks;
import java.io.IOException;
import java.util.Map;
import java.util.zip.CRC32C;
import org.apache.lucene.store.ByteArrayDataInput;
import org.apache.lucene.store.ByteBuffersDataOutput;

/**
 * What is shown of a chunk, which only the few hits of an answer are read from. Title and fields are kept with the
 * first chunk of a document alone, so a document takes no more than its size however many its chunks; a later chunk
 * knows how far behind the first it is.
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

    /** What tells these bytes from others, which the {@link ChunkHead} keeps. */
    static int sum(byte[] bytes, int offset, int length) {
        CRC32C sum = new CRC32C();
        sum.update(bytes, offset, length);
        return (int) sum.getValue();
    }

    /** Reads what {@link #encode} wrote of a Lucene document. */
    static ChunkBody read(ChunkBodies bodies, int document) throws IOException {
        ByteArrayDataInput in = bodies.of(document);
        int place = in.readInt();
        if (place == 0) {
            return first(in);
        }
        String text = in.readString(); // before another is asked for
        ByteArrayDataInput begin = bodies.of(document - place);
        if (begin.readInt() != 0) {
            throw new IOException("document " + (document - place) + " is not the first of that of " + document);
        }
        ChunkBody first = first(begin);
        return new ChunkBody(first.title, text, first.fields);
    }

    private static ChunkBody first(ByteArrayDataInput in) throws IOException {
        String title = in.readString();
        Map<String, String> fields = in.readMapOfStrings();
        return new ChunkBody(title, in.readString(), fields);
    }
}
