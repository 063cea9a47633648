package io.croft.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JobFlowTest {

    private static final JobRequest JOB = JobRequest.of(JobKind.of("test.work", "test"), "{}");

    private static JobRequest after(String... names) {
        return JOB.withAfter(List.of(names).stream().map(After::success).toList());
    }

    @Test
    void ordered_putsEachJobBehindThoseItComesAfter() {
        JobFlow flow = JobFlow.of("d", after("c", "b")).with("c", after("a")).with("b", after("a")).with("a", JOB)
                .with("e", JOB);

        assertThat(flow.ordered().keySet()).containsExactly("a", "e", "c", "b", "d");
        assertThat(flow.jobs().keySet()).containsExactly("d", "c", "b", "a", "e");
    }

    @Test
    void ordered_refusesCyclesAndNamesThatThereAreNot() {
        JobFlow itself = JobFlow.of("a", after("a"));
        JobFlow circle = JobFlow.of("a", after("c")).with("b", after("a")).with("c", after("b")).with("free", JOB);
        JobFlow unknown = JobFlow.of("a", after("nobody"));

        assertThatThrownBy(itself::ordered).isInstanceOf(InvalidInputException.class).hasMessageContaining("cycle");
        assertThatThrownBy(circle::ordered).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("\"a\", \"b\", \"c\"").hasMessageNotContaining("free");
        assertThatThrownBy(unknown::ordered).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("\"nobody\"");
    }

    @Test
    void flow_hasLimits() {
        Map<String, JobRequest> many = new HashMap<>();
        for (int i = 0; i < JobFlow.MAX_JOBS; i++) {
            many.put("job " + i, JOB);
        }
        JobFlow full = JobFlow.of(many);
        List<After> all = new ArrayList<>();
        for (int i = 0; i < JobRequest.MAX_AFTER; i++) {
            all.add(After.end(new JobId(i + 1)));
        }
        JobRequest busy = JOB.withAfter(all);
        for (int i = 0; i < 10; i++) {
            many.put("job " + i, busy);
        }

        assertThat(full.ordered()).hasSize(JobFlow.MAX_JOBS);
        assertThat(JobFlow.of(many).jobs()).hasSize(JobFlow.MAX_JOBS);
        many.put("job 10", after("job 11"));
        assertThatThrownBy(() -> JobFlow.of(many)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("10001");
        assertThatThrownBy(() -> full.with("one more", JOB)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> full.with("job 1", JOB)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("\"job 1\"");
        assertThatThrownBy(() -> JobFlow.of(Map.of())).isInstanceOf(InvalidInputException.class);
        all.add(After.end("x"));
        assertThatThrownBy(() -> JOB.withAfter(all)).isInstanceOf(InvalidInputException.class);
        for (String name : List.of("", " ", "a\nb", "x".repeat(After.MAX_NAME_BYTES + 1))) {
            assertThatThrownBy(() -> JobFlow.of(name, JOB)).isInstanceOf(InvalidInputException.class);
            assertThatThrownBy(() -> After.success(name)).isInstanceOf(InvalidInputException.class);
        }
    }

    @Test
    void batch_isAllJobsAndOneAfterThem() {
        JobId before = new JobId(7);
        JobFlow batch = JobFlow.batch(List.of(JOB, JOB), JOB.withAfter(After.success(before)));

        assertThat(batch.jobs().keySet()).containsExactly("1", "2", JobFlow.COMPLETION);
        assertThat(batch.ordered().get(JobFlow.COMPLETION)).isNotNull().satisfies(last -> assertThat(last.after())
                .containsExactly(After.success(before), After.end("1"), After.end("2")));
        assertThatThrownBy(() -> JobFlow.batch(List.of(), JOB)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> JobFlow.batch(Collections.nCopies(JobFlow.MAX_JOBS, JOB), JOB))
                .isInstanceOf(InvalidInputException.class);
    }

    @Test
    void request_thatComesAfterOthersTakesNoJobsPlace() {
        JobRequest late = after("a");

        assertThatThrownBy(() -> late.withKey(JobKey.of("k").replacing())).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> JOB.withKey(JobKey.of("k").debouncing(Duration.ofSeconds(1), Duration.ofSeconds(2)))
                .withAfter(After.end("a"))).isInstanceOf(InvalidInputException.class);
        assertThat(late.withKey("k").after()).containsExactly(After.success("a"));
        assertThat(late.withAfter().after()).isEmpty();
        assertThat(JOB.withAfter(After.end("a"), After.end("a")).after()).hasSize(1);
    }
}
