package io.croft.engine.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.engine.job.RedrivePace.Series;
import io.croft.job.DeadLetterFilter;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RedrivePaceTest {

    private static final OrgId ACME = OrgId.named("acme");
    private static final Series SLOW = new Series(ACME, DeadLetterFilter.ALL, 20);

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1000); // which goes over its end soon
    private final RedrivePace pace = new RedrivePace(nanos::get);

    @Test
    void take_goesOnWhereTheLastOneEnds() {
        assertThat(pace.take(SLOW, 1000)).isZero();
        assertThat(pace.take(SLOW, 1000)).isEqualTo(Duration.ofSeconds(50));

        nanos.addAndGet(Duration.ofSeconds(30).toNanos());

        assertThat(pace.take(SLOW, 20)).isEqualTo(Duration.ofSeconds(70));
        assertThat(pace.take(SLOW, 1)).isEqualTo(Duration.ofSeconds(71));
    }

    @Test
    void take_isAtOnceForOthersAndWhenAllHasComeToPass() {
        assertThat(pace.take(SLOW, 200)).isZero();
        assertThat(pace.take(new Series(OrgId.named("other"), DeadLetterFilter.ALL, 20), 200)).isZero();
        assertThat(pace.take(new Series(ACME, DeadLetterFilter.ALL.withTag("spring"), 20), 200)).isZero();
        assertThat(pace.take(new Series(ACME, DeadLetterFilter.ALL, 1), 200)).isZero();

        nanos.addAndGet(Duration.ofSeconds(10).toNanos());

        assertThat(pace.take(SLOW, 200)).isZero();
    }
}
