package io.croft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.croft.CallRefusedException.Reason;
import io.croft.content.Embedder;
import io.croft.job.DeadLetterFilter;
import io.croft.limits.CallLimits;
import io.croft.limits.CallRate;
import io.croft.limits.LoadShedding;
import io.croft.limits.Tier;
import io.croft.search.SearchQuery;
import io.croft.spi.memory.InMemoryChunkIndex;
import io.croft.spi.memory.InMemoryStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Limits from the builder to the refusal. */
class LimitsTest {

    private final InMemoryStore store = new InMemoryStore();
    private final Queue<String> told = new ConcurrentLinkedQueue<>();
    private final TenantContext ann = TenantContext.of(OrgId.named("acme"), Actor.user("ann", Role.MEMBER));
    private final TenantContext bob = TenantContext.of(OrgId.named("acme"), Actor.user("bob", Role.MEMBER));
    private final TenantContext zoo = TenantContext.of(OrgId.named("zoo"), Actor.user("ann", Role.MEMBER));

    private Croft start(CallLimits limits) {
        Croft croft = Croft.builder().store(store).index(new InMemoryChunkIndex()).embedder(new LengthEmbedder())
                .callLimits(limits).onCall((operation, outcome, nanos) -> told.add(operation + " " + outcome)).start();
        store.orgs().create(ann);
        store.orgs().create(zoo);
        return croft;
    }

    private static int found(Croft croft, TenantContext context, int calls) {
        return (int) IntStream.range(0, calls).filter(i -> {
            try {
                croft.documents().find(context, "thing");
                return true;
            } catch (CallRefusedException e) {
                return false;
            }
        }).count();
    }

    private static CallRefusedException refusal(Croft croft, TenantContext context) {
        return catchThrowableOfType(CallRefusedException.class,
                () -> croft.jobs().admin().redrive(context, DeadLetterFilter.ALL, 1));
    }

    private static int redriven(Croft croft, TenantContext context, int calls) {
        return (int) IntStream.range(0, calls).filter(i -> refusal(croft, context) == null).count();
    }

    @Test
    void calls_areRefusedBeyondTheLimitOfTheirActor() {
        try (Croft croft = start(CallLimits.none().withActors(Tier.HIGH, new CallRate(1, 4)))) {
            assertThat(found(croft, ann, 50)).isBetween(4, 15);
            told.clear();
            CallRefusedException refused = catchThrowableOfType(CallRefusedException.class,
                    () -> croft.documents().find(ann, "thing"));

            assertThat(refused.reason()).isEqualTo(Reason.ACTOR_RATE);
            assertThat(refused.retryAfter()).isBetween(Duration.ofMillis(1), Duration.ofMinutes(1));
            assertThat(told).containsExactly("documents.find REFUSED");
            assertThat(found(croft, zoo, 50)).as("the same id in another organisation").isBetween(4, 15);
            assertThat(croft.documents().delete(ann, "thing")).as("another tier").isEmpty();
            assertThat(IntStream.range(0, 100).filter(i -> croft.flags().isOn(ann, "beta")).count()).isZero();
            assertThat(told).filteredOn(one -> one.equals("flags.isOn OK")).hasSize(100);
        }
    }

    @Test
    void expensiveCalls_areCountedExactlyOverAllProcesses() {
        CallLimits limits = CallLimits.none().withActors(Tier.EXPENSIVE, new CallRate(1, 3))
                .withOrgs(Tier.EXPENSIVE, new CallRate(1, 5));
        try (Croft one = start(limits); Croft other = start(limits)) {
            assertThat(redriven(one, ann, 2) + redriven(other, ann, 9)).isEqualTo(3);
            assertThat(refusal(one, ann).reason()).isEqualTo(Reason.ACTOR_RATE);
            assertThat(redriven(other, bob, 9)).isEqualTo(2);
            assertThat(refusal(one, bob).reason()).isEqualTo(Reason.ORG_RATE);
            assertThat(redriven(other, zoo, 9)).isEqualTo(3);
        }
    }

    @Test
    void callsBeyondWhatMayBeUnderWay_areRefusedUntilOneEnds() {
        List<CallRefusedException> refused = new ArrayList<>();
        AtomicReference<Runnable> meanwhile = new AtomicReference<>(() -> {
        });
        Embedder embedder = new LengthEmbedder() {
            @Override
            public float[] embedQuery(String text) {
                meanwhile.get().run();
                return super.embedQuery(text);
            }
        };
        store.orgs().create(ann);
        store.orgs().create(zoo);
        try (Croft croft = Croft.builder().store(store).index(new InMemoryChunkIndex()).embedder(embedder)
                .loadShedding(new LoadShedding(2, 2, 0.5))
                .onCall((operation, outcome, nanos) -> told.add(operation + " " + outcome)).start()) {
            meanwhile.set(() -> {
                refused.add(catchThrowableOfType(CallRefusedException.class,
                        () -> croft.documents().find(bob, "thing")));
                assertThat(croft.documents().find(zoo, "thing")).isEmpty();
                assertThat(croft.flags().isOn(ann, "beta")).isFalse();
            });

            assertThat(croft.search().search(ann, SearchQuery.of("thing").timeout(Duration.ofSeconds(20))).hits())
                    .isEmpty();

            assertThat(refused).hasSize(1);
            assertThat(refused.getFirst().reason()).isEqualTo(Reason.ORG_SHARE);
            assertThat(told).containsExactly("documents.find REFUSED", "documents.find OK", "flags.isOn OK",
                    "search OK");
            assertThat(croft.documents().find(bob, "thing")).isEmpty();
        }
    }

    @Test
    void unlimited_isTheDefault() {
        try (Croft croft = start(CallLimits.none())) {
            assertThat(found(croft, ann, 1_000)).isEqualTo(1_000);
        }
    }
}
