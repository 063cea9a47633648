package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.spi.CrawlFrontier;
import io.croft.spi.CrawlFrontier.Kind;
import io.croft.spi.CrawlFrontier.Outcome;
import io.croft.spi.CrawlFrontier.Round;
import io.croft.spi.CrawlFrontier.Target;
import io.croft.spi.CrawlFrontier.Visit;
import io.croft.spi.CrawlFrontier.Waiting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every frontier keeps. */
public abstract class CrawlFrontierContract {

    private CrawlFrontier frontier;
    private OrgId org;
    private OrgId other;

    /** One that knows nothing of organisations that are made afterwards. */
    protected abstract CrawlFrontier openFrontier();

    /** An organisation that has no crawls. */
    protected abstract OrgId newOrg();

    @BeforeEach
    final void begin() {
        frontier = openFrontier();
        org = newOrg();
        other = newOrg();
    }

    @Test
    void begin_goesOnUntilTheRoundEnds() {
        assertThat(frontier.begin(org, "a", 10)).isEqualTo(new Round(1, true, Duration.ZERO));
        frontier.setDelay(org, "a", Duration.ofSeconds(3));
        assertThat(frontier.begin(org, "a", 10)).isEqualTo(new Round(1, false, Duration.ofSeconds(3)));
        frontier.end(org, "a");
        frontier.end(org, "a");
        assertThat(frontier.begin(org, "a", 10)).isEqualTo(new Round(2, true, Duration.ofSeconds(3)));
        assertThat(frontier.begin(org, "b", 10).number()).isEqualTo(1);
        assertThat(frontier.begin(other, "a", 10).number()).isEqualTo(1);
    }

    @Test
    void next_givesWhatIsLeastDeepFirst() {
        frontier.begin(org, "a", 10);
        frontier.offer(org, "a", List.of(page("one", 1), page("deep", 2), page("two", 1), page("one", 0)));

        assertThat(rest("a")).containsExactly("one", "two", "deep");
        assertThat(frontier.next(other, "a")).isEmpty();
    }

    @Test
    void next_givesTheSameUntilItIsFinished() {
        frontier.begin(org, "a", 10);
        frontier.offer(org, "a", List.of(page("one", 0)));

        assertThat(frontier.next(org, "a")).isEqualTo(frontier.next(org, "a")).isPresent();
        frontier.finish(org, "a", visit("one", Outcome.KEPT), List.of(page("two", 1), page("one", 0)));
        assertThat(rest("a")).containsExactly("two");
    }

    @Test
    void finish_putsWhatFailedBehindAllElse() {
        frontier.begin(org, "a", 10);
        frontier.offer(org, "a", List.of(page("one", 0), page("two", 0), page("deep", 5)));
        assertThat(frontier.next(org, "a").flatMap(Waiting::last)).isEmpty();

        frontier.finish(org, "a", visit("one", Outcome.AGAIN), List.of());

        finish("two");
        finish("deep");
        assertThat(frontier.next(org, "a")).hasValueSatisfying(waiting -> {
            assertThat(waiting.target().url()).isEqualTo("one");
            assertThat(waiting.failures()).isEqualTo(1);
            assertThat(waiting.last()).contains(Outcome.AGAIN);
        });
    }

    @Test
    void offer_takesNoMorePagesThanTheRoundMayHave() {
        frontier.begin(org, "a", 2);
        frontier.offer(org, "a", List.of(page("one", 0), new Target("map", Kind.SITEMAP, 0, 0), page("one", 0)));
        frontier.offer(org, "a", List.of(page("two", 0), page("three", 0)));

        assertThat(rest("a")).containsExactlyInAnyOrder("one", "map", "two");
        frontier.offer(org, "a", List.of(page("four", 0)));
        assertThat(frontier.next(org, "a")).isEmpty();
    }

    @Test
    void offer_remembersWhichPageIsToBeKeptInAnothersPlace() {
        frontier.begin(org, "a", 2);
        frontier.offer(org, "a", List.of(page("one", 3)));
        frontier.offer(org, "a", List.of(new Target("one", Kind.CANONICAL, 4, 0)));
        frontier.offer(org, "a", List.of(page("one", 3)));

        assertThat(frontier.next(org, "a").map(Waiting::target)).contains(new Target("one", Kind.CANONICAL, 3, 0));
    }

