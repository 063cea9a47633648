package io.croft.ingest.crawl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.ingest.crawl.CrawlFrontier.Kind;
import io.croft.ingest.crawl.CrawlFrontier.Outcome;
import io.croft.ingest.crawl.CrawlFrontier.Round;
import io.croft.ingest.crawl.CrawlFrontier.Target;
import io.croft.ingest.crawl.CrawlFrontier.Visit;
import io.croft.ingest.crawl.CrawlFrontier.Waiting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every frontier keeps. */
abstract class CrawlFrontierContract {

    private static final OrgId ORG = OrgId.named("riding-school");
    private static final OrgId OTHER = OrgId.named("vet");

    private CrawlFrontier frontier;

    /** An empty one. */
    abstract CrawlFrontier openFrontier() throws Exception;

    @BeforeEach
    void open() throws Exception {
        frontier = openFrontier();
    }

    @Test
    void begin_goesOnUntilTheRoundEnds() {
        assertThat(frontier.begin(ORG, "a", 10)).isEqualTo(new Round(1, true, Duration.ZERO));
        frontier.setDelay(ORG, "a", Duration.ofSeconds(3));
        assertThat(frontier.begin(ORG, "a", 10)).isEqualTo(new Round(1, false, Duration.ofSeconds(3)));
        frontier.end(ORG, "a");
        frontier.end(ORG, "a");
        assertThat(frontier.begin(ORG, "a", 10)).isEqualTo(new Round(2, true, Duration.ofSeconds(3)));
        assertThat(frontier.begin(ORG, "b", 10).number()).isEqualTo(1);
        assertThat(frontier.begin(OTHER, "a", 10).number()).isEqualTo(1);
    }

    @Test
    void next_givesWhatIsLeastDeepFirst() {
        frontier.begin(ORG, "a", 10);
        frontier.offer(ORG, "a", List.of(page("one", 1), page("deep", 2), page("two", 1), page("one", 0)));

        assertThat(rest("a")).containsExactly("one", "two", "deep");
        assertThat(frontier.next(OTHER, "a")).isEmpty();
    }

    @Test
    void next_givesTheSameUntilItIsFinished() {
        frontier.begin(ORG, "a", 10);
        frontier.offer(ORG, "a", List.of(page("one", 0)));

        assertThat(frontier.next(ORG, "a")).isEqualTo(frontier.next(ORG, "a")).isPresent();
        frontier.finish(ORG, "a", visit("one", Outcome.KEPT), List.of(page("two", 1), page("one", 0)));
        assertThat(rest("a")).containsExactly("two");
    }

    @Test
    void finish_putsWhatFailedBehindAllElse() {
        frontier.begin(ORG, "a", 10);
        frontier.offer(ORG, "a", List.of(page("one", 0), page("two", 0), page("deep", 5)));

        frontier.finish(ORG, "a", visit("one", Outcome.AGAIN), List.of());

        finish("two");
        finish("deep");
        assertThat(frontier.next(ORG, "a")).hasValueSatisfying(waiting -> {
            assertThat(waiting.target().url()).isEqualTo("one");
            assertThat(waiting.failures()).isEqualTo(1);
        });
    }

    @Test
    void offer_takesNoMorePagesThanTheRoundMayHave() {
        frontier.begin(ORG, "a", 2);
        frontier.offer(ORG, "a", List.of(page("one", 0), new Target("map", Kind.SITEMAP, 0, 0), page("one", 0)));
        frontier.offer(ORG, "a", List.of(page("two", 0), page("three", 0)));

        assertThat(rest("a")).containsExactlyInAnyOrder("one", "map", "two");
        frontier.offer(ORG, "a", List.of(page("four", 0)));
        assertThat(frontier.next(ORG, "a")).isEmpty();
    }

    @Test
    void offer_remembersWhichPageIsToBeKeptInAnothersPlace() {
        frontier.begin(ORG, "a", 2);
        frontier.offer(ORG, "a", List.of(page("one", 3)));
        frontier.offer(ORG, "a", List.of(new Target("one", Kind.CANONICAL, 4, 0)));
        frontier.offer(ORG, "a", List.of(page("one", 3)));

        assertThat(frontier.next(ORG, "a").map(Waiting::target)).contains(new Target("one", Kind.CANONICAL, 3, 0));
    }

    @Test
    void begin_asksAgainForWhatIsKnown() {
        frontier.begin(ORG, "a", 20);
        for (Outcome outcome : Outcome.values()) {
            frontier.offer(ORG, "a", List.of(page(outcome.name(), 1)));
            frontier.finish(ORG, "a", new Visit(outcome.name(), outcome, Optional.of("\"7\""), Optional.of("now"),
                    Optional.of("id")), List.of());
        }
        frontier.offer(ORG, "a", List.of(page("never", 1)));
        frontier.end(ORG, "a");
        assertThat(frontier.next(ORG, "a")).isEmpty();

        frontier.begin(ORG, "a", 20);

        assertThat(frontier.next(ORG, "a")).contains(new Waiting(page("KEPT", 1), 0, Optional.of("\"7\""),
                Optional.of("now"), Optional.of("id")));
        assertThat(rest("a")).containsExactlyInAnyOrder("KEPT", "UNCHANGED", "MOVED", "DUPLICATE", "FORBIDDEN", "AGAIN",
                "FAILED");
    }

    @Test
    void values_areChecked() {
        assertThatThrownBy(() -> frontier.begin(ORG, "", 1)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> frontier.begin(ORG, "ä".repeat(128), 1)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> frontier.begin(ORG, "a", 0)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> frontier.begin(ORG, "a", 100_001)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> frontier.offer(ORG, "a", List.of())).isInstanceOf(InvalidInputException.class);
        frontier.begin(ORG, "a", 1);
        assertThatThrownBy(() -> frontier.offer(ORG, "a", Collections.nCopies(1_001, page("one", 0))))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> page("a".repeat(1_001), 0)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> page("a", -1)).isInstanceOf(InvalidInputException.class);
    }

    private List<String> rest(String crawl) {
        List<String> urls = new ArrayList<>();
        for (Optional<Waiting> next = frontier.next(ORG, crawl); next.isPresent(); next = frontier.next(ORG, crawl)) {
            urls.add(next.get().target().url());
            finish(next.get().target().url());
        }
        return urls;
    }

    private void finish(String url) {
        frontier.finish(ORG, "a", visit(url, Outcome.KEPT), List.of());
    }

    private static Target page(String url, int depth) {
        return new Target(url, Kind.PAGE, depth, 0);
    }

    private static Visit visit(String url, Outcome outcome) {
        return new Visit(url, outcome, Optional.empty(), Optional.empty(), Optional.of(url));
    }
}
