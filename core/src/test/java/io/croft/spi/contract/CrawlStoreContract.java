package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.UnknownOrgException;
import io.croft.intake.Crawl;
import io.croft.job.JobId;
import io.croft.spi.CrawlFrontier;
import io.croft.spi.CrawlFrontier.Kind;
import io.croft.spi.CrawlFrontier.Outcome;
import io.croft.spi.CrawlFrontier.Target;
import io.croft.spi.CrawlFrontier.Visit;
import io.croft.spi.CrawlFrontier.Waiting;
import io.croft.spi.CrawlStore;
import io.croft.spi.CrawlStore.Progress;
import io.croft.spi.CrawlStore.Requested;
import io.croft.spi.CrawlStore.Step;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Completion;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every store of crawls keeps, beside its frontier. */
public abstract class CrawlStoreContract extends StoreContract {

    private static final Crawl SITE = Crawl.listings("site", "https://example.com/a").withMaxDepth(3).withMaxPages(20)
            .withDelay(Duration.ofMillis(1500)).withField("year", "2026");

    private ContentSteps steps;
    private OrgId org;

    @BeforeEach
    final void prepare() {
        steps = new ContentSteps(this);
        org = steps.newOrg();
    }

    private CrawlStore crawls() {
        return store().crawls();
    }

    private Requested request(Crawl crawl) {
        return crawls().request(org, crawl, steps.kind());
    }

    private Progress progress(String name) {
        return crawls().progress(org, name).orElseThrow();
    }

    private void end(ClaimedJob job, JobStore.Outcome outcome) {
        assertThat(store().jobs().finish(List.of(new Completion(job.lease(), outcome)))).containsExactly(true);
    }

    private void visit(String url, Outcome outcome, String... found) {
        crawls().finish(org, "site", new Visit(url, outcome, Optional.of("\"1\""), Optional.empty(),
                outcome == Outcome.KEPT ? Optional.of(url) : Optional.empty()), targets(found));
    }

    private static List<Target> targets(String... urls) {
        return Stream.of(urls).map(url -> new Target(url, Kind.PAGE, 1, 0)).toList();
    }

    @Test
    void request_hasOneJobWhileThatIsLive() {
        Requested first = request(SITE);
        assertThat(first.running()).isFalse();
        assertThat(request(SITE)).isEqualTo(new Requested(first.job(), true));
        assertThat(request(Crawl.documents("other", "https://example.com/")).job()).isNotEqualTo(first.job());

        ClaimedJob job = steps.claim(first.job());
        assertThat(request(SITE)).isEqualTo(new Requested(first.job(), true));
        assertThat(crawls().pending(org, job.payload())).contains(SITE);
        end(job, new JobStore.Outcome.Completed(Optional.empty()));

        Requested second = request(SITE);
        assertThat(second.running()).isFalse();
        assertThat(second.job()).isNotEqualTo(first.job());
    }

    @Test
    void request_saysWhatTheCrawlIsToDoFromNowOn() {
        ClaimedJob job = steps.claim(request(SITE).job());

        Crawl changed = Crawl.listings("site", "https://example.com/b");
        request(changed);

        assertThat(crawls().pending(org, job.payload())).contains(changed);
        assertThat(progress("site").crawl()).isEqualTo(changed);
    }

    @Test
    void request_ofWhatFailedHasAnotherJob() {
        JobId first = request(SITE).job();
        end(steps.claim(first), new JobStore.Outcome.Failed(Optional.empty(), "Broken", "the site is strange", ""));
        assertThat(progress("site").step()).isEqualTo(Step.FAILED);
        assertThat(progress("site").failure().orElseThrow().remedy()).isNotBlank();

        Requested second = request(SITE);

        assertThat(second.running()).isFalse();
        assertThat(second.job()).isNotEqualTo(first);
        assertThat(progress("site").step()).isEqualTo(Step.LIVE);
        store().jobs().cancel(org, List.of(second.job()), "enough");
        assertThat(progress("site").step()).isEqualTo(Step.FAILED);
        assertThat(request(SITE).running()).isFalse();
    }

