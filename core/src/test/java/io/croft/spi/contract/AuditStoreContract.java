package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.Actor;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.Role;
import io.croft.audit.AuditEntry;
import io.croft.audit.AuditFilter;
import io.croft.job.Fairness;
import io.croft.job.JobId;
import io.croft.job.LaneLimits;
import io.croft.job.QueueLimits;
import io.croft.job.RateLimit;
import io.croft.spi.Acting;
import io.croft.spi.AuditStore;
import io.croft.spi.AuditStore.Place;
import io.croft.spi.JobAdministration;
import io.croft.spi.JobStore.Lane;
import io.croft.spi.JobStore.Pausable;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What every store of what administration did keeps, and that all that a store does itself is in it. */
public abstract class AuditStoreContract extends StoreContract implements JobFixture {

    private AuditStore audit() {
        return store().audit();
    }

    private Acting acting(OrgId org) {
        return Acting.in(context(org), scope(org).incarnation());
    }

    private List<AuditEntry> entries(OrgId org) {
        return audit().list(org, scope(org).incarnation(), AuditFilter.ALL, Optional.empty(), 1000);
    }

    private List<AuditEntry> entries(OrgId org, String action) {
        return entries(org).stream().filter(entry -> entry.action().equals(action)).toList();
    }

    private void append(OrgId org, String action) {
        audit().append(acting(org).note(org, action, "", Map.of(), Map.of()));
    }

    @Test
    void entry_isReadAsItWasWritten() {
        OrgId org = newOrg();
        Acting who = new Acting(Actor.superAdmin("ops \"1\""), Optional.of("r-1"),
                Optional.of(scope(org).incarnation()));
        Instant before = now();
        audit().append(who.note(org, "test.set", "a,b {}", Map.of("x", "1", "ü \"q\"", "{a,\\b}"), Map.of("x", "")));

        AuditEntry entry = entries(org, "test.set").getFirst();

        assertThat(entry.org()).contains(org);
        assertThat(entry.actor()).isEqualTo(who.actor());
        assertThat(entry.requestId()).contains("r-1");
        assertThat(entry.action()).isEqualTo("test.set");
        assertThat(entry.subject()).isEqualTo("a,b {}");
        assertThat(entry.before()).isEqualTo(Map.of("x", "1", "ü \"q\"", "{a,\\b}"));
        assertThat(entry.after()).isEqualTo(Map.of("x", ""));
        assertThat(entry.at()).isBetween(before, now());
    }

    @Test
    void list_isOfOneOrgAndOneLife() {
        OrgId org = newOrg();
        OrgId other = newOrg();
        append(org, "test.mine");
        append(other, "test.theirs");

        assertThat(entries(org)).extracting(AuditEntry::action).containsExactlyInAnyOrder("test.mine",
                "orgs.create");
        assertThat(audit().list(org, scope(other).incarnation(), AuditFilter.ALL, Optional.empty(), 10)).isEmpty();
        assertThat(audit().list(org, UUID.randomUUID(), AuditFilter.ALL, Optional.empty(), 10)).isEmpty();
        assertThat(audit().list(unknownOrg(), scope(org).incarnation(), AuditFilter.ALL, Optional.empty(), 10))
                .isEmpty();
    }

    @Test
    void list_ofAllIsAlsoOfWhatConcernsNone() {
        String actor = "ops-" + UUID.randomUUID();
        Acting operator = Acting.operator(Actor.superAdmin(actor));
        OrgId org = newOrg();
        audit().append(operator.note("test.all", "everything", Map.of(), Map.of()));
        audit().append(operator.note(org, "test.one", "", Map.of(), Map.of()));

        List<AuditEntry> all = audit().list(AuditFilter.ALL.withActor(actor), Optional.empty(), 10);

        assertThat(all).extracting(AuditEntry::action).containsExactlyInAnyOrder("test.all", "test.one");
        assertThat(all).filteredOn(entry -> entry.action().equals("test.all"))
                .singleElement().satisfies(entry -> {
                    assertThat(entry.org()).isEmpty();
                    assertThat(entry.requestId()).isEmpty();
                });
        assertThat(entries(org)).extracting(AuditEntry::action).doesNotContain("test.all");
    }

