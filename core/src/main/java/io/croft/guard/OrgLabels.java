package io.croft.guard;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * How logs name an organisation: by its id, or by a hash of it that only who has the key can tie to the id.
 * Thread-safe.
 */
public final class OrgLabels {

    /** By their ids. */
    public static final OrgLabels IDS = new OrgLabels(Optional.empty());

    /** The shortest key, in bytes. */
    public static final int MIN_KEY_BYTES = 16;

    private static final String MAC = "HmacSHA256";
    private static final int SHOWN_BYTES = 8;

    private final Optional<SecretKeySpec> key;

    private OrgLabels(Optional<SecretKeySpec> key) {
        this.key = key;
    }

    /**
     * By the first 16 hexadecimal digits of the HMAC-SHA256 of the id's text form.
     *
     * @throws InvalidInputException if the key is shorter than {@value #MIN_KEY_BYTES} bytes
     */
    public static OrgLabels hashed(Secret key) {
        if (key.length() < MIN_KEY_BYTES) {
            throw new InvalidInputException("the key that hashes organisations in logs has " + key.length()
                    + " bytes and must have at least " + MIN_KEY_BYTES + ": make one of random bytes");
        }
        return new OrgLabels(Optional.of(new SecretKeySpec(key.revealBytes(), MAC)));
    }

    /** How this one is named. */
    public String of(OrgId org) {
        return key.map(one -> hash(one, org)).orElseGet(org::toString);
    }

    private static String hash(SecretKeySpec key, OrgId org) {
        try {
            Mac mac = Mac.getInstance(MAC);
            mac.init(key);
            byte[] hash = mac.doFinal(org.toString().getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(hash, 0, SHOWN_BYTES);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + MAC, e);
        }
    }
}
