package io.croft;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * A password or key that does not get into logs by mistake: its text form is {@code ***}, it cannot be serialized, and
 * comparing two takes the same time wherever they differ. Immutable and thread-safe.
 */
public final class Secret {

    private static final String SHOWN = "***";

    private final byte[] bytes;

    private Secret(byte[] bytes) {
        this.bytes = bytes;
    }

    /** The secret that is this text, in UTF-8; an empty one says that none is needed. */
    public static Secret of(String text) {
        return new Secret(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The secret that is these bytes; a copy is kept. */
    public static Secret of(byte[] bytes) {
        return new Secret(bytes.clone());
    }

    /** The secret itself, for what has to be given it as text; bytes that are no UTF-8 are replaced. */
    public String reveal() {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** The secret itself; the caller's own copy. */
    public byte[] revealBytes() {
        return bytes.clone();
    }

    /** How many bytes it has. */
    public int length() {
        return bytes.length;
    }

    /** Whether both are the same; takes as long for any two of the same lengths. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Secret secret && MessageDigest.isEqual(bytes, secret.bytes);
    }

    /** The same for all secrets, so that it tells nothing of them: they are no keys for a map. */
    @Override
    public int hashCode() {
        return SHOWN.hashCode();
    }

    /** Tells nothing. */
    @Override
    public String toString() {
        return SHOWN;
    }
}
