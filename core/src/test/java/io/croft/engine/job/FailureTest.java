package io.croft.engine.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.job.JobError;
import io.croft.spi.JobStore.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FailureTest {

    @Test
    void of_saysWhatWasThrownAndWhy() {
        Optional<Duration> wait = Optional.of(Duration.ofSeconds(3));

        Outcome.Failed failed = Failure.of(new IOException("no saddle", new IllegalStateException()), wait);

        assertThat(failed).isEqualTo(new Outcome.Failed(wait, "java.io.IOException",
                "no saddle; caused by java.lang.IllegalStateException: no message", failed.stackTrace()));
        assertThat(failed.stackTrace())
                .startsWith("java.io.IOException: no saddle\n\tat " + FailureTest.class.getName())
                .contains("\nCaused by: java.lang.IllegalStateException: no message\n\tat ").endsWith("\n");
    }

    @Test
    void of_isBoundedWhateverTheMessageAndTheCauses() {
        Exception circle = new Exception("x".repeat(100_000));
        circle.initCause(new Exception("inner", circle));

        Outcome.Failed failed = Failure.of(circle, Optional.empty());
        Outcome.Failed small = Failure.of(new Exception("outer", new Exception("inner")), Optional.empty());

        assertThat(failed.message()).hasSize(Failure.MAX_MESSAGE_CHARS).startsWith("xxx");
        assertThat(failed.stackTrace().getBytes(StandardCharsets.UTF_8))
                .hasSizeLessThanOrEqualTo(JobError.MAX_STACK_BYTES);
        assertThat(small.message()).isEqualTo("outer; caused by java.lang.Exception: inner");
    }

    @Test
    void bounded_keepsOnlyWhatADatabaseHolds() {
        assertThat(Failure.bounded("a\u0000b", 10)).isEqualTo("a\uFFFDb");
        assertThat(Failure.bounded("a\uD83Db", 10)).isEqualTo("a\uFFFDb");
        assertThat(Failure.bounded("\uDE00", 10)).isEqualTo("\uFFFD");
        assertThat(Failure.bounded("a😀b", 10)).isEqualTo("a😀b");
        assertThat(Failure.bounded("a😀b", 2)).isEqualTo("a\uFFFD");
        assertThat(Failure.bounded("abc", 2)).isEqualTo("ab");
    }

    @Test
    void forLog_holdsNoMessage() {
        assertThat(Failure.forLog(new IOException("a secret")))
                .startsWith("java.io.IOException at io.croft.engine.job.FailureTest")
                .doesNotContain("secret");
    }
}
