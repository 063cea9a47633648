package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.ErasureReceipt;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.StaleLeaseException;
import io.croft.UnknownOrgException;
import io.croft.job.DeadLetterFilter;
import io.croft.job.JobId;
import io.croft.job.LaneLimits;
import io.croft.search.Source;
import io.croft.spi.ChangeFeed.Batch;
import io.croft.spi.ChangeFeed.Reader;
import io.croft.spi.Checkpoint;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexScope;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.OrgStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The contract of {@link OrgStore}, with all that erasing must reach. */
public abstract class OrgStoreContract extends StoreContract
        implements
            OrgSuspensionCases,
            OrgSummaryCases,
            OrgQuotaCases,
            ExportCases {

    private static final IndexScope MARKET = new IndexScope.MarketIndex();

    private ContentSteps steps;

    @BeforeEach
    final void makeSteps() {
        steps = new ContentSteps(this);
    }

    private OrgStore orgs() {
        return store().orgs();
    }

    @Test
    void create_makesAnActiveOrg() {
        OrgId id = unknownOrg();
        assertThat(orgs().find(id)).isEmpty();

        Org org = orgs().create(context(id));

        assertThat(org.id()).isEqualTo(id);
        assertThat(org.state()).isEqualTo(Org.State.ACTIVE);
        assertThat(orgs().find(id)).contains(org);
    }

    @Test
    void create_returnsAnOrgThatExists() {
        OrgId id = unknownOrg();
        Org org = orgs().create(context(id));

        assertThat(orgs().create(context(id))).isEqualTo(org);
    }

    @Test
    void create_givesEachOrgItsOwnIncarnation() {
        List<Org> created = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            created.add(orgs().create(context(unknownOrg())));
        }

        assertThat(created).extracting(Org::incarnation).doesNotHaveDuplicates();
        assertThat(created).extracting(Org::createdAt).isSorted();
    }

    @Test
    void create_byManyAtOnceMakesOne() {
        OrgId id = unknownOrg();

        List<Org> created = Race.of(8, number -> orgs().create(context(id)));

        assertThat(created).containsOnly(orgs().find(id).orElseThrow());
    }

    @Test
    void erase_refusesAnUnknownOrg() {
        assertThatThrownBy(() -> orgs().erase(context(unknownOrg()))).isInstanceOf(UnknownOrgException.class);
    }

    @Test
    void erase_leavesNothingBehind() {
        OrgId org = steps.newOrg();
        steps.ready(org, "a", "text");
        JobId job = enqueue(org, request().withKey("order-1")).id();

        orgs().erase(context(org));

        assertThat(orgs().find(org)).isEmpty();
        assertThat(jobs().find(org, job)).isEmpty();
        assertNothingToClaim();
        assertThatThrownBy(() -> steps.put(org, "b", "text")).isInstanceOf(UnknownOrgException.class);
        assertThatThrownBy(() -> enqueue(org)).isInstanceOf(UnknownOrgException.class);
        assertThatThrownBy(() -> orgs().erase(context(org))).isInstanceOf(UnknownOrgException.class);
    }

    @Test
    void erase_saysWhatItRemoved() {
        OrgId org = steps.newOrg();
        OrgId other = steps.newOrg();
        steps.ready(org, "a", "text");
        steps.ready(org, "b", "text");
        steps.ready(other, "c", "text");

        ErasureReceipt.Rows removed = orgs().erase(context(org));

        assertThat(removed.documents()).isEqualTo(2);
        assertThat(removed.listings()).isZero();
        assertThat(removed.chunks()).isEqualTo(2);
        assertThat(removed.changes()).isPositive();
        assertThat(removed.jobs()).isPositive();
    }

    @Test
    void gone_namesIndexesOfOrgsThatAreNotOrLiveAnotherLife() {
        OrgId org = steps.newOrg();
        OrgId erased = steps.newOrg();
        OrgId again = steps.newOrg();
        IndexScope.PrivateIndex living = scope(org);
        IndexScope.PrivateIndex dead = scope(erased);
        IndexScope.PrivateIndex former = scope(again);
        orgs().erase(context(erased));
        orgs().erase(context(again));
        orgs().create(context(again));

        assertThat(orgs().gone(List.of(living, dead, former, scope(again)))).containsExactlyInAnyOrder(dead, former);
        assertThat(orgs().gone(List.of())).isEmpty();
    }

    @Test
    void erase_endsWithANewLifeThatSeesNothingOfTheOldOne() {
        OrgId org = steps.newOrg();
        Org first = orgs().find(org).orElseThrow();
        steps.ready(org, "a", "text");
        JobId dead = deadLetter(org);
        JobId old = enqueue(org, request().withKey("order-1")).id();
        jobs().setLimits(org, queue(), LaneLimits.maxRunning(1));

        orgs().erase(context(org));
        Org second = orgs().create(context(org));

        assertThat(second.incarnation()).isNotEqualTo(first.incarnation());
        assertThat(second.state()).isEqualTo(Org.State.ACTIVE);
        assertThat(steps.store().find(org, Source.PRIVATE, "a")).isEmpty();
        assertThat(steps.store().status(org, Source.PRIVATE, "a")).isEmpty();
        assertThat(steps.texts(scope(org), org, "a")).isEmpty();
        assertThat(steps.scan(scope(org), 10)).isEmpty();
        assertThat(jobs().find(org, old)).isEmpty();
        assertThat(jobs().find(org, dead)).isEmpty();
        assertThat(jobs().deadLetters(org, DeadLetterFilter.ALL, Optional.empty(), 10)).isEmpty();
        assertThat(steps.put(org, "a", "again").revision()).isEqualTo(1);
        assertThat(enqueue(org, request().withKey("order-1")).duplicate()).isFalse();
        enqueue(org, 2);
        assertThat(claimAll()).as("under the limits of a new lane").hasSize(4);
    }

    @Test
    void erase_takesRunningJobsAway() {
        OrgId org = newOrg();
        enqueue(org, 2);
        List<ClaimedJob> running = claimAll();

        orgs().erase(context(org));

        assertThat(finish(running.getFirst(), COMPLETED)).isFalse();
        assertThat(jobs().heartbeat(List.of(running.getLast().lease()), LONG_LEASE).leases()).isEmpty();
        jobs().release(List.of(running.getLast().lease()));
        orgs().create(context(org));
        assertNothingToClaim();
        enqueue(org, 9);
        assertThat(claimAll()).as("slots of the old life are not held").hasSize(5);
        assertThat(depth(org).running()).isEqualTo(5);
    }

    @Test
    void erase_entersItsListingsIntoTheMarketplacesLog() {
        OrgId org = steps.newOrg();
        steps.ready(org, Source.MARKETPLACE, ContentSteps.content("a", "text"));
        steps.ready(org, Source.MARKETPLACE, ContentSteps.content("b", "text"));
        Checkpoint before = store().changes().head(MARKET);

        orgs().erase(context(org));

        List<ContentKey> removed = List.of(new ContentKey(org, "a"), new ContentKey(org, "b"));
        Reader reader = store().changes().reader(MARKET, before);
        List<ContentKey> dirty = new ArrayList<>();
        eventually("the removals are in the log", () -> {
            dirty.addAll(ChangeFollower.next(reader, 100).dirty());
            return dirty.containsAll(removed);
        });
        assertThat(steps.store().chunks(MARKET, removed)).hasSize(2)
                .allSatisfy(content -> assertThat(content.chunks()).isEmpty());
        assertThat(steps.scan(MARKET, 1000)).noneMatch(content -> content.key().org().equals(org));
    }

    /** Writers that find the org gone stop; whatever they wrote before must be gone with it. */
    @Test
    void erase_amongWritersLeavesNothing() {
        for (int round = 0; round < 5; round++) {
            OrgId org = steps.newOrg();
            steps.ready(org, Source.MARKETPLACE, ContentSteps.content("first", "text"));

            List<Boolean> stopped = Race.of(5, number -> {
                if (number == 4) {
                    Await.until("the others write", () -> steps.store().find(org, Source.PRIVATE, "d-0-1").isPresent());
                    orgs().erase(context(org));
                    return true;
                }
                return writeUntilErased(org, number);
            });

            assertThat(stopped).as("have met the erasure").containsOnly(true);
            assertThat(orgs().find(org)).isEmpty();
            assertNothingToClaim();
            orgs().create(context(org));
            assertThat(steps.scan(scope(org), 100)).isEmpty();
            assertThat(steps.scan(MARKET, 1000)).noneMatch(content -> content.key().org().equals(org));
            assertThat(steps.store().status(org, Source.PRIVATE, "d-0-1")).isEmpty();
            assertThat(ChangeFollower.rest(store().changes().reader(scope(org), Checkpoint.BEGINNING), 10)).isEmpty();
            assertThat(depth(org).running()).isZero();
            assertNothingToClaim();
            JobId id = enqueue(org);
            assertThat(ids(claim(10))).containsExactly(id);
        }
    }

    private boolean writeUntilErased(OrgId org, int number) {
        for (int i = 1; i < 1000; i++) {
            try {
                Source source = number % 2 == 0 ? Source.PRIVATE : Source.MARKETPLACE;
                steps.put(org, source, ContentSteps.content("d-" + number + "-" + i, "text"));
                enqueue(org, request().withKey("k-" + number + "-" + i));
                for (ClaimedJob job : jobs().claim(queue(), 2, "writer-" + number, LONG_LEASE)) {
                    if (job.kind().equals(steps.kind().name())) {
                        steps.pending(job).ifPresent(pending -> steps.write(job.lease(), pending,
                                List.of(ContentSteps.chunk(0, "text"))));
                    } else {
                        finish(job, COMPLETED);
                    }
                }
                jobs().maintain(100);
            } catch (UnknownOrgException | StaleLeaseException erased) {
                return true;
            }
        }
        return false;
    }

    @Test
    void erase_touchesNoOtherOrg() {
        OrgId org = steps.newOrg();
        OrgId other = steps.newOrg();
        for (OrgId each : List.of(org, other)) {
            steps.ready(each, "a", "text");
            steps.ready(each, Source.MARKETPLACE, ContentSteps.content("a", "text"));
        }
        JobId job = enqueue(other, request().withKey("order-1")).id();
        Org before = orgs().find(other).orElseThrow();

        orgs().erase(context(org));

        assertThat(orgs().find(other)).contains(before);
        assertThat(steps.texts(scope(other), other, "a")).containsExactly("text");
        assertThat(steps.texts(MARKET, other, "a")).containsExactly("text");
        assertThat(enqueue(other, request().withKey("order-1")).id()).isEqualTo(job);
        assertThat(ids(claim(10))).containsExactly(job);
    }

    @Test
    void erase_ofTheOldLifeMakesItsCheckpointsWorthless() {
        OrgId org = steps.newOrg();
        for (int i = 0; i < 3; i++) {
            steps.ready(org, "a-" + i, "text");
        }
        Checkpoint old = store().changes().head(scope(org));
        orgs().erase(context(org));
        orgs().create(context(org));
        jobs().setLimits(org, queue(), LaneLimits.maxRunning(100));
        for (int i = 0; i < 5; i++) {
            steps.ready(org, "b-" + i, "text");
        }

        assertThat(store().changes().reader(scope(org), old).next(10))
                .isInstanceOf(Batch.Lost.class);
    }
}
