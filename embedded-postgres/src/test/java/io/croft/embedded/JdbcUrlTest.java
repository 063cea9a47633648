package io.croft.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JdbcUrlTest {

    @ParameterizedTest
    @ValueSource(strings = {
            "jdbc:postgresql://localhost:5432/shop?user=me&password=x",
            "jdbc:postgresql://one:1,two:2/shop",
            "jdbc:postgresql://localhost/",
            "jdbc:postgresql:shop",
            "jdbc:postgresql:/",
            "jdbc:postgresql://[::1]:5432/shop?ssl=true"
    })
    void parse_keepsTheUrl(String url) {
        assertThat(JdbcUrl.parse(url)).hasToString(url);
    }

    @ParameterizedTest
    @CsvSource({
            "jdbc:postgresql://h:1/a?user=me&password=x&ssl=true, jdbc:postgresql://h:1/b?user=you&ssl=true",
            "jdbc:postgresql://h:1/a?user=you&password=x, jdbc:postgresql://h:1/b?user=you&password=x",
            "jdbc:postgresql:a, jdbc:postgresql:b?user=you"
    })
    void withUser_dropsThePasswordOfAnotherUser(String url, String expected) {
        assertThat(JdbcUrl.parse(url).withDatabase("b").withUser("you")).hasToString(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"p&w=d", "ä ö", "100%", "a+b"})
    void withUser_encodesThePassword(String password) {
        String url = JdbcUrl.parse("jdbc:postgresql://h/a").withUser("me", password).toString();

        assertThat(JdbcUrl.parse(url).parameters()).containsEntry("password", password);
    }
}
