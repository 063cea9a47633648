package io.croft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.content.Document;
import io.croft.content.WriteReceipt;
import io.croft.job.Job;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.job.JobResult;
import io.croft.job.JobState;
import io.croft.job.RetryPolicy;
import io.croft.job.WorkerSettings;
import io.croft.search.SearchQuery;
import io.croft.search.SearchResults;
import io.croft.spi.contract.Await;
import io.croft.spi.memory.InMemoryChunkIndex;
import io.croft.spi.memory.InMemoryStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Organisations in and out of service, as a host meets them. */
class OrgsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final OrgId ORG = OrgId.named("acme");
    private static final TenantContext MEMBER = TenantContext.of(ORG, Actor.user("u", Role.MEMBER));
    private static final TenantContext OPERATOR = TenantContext.of(ORG, Actor.superAdmin("ops"));
    private static final JobKind WORK = JobKind.of("work", "q")
            .withRetry(RetryPolicy.fixed(Duration.ZERO).withMaxAttempts(1));

    private final List<Integer> attempts = Collections.synchronizedList(new ArrayList<>());
    private final InMemoryStore store = new InMemoryStore();
    private final Croft croft = Croft.builder().store(store).index(new InMemoryChunkIndex())
            .embedder(new LengthEmbedder()).handlers(new WholeTexts())
            .workers(WorkerSettings.defaults().withPoll(Duration.ofMillis(10), Duration.ofMillis(50)))
            .handler(WORK, job -> {
                attempts.add(job.attempt());
                if (attempts.size() == 1) {
                    croft().orgs().suspend(OPERATOR);
                }
                try {
                    croft().jobs().admin().counts(job.tenant());
                } catch (OrgSuspendedException e) {
                    throw new IllegalStateException("as layers between wrap it", e);
                }
                return JobResult.completed();
            }).start();

    private Croft croft() {
        return croft;
    }

    @AfterEach
    void stop() {
        croft.close();
    }

    private static void refused(ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(OrgSuspendedException.class).hasMessageContaining(ORG.toString());
    }

    @Test
    void suspend_refusesEveryCallUntilItIsResumed() {
        croft.orgs().create(OPERATOR);
        WriteReceipt put = croft.documents().put(MEMBER, Document.text("d", "otters swim"));
        SearchQuery query = SearchQuery.of("otters").after(put).timeout(PATIENCE);
        assertThat(croft.search().search(MEMBER, query).hits()).hasSize(1);

        croft.orgs().suspend(OPERATOR);

        refused(() -> croft.search().search(MEMBER, query));
        refused(() -> croft.search().lag(MEMBER));
        refused(() -> croft.documents().find(MEMBER, "d"));
        refused(() -> croft.documents().put(MEMBER, Document.text("d", "again")));
        refused(() -> croft.documents().delete(OPERATOR, "d"));
        refused(() -> croft.jobs().enqueue(MEMBER, JobRequest.of(WORK, "{}")));
        refused(() -> croft.jobs().schedules().list(MEMBER, Optional.empty(), 10));
        refused(() -> croft.analytics().report(MEMBER, Instant.now().minusSeconds(3600), Instant.now()));
        croft.orgs().resume(OPERATOR);
        SearchResults found = croft.search().search(MEMBER, query);
        assertThat(found.hits()).hasSize(1);
        assertThat(croft.orgs().find(ORG).orElseThrow().state()).isEqualTo(Org.State.ACTIVE);
    }

    @Test
    void suspend_andResumeAreForSuperAdmins() {
        croft.orgs().create(OPERATOR);
        for (Actor actor : List.of(Actor.user("u", Role.MEMBER), Actor.user("a", Role.ADMIN), Actor.service("s"))) {
            TenantContext context = TenantContext.of(ORG, actor);
            assertThatThrownBy(() -> croft.orgs().suspend(context)).isInstanceOf(NotPermittedException.class)
                    .hasMessageContaining(actor.role().name());
            assertThatThrownBy(() -> croft.orgs().resume(context)).isInstanceOf(NotPermittedException.class);
        }

        assertThat(croft.orgs().find(ORG).orElseThrow().state()).isEqualTo(Org.State.ACTIVE);
    }

    @Test
    void summary_isForTheOrgAndListForSuperAdmins() {
        croft.orgs().create(OPERATOR);
        croft.documents().put(MEMBER, Document.text("d", "otters swim"));

        assertThat(croft.orgs().summary(MEMBER).documents()).isEqualTo(1);
        assertThat(croft.orgs().list(OPERATOR.actor(), Optional.empty(), 10)).singleElement()
                .satisfies(summary -> assertThat(summary.documents()).isEqualTo(1));
        assertThatThrownBy(() -> croft.orgs().list(MEMBER.actor(), Optional.empty(), 10))
                .isInstanceOf(NotPermittedException.class).hasMessageContaining("MEMBER");
        assertThatThrownBy(() -> croft.orgs().list(OPERATOR.actor(), Optional.empty(), 501))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("501");
        croft.orgs().suspend(OPERATOR);
        refused(() -> croft.orgs().summary(MEMBER));
        assertThat(croft.orgs().summary(OPERATOR).documents()).isEqualTo(1);
        TenantContext unknown = TenantContext.of(OrgId.named("unknown"), OPERATOR.actor());
        assertThatThrownBy(() -> croft.orgs().summary(unknown)).isInstanceOf(UnknownOrgException.class);
    }

    @Test
    void suspend_doesNotCountAttemptsThatFailBecauseOfIt() throws InterruptedException {
        croft.orgs().create(OPERATOR);

        JobId id = croft.jobs().enqueue(MEMBER, JobRequest.of(WORK, "{}")).id();
        Await.until("an attempt has ended and its organisation is suspended",
                () -> croft.orgs().find(ORG).orElseThrow().state() == Org.State.SUSPENDED
                        && store.jobs().find(ORG, id).orElseThrow().state() != JobState.RUNNING);
        croft.orgs().resume(OPERATOR);

        Job done = croft.jobs().await(MEMBER, id, PATIENCE).orElseThrow();
        assertThat(done.state()).isEqualTo(JobState.COMPLETED);
        assertThat(attempts).containsExactly(1, 1);
    }
}
