package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.job.LaneLimits;
import io.croft.job.LaneState;
import io.croft.job.LaneStatus;
import io.croft.job.RateLimit;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How many attempts of a lane may start in a time. Where none is to come in a test, one comes in a day. */
interface JobRateCases extends JobFixture {

    double ONE_A_DAY = 1.0 / 86_400;

    private void limit(OrgId org, double perSecond, int burst) {
        jobs().setLimits(org, queue(), LaneLimits.maxRunning(1000).withRate(new RateLimit(perSecond, burst)));
    }

    @Test
    default void rate_letsTheBurstStartAndNoMore() {
        OrgId org = newOrg();
        limit(org, ONE_A_DAY, 3);
        enqueue(org, 10);

        assertThat(claimAll()).hasSize(3);

        assertThat(jobs().maintain(1000).thaws()).containsKey(queue());
        LaneStatus lane = lane(org);
        assertThat(lane.state()).isEqualTo(LaneState.THROTTLED);
        assertThat(lane.throttledUntil().orElseThrow()).isBetween(now().plus(Duration.ofHours(23)),
                now().plus(Duration.ofHours(25)));
        jobs().setLimits(org, queue(), lane.limits().withoutRate());
        assertThat(claimAll()).hasSize(7);
        assertThat(jobs().maintain(1000).thaws()).doesNotContainKey(queue());
    }

    @Test
    default void rate_countsEveryAttemptHoweverItEnds() {
        OrgId org = newOrg();
        limit(org, ONE_A_DAY, 5);
        enqueue(org, 2);

        ClaimedJob first = claim(1).getFirst();
        assertThat(finish(first, FAILED)).isTrue();
        assertThat(finish(claim(1).getFirst(), new Outcome.Snoozed(Duration.ZERO, ""))).isTrue();
        jobs().release(List.of(claim(1).getFirst().lease()));
        claim(1, SHORT_LEASE);
        advance(PAST_SHORT_LEASE);
        complete(List.of(awaitJob()));

        eventually("the other job waits in the line", () -> depth(org).ready() == 1);
        assertNothingToClaim();
    }

    @Test
    default void rate_letsTheNextStartWhenItsTokenIsThere() {
        OrgId org = newOrg();
        enqueue(org, 6);
        Instant began = now();
        limit(org, 50, 1);

        for (int i = 0; i < 6; i++) {
            complete(List.of(awaitJob()));
        }

        assertThat(Duration.between(began, now())).as("for five tokens more than there was")
                .isGreaterThanOrEqualTo(Duration.ofMillis(5 * 1000 / 50 - 1));
    }

    @Test
    default void rate_changedKeepsTheTokensThereAre() {
        OrgId org = newOrg();
        enqueue(org, 100);
        limit(org, ONE_A_DAY, 5);
        assertThat(claim(3)).hasSize(3);

        limit(org, ONE_A_DAY / 2 + ONE_A_DAY / 2, 50);
        assertThat(claimAll()).as("what was left of five").hasSize(2);

        jobs().setLimits(org, queue(), LaneLimits.maxRunning(1000));
        assertThat(claim(10)).hasSize(10);
        limit(org, ONE_A_DAY, 4);
        assertThat(claimAll()).as("a new limit begins with its burst").hasSize(4);
        limit(org, ONE_A_DAY, 1);
        assertNothingToClaim();
    }

    @Test
    default void rate_ofOneLaneIsInNobodysWay() {
        OrgId slow = newOrg();
        OrgId other = newOrg();
        limit(slow, ONE_A_DAY, 1);
        unlimited(other);
        enqueue(slow, 200);
        enqueue(other, 30);

        List<ClaimedJob> claimed = claimAll();

        assertThat(claimed).hasSize(31);
        assertThat(claimed).filteredOn(job -> job.lease().org().equals(slow)).hasSize(1);
    }

    @Test
    default void rate_givesNoCreditForTheWait() {
        OrgId slow = newOrg();
        OrgId other = newOrg();
        shareByJobs();
        limit(slow, ONE_A_DAY, 1);
        unlimited(other);
        enqueue(slow, 200);
        enqueue(other, 500);
        for (int i = 0; i < 100; i++) {
            complete(claim(1));
        }

        unlimited(slow);

        int ofSlow = 0;
        for (int i = 0; i < 40; i++) {
            List<ClaimedJob> claimed = claim(1);
            ofSlow += claimed.getFirst().lease().org().equals(slow) ? 1 : 0;
            complete(claimed);
        }
        assertThat(ofSlow).isBetween(12, 28);
    }
}
