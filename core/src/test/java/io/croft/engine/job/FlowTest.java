package io.croft.engine.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.job.After;
import io.croft.job.FlowReceipt;
import io.croft.job.Job;
import io.croft.job.JobEnqueuer;
import io.croft.job.JobFlow;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobParent;
import io.croft.job.JobRequest;
import io.croft.job.JobResult;
import io.croft.job.JobState;
import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Flows through the engine: what handlers see of the jobs before theirs. */
class FlowTest {

    private static final JobKind COUNT = JobKind.of("test.count", "test");
    private static final JobKind SUM = JobKind.of("test.sum", "sums");
    private static final JobRequest SUMMED = JobRequest.of(SUM, "{}");

    private Workers workers;

    @BeforeEach
    void open() {
        workers = new Workers();
    }

    @AfterEach
    void close() {
        workers.close();
    }

    private static JobRequest count(int n) {
        return JobRequest.of(COUNT, "{\"n\":" + n + "}");
    }

    private JobEngine start() {
        return workers.start(Map.of(
                COUNT, job -> job.payload().contains("13")
                        ? JobResult.cancel("thirteen")
                        : JobResult.completed(job.payload()),
                SUM, job -> {
                    StringBuilder seen = new StringBuilder();
                    for (JobParent parent : job.parents().list()) {
                        seen.append(parent.name().orElse("-")).append(' ').append(parent.end().orElseThrow())
                                .append(' ')
                                .append(job.parentResult(parent).orElse("-")).append("; ");
                    }
                    return JobResult.completed("\"" + seen.toString().replace("\"", "'") + "\"");
                }));
    }

    @Test
    void handler_seesHowThoseBeforeItEndedAndTheirResults() {
        JobEngine engine = start();
        JobId before = engine.queue().enqueue(Workers.CONTEXT, count(1)).id();

        FlowReceipt receipt = engine.queue().enqueueFlow(Workers.CONTEXT, JobFlow.of("good", count(2))
                .with("bad", count(13)).with("sum", SUMMED
                        .withAfter(After.success("good"), After.end("bad"), After.success(before)))
                .with("never", SUMMED.withAfter(After.success("bad"))));

        assertThat(workers.await(receipt.job("sum").id(), JobState.COMPLETED).result())
                .contains("\"- COMPLETED {'n':1}; good COMPLETED {'n':2}; bad CANCELLED -; \"");
        assertThat(workers.await(receipt.job("never").id(), JobState.CANCELLED).note().orElseThrow())
                .contains("job " + receipt.job("bad").id() + " ");
        assertThat(receipt.jobs().keySet()).containsExactlyInAnyOrder("good", "bad", "sum", "never");
        assertThatThrownBy(() -> receipt.job("nobody")).isInstanceOf(InvalidInputException.class);
    }

    @Test
    void parents_areShownWhileAJobWaits() {
        JobEngine engine = workers.engine(Workers.settings(), Map.of());

        FlowReceipt receipt = engine.queue().enqueueFlow(Workers.CONTEXT,
                JobFlow.batch(List.of(count(1), count(2)), SUMMED));
        JobId last = receipt.job(JobFlow.COMPLETION).id();

        assertThat(workers.job(last).state()).isEqualTo(JobState.WAITING);
        assertThat(engine.queue().parents(Workers.CONTEXT, last).open()).isEqualTo(2);
        assertThat(engine.queue().parents(Workers.CONTEXT, last).named("2")).isEqualTo(
                new JobParent(receipt.job("2").id(), Optional.of("2"), After.Need.END, Optional.empty()));
    }

    @Test
    void enqueueFlow_refusesCyclesAndStrangersBeforeTheStoreIsAsked() {
        JobEngine engine = workers.engine(Workers.settings(), Map.of());
        JobFlow circle = JobFlow.of("a", SUMMED.withAfter(After.end("b"))).with("b", SUMMED.withAfter(After.end("a")));

        assertThatThrownBy(() -> engine.queue().enqueueFlow(Workers.CONTEXT, circle))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> engine.queue().in(WatchedJobs.brokenTransaction())
                .enqueueFlow(Workers.CONTEXT, circle)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> engine.queue().enqueue(Workers.CONTEXT, SUMMED.withAfter(After.end("a"))))
                .isInstanceOf(InvalidInputException.class);

        assertThat(workers.store.calls("enqueueFlow") + workers.store.calls("enqueueFlowIn")).isZero();
    }

    @Test
    void in_enqueuesAFlowWithTheHostsTransaction() throws Exception {
        JobEngine engine = start();
        Connection transaction = workers.store.transaction();
        JobEnqueuer joined = engine.queue().in(transaction);

        FlowReceipt receipt = joined.enqueueFlow(Workers.CONTEXT,
                JobFlow.of("a", count(1)).with("b", SUMMED.withAfter(After.success("a"))));
        assertThat(receipt.job("b").state()).isEqualTo(JobState.WAITING);
        assertThat(sums()).isEmpty();
        transaction.commit();

        Workers.eventually("the flow has ended",
                () -> sums().stream().anyMatch(job -> job.state() == JobState.COMPLETED));
    }

    /** Those among the first jobs of all that sum up. */
    private List<Job> sums() {
        return LongStream.rangeClosed(1, 10).mapToObj(JobId::new).map(id -> workers.jobs.find(Workers.ORG, id))
                .flatMap(Optional::stream).filter(job -> job.kind().equals(SUM.name())).toList();
    }
}
