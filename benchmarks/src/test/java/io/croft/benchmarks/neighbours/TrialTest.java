package io.croft.benchmarks.neighbours;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What is judged, of services whose answers are known. */
class TrialTest {

    private static final double CAPACITY = 2_000;
    private static final int QUIET = 9;
    private static final Trial.Size SIZE = new Trial.Size(QUIET, 10, 20, Duration.ofSeconds(3), 3);
    private static final Duration USEFUL = Duration.ofMillis(100);
    private static final long FAST = Duration.ofMillis(2).toNanos();

    /** How long a call takes, in nanoseconds. */
    private interface Answer {

        /** The time of the call of this number, which comes while others come. */
        long nanos(Arrivals arrivals, int call);
    }

    /** Answers in no time, and says how long it would have taken. */
    private record Known(Answer answer) implements Service {

        @Override
        public String name() {
            return "known";
        }

        @Override
        public Duration useful() {
            return USEFUL;
        }

        @Override
        public double capacity(Duration time) {
            return CAPACITY;
        }

        @Override
        public Fates run(Arrivals arrivals) {
            Fates fates = new Fates(arrivals, System.nanoTime());
            for (int call = 0; call < arrivals.count(); call++) {
                long nanos = answer.nanos(arrivals, call);
                if (nanos == Fates.NEVER) {
                    fates.failed(call, "refused");
                } else {
                    fates.answered(call, fates.due(call) + nanos);
                }
            }
            return fates;
        }
    }

    private static Trial.Result trial(Answer answer) {
        return new Trial(new Known(answer), SIZE, new SplittableRandom(11)).run();
    }

    private static boolean hasNoisy(Arrivals arrivals) {
        return Arrays.stream(arrivals.orgs()).anyMatch(org -> org == QUIET);
    }

    private static double perSecond(Arrivals arrivals) {
        return arrivals.count() / (arrivals.time().toNanos() / 1e9);
    }

    /** As if every call beyond what can be answered were refused, by its number. */
    private static long sheds(Arrivals arrivals, int call) {
        double answered = Math.min(1, CAPACITY / perSecond(arrivals));
        return (long) (call * answered) == (long) ((call + 1) * answered) ? Fates.NEVER : FAST;
    }

    @Test
    void serviceThatIsFairAndShedsLoad_reachesBothBars() {
        Trial.Result result = trial(TrialTest::sheds);

        assertThat(result.ratio()).isEqualTo(1);
        assertThat(result.held()).isCloseTo(1, within(.05));
        assertThat(result.reached()).isTrue();
    }

    @Test
    void quietOnesThatWaitForTheNoisyOne_missTheBar() {
        Trial.Result result = trial((arrivals, call) -> hasNoisy(arrivals) && perSecond(arrivals) < CAPACITY / 2
                ? 2 * FAST
                : sheds(arrivals, call));

        assertThat(result.ratio()).isEqualTo(2);
        assertThat(result.reached()).isFalse();
    }

    /** Refusing quiet ones makes them no faster. */
    @Test
    void quietOnesThatAreRefused_countAsNeverAnswered() {
        Trial.Result result = trial((arrivals, call) -> hasNoisy(arrivals) && perSecond(arrivals) < CAPACITY / 2
                && arrivals.orgs()[call] == 0
                        ? Fates.NEVER
                        : sheds(arrivals, call));

        assertThat(result.ratio()).isInfinite();
        assertThat(result.reached()).isFalse();
    }

    @Test
    void serviceThatAnswersNobody_missesBothBars() {
        Trial.Result result = trial((arrivals, call) -> Fates.NEVER);

        assertThat(result.ratio()).isInfinite();
        assertThat(result.held()).isNaN();
        assertThat(result.reached()).isFalse();
    }

    /** A line in which every call waits for all before it. */
    @Test
    void answersThatComeTooLate_areNoneInTime() {
        Trial.Result result = trial((arrivals, call) -> Math.max(FAST,
                (long) (call * 1e9 / CAPACITY) - arrivals.nanos()[call] + FAST));

        assertThat(result.ratio()).isLessThan(Trial.BAR_NEIGHBOUR);
        assertThat(result.held()).isLessThan(.1);
        assertThat(result.reached()).isFalse();
    }
}
