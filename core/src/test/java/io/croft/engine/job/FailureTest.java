package io.croft.engine.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.job.JobError;
import io.croft.spi.JobStore.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
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

        assertThat(failed.message()).hasSize(JobError.MAX_MESSAGE_CHARS).startsWith("xxx");
        assertThat(failed.stackTrace().getBytes(StandardCharsets.UTF_8))
                .hasSizeLessThanOrEqualTo(JobError.MAX_STACK_BYTES);
        assertThat(small.message()).isEqualTo("outer; caused by java.lang.Exception: inner");
    }

    /** A stack that is too deep leaves room for its cause, and lines are whole. */
    @Test
    void stack_showsTheCauseOfADeepOne() {
        Exception deep = new Exception("deep", new IOException("the cause"));
        StackTraceElement[] frames = new StackTraceElement[2000];
        Arrays.fill(frames, new StackTraceElement("io.croft.Horse", "gallop", "Horse.java", 7));
        deep.setStackTrace(frames);

        String stack = StackText.of(deep);

        assertThat(stack.getBytes(StandardCharsets.UTF_8)).hasSizeBetween(JobError.MAX_STACK_BYTES / 2,
                JobError.MAX_STACK_BYTES);
        assertThat(stack.lines())
                .allMatch(line -> line.matches("\tat \\S+\\(\\S+\\)|\t\\.\\.\\. \\d+ more|.*Exception: .*"))
                .anyMatch(line -> line.matches("\t\\.\\.\\. 1\\d\\d\\d more"));
        assertThat(stack).startsWith("java.lang.Exception: deep\n")
                .contains("\nCaused by: java.io.IOException: the cause\n");
    }

    @Test
    void stack_bearsAnythingThatIsThrown() {
        Exception odd = new Exception() {
            @Override
            public String getMessage() {
                throw new IllegalStateException("cannot even say why");
            }

            @Override
            public StackTraceElement[] getStackTrace() {
                throw new IllegalStateException("nor where");
            }
        };
        Exception chain = new Exception("馬\0\n".repeat(100_000));
        for (int i = 0; i < 50; i++) {
            chain = new Exception("a\nb", chain);
        }

        assertThat(StackText.of(odd)).endsWith("IllegalStateException\n");
        assertThat(StackText.of(chain).getBytes(StandardCharsets.UTF_8))
                .hasSizeLessThanOrEqualTo(JobError.MAX_STACK_BYTES);
        assertThat(StackText.of(chain)).startsWith("java.lang.Exception: a b\n").doesNotContain("\0");
    }

    @Test
    void forLog_holdsNoMessage() {
        assertThat(Failure.forLog(new IOException("a secret")))
                .startsWith("java.io.IOException at io.croft.engine.job.FailureTest")
                .doesNotContain("secret");
    }
}
