package io.croft.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImportedVectorTest {

    @Test
    void vector_isReadInEachForm() {
        float[] expected = {1, -2.5f};

        assertThat(ImportedVector.ofText("v", " [1, -2.5e0] ")).isEqualTo(expected);
        assertThat(ImportedVector.ofArray("v", new Float[]{1f, -2.5f})).isEqualTo(expected);
        assertThat(ImportedVector.ofArray("v", new Double[]{1.0, -2.5})).isEqualTo(expected);
        assertThat(ImportedVector.ofBytes("v", new byte[]{0, 0, (byte) 0x80, 0x3f, 0, 0, 0x20, (byte) 0xc0}))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "1,2", "[1,2", "[1,,2]", "[1,hidden]", "{1,2}"})
    void text_thatIsNoVectorIsRefused(String text) {
        assertThatThrownBy(() -> ImportedVector.ofText("v", text)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("\"v\"").hasMessageNotContaining("hidden").hasNoCause();
    }

    @Test
    void otherThanVectors_areRefused() {
        assertThatThrownBy(() -> ImportedVector.ofBytes("v", new byte[3])).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> ImportedVector.ofBytes("v", new byte[0])).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> ImportedVector.ofBytes("v", new byte[4 * 4097]))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> ImportedVector.ofArray("v", new Float[]{1f, null}))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> ImportedVector.ofArray("v", new Float[][]{{1f}, {2f}}))
                .isInstanceOf(InvalidInputException.class);
    }
}