    @Test
    void progress_tellsHowFarItIs() {
        JobId id = request(SITE).job();
        assertThat(progress("site")).isEqualTo(new Progress(SITE, 0, Step.LIVE, 0, 0, 0, id, Optional.empty(),
                Optional.empty()));
        ClaimedJob job = steps.claim(id);
        crawls().begin(org, "site", 20);
        crawls().offer(org, "site", targets("a", "b", "c", "d", "e"));
        visit("a", Outcome.KEPT, "f");
        visit("b", Outcome.GONE);
        visit("c", Outcome.FAILED);
        visit("d", Outcome.AGAIN);

        assertThat(progress("site")).isEqualTo(new Progress(SITE, 1, Step.LIVE, 3, 1, 1, id, Optional.empty(),
                Optional.empty()));
        crawls().end(org, "site");
        end(job, new JobStore.Outcome.Completed(Optional.empty()));

        assertThat(progress("site")).isEqualTo(new Progress(SITE, 1, Step.DONE, 0, 1, 1, id, Optional.empty(),
                Optional.empty()));
    }

    @Test
    void offer_takesNoMoreSitemapsThanARoundMayHave() {
        request(SITE);
        crawls().begin(org, "site", 20);
        for (int from = 0; from < 4_000; from += CrawlFrontier.MAX_OFFERED) {
            crawls().offer(org, "site", IntStream.range(from, from + CrawlFrontier.MAX_OFFERED)
                    .mapToObj(i -> new Target("map-" + i, Kind.SITEMAP, 1, 0)).toList());
        }
        crawls().offer(org, "site", targets("a"));

        assertThat(progress("site").waiting()).isEqualTo(3_001);
        crawls().end(org, "site");
        crawls().begin(org, "site", 20);
        crawls().offer(org, "site", List.of(new Target("map-3999", Kind.SITEMAP, 1, 0)));
        assertThat(progress("site").waiting()).as("of another round").isEqualTo(1);
    }

    private void endRound(JobId job) {
        crawls().end(org, "site");
        end(steps.claim(job), new JobStore.Outcome.Completed(Optional.empty()));
    }

    private Waiting next() {
        return crawls().next(org, "site").orElseThrow();
    }

    @Test
    void request_withOtherFieldsAsksForPagesAnewInTheNextRound() {
        JobId first = request(SITE).job();
        crawls().begin(org, "site", 20);
        crawls().offer(org, "site", targets("a"));
        visit("a", Outcome.KEPT);
        endRound(first);
        JobId second = request(SITE).job();
        crawls().begin(org, "site", 20);
        assertThat(next().etag()).as("as it was").contains("\"1\"");

        request(SITE.withField("year", "2027"));

        assertThat(next().etag()).as("in this round").contains("\"1\"");
        visit("a", Outcome.UNCHANGED);
        endRound(second);
        request(SITE.withField("year", "2027"));
        crawls().begin(org, "site", 20);
        assertThat(next().etag()).isEmpty();
        visit("a", Outcome.KEPT);
        crawls().end(org, "site");
        crawls().begin(org, "site", 20);
        assertThat(next().etag()).as("once").contains("\"1\"");
    }

    @Test
    void request_withAnotherSourceLeavesOverWhatWasMade() {
        Crawl documents = Crawl.documents("site", "https://example.com/a");
        JobId first = request(SITE).job();
        crawls().begin(org, "site", 20);
        crawls().offer(org, "site", targets("a", "b", "c"));
        visit("a", Outcome.KEPT);
        visit("b", Outcome.KEPT);
        assertThatThrownBy(() -> request(documents)).isInstanceOf(InvalidInputException.class);
        assertThat(progress("site").crawl()).isEqualTo(SITE);
        end(steps.claim(first), new JobStore.Outcome.Cancelled("enough"));

        request(documents);

        assertThat(progress("site")).extracting(Progress::kept, Progress::waiting).containsExactly(0L, 0L);
        assertThat(crawls().left(org, "site", 1)).containsExactly("a");
        assertThat(crawls().left(org, "site", 10)).containsExactly("a", "b");
        assertThat(crawls().left(org, "other", 10)).isEmpty();
        crawls().forgetLeft(org, "site", List.of("a", "never"));
        assertThat(crawls().left(org, "site", 10)).containsExactly("b");
        assertThat(crawls().begin(org, "site", 20)).isEqualTo(new CrawlFrontier.Round(2, true, Duration.ZERO));
        assertThat(next()).extracting(Waiting::etag, Waiting::document)
                .containsExactly(Optional.empty(), Optional.empty());
    }

    @Test
    void request_withTheSourceOfBeforeHasAgainWhatIsLeftOver() {
        JobId first = request(SITE).job();
        crawls().begin(org, "site", 20);
        crawls().offer(org, "site", targets("a"));
        visit("a", Outcome.KEPT);
        endRound(first);
        JobId second = request(Crawl.documents("site", "https://example.com/a")).job();
        end(steps.claim(second), new JobStore.Outcome.Cancelled("enough"));

        request(SITE);

        assertThat(crawls().left(org, "site", 10)).isEmpty();
        assertThat(progress("site").kept()).isEqualTo(1);
    }