    @Test
    void pages_showEachEntryOnceInOrder() {
        OrgId org = newOrg();
        for (int i = 0; i < 10; i++) {
            append(org, "test." + i);
        }
        List<AuditEntry> all = entries(org);

        List<AuditEntry> paged = new ArrayList<>();
        Optional<Place> place = Optional.empty();
        List<AuditEntry> page;
        do {
            page = audit().list(org, scope(org).incarnation(), AuditFilter.ALL, place, 3);
            paged.addAll(page);
            place = page.isEmpty() ? place : Optional.of(new Place(page.getLast().at(), page.getLast().id()));
        } while (!page.isEmpty());

        assertThat(paged).isEqualTo(all).hasSize(11);
        assertThat(all).isSortedAccordingTo((a, b) -> b.at().compareTo(a.at()));
    }

    @Test
    void filters_letPassWhatTheySay() {
        OrgId org = newOrg();
        audit().append(new Acting(Actor.user("ada", Role.ADMIN), Optional.empty(),
                Optional.of(scope(org).incarnation())).note(org, "test.one", "", Map.of(), Map.of()));
        advance(Duration.ofMillis(2));
        append(org, "test.two");
        Instant second = entries(org).getFirst().at();

        assertThat(actions(org, AuditFilter.ALL.withActor("ada"))).containsExactly("test.one");
        assertThat(actions(org, AuditFilter.ALL.withAction("test.two"))).containsExactly("test.two");
        assertThat(actions(org, AuditFilter.ALL.withFrom(second))).containsExactly("test.two");
        assertThat(actions(org, AuditFilter.ALL.withBefore(second))).contains("test.one").doesNotContain("test.two");
        assertThat(actions(org, AuditFilter.ALL.withFrom(Instant.MIN).withBefore(Instant.MAX))).hasSize(3);
        assertThat(actions(org, AuditFilter.ALL.withAction("test.two").withActor("ada"))).isEmpty();
        assertThat(audit().list(AuditFilter.ALL.withOrg(org).withAction("test.one"), Optional.empty(), 10)).hasSize(1);
    }

    private List<String> actions(OrgId org, AuditFilter filter) {
        return audit().list(org, scope(org).incarnation(), filter, Optional.empty(), 10).stream()
                .map(AuditEntry::action).toList();
    }

    @Test
    void limit_hasBounds() {
        OrgId org = newOrg();

        for (int limit : new int[]{0, AuditStore.MAX_LIMIT + 1}) {
            assertThatThrownBy(() -> audit().list(org, scope(org).incarnation(), AuditFilter.ALL, Optional.empty(),
                    limit)).isInstanceOf(InvalidInputException.class);
            assertThatThrownBy(() -> audit().list(AuditFilter.ALL, Optional.empty(), limit))
                    .isInstanceOf(InvalidInputException.class);
        }
    }

    @Test
    void lifeOfAnOrg_isWrittenDownAndOutlivesIt() {
        OrgId org = newOrg();
        store().orgs().create(context(org));
        UUID first = scope(org).incarnation();

        store().orgs().erase(context(org));
        store().orgs().create(context(org));

        assertThat(entries(org)).extracting(AuditEntry::action).containsExactly("orgs.create");
        List<AuditEntry> all = audit().list(AuditFilter.ALL.withOrg(org), Optional.empty(), 10);
        assertThat(all).extracting(AuditEntry::action).containsExactlyInAnyOrder("orgs.create", "orgs.erased",
                "orgs.erase", "orgs.create");
        assertThat(audit().list(org, first, AuditFilter.ALL, Optional.empty(), 10)).hasSize(3)
                .filteredOn(entry -> entry.action().equals("orgs.erased")).singleElement()
                .satisfies(entry -> assertThat(entry.after()).containsEntry("documents", "0").hasSize(8));
    }

    @Test
    void repairs_areWrittenDown() {
        OrgId org = newOrg();
        JobAdministration repairs = jobs().by(acting(org));
        JobId dead = deadLetter(org);
        JobId waiting = enqueue(org);

        assertThat(repairs.redrive(org, List.of(dead))).containsExactly(dead);
        assertThat(repairs.discard(org, List.of(waiting), "the reason")).containsExactly(waiting);
        assertThat(repairs.cancel(org, List.of(dead), "the reason").cancelled()).containsExactly(dead);
        JobId again = deadLetter(org);
        assertThat(repairs.discardDead(org, List.of(again), "the reason")).containsExactly(again);

        List<AuditEntry> entries = entries(org);
        assertThat(entries).extracting(AuditEntry::action).containsExactlyInAnyOrder("jobs.discard", "jobs.cancel",
                "jobs.discard", "jobs.redrive", "orgs.create");
        assertThat(entries).filteredOn(entry -> entry.action().equals("jobs.redrive")).singleElement()
                .satisfies(entry -> assertThat(entry.after())
                        .isEqualTo(Map.of("redriven", "1", "redriven.ids", dead.toString())));
        assertThat(entries.toString()).doesNotContain("the reason");
    }

