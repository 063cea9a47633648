package io.croft.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What a request and its key may say. */
class JobRequestTest {

    private static final JobKind KIND = JobKind.of("invoice", "billing");
    private static final JobRequest REQUEST = JobRequest.of(KIND, "{}");
    private static final Duration FIVE_YEARS = Duration.ofDays(5 * 366);

    private static void assertRefused(String words, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(InvalidInputException.class).hasMessageContaining(words);
    }

    @Test
    void defaults_areAtOnceAndAsTheKindSays() {
        assertThat(REQUEST.priority()).isEqualTo(JobPriority.NORMAL);
        assertThat(REQUEST.runAt()).isEmpty();
        assertThat(REQUEST.delay()).isZero();
        assertThat(REQUEST.deadline()).isEmpty();
        assertThat(REQUEST.tags()).isEmpty();
        assertThat(REQUEST.key()).isEmpty();
        assertThat(REQUEST.maxAttempts()).isEqualTo(3);
        assertThat(JobRequest.of(KIND.withRetry(RetryPolicy.attempts(7)), "{}").maxAttempts()).isEqualTo(7);
    }

    @Test
    void with_changesACopyAlone() {
        Instant at = Instant.parse("2026-01-01T00:00:00Z");

        JobRequest changed = REQUEST.withPriority(JobPriority.LOW).withRunAt(at).withDelay(Duration.ofSeconds(1))
                .withDeadline(at).withMaxAttempts(9).withTags("b", "a", "b").withKey("order-1");

        assertThat(changed.priority()).isEqualTo(JobPriority.LOW);
        assertThat(changed.runAt()).contains(at);
        assertThat(changed.delay()).isEqualTo(Duration.ofSeconds(1));
        assertThat(changed.deadline()).contains(at);
        assertThat(changed.maxAttempts()).isEqualTo(9);
        assertThat(changed.tags()).containsExactly("a", "b");
        assertThat(changed.key()).contains(JobKey.of("order-1"));
        assertThat(REQUEST.runAt()).isEmpty();
        assertThat(REQUEST.tags()).isEmpty();
    }

    @Test
    void payload_isBounded() {
        assertThat(JobRequest.of(KIND, "x".repeat(JobRequest.MAX_PAYLOAD_BYTES)).payload()).hasSize(256 * 1024);
        assertRefused("payload of a invoice job has 262145 bytes",
                () -> JobRequest.of(KIND, "x".repeat(JobRequest.MAX_PAYLOAD_BYTES + 1)));
        assertRefused("262146 bytes", () -> JobRequest.of(KIND, "é".repeat(JobRequest.MAX_PAYLOAD_BYTES / 2 + 1)));
    }

    @Test
    void kinds_haveNames() {
        for (String name : List.of("", " ", "1st", "a b", "é", "a".repeat(65), "a\n")) {
            assertRefused("is not a name of a job kind", () -> JobKind.of(name, "q"));
            assertRefused("is not a name of a queue", () -> JobKind.of("a", name));
        }
    }

    @Test
    void times_lieUpToFiveYearsAhead() {
        Instant last = Instant.now().plus(FIVE_YEARS);

        assertThat(REQUEST.withRunAt(last).withDeadline(last).withDelay(FIVE_YEARS).delay()).isEqualTo(FIVE_YEARS);
        assertRefused("run-at", () -> REQUEST.withRunAt(last.plusSeconds(60)));
        assertRefused("deadline", () -> REQUEST.withDeadline(last.plusSeconds(60)));
        assertRefused("delay", () -> REQUEST.withDelay(FIVE_YEARS.plusMillis(1)));
        assertRefused("delay", () -> REQUEST.withDelay(Duration.ofMillis(-1)));
        assertThat(REQUEST.withRunAt(Instant.MIN).runAt()).isPresent();
    }

    @Test
    void deadline_isNotBeforeRunAt() {
        Instant at = Instant.now();

        assertRefused("could never run", () -> REQUEST.withRunAt(at).withDeadline(at.minusMillis(1)));
        assertRefused("could never run", () -> REQUEST.withDeadline(at.minusMillis(1)).withRunAt(at));
        assertThat(REQUEST.withDeadline(at).withRunAt(at).deadline()).contains(at);
    }

    @Test
    void maxAttempts_areOneToAHundred() {
        assertRefused("max attempts 0", () -> REQUEST.withMaxAttempts(0));
        assertRefused("max attempts 101", () -> REQUEST.withMaxAttempts(101));
    }

