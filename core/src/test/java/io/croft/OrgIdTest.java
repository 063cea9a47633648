package io.croft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OrgIdTest {

    @Test
    void named_isTheSameForTheSameNameOnly() {
        assertThat(OrgId.named("acme")).isEqualTo(OrgId.named("acme")).isNotEqualTo(OrgId.named("Acme"));
        assertThat(OrgId.named("acme").toString()).isEqualTo("a4a5ac96-434b-8754-aa66-a468d18385b2");
    }

    @Test
    void named_refusesWhatIsNoUnicode() {
        // Written out as bytes it would be the same as "acme?".
        assertThatThrownBy(() -> OrgId.named("acme\uD800")).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("surrogate");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1-2-3-4-5", "not an id", "6f1c1f3e-0f0e-4a57-9f0b-2f3c5d0e7a1", "../../etc/passwd",
            "0000001-00000-0000-0000-000000000001",
            "00000000-0000-0000-0000-000000000000"})
    void parse_refusesWhatIsNoId(String text) {
        assertThatThrownBy(() -> OrgId.parse(text)).isInstanceOf(InvalidInputException.class);
    }

    @Test
    void parse_readsWhatToStringWrote() {
        OrgId org = OrgId.of(UUID.randomUUID());

        assertThat(OrgId.parse(org.toString())).isEqualTo(org);
    }

    @Test
    void contextsAndActors_refuseBlankIds() {
        assertThatThrownBy(() -> Actor.service(" ")).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> Actor.user("u", Role.SUPER_ADMIN)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("SUPER_ADMIN");
        TenantContext context = TenantContext.of(OrgId.named("acme"), Actor.service("s"));
        assertThatThrownBy(() -> context.withRequestId("x".repeat(129))).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> context.withRequestId("x\nforged")).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> Actor.service("x\u0007")).isInstanceOf(InvalidInputException.class);
        assertThat(context.requestId()).isNotBlank();
    }
}
