package io.croft.pg.queue;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import java.util.List;
import org.junit.jupiter.api.Test;

final class JobJsonTest {

    @Test
    void checkPayload_takesObjects() {
        for (String json : List.of("{}", " {\"a\":[1,-2.5e3,true,null,\"\\ud83d\\ude00 😀\"]} \n",
                "{\"a\":{\"b\":{}}}", "{\"a\":1e400}", "{\"a\":1.7976931348623157e308}", "{\"a\":4.9e-324}")) {
            assertThatCode(() -> JobJson.checkPayload("k", json)).as(json).doesNotThrowAnyException();
        }
    }

    @Test
    void checkPayload_refusesWhatPostgresCannotHold() {
        String deep = "{\"a\":".repeat(2000) + "1" + "}".repeat(2000);
        for (String json : List.of("", " ", "[]", "1", "null", "{", "{} {}", "{}{", "{}1", "{'a':1}", "{\"a\":01}",
                "{\"a\":NaN}", "{\"a\":1,}", "\uFEFF{}", "{\"a\":\"\\u0000\"}", "{\"\\u0000\":1}",
                "{\"a\":\"\\ud83d\"}",
                "{\"a\":\"\ude00\"}", "{\"a\":1e401}", "{\"a\":-1E+9999}", "{\"a\":1e-9999}",
                "{\"a\":0e9999}", "{\"a\":0e-9999}", "{\"a\":" + "1".repeat(1001) + "}", "{\"a\":1e99999999999}",
                deep)) {
            assertThatThrownBy(() -> JobJson.checkPayload("k", json))
                    .as(json.length() > 50 ? json.substring(0, 50) : json).isInstanceOf(InvalidInputException.class);
        }
    }

    /** They are kept written out: a small text could become one of many times its length. */
    @Test
    void checkPayload_refusesNumbersThatAreFarLongerWrittenOut() {
        assertThatCode(() -> JobJson.checkPayload("k", "{\"a\":[" + "1e400,".repeat(1_000) + "1]}"))
                .doesNotThrowAnyException();
        assertThatCode(() -> JobJson.checkPayload("k", "{\"a\":[" + "12345678,".repeat(29_000) + "1]}"))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> JobJson.checkPayload("k", "{\"a\":[" + "1e400,".repeat(2_000) + "1]}"))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("written out");
    }

    @Test
    void checkPayload_saysWhichLimitOfJsonIsPassed() {
        String deep = "{\"a\":".repeat(2000) + "1" + "}".repeat(2000);
        assertThatThrownBy(() -> JobJson.checkPayload("k", deep)).hasMessageContaining("1,000 levels");
        assertThatThrownBy(() -> JobJson.checkPayload("k", "{\"" + "x".repeat(50_001) + "\":1}"))
                .hasMessageContaining("50,000 characters");
        for (String digits : List.of("1".repeat(1001), "0." + "1".repeat(1001))) {
            assertThatThrownBy(() -> JobJson.checkPayload("k", "{\"a\":" + digits + "}"))
                    .hasMessageContaining("1,000 digits");
        }
    }

    @Test
    void checkPayload_saysWhereAndNotWhat() {
        assertThatThrownBy(() -> JobJson.checkPayload("mail", "{\"secret\": oops}"))
                .hasMessageContaining("mail").hasMessageContaining("at character")
                .hasMessageNotContaining("secret").hasMessageNotContaining("oops").hasNoCause();
    }

    @Test
    void checkResult_takesAnyValue() {
        for (String json : List.of("1", "\"a\"", "null", "[]", "{}", "true")) {
            assertThatCode(() -> JobJson.checkResult(json)).as(json).doesNotThrowAnyException();
        }
        assertThatThrownBy(() -> JobJson.checkResult("no json")).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> JobJson.checkResult("1 2")).isInstanceOf(InvalidInputException.class);
    }
}