    @Test
    void repairs_ofNothingAreNot() {
        OrgId org = newOrg();
        OrgId other = newOrg();
        JobId theirs = deadLetter(other);
        JobAdministration repairs = jobs().by(acting(org));

        repairs.redrive(org, List.of(theirs));
        repairs.discard(org, List.of(theirs), "r");
        repairs.discardDead(org, List.of(theirs), "r");
        repairs.cancel(org, List.of(theirs), "r");

        assertThat(entries(org)).hasSize(1);
    }

    @Test
    void limitsOfALane_areWrittenDownBeforeAndAfter() {
        OrgId org = newOrg();
        JobAdministration administration = jobs().by(acting(org));

        administration.setLimits(org, queue(), LaneLimits.maxRunning(7).withRate(new RateLimit(2.5, 9)));
        advance(Duration.ofMillis(2));
        administration.setLimits(org, queue(), LaneLimits.maxRunning(8).withWeight(2));

        List<AuditEntry> entries = entries(org, "jobs.setLimits");
        assertThat(entries.get(0).subject()).isEqualTo(queue());
        assertThat(entries.get(0).before())
                .isEqualTo(Map.of("maxRunning", "7", "weight", "1.0", "perSecond", "2.5", "burst", "9"));
        assertThat(entries.get(0).after()).isEqualTo(Map.of("maxRunning", "8", "weight", "2.0"));
        assertThat(entries.get(1).before()).isEqualTo(Map.of("maxRunning", "5", "weight", "1.0"));
    }

    @Test
    void limitsOfAQueue_areWrittenDownBeforeAndAfter() {
        String actor = "ops-" + UUID.randomUUID();

        jobs().by(Acting.operator(Actor.superAdmin(actor))).setLimits(queue(),
                new QueueLimits(OptionalInt.of(3), Fairness.JOBS));

        AuditEntry entry = audit().list(AuditFilter.ALL.withActor(actor), Optional.empty(), 10).getFirst();
        assertThat(entry.action()).isEqualTo("queues.setLimits");
        assertThat(entry.subject()).isEqualTo(queue());
        assertThat(entry.before()).isEqualTo(Map.of("fairness", "TIME"));
        assertThat(entry.after()).isEqualTo(Map.of("fairness", "JOBS", "maxRunning", "3"));
        assertThat(jobs().limits(queue()).maxRunning()).hasValue(3);
    }

    @Test
    void pauses_areWrittenDown() {
        OrgId org = newOrg();
        String actor = "ops-" + UUID.randomUUID();
        Acting who = new Acting(Actor.superAdmin(actor), Optional.empty(), Optional.of(scope(org).incarnation()));

        for (Pausable what : List.of(new Lane(org, queue()), new Pausable.Org(org))) {
            jobs().by(who).pause(what);
            jobs().by(who).resume(what);
        }
        jobs().by(Acting.operator(Actor.superAdmin(actor))).pause(new Pausable.Queue(queue()));
        jobs().by(Acting.operator(Actor.superAdmin(actor))).resume(new Pausable.Queue(queue()));

        assertThat(audit().list(AuditFilter.ALL.withActor(actor), Optional.empty(), 10))
                .extracting(AuditEntry::action).containsExactlyInAnyOrder("jobs.pause", "jobs.resume", "jobs.pauseAll",
                        "jobs.resumeAll", "queues.pause", "queues.resume");
    }

    @Test
    void whatFails_isNotWrittenDown() {
        OrgId org = newOrg();

        assertThatThrownBy(() -> jobs().by(acting(org)).setLimits(org, "unknown-" + queue(), LaneLimits.DEFAULT))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> jobs().by(acting(org)).pause(new Lane(org, "unknown-" + queue())))
                .isInstanceOf(InvalidInputException.class);

        assertThat(entries(org)).hasSize(1);
    }
}
