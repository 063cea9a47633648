package io.croft;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class SecretTest {

    @Test
    void secret_showsItselfOnlyWhereItIsAskedTo() {
        Secret secret = Secret.of("hunter2 ж");

        assertThat(secret).hasToString("***");
        assertThat("password " + secret + String.format(" %s", secret)).isEqualTo("password *** ***");
        assertThat(secret.reveal()).isEqualTo("hunter2 ж");
        assertThat(secret.revealBytes()).isEqualTo("hunter2 ж".getBytes(StandardCharsets.UTF_8));
        assertThat(secret.length()).isEqualTo(10);
        assertThat(Serializable.class.isAssignableFrom(Secret.class)).isFalse();
    }

    @Test
    void secret_isItsValueAndKeepsIt() {
        byte[] bytes = {1, 2, 3};
        Secret secret = Secret.of(bytes);
        bytes[0] = 9;
        secret.revealBytes()[1] = 9;

        assertThat(secret.revealBytes()).containsExactly(1, 2, 3);
        assertThat(secret).isEqualTo(Secret.of(new byte[]{1, 2, 3})).isNotEqualTo(Secret.of(new byte[]{1, 2, 4}))
                .isNotEqualTo(Secret.of(new byte[]{1, 2})).hasSameHashCodeAs(Secret.of("other"));
    }
}
