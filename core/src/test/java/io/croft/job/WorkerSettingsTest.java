package io.croft.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class WorkerSettingsTest {

    private static final WorkerSettings DEFAULTS = WorkerSettings.defaults();

    @Test
    void defaults_areAsDescribed() {
        assertThat(DEFAULTS.slotsOf("any")).isEqualTo(8);
        assertThat(DEFAULTS.poll()).isEqualTo(Duration.ofMillis(100));
        assertThat(DEFAULTS.idlePoll()).isEqualTo(Duration.ofSeconds(1));
        assertThat(DEFAULTS.stopDeadline()).isEqualTo(Duration.ofSeconds(30));
        assertThat(DEFAULTS.worker()).contains("-" + ProcessHandle.current().pid() + "-").hasSizeLessThanOrEqualTo(128);
        assertThat(WorkerSettings.defaults().worker()).isNotEqualTo(DEFAULTS.worker());
    }

    @Test
    void slots_areOfTheQueueOrElseOfAll() {
        WorkerSettings settings = DEFAULTS.withSlots(3).withSlots("wide", 1000);

        assertThat(settings.slotsOf("wide")).isEqualTo(1000);
        assertThat(settings.slotsOf("other")).isEqualTo(3);
    }

    @Test
    void limits_areNamed() {
        refused(() -> DEFAULTS.withSlots(0), "0 slots", "1 to 1000");
        refused(() -> DEFAULTS.withSlots(1001), "1001 slots", "1 to 1000");
        refused(() -> DEFAULTS.withSlots("wide", 1001), "queue wide", "1 to 1000");
        refused(() -> DEFAULTS.withPoll(Duration.ofMillis(9), Duration.ofSeconds(1)), "PT0.009S", "10 ms to 1 minute");
        refused(() -> DEFAULTS.withPoll(Duration.ofSeconds(2), Duration.ofSeconds(1)), "PT2S", "rise");
        refused(() -> DEFAULTS.withPoll(Duration.ofSeconds(2), Duration.ofSeconds(61)), "PT1M1S", "1 minute");
        refused(() -> DEFAULTS.withWorker(" "), "worker name", "1 to 128");
        refused(() -> DEFAULTS.withWorker("w".repeat(129)), "129 characters", "1 to 128");
        refused(() -> DEFAULTS.withWorker("w\u2028w"), "worker name", "U+2028");
        refused(() -> DEFAULTS.withStopDeadline(Duration.ofMillis(-1)), "stop deadline", "0 to 1 hour");
        refused(() -> DEFAULTS.withStopDeadline(Duration.ofMinutes(61)), "PT1H1M", "0 to 1 hour");
    }

    private static void refused(Runnable call, String value, String limit) {
        assertThatThrownBy(call::run).isInstanceOf(InvalidInputException.class).hasMessageContaining(value)
                .hasMessageContaining(limit);
    }
}
