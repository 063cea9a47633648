package io.croft.spi;

import io.croft.Secret;

/** Secrets that all processes on one store share. Thread-safe. */
public interface SecretStore {

    /** The length of a secret in bytes. */
    int BYTES = 32;

    /**
     * The secret of this name: random, made by whoever asks first, and the same for all who ask, also at the same
     * moment.
     *
     * @param name 1 to 64 of a-z, 0-9, - and _
     * @return {@value #BYTES} bytes
     * @throws io.croft.InvalidInputException if the name is another
     */
    Secret secret(String name);
}
