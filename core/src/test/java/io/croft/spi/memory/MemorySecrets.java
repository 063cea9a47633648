package io.croft.spi.memory;

import io.croft.InvalidInputException;
import io.croft.Secret;
import io.croft.spi.SecretStore;
import java.security.SecureRandom;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/** Secrets in memory. Thread-safe. */
final class MemorySecrets implements SecretStore {

    private static final Pattern NAME = Pattern.compile("[a-z0-9_-]{1,64}");

    private final World world;
    private final Map<String, Secret> secrets = new ConcurrentHashMap<>();

    MemorySecrets(World world) {
        this.world = world;
    }

    @Override
    public Secret secret(String name) {
        world.reach();
        if (!NAME.matcher(name).matches()) {
            throw new InvalidInputException("a secret's name must be 1 to 64 of a-z, 0-9, - and _");
        }
        return secrets.computeIfAbsent(name, key -> random());
    }

    private static Secret random() {
        byte[] bytes = new byte[BYTES];
        new SecureRandom().nextBytes(bytes);
        return Secret.of(bytes);
    }
}