    @Test
    void begin_asksAgainForWhatIsKnown() {
        frontier.begin(org, "a", 20);
        for (Outcome outcome : Outcome.values()) {
            frontier.offer(org, "a", List.of(page(outcome.name(), 1)));
            frontier.finish(org, "a", new Visit(outcome.name(), outcome, Optional.of("\"7\""), Optional.of("now"),
                    Optional.of("id")), List.of());
        }
        frontier.offer(org, "a", List.of(page("never", 1)));
        frontier.end(org, "a");
        assertThat(frontier.next(org, "a")).isEmpty();

        frontier.begin(org, "a", 20);

        assertThat(frontier.next(org, "a")).contains(new Waiting(page("KEPT", 1), 0, Optional.of("\"7\""),
                Optional.of("now"), Optional.of("id"), Optional.of(Outcome.KEPT)));
        assertThat(rest("a")).containsExactlyInAnyOrder("KEPT", "UNCHANGED", "MOVED", "DUPLICATE", "FORBIDDEN", "AGAIN",
                "FAILED");
    }

    @Test
    void begin_asksForNoSitemapAgain() {
        frontier.begin(org, "a", 20);
        for (Outcome outcome : List.of(Outcome.FAILED, Outcome.READ, Outcome.AGAIN)) {
            frontier.offer(org, "a", List.of(new Target(outcome.name(), Kind.SITEMAP, 0, 0)));
            frontier.finish(org, "a", visit(outcome.name(), outcome), List.of());
        }
        frontier.end(org, "a");

        frontier.begin(org, "a", 20);

        assertThat(frontier.next(org, "a")).isEmpty();
        Target map = new Target("FAILED", Kind.SITEMAP, 0, 0);
        frontier.offer(org, "a", List.of(map));
        assertThat(frontier.next(org, "a").map(Waiting::target)).contains(map);
    }

    @Test
    void begin_takesTheLeastDeepOfMoreThanTheRoundMayHave() {
        frontier.begin(org, "a", 20);
        frontier.offer(org, "a", List.of(page("start", 0), page("deep", 2), page("one", 1), page("two", 1)));
        assertThat(rest("a")).hasSize(4);
        frontier.end(org, "a");

        frontier.begin(org, "a", 3);
        frontier.offer(org, "a", List.of(page("new", 0)));

        assertThat(rest("a")).containsExactly("start", "one", "two");
        frontier.end(org, "a");
        frontier.begin(org, "a", 20);
        assertThat(rest("a")).as("what was left out is not forgotten").containsExactly("start", "one", "two", "deep");
    }

    @Test
    void finish_ofWhatIsNotWaitingChangesNothing() {
        frontier.begin(org, "a", 20);
        frontier.offer(org, "a", List.of(page("one", 0)));
        finish("one");

        frontier.finish(org, "a", visit("one", Outcome.AGAIN), List.of(page("two", 1)));
        frontier.finish(org, "a", visit("never", Outcome.AGAIN), List.of());

        assertThat(rest("a")).containsExactly("two");
    }

    @Test
    void values_areChecked() {
        assertThatThrownBy(() -> frontier.begin(org, "", 1)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> frontier.begin(org, "ä".repeat(128), 1)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> frontier.begin(org, "a", 0)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> frontier.begin(org, "a", 100_001)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> frontier.offer(org, "a", List.of())).isInstanceOf(InvalidInputException.class);
        frontier.begin(org, "a", 1);
        assertThatThrownBy(() -> frontier.offer(org, "a", Collections.nCopies(1_001, page("one", 0))))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> page("a".repeat(1_001), 0)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> page("a", -1)).isInstanceOf(InvalidInputException.class);
    }

    private List<String> rest(String crawl) {
        List<String> urls = new ArrayList<>();
        for (Optional<Waiting> next = frontier.next(org, crawl); next.isPresent(); next = frontier.next(org, crawl)) {
            urls.add(next.get().target().url());
            finish(next.get().target().url());
        }
        return urls;
    }

    private void finish(String url) {
        frontier.finish(org, "a", visit(url, Outcome.KEPT), List.of());
    }

    private static Target page(String url, int depth) {
        return new Target(url, Kind.PAGE, depth, 0);
    }

    private static Visit visit(String url, Outcome outcome) {
        return new Visit(url, outcome, Optional.empty(), Optional.empty(), Optional.of(url));
    }
}
