package io.croft.engine.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.job.JobHandler;
import io.croft.job.JobKind;
import io.croft.job.JobResult;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HandlersTest {

    private static final JobHandler HANDLER = job -> JobResult.completed();

    @Test
    void kindsOfOneName_areRefused() {
        assertThatThrownBy(
                () -> new Handlers(Map.of(JobKind.of("mail", "a"), HANDLER, JobKind.of("mail", "b"), HANDLER)))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("job kind mail has two handlers");
    }

    @Test
    void claims_lastAsLongAsTheShortestLeaseOfTheQueue() {
        Handlers handlers = new Handlers(Map.of(JobKind.of("a", "q").withLease(Duration.ofSeconds(30)), HANDLER,
                JobKind.of("b", "q").withLease(Duration.ofSeconds(90)), HANDLER, JobKind.of("c", "other"), HANDLER));

        assertThat(handlers.queues()).containsExactlyInAnyOrder("q", "other");
        assertThat(handlers.claimLease("q")).isEqualTo(Duration.ofSeconds(30));
        assertThat(handlers.claimLease("other")).isEqualTo(JobKind.DEFAULT_LEASE);
    }

    @Test
    void heartbeats_comeBeforeAThirdOfTheClaimIsOver() {
        Handlers handlers = new Handlers(Map.of(JobKind.of("a", "q").withLease(Duration.ofSeconds(30)), HANDLER,
                JobKind.of("b", "q").withLease(Duration.ofSeconds(90)), HANDLER,
                JobKind.of("c", "other").withLease(Duration.ofSeconds(90)), HANDLER,
                JobKind.of("d", "other").withLease(Duration.ofSeconds(600)), HANDLER));

        assertThat(handlers.heartbeats()).isEqualTo(Map.of(Duration.ofSeconds(30), Duration.ofSeconds(10),
                Duration.ofSeconds(90), Duration.ofSeconds(10), Duration.ofSeconds(600), Duration.ofSeconds(30)));
    }
}
