package io.croft.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class JobFilterTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

    @Test
    void filter_refusesWhatLetsNothingPassOrCannotBe() {
        List<Supplier<Object>> bad = List.of(
                () -> new JobFilter(Set.of(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(),
                        Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty()),
                () -> JobFilter.ALL.withQueue("no queue"), () -> JobFilter.ALL.withKind(""),
                () -> JobFilter.ALL.withTag(""), () -> JobFilter.ALL.withTag("a\nb"),
                () -> JobFilter.ALL.withKey(" "), () -> JobFilter.ALL.withKey("k".repeat(256)),
                () -> JobFilter.ALL.withCreatedFrom(NOON).withCreatedBefore(NOON),
                () -> JobFilter.ALL.withFinishedBefore(NOON).withFinishedFrom(NOON.plusMillis(1)));

        for (int i = 0; i < bad.size(); i++) {
            assertThatThrownBy(bad.get(i)::get).as("number " + i).isInstanceOf(InvalidInputException.class);
        }
    }

    @Test
    void filter_changesOneThingAtATime() {
        JobFilter filter = JobFilter.ALL.withStates(JobState.DEAD, JobState.CANCELLED).withQueue("mail")
                .withKind("mail.send").withTag("spring").withKey("k").withCreatedFrom(NOON)
                .withCreatedBefore(NOON.plusSeconds(1)).withFinishedFrom(NOON.plusSeconds(2))
                .withFinishedBefore(NOON.plusSeconds(3));

        assertThat(filter).isEqualTo(new JobFilter(EnumSet.of(JobState.CANCELLED, JobState.DEAD), Optional.of("mail"),
                Optional.of("mail.send"), Optional.of("spring"), Optional.of("k"), Optional.of(NOON),
                Optional.of(NOON.plusSeconds(1)), Optional.of(NOON.plusSeconds(2)), Optional.of(NOON.plusSeconds(3))));
        assertThat(filter.toString()).contains("with tag", "with key").doesNotContain("spring");
    }

    @Test
    void retention_isFromADayToTenYears() {
        assertThat(JobRetention.DEFAULT.deadLetters()).isEmpty();
        assertThat(JobRetention.DEFAULT.withDeadLetters(JobRetention.MAX).withResults(Duration.ofDays(1)).completed())
                .isEqualTo(Duration.ofDays(7));
        for (Duration time : List.of(Duration.ZERO, Duration.ofHours(23), JobRetention.MAX.plusNanos(1))) {
            assertThatThrownBy(() -> JobRetention.DEFAULT.withCompleted(time)).hasMessageContaining("completed jobs");
            assertThatThrownBy(() -> JobRetention.DEFAULT.withCancelled(time)).hasMessageContaining("cancelled jobs");
            assertThatThrownBy(() -> JobRetention.DEFAULT.withDeadLetters(time)).hasMessageContaining("dead letters");
            assertThatThrownBy(() -> JobRetention.DEFAULT.withResults(time)).isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("results");
        }
    }
}
