package io.croft.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class RetryPolicyTest {

    private static final RandomGenerator RANDOM = new Random(7);
    private final Throwable failure = new IOException("no saddle");

    private Duration longest(RetryPolicy policy, int attempt) {
        return policy.waitAfter(attempt, failure, greatest()).orElseThrow();
    }

    /** Gives the greatest numbers that there are. */
    private static RandomGenerator greatest() {
        return () -> -1L;
    }

    private static RandomGenerator least() {
        return () -> 0L;
    }

    @Test
    void exponential_isAnyTimeUpToADoublingBound() {
        RetryPolicy policy = RetryPolicy.exponential(Duration.ofSeconds(1), Duration.ofSeconds(30));

        for (int attempt = 1; attempt <= 100; attempt++) {
            Duration bound = Duration.ofSeconds(Math.min(30, 1L << Math.min(attempt - 1, 10)));
            assertThat(longest(policy, attempt)).as("attempt " + attempt)
                    .isBetween(bound.minusMillis(1), bound);
            assertThat(policy.waitAfter(attempt, failure, least())).contains(Duration.ZERO);
        }
    }

    /** Each tenth of the range gets about a tenth of the waits: full jitter, not a part of it. */
    @Test
    void exponential_isUniform() {
        RetryPolicy policy = RetryPolicy.exponential(Duration.ofSeconds(10), Duration.ofSeconds(10));
        int[] tenths = new int[10];

        for (int i = 0; i < 20_000; i++) {
            long millis = policy.waitAfter(1, failure, RANDOM).orElseThrow().toMillis();
            tenths[(int) Math.min(9, millis / 1000)]++;
        }

        assertThat(Arrays.stream(tenths).boxed().toList()).allSatisfy(count -> assertThat(count).isBetween(1800, 2200));
    }

    @Test
    void default_hasThreeAttemptsAndWaitsOfUpToTenAndTwentySeconds() {
        assertThat(RetryPolicy.DEFAULT.maxAttempts()).isEqualTo(3);
        assertThat(longest(RetryPolicy.DEFAULT, 1).toSeconds()).isBetween(9L, 10L);
        assertThat(longest(RetryPolicy.DEFAULT, 2).toSeconds()).isBetween(19L, 20L);
        assertThat(longest(RetryPolicy.DEFAULT, 50)).isLessThanOrEqualTo(Duration.ofHours(1));
        assertThat(JobKind.of("a", "q").retry()).isEqualTo(RetryPolicy.DEFAULT);
    }

    @Test
    void fixed_isAlwaysTheSame() {
        RetryPolicy policy = RetryPolicy.fixed(Duration.ofSeconds(7));

        assertThat(policy.waitAfter(1, failure, RANDOM)).contains(Duration.ofSeconds(7));
        assertThat(policy.waitAfter(99, failure, RANDOM)).contains(Duration.ofSeconds(7));
    }

    @Test
    void custom_decidesByAttemptAndFailure() {
        List<String> asked = new ArrayList<>();
        RetryPolicy policy = RetryPolicy.custom((attempt, thrown) -> {
            asked.add(attempt + " " + thrown.getMessage());
            return attempt == 1 ? Optional.of(Duration.ofMillis(5)) : Optional.empty();
        });

        assertThat(policy.waitAfter(1, failure, RANDOM)).contains(Duration.ofMillis(5));
        assertThat(policy.waitAfter(2, failure, RANDOM)).isEmpty();
        assertThat(asked).containsExactly("1 no saddle", "2 no saddle");
    }

    @Test
    @SuppressWarnings("NullAway")
    void custom_thatDecidesNothingIsToldSo() {
        List<RetryPolicy.Custom> functions = List.of((attempt, thrown) -> null, (attempt, thrown) -> {
            throw new IllegalArgumentException("a bug");
        }, (attempt, thrown) -> {
            throw new StackOverflowError();
        }, (attempt, thrown) -> Optional.of(Duration.ofMillis(-1)),
                (attempt, thrown) -> Optional.of(Duration.ofDays(367)));

        for (RetryPolicy.Custom function : functions) {
            assertThatThrownBy(() -> RetryPolicy.custom(function).waitAfter(1, failure, RANDOM))
                    .isInstanceOf(IllegalStateException.class).hasMessageStartingWith("a custom retry function ");
        }
    }

    @Test
    void neverRetrying_countsSubclassesAndCauses() {
        RetryPolicy policy = RetryPolicy.fixed(Duration.ZERO).neverRetrying(IOException.class)
                .neverRetrying(ArithmeticException.class, IllegalStateException.class);

        assertThat(policy.waitAfter(1, new FileNotFoundException(), RANDOM)).isEmpty();
        assertThat(policy.waitAfter(1, new UncheckedIOException(new IOException()), RANDOM)).isEmpty();
        assertThat(policy.waitAfter(1, new ArithmeticException(), RANDOM)).isEmpty();
        assertThat(policy.waitAfter(1, new RuntimeException("another"), RANDOM)).contains(Duration.ZERO);
        assertThat(policy.waitAfter(1, deep(RetryPolicy.MAX_CAUSES), RANDOM)).isEmpty();
        assertThat(policy.waitAfter(1, deep(RetryPolicy.MAX_CAUSES + 1), RANDOM)).contains(Duration.ZERO);
    }

    /** An IOException under so many others. */
    private static Throwable deep(int causes) {
        Throwable one = new IOException();
        for (int i = 0; i < causes; i++) {
            one = new RuntimeException(one);
        }
        return one;
    }

    @Test
    void neverRetrying_bearsCirclesAndCausesThatThrow() {
        RetryPolicy policy = RetryPolicy.fixed(Duration.ZERO).neverRetrying(IOException.class);
        Exception circle = new Exception();
        circle.initCause(new Exception(circle));

        assertThat(policy.waitAfter(1, circle, RANDOM)).contains(Duration.ZERO);
        assertThat(policy.waitAfter(1, new Exception() {
            @Override
            public synchronized Throwable getCause() {
                throw new IllegalStateException("cannot say");
            }
        }, RANDOM)).contains(Duration.ZERO);
    }

    @Test
    void values_outOfTheirRangesAreRefused() {
        for (int attempts : List.of(-1, 0, 101)) {
            assertThatThrownBy(() -> RetryPolicy.attempts(attempts)).isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("max attempts " + attempts + " is outside 1 to 100");
        }
        assertThat(RetryPolicy.attempts(100).maxAttempts()).isEqualTo(100);
        assertThatThrownBy(() -> RetryPolicy.fixed(Duration.ofMillis(-1))).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> RetryPolicy.fixed(Duration.ofDays(7).plusMillis(1)))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> RetryPolicy.exponential(Duration.ofMillis(-1), Duration.ofSeconds(1)))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> RetryPolicy.exponential(Duration.ofSeconds(2), Duration.ofSeconds(1)))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> RetryPolicy.exponential(Duration.ofSeconds(2), Duration.ofDays(8)))
                .isInstanceOf(InvalidInputException.class);
    }

    /** Two kinds that say the same are the same. */
    @Test
    void equals_isByWhatItSays() {
        RetryPolicy one = RetryPolicy.fixed(Duration.ofSeconds(1)).withMaxAttempts(4).neverRetrying(IOException.class);
        RetryPolicy other =
                RetryPolicy.fixed(Duration.ofSeconds(1)).withMaxAttempts(4).neverRetrying(IOException.class);

        assertThat(one).isEqualTo(other).hasSameHashCodeAs(other).isNotEqualTo(other.withMaxAttempts(5));
    }
}
