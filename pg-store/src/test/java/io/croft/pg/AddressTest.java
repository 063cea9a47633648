package io.croft.pg;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTest {

    @ParameterizedTest
    @CsvSource({"jdbc:postgresql://db:5432/app, jdbc:postgresql://db:5432/app",
            "jdbc:postgresql://db/app?user=u&password=secret, jdbc:postgresql://db/app",
            "jdbc:postgresql://u:secret@db/app?ssl=true, jdbc:postgresql://db/app",
            "jdbc:postgresql://u:sec@ret@db/app, jdbc:postgresql://db/app", "jdbc:postgresql:app, jdbc:postgresql:app"})
    void of_leavesOutUserPasswordAndParameters(String url, String shown) {
        assertThat(Address.of(url)).isEqualTo(shown);
    }

    @ParameterizedTest
    @ValueSource(strings = {"jdbc:postgresql://u:sec?ret@db/app", "jdbc:postgresql://db/app?password=sec@ret",
            "jdbc:postgresql:u:secret@db", "u:secret@//db/app", "postgres:secret@db", "secret@db"})
    void of_showsNothingOfAPasswordThatMayBeAnywhere(String url) {
        assertThat(Address.of(url)).doesNotContain("sec").doesNotContain("ret");
    }
}