    @Test
    void remove_leavesNothingOfTheCrawl() {
        JobId job = request(SITE).job();
        JobId other = request(Crawl.documents("other", "https://example.com/")).job();
        ClaimedJob claimed = steps.claim(job);
        crawls().begin(org, "site", 20);
        crawls().offer(org, "site", targets("a", "b"));
        visit("a", Outcome.KEPT);

        assertThat(crawls().remove(steps.newOrg(), "site")).as("another organisation's").isEmpty();
        assertThat(crawls().remove(org, "site")).contains(job);

        assertThat(crawls().remove(org, "site")).isEmpty();
        assertThat(crawls().progress(org, "site")).isEmpty();
        assertThat(crawls().pending(org, claimed.payload())).isEmpty();
        assertThat(crawls().next(org, "site")).isEmpty();
        assertThatThrownBy(() -> visit("b", Outcome.KEPT)).isInstanceOf(InvalidInputException.class);
        assertThat(names(Optional.empty(), 10)).containsExactly("other");
        assertThat(progress("other").job()).isEqualTo(other);
        assertThat(request(SITE).job()).isNotEqualTo(job);
        assertThat(crawls().begin(org, "site", 20)).isEqualTo(new CrawlFrontier.Round(1, true, Duration.ZERO));
        assertThat(crawls().next(org, "site")).isEmpty();
    }

    @Test
    void request_refusesMoreCrawlsThanAnOrganisationMayHave() {
        for (int i = 0; i < CrawlStore.MAX_CRAWLS; i++) {
            request(Crawl.documents("site-" + i, "https://example.com/"));
        }

        assertThatThrownBy(() -> request(SITE)).isInstanceOf(InvalidInputException.class).hasMessageContaining("1000");
        assertThat(request(Crawl.documents("site-7", "https://example.com/")).running()).isTrue();
        crawls().remove(org, "site-7");
        assertThat(request(SITE).running()).isFalse();
    }

    @Test
    void progress_saysWhyItWasPutOff() {
        ClaimedJob job = steps.claim(request(SITE).job());

        end(job, new JobStore.Outcome.Snoozed(Duration.ofHours(1), "the site is to be left alone"));

        assertThat(progress("site").putOff()).contains("the site is to be left alone");
        store().jobs().cancel(org, List.of(progress("site").job()), "enough");
        assertThat(progress("site").putOff()).isEmpty();
    }

    @Test
    void list_isInTheOrderOfNames() {
        for (String name : List.of("c", "a", "b", "d")) {
            request(Crawl.documents(name, "https://example.com/" + name));
        }
        crawls().begin(org, "not-requested", 1);

        assertThat(names(Optional.empty(), 3)).containsExactly("a", "b", "c");
        assertThat(names(Optional.of("c"), 3)).containsExactly("d");
        assertThat(names(Optional.of("d"), 3)).isEmpty();
        assertThat(crawls().list(steps.newOrg(), Optional.empty(), 3)).isEmpty();
        assertThatThrownBy(() -> crawls().list(org, Optional.empty(), 0)).isInstanceOf(InvalidInputException.class);
    }

    private List<String> names(Optional<String> after, int limit) {
        return crawls().list(org, after, limit).stream().map(one -> one.crawl().name()).toList();
    }

    @Test
    void crawls_areNoOtherOrganisations() {
        ClaimedJob job = steps.claim(request(SITE).job());
        OrgId other = steps.newOrg();

        assertThat(crawls().progress(other, "site")).isEmpty();
        assertThat(crawls().pending(other, job.payload())).isEmpty();
        assertThat(crawls().request(other, SITE, steps.kind()).running()).isFalse();
    }

    @Test
    void whatIsNotKnown_isRefused() {
        OrgId unknown = unknownOrg();

        assertThatThrownBy(() -> crawls().request(unknown, SITE, steps.kind())).isInstanceOf(UnknownOrgException.class);
        assertThatThrownBy(() -> crawls().progress(unknown, "site")).isInstanceOf(UnknownOrgException.class);
        assertThatThrownBy(() -> crawls().begin(unknown, "site", 1)).isInstanceOf(UnknownOrgException.class);
        assertThatThrownBy(() -> crawls().pending(org, "{}")).isInstanceOf(InvalidInputException.class);
        assertThat(crawls().progress(org, "never")).isEmpty();
    }
}
