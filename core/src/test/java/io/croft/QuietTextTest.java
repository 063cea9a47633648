package io.croft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.analytics.SearchReport.TopQuery;
import io.croft.content.ContentStatus;
import io.croft.job.JobId;
import io.croft.job.JobResult;
import io.croft.search.FacetCounts;
import io.croft.search.FieldType;
import io.croft.search.Filter;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The text forms of values get into logs by mistake: they do not hold what organisations wrote. */
class QuietTextTest {

    private static final String DATA = "confidential".repeat(5);
    private static final JobLease LEASE = new JobLease(OrgId.named("acme"), new JobId(7), 1);

    static List<Object> values() {
        return List.of(new TopQuery(DATA, 2, 1),
                new ContentStatus("d", 1, ContentStatus.State.FAILED, Optional.of(DATA)),
                JobResult.cancel(DATA), JobResult.snooze(Duration.ZERO, DATA), JobResult.completed("\"" + DATA + "\""),
                new FacetCounts("color", List.of(new FacetCounts.Count(DATA, 1, Map.of()))),
                Filter.prefix("color", DATA), Filter.equals("color", DATA),
                new Outcome.Completed(Optional.of("\"" + DATA + "\"")),
                new Outcome.Failed(Optional.of(Duration.ZERO), "E", DATA, DATA),
                new JobStore.Report(LEASE, 0.5, DATA));
    }

    @ParameterizedTest
    @MethodSource("values")
    void toString_doesNotHoldTheData(Object value) {
        assertThat(value.toString()).doesNotContain(DATA);
    }

    @ParameterizedTest
    @EnumSource(value = FieldType.class, names = {"NUMBER", "INSTANT", "BOOL"})
    void valueThatIsRefused_isNotRepeated(FieldType type) {
        assertThatThrownBy(() -> type.read(DATA.substring(0, 12))).isInstanceOf(InvalidInputException.class)
                .hasNoCause().hasMessageNotContaining("confidential").hasMessageContaining("12 characters");
    }
}
