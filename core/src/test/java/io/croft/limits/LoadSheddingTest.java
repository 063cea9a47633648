package io.croft.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class LoadSheddingTest {

    @Test
    void adaptive_leavesWideBounds() {
        LoadShedding adaptive = LoadShedding.adaptive();

        assertThat(adaptive.least()).isEqualTo(Math.max(8, 2 * Runtime.getRuntime().availableProcessors()));
        assertThat(adaptive.most()).isEqualTo(Math.max(adaptive.least(), 1_000));
        assertThat(adaptive.orgShare()).isEqualTo(0.4);
        assertThat(adaptive.unnoticed()).isEqualTo(Duration.ofMillis(50));
    }

    @Test
    void bounds_moveOneAnother() {
        LoadShedding ten = new LoadShedding(10, 10, 1, Duration.ZERO);

        assertThat(ten.withLeast(20)).isEqualTo(new LoadShedding(20, 20, 1, Duration.ZERO));
        assertThat(ten.withMost(5)).isEqualTo(new LoadShedding(5, 5, 1, Duration.ZERO));
        assertThat(ten.withOrgShare(0.1).withUnnoticed(Duration.ofMinutes(1)))
                .isEqualTo(new LoadShedding(10, 10, 0.1, Duration.ofMinutes(1)));
    }

    @Test
    void values_outsideTheirRange_areRefused() {
        LoadShedding adaptive = LoadShedding.adaptive();
        List<ThrowingCallable> wrong = List.of(() -> adaptive.withLeast(0), () -> adaptive.withLeast(100_001),
                () -> adaptive.withMost(0), () -> adaptive.withMost(100_001),
                () -> new LoadShedding(3, 2, 1, Duration.ZERO), () -> adaptive.withOrgShare(0),
                () -> adaptive.withOrgShare(1.01), () -> adaptive.withOrgShare(Double.NaN),
                () -> adaptive.withUnnoticed(Duration.ofNanos(-1)),
                () -> adaptive.withUnnoticed(Duration.ofSeconds(61)));

        for (ThrowingCallable one : wrong) {
            assertThatThrownBy(one).isInstanceOf(InvalidInputException.class).hasMessageContaining("outside");
        }
    }
}
