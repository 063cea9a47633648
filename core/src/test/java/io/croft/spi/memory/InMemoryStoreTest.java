package io.croft.spi.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.Actor;
import io.croft.OrgId;
import io.croft.StoreUnavailableException;
import io.croft.TenantContext;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.search.Source;
import io.croft.spi.ChangeFeed.Batch;
import io.croft.spi.Checkpoint;
import io.croft.spi.Content;
import io.croft.spi.IndexScope;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What the store in memory does beyond the contracts: going away, and forgetting by its own retention. */
class InMemoryStoreTest {

    private static final JobKind KIND = JobKind.of("test.work", "work");

    private final SettableClock clock = new SettableClock();
    private final InMemoryStore store = new InMemoryStore(clock);
    private final TenantContext context = TenantContext.of(OrgId.named("acme"), Actor.service("test"));
    private final OrgId org = context.org();

    InMemoryStoreTest() {
        store.orgs().create(context);
        store.jobs().registerQueue(KIND.queue());
    }

    @Test
    void goAway_failsEveryCallUntilComeBack() {
        store.goAway();

        assertThatThrownBy(() -> store.orgs().find(org)).isInstanceOf(StoreUnavailableException.class);
        assertThatThrownBy(() -> store.jobs().maintain(10)).isInstanceOf(StoreUnavailableException.class);
        assertThatThrownBy(() -> store.changes().watch()).isInstanceOf(StoreUnavailableException.class);
        store.comeBack();
        assertThat(store.orgs().find(org)).isPresent();
    }

    @Test
    void key_outlivesItsJob() {
        JobRequest request = JobRequest.of(KIND, "{}").withKey("order-1");
        JobId id = store.jobs().enqueue(org, List.of(request)).getFirst().id();
        ClaimedJob claimed = store.jobs().claim("work", 1, "test", Duration.ofMinutes(1)).getFirst();
        store.jobs().finish(List.of(new Completion(claimed.lease(), new Outcome.Completed(Optional.of("7")))));

        clock.advance(Duration.ofDays(8));
        store.expire();

        assertThat(store.jobs().find(org, id)).isEmpty();
        assertThat(store.jobs().enqueue(org, List.of(request))).containsExactly(
                new JobReceipt(id, true, false, JobState.COMPLETED, Optional.of("7")));
    }

    @Test
    void changes_areTrimmedPastTheirRetention() {
        IndexScope scope = new IndexScope.PrivateIndex(org, store.orgs().find(org).orElseThrow().incarnation());
        Checkpoint beginning = store.changes().head(scope);
        store.content().put(org, Source.PRIVATE,
                List.of(new Content("a", "", "text", Map.of())), KIND);
        store.content().delete(org, Source.PRIVATE, "a");
        Checkpoint head = store.changes().head(scope);

        clock.advance(Duration.ofDays(8));
        store.expire();

        assertThat(store.changes().reader(scope, beginning).next(10)).isInstanceOf(Batch.Lost.class);
        assertThat(store.changes().reader(scope, head).next(10)).isEqualTo(new Batch.Changes(List.of(), head, false));
    }
}
