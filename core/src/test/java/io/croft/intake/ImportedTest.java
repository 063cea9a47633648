package io.croft.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.search.Source;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ImportedTest {

    @Test
    void whatHasNoTitleOrField_hasNone() {
        Imported item = Imported.text(Source.PRIVATE, "a", "Saddles.").withField("year", "2026");

        assertThat(item.withTitle(null)).isEqualTo(item);
        assertThat(item.withField("color", null)).isEqualTo(item);
        assertThat(item.withField("year", null).fields()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    @SuppressWarnings("NullAway")
    void whatHasNoIdOrText_isRefused(Source source) {
        for (ThrowingCallable call : new ThrowingCallable[]{() -> Imported.text(source, null, "Saddles."),
                () -> Imported.text(source, "a", null),
                () -> new Imported(source, "a", "", null, Map.of(), Set.of(), Optional.empty())}) {
            assertThatThrownBy(call).isInstanceOf(InvalidInputException.class).hasMessageContaining("has no ");
        }
        assertThat(new Imported(source, "a", null, "Saddles.", Map.of(), Set.of(), Optional.empty()).title()).isEmpty();
    }
}
