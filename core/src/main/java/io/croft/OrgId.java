package io.croft;

import java.nio.charset.StandardCharsets;
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
     * Derives an id from a name: always the same one for the same name (RFC 9562 version 3, namespace
     * {@code croft:org:}).
     *
     * @param name 1 to 255 characters, not blank; case matters
     * @throws InvalidInputException if the name is blank or too long
     */
    public static OrgId named(String name) {
        if (name.isBlank() || name.length() > 255) {
            throw new InvalidInputException("organisation name has " + name.length()
                    + " characters and must have 1 to 255, not all blank");
        }
        return new OrgId(UUID.nameUUIDFromBytes(("croft:org:" + name).getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * Reads the text form of an id.
     *
     * @throws InvalidInputException if the text is not a UUID of 36 characters
     */
    public static OrgId parse(String text) {
        if (text.length() == 36) {
            try {
                return new OrgId(UUID.fromString(text));
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
