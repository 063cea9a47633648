package io.croft.engine.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.Actor;
import io.croft.Croft;
import io.croft.InvalidInputException;
import io.croft.NotPermittedException;
import io.croft.OrgId;
import io.croft.Role;
import io.croft.TenantContext;
import io.croft.UnknownOrgException;
import io.croft.audit.AuditEntry;
import io.croft.audit.AuditFilter;
import io.croft.audit.AuditPage;
import io.croft.job.LaneLimits;
import io.croft.job.QueueLimits;
import io.croft.spi.memory.InMemoryStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StoredAuditLogTest {

    private static final Actor OPS = Actor.superAdmin("ops");
    private static final OrgId ACME = OrgId.named("acme");

    private final Croft croft = Croft.builder().store(new InMemoryStore()).start();
    private final TenantContext admin = new TenantContext(ACME, Actor.user("ada", Role.ADMIN), "r-7");

    StoredAuditLogTest() {
        croft.orgs().create(admin);
        croft.orgs().create(TenantContext.of(OrgId.named("other"), OPS));
    }

    @AfterEach
    void stop() {
        croft.close();
    }

    private AuditPage page(int limit, Optional<String> cursor) {
        return croft.audit().list(admin, AuditFilter.ALL, cursor, limit);
    }

    @Test
    void administration_leavesItsTrace() {
        croft.jobs().admin().setLimits(admin, "mail", LaneLimits.maxRunning(3));
        croft.jobs().admin().pauseAll(admin);
        croft.jobs().queues().setLimits(OPS, "mail", QueueLimits.DEFAULT.withMaxRunning(9));

        assertThat(page(10, Optional.empty()).entries()).hasSize(3).allSatisfy(entry -> {
            assertThat(entry.actor()).isEqualTo(admin.actor());
            assertThat(entry.requestId()).contains("r-7");
            assertThat(entry.org()).contains(ACME);
        }).extracting(AuditEntry::action).containsExactlyInAnyOrder("orgs.create", "jobs.setLimits", "jobs.pauseAll");
        assertThat(croft.audit().listAll(OPS, AuditFilter.ALL.withActor("ops"), Optional.empty(), 10).entries())
                .extracting(AuditEntry::action).containsExactlyInAnyOrder("orgs.create", "queues.setLimits");
    }

    @Test
    void suspension_leavesItsTraceOnce() {
        TenantContext ops = TenantContext.of(ACME, OPS);
        for (int i = 0; i < 2; i++) {
            croft.orgs().suspend(ops);
        }
        for (int i = 0; i < 2; i++) {
            croft.orgs().resume(ops);
        }

        assertThat(page(10, Optional.empty()).entries()).extracting(AuditEntry::action)
                .containsExactlyInAnyOrder("orgs.create", "orgs.suspend", "orgs.resume");
    }

    @Test
    void pages_followOneAnotherToTheEnd() {
        for (int i = 1; i < 7; i++) {
            croft.jobs().admin().setLimits(admin, "mail", LaneLimits.maxRunning(i));
        }

        List<AuditEntry> all = new ArrayList<>();
        Optional<String> cursor = Optional.empty();
        do {
            AuditPage page = page(3, cursor);
            assertThat(page.entries()).hasSizeLessThanOrEqualTo(3);
            all.addAll(page.entries());
            cursor = page.next();
        } while (cursor.isPresent());

        assertThat(all).isEqualTo(page(1000, Optional.empty()).entries()).hasSize(7);
    }

    @Test
    void roles_bringWhatTheyMaySee() {
        for (Actor actor : List.of(Actor.user("u", Role.MEMBER), Actor.service("s"))) {
            assertThatThrownBy(() -> croft.audit().list(TenantContext.of(ACME, actor), AuditFilter.ALL,
                    Optional.empty(), 10)).isInstanceOf(NotPermittedException.class)
                    .hasMessageContaining(actor.role().name());
        }
        for (Actor actor : List.of(Actor.user("u", Role.MEMBER), Actor.service("s"), admin.actor())) {
            assertThatThrownBy(() -> croft.audit().listAll(actor, AuditFilter.ALL, Optional.empty(), 10))
                    .isInstanceOf(NotPermittedException.class).hasMessageContaining("SUPER_ADMIN");
        }
        assertThat(croft.audit().list(TenantContext.of(ACME, OPS), AuditFilter.ALL, Optional.empty(), 10).entries())
                .hasSize(1);
    }

    @Test
    void otherOrgs_areAsGoodAsUnknown() {
        for (String name : List.of("other", "nobody")) {
            assertThat(croft.audit().list(admin, AuditFilter.ALL.withOrg(OrgId.named(name)), Optional.empty(), 10))
                    .isEqualTo(new AuditPage(List.of(), Optional.empty()));
        }
        assertThat(croft.audit().list(admin, AuditFilter.ALL.withOrg(ACME), Optional.empty(), 10).entries()).hasSize(1);
        assertThatThrownBy(() -> croft.audit().list(TenantContext.of(OrgId.named("nobody"), admin.actor()),
                AuditFilter.ALL, Optional.empty(), 10)).isInstanceOf(UnknownOrgException.class);
    }

    @Test
    void nonsense_isRefused() {
        for (int limit : new int[]{0, 1001}) {
            assertThatThrownBy(() -> page(limit, Optional.empty())).isInstanceOf(InvalidInputException.class);
        }
        for (String cursor : List.of("", "x", "AAAA", "!")) {
            assertThatThrownBy(() -> page(1, Optional.of(cursor))).isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("cursor");
        }
    }
}
