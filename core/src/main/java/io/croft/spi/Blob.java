package io.croft.spi;

import io.croft.InvalidInputException;
import io.croft.input.Shown;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Bytes that a {@link BlobStore} has.
 *
 * @param key   the SHA-256 of the bytes, 64 hexadecimal digits in lower case
 * @param bytes how many there are
 */
public record Blob(String key, long bytes) {

    private static final Pattern KEY = Pattern.compile("[0-9a-f]{64}");

    public Blob {
        checkKey(key);
        if (bytes < 0) {
            throw new InvalidInputException("a blob of " + bytes + " bytes: there cannot be less than none");
        }
    }

    /**
     * The key, if it can be one.
     *
     * @throws InvalidInputException if it cannot
     */
    public static String checkKey(String key) {
        if (!KEY.matcher(Objects.requireNonNull(key, "key")).matches()) {
            throw new InvalidInputException("blob key " + Shown.quoted(key)
                    + " is none: it has 64 hexadecimal digits in lower case");
        }
        return key;
    }
}
