package io.croft.lucene;

import io.croft.OrgId;
import io.croft.spi.Chunk;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexSession.Traits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.UUID;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.util.BytesRef;

/**
 * What every candidate needs to be known by, in one small doc value, apart from what is shown of the few that become
 * hits.
 *
 * @param orgHigh   the first half of the organisation's id
 * @param orgLow    the second half
 * @param revision  the revision of its document
 * @param updatedAt when that was written, in milliseconds since 1970
 * @param signature what near-duplicates are known by, see {@link ContentChunks#signature}
 * @param ordinal   which chunk of its document
 * @param bodySum   the checksum of its {@link ChunkBody}
 * @param id        its document's id
 */
record ChunkHead(long orgHigh, long orgLow, long revision, long updatedAt, long signature, int ordinal, int bodySum,
        String id) {

    private static final int ORG_BYTES = 2 * Long.BYTES;
    private static final int FIXED_BYTES = ORG_BYTES + 3 * Long.BYTES + 2 * Integer.BYTES;

    /** The bytes for one chunk of a document with this signature. */
    static BytesRef encode(ContentChunks content, long signature, Chunk chunk, int bodySum) {
        byte[] id = content.key().id().getBytes(StandardCharsets.UTF_8);
        UUID org = content.key().org().value();
        byte[] bytes = new byte[FIXED_BYTES + id.length];
        ByteBuffer.wrap(bytes)
                .putLong(org.getMostSignificantBits())
                .putLong(org.getLeastSignificantBits())
                .putLong(content.revision())
                .putLong(content.updatedAt().toEpochMilli())
                .putLong(signature)
                .putInt(chunk.ordinal())
                .putInt(bodySum)
                .put(id);
        return new BytesRef(bytes);
    }

    /** Reads what {@link #encode} wrote. */
    static ChunkHead decode(BytesRef bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes.bytes, bytes.offset, bytes.length);
        return new ChunkHead(in.getLong(), in.getLong(), in.getLong(), in.getLong(), in.getLong(),
                in.getInt(), in.getInt(),
                new String(bytes.bytes, bytes.offset + FIXED_BYTES, bytes.length - FIXED_BYTES,
                        StandardCharsets.UTF_8));
    }

    /** The head of a Lucene document, which comes after those that were read from these doc values before. */
    static ChunkHead read(BinaryDocValues heads, int document) throws IOException {
        if (!heads.advanceExact(document)) {
            throw new IOException("document " + document + " has no " + ChunkSchema.HEAD);
        }
        return decode(heads.binaryValue());
    }

    /** What a rank may take into account. */
    Traits traits() {
        return new Traits(Instant.ofEpochMilli(updatedAt), signature);
    }

    /** Whether the chunk is of this organisation. */
    boolean isOf(OrgId org) {
        return org.value().getMostSignificantBits() == orgHigh && org.value().getLeastSignificantBits() == orgLow;
    }

    /** Whose chunk it is. */
    OrgId org() {
        return new OrgId(new UUID(orgHigh, orgLow));
    }

    /** The term that all chunks of a document have: documents of several organisations may have one id. */
    static BytesRef key(ContentKey key) {
        byte[] id = key.id().getBytes(StandardCharsets.UTF_8);
        UUID org = key.org().value();
        byte[] bytes = new byte[ORG_BYTES + id.length];
        ByteBuffer.wrap(bytes).putLong(org.getMostSignificantBits()).putLong(org.getLeastSignificantBits()).put(id);
        return new BytesRef(bytes);
    }
}
