package io.croft.engine.content;

import io.croft.spi.Content;
import io.croft.spi.InputStore;
import io.croft.spi.Processors;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A hash of all that makes a difference for what becomes of an input: each part with its length, so that none runs on.
 */
final class InputHash {

    private final MessageDigest digest;

    private InputHash(MessageDigest digest) {
        this.digest = digest;
    }

    static String of(String modelId, Content content, Optional<InputStore.File> file) {
        try {
            InputHash hash = new InputHash(MessageDigest.getInstance("SHA-256"));
            hash.add(Processors.VERSION).add(modelId).add(content.title()).add(content.text())
                    .add(String.join("\n", new TreeSet<>(content.groups()))); // no name of a group holds one
            new TreeMap<>(content.fields()).forEach((name, value) -> hash.add(name).add(value));
            file.ifPresent(one -> hash.add(one.blob().key()).add(one.name()).add(one.type().orElse("")));
            return HexFormat.of().formatHex(hash.digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Of a key that was given for it. */
    static String of(String key) {
        try {
            InputHash hash = new InputHash(MessageDigest.getInstance("SHA-256"));
            return HexFormat.of().formatHex(hash.add(key).digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Of a text that comes with its vector. */
    static String of(String modelId, Content content, float[] vector) {
        ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES);
        bytes.asFloatBuffer().put(vector);
        try {
            InputHash hash = new InputHash(MessageDigest.getInstance("SHA-256"));
            hash.add(of(modelId, content, Optional.empty())).add(bytes.array());
            return HexFormat.of().formatHex(hash.digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private InputHash add(String part) {
        return add(part.getBytes(StandardCharsets.UTF_8));
    }

    private InputHash add(byte[] bytes) {
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
        digest.update(bytes);
        return this;
    }
}
