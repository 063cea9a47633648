package io.croft;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The id of an organisation, which is a tenant.
 *
 * @param value the id; never the nil UUID
 */
public record OrgId(UUID value) implements Comparable<OrgId> {

    private static final UUID NIL = new UUID(0, 0);

    public OrgId {
        Objects.requireNonNull(value, "value");
        if (value.equals(NIL)) {
            throw new InvalidInputException("the nil UUID is no organisation: use the id that the organisation has");
        }
    }

    /**
     * Returns the organisation with this id.
     *
     * @throws InvalidInputException for the nil UUID
     */
    public static OrgId of(UUID value) {
        return new OrgId(value);
    }

    /**
     * Derives an id from a name: always the same one for the same name, and never that of another name. It is a UUID of
     * version 8 (RFC 9562): the first 122 bits of the SHA-256 of {@code croft:org:} and the name, in UTF-8.
     *
     * @param name 1 to 255 characters, not blank; case matters
     * @throws InvalidInputException if the name is blank, too long, or holds half of a surrogate pair
     */
    public static OrgId named(String name) {
        if (name.isBlank() || name.length() > 255) {
            throw new InvalidInputException("organisation name has " + name.length()
                    + " characters and must have 1 to 255, not all blank");
        }
        try {
            ByteBuffer bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap("croft:org:" + name));
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(bytes);
            ByteBuffer hash = ByteBuffer.wrap(digest.digest());
            long high = (hash.getLong() & ~0xF000L) | 0x8000L; // the version
            long low = (hash.getLong() & (-1L >>> 2)) | Long.MIN_VALUE; // the variant
            return new OrgId(new UUID(high, low));
        } catch (CharacterCodingException e) {
            throw new InvalidInputException("organisation name holds half of a surrogate pair: it is not valid Unicode",
                    e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /**
     * Reads the text form of an id.
     *
     * @throws InvalidInputException if the text is not a UUID of 36 characters
     */
    public static OrgId parse(String text) {
        if (text.length() == 36) {
            try {
                UUID id = UUID.fromString(text);
                if (id.toString().equalsIgnoreCase(text)) {
                    return new OrgId(id);
                }
            } catch (IllegalArgumentException e) {
                throw notAnId(text, e);
            }
        }
        throw notAnId(text, null);
    }

    private static InvalidInputException notAnId(String text, @Nullable Throwable cause) {
        String shown = text.length() > 64 ? text.substring(0, 64) + "…" : text;
        return new InvalidInputException("\"" + shown + "\" is not an organisation id: expected a UUID such as "
                + "6f1c1f3e-0f0e-4a57-9f0b-2f3c5d0e7a11, or use OrgId.named(…)", cause);
    }

    @Override
    public int compareTo(OrgId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
