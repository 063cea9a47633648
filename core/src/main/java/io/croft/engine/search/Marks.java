package io.croft.engine.search;

import io.croft.CroftException;
import io.croft.Secret;
import io.croft.search.Source;
import io.croft.spi.ContentKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.function.ToLongFunction;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Makes short marks that stand for documents in cursors: six bytes of an HMAC-SHA256, with a key that is made from the
 * cursors' own. By chance, one other
 * document in 280 billion has the same as one of a thousand; and who does not know the key
 * finds no id that has the mark of another's document, by which that would count as shown. Thread-safe.
 */
final class Marks {

    /** What cursors are signed with too. */
    static final String MAC = "HmacSHA256";
    private static final byte[] PURPOSE = "marks of documents".getBytes(StandardCharsets.US_ASCII);
    private static final long BITS = 0xffff_ffff_ffffL;

    private final SecretKeySpec key;

    /**
     * Marks of a key.
     *
     * @param secret what cursors are signed with
     */
    Marks(Secret secret) {
        this.key = new SecretKeySpec(mac(new SecretKeySpec(secret.revealBytes(), MAC)).doFinal(PURPOSE), MAC);
    }

    /** Makes the marks of hits' documents, many of them, on one thread. */
    ToLongFunction<Ranked> maker() {
        Mac mac = mac(key);
        return hit -> mark(mac, hit.signals().source(), hit.candidate().key());
    }

    private static long mark(Mac mac, Source source, ContentKey key) {
        byte[] id = key.id().getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(1 + 2 * Long.BYTES + id.length);
        bytes.put((byte) (source == Source.PRIVATE ? 0 : 1));
        bytes.putLong(key.org().value().getMostSignificantBits()).putLong(key.org().value().getLeastSignificantBits());
        bytes.put(id);
        return ByteBuffer.wrap(mac.doFinal(bytes.array())).getLong() & BITS;
    }

    /** Ready to sign. */
    static Mac mac(SecretKeySpec key) {
        try {
            Mac mac = Mac.getInstance(MAC);
            mac.init(key);
            return mac;
        } catch (GeneralSecurityException e) {
            throw new CroftException("this Java has no " + MAC + ", which every Java must have", e);
        }
    }
}
