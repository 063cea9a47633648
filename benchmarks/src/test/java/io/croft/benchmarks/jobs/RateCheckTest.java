package io.croft.benchmarks.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.croft.job.RateLimit;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Whether the measurement of rate limits would see what is wrong. */
class RateCheckTest {

    private static final RateLimit LIMIT = new RateLimit(10, 3);

    /** A burst at once, then one a tenth of a second. */
    private static double[] exact(int seconds) {
        return DoubleStream
                .concat(DoubleStream.of(0, 0), IntStream.rangeClosed(0, seconds * 10).mapToDouble(i -> i / 10.0))
                .toArray();
    }

    @Test
    void exact_isNeitherTooMuchNorTooLittle() {
        RateCheck check = RateCheck.of(LIMIT, exact(100));

        assertThat(check.started()).isEqualTo(1003);
        assertThat(check.tooMany()).isZero();
        assertThat(check.refused()).isZero();
    }

    @Test
    void tooMany_areThoseThatFindNoToken() {
        double[] more = DoubleStream.concat(DoubleStream.of(exact(100)), DoubleStream.of(5.01, 5.02, 70.05)).toArray();

        assertThat(RateCheck.of(LIMIT, more).tooMany()).isEqualTo(3);
    }

    @Test
    void refused_isWhatTheBucketLostWhileItWasFull() {
        double[] late = DoubleStream.of(exact(100)).filter(time -> time < 50 || time > 52).toArray();

        // Of 21 that were left out one is forgiven.
        assertThat(RateCheck.of(LIMIT, late).refused()).isCloseTo(20.0 / 1003, within(1e-3));
        assertThat(RateCheck.of(LIMIT, late).tooMany()).isZero();
    }

    @Test
    void nothing_isAllowedNothing() {
        assertThat(RateCheck.of(LIMIT, new double[0])).isEqualTo(new RateCheck(0, 0, 0));
        assertThat(RateCheck.of(LIMIT, new double[0]).refused()).isZero();
    }
}
