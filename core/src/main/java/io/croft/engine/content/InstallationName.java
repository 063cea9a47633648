package io.croft.engine.content;

import io.croft.spi.SecretStore;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** What an installation is called by what it keeps beside its database. */
public final class InstallationName {

    private InstallationName() {
    }

    /**
     * The hash of a secret that is made once: it lasts as long as the database, goes with its dumps and copies, and
     * tells nothing.
     */
    public static String of(SecretStore secrets) {
        try {
            byte[] secret = secrets.secret("installation").revealBytes();
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(secret));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