    @Test
    void tags_areFewAndShortLines() {
        List<String> many = IntStream.range(0, 17).mapToObj(i -> "t" + i).toList();

        assertThat(REQUEST.withTags(many.subList(0, 16)).tags()).hasSize(16);
        assertThat(REQUEST.withTags(Collections.nCopies(100, "same")).tags()).containsExactly("same");
        assertThat(REQUEST.withTags("é".repeat(32)).tags()).hasSize(1);
        assertRefused("17 tags", () -> REQUEST.withTags(many));
        for (String tag : List.of("", " ", "é".repeat(33), "a\nb", "a\0", "\ud83d")) {
            assertRefused("tag", () -> REQUEST.withTags(tag));
        }
    }

    @Test
    void keys_areBounded() {
        assertThat(JobKey.of("k".repeat(255)).text()).hasSize(255);
        assertRefused("256 bytes", () -> JobKey.of("k".repeat(256)));
        assertRefused("256 bytes", () -> JobKey.of("é".repeat(128)));
        for (String key : List.of("", " ", "a\nb", "a\0b", "\ud83d")) {
            assertRefused("idempotency key", () -> REQUEST.withKey(key));
        }
        JobKey key = JobKey.of("k");
        assertRefused("key life", () -> key.lasting(Duration.ofMillis(999)));
        assertRefused("key life", () -> key.lasting(Duration.ofDays(3660).plusMillis(1)));
        assertRefused("more than 10 years ahead", () -> key.until(Instant.now().plus(Duration.ofDays(3661))));
        assertRefused("quiet time", () -> key.debouncing(Duration.ZERO, Duration.ofDays(1)));
        assertRefused("quiet time", () -> key.debouncing(Duration.ofDays(8), Duration.ofDays(9)));
        assertRefused("put off", () -> key.debouncing(Duration.ofDays(2), Duration.ofDays(1)));
        assertRefused("put off", () -> key.debouncing(Duration.ofDays(2), Duration.ofDays(367)));
    }

    @Test
    void keys_thatReplaceAreKnownWhileLiveUnlessTheySayOtherwise() {
        JobKey.Window live = new JobKey.Window.WhileLive();
        Duration second = Duration.ofSeconds(1);

        assertThat(JobKey.of("k").window()).isEqualTo(new JobKey.Window.Lasting(Duration.ofDays(30)));
        assertThat(JobKey.of("k").replacing().window()).isEqualTo(live);
        assertThat(JobKey.of("k").debouncing(second, second).window()).isEqualTo(live);
        assertThat(JobKey.of("k").forever().replacing().window()).isEqualTo(new JobKey.Window.Forever());
        assertThat(JobKey.of("k").replacing().lasting(second).window()).isEqualTo(new JobKey.Window.Lasting(second));
        assertThat(JobKey.of("k").replacing().keeping()).isEqualTo(JobKey.of("k"));
    }

    @Test
    void debouncing_saysWhenTheJobRuns() {
        JobKey key = JobKey.of("k").debouncing(Duration.ofSeconds(1), Duration.ofSeconds(2));

        assertRefused("leave run-at", () -> REQUEST.withKey(key).withRunAt(Instant.now()));
        assertRefused("leave run-at", () -> REQUEST.withDelay(Duration.ofSeconds(1)).withKey(key));
        assertThat(REQUEST.withKey(key).withDeadline(Instant.now()).key()).contains(key);
    }

    @Test
    void filters_areChecked() {
        Instant at = Instant.now();

        assertRefused("queue", () -> DeadLetterFilter.ALL.withQueue("no name"));
        assertRefused("job kind", () -> DeadLetterFilter.ALL.withKind(""));
        assertRefused("tag", () -> DeadLetterFilter.ALL.withTag(" "));
        assertRefused("class", () -> DeadLetterFilter.ALL.withErrorClass("e".repeat(256)));
        assertRefused("are none", () -> DeadLetterFilter.ALL.withFrom(at).withBefore(at));
    }

    @Test
    void toString_showsNoSecrets() {
        List<Object> all = List.of(JobRequest.of(KIND, "secret").withTags("secret").withKey("secret"),
                JobKey.of("secret"), DeadLetterFilter.ALL.withTag("secret"),
                new JobError("java.io.IOException", "secret", "secret"));

        assertThat(all).allSatisfy(one -> assertThat(one.toString()).doesNotContain("secret"));
    }
}
