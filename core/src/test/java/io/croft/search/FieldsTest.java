package io.croft.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import org.junit.jupiter.api.Test;

class FieldsTest {

    @Test
    void declare_keepsTheOrderAndTheTypes() {
        Fields fields = Fields.declare().keyword("a").keywords("b").number("c").instant("d").bool("e").stored("f");

        assertThat(fields.types()).hasToString("{a=KEYWORD, b=KEYWORDS, c=NUMBER, d=INSTANT, e=BOOL, f=STORED}");
        assertThat(fields).hasToString("a (keyword), b (keywords), c (number), d (instant), e (bool), f (stored)");
        assertThat(fields.type("c")).hasValue(FieldType.NUMBER);
        assertThat(fields.type("x")).isEmpty();
        assertThat(Fields.undeclared().type("x")).hasValue(FieldType.STORED);
    }

    @Test
    void declare_doesNotChangeWhatItStartedFrom() {
        Fields one = Fields.declare().keyword("a");

        assertThat(one.number("b")).isNotEqualTo(one).isEqualTo(Fields.declare().keyword("a").number("b"));
        assertThat(one.types()).hasSize(1);
        assertThat(Fields.declare()).isNotEqualTo(Fields.undeclared());
    }

    @Test
    void declare_refusesMoreThanTheLimits() {
        Fields fields = Fields.declare();
        for (int i = 0; i < 64; i++) {
            fields = fields.stored("f" + i);
        }
        Fields full = fields;

        assertThatThrownBy(() -> full.stored("more")).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("\"more\"").hasMessageContaining("64");
        assertThatThrownBy(() -> Fields.declare().stored("x".repeat(65))).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("65");
        assertThat(Fields.declare().stored("x".repeat(64)).types()).hasSize(1);
    }

    @Test
    void declare_refusesNamesThatAreNone() {
        for (String name : new String[]{"", " ", "a\0", "\ud83d"}) {
            assertThatThrownBy(() -> Fields.declare().number(name)).isInstanceOf(InvalidInputException.class);
        }
        assertThatThrownBy(() -> Fields.declare().number("a").keyword("a")).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("\"a\"").hasMessageContaining("twice");
        assertThatThrownBy(() -> Fields.undeclared().number("a")).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("Fields.declare()");
    }
}
