package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.Secret;
import io.croft.spi.SecretStore;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What every store of secrets keeps. */
public abstract class SecretStoreContract extends StoreContract {

    @Test
    void secret_isMadeOnceAndKept() {
        String name = "s-" + UUID.randomUUID();

        Secret secret = store().secrets().secret(name);

        assertThat(secret.length()).isEqualTo(SecretStore.BYTES);
        assertThat(secret).isEqualTo(store().secrets().secret(name));
        assertThat(secret).isNotEqualTo(store().secrets().secret("s-" + UUID.randomUUID()));
    }

    @Test
    void secret_isTheSameForAllWhoAskAtOnce() {
        for (int round = 0; round < 10; round++) {
            String name = "s-" + UUID.randomUUID();

            List<Secret> secrets = Race.of(8, number -> store().secrets().secret(name));

            assertThat(secrets).allSatisfy(secret -> assertThat(secret).isEqualTo(secrets.getFirst()));
        }
    }

    @Test
    void secret_needsAName() {
        for (String bad : List.of("", "A", "a b", "ä", "a".repeat(65))) {
            assertThatThrownBy(() -> store().secrets().secret(bad)).isInstanceOf(InvalidInputException.class);
        }
        assertThat(store().secrets().secret("a".repeat(64)).length()).isEqualTo(SecretStore.BYTES);
    }
}
