package io.croft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.croft.CallRefusedException.Reason;
import io.croft.content.Embedder;
import io.croft.intake.ImportReport;
import io.croft.intake.Imported;
import io.croft.job.DeadLetterFilter;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.job.JobResult;
import io.croft.job.JobState;
import io.croft.limits.CallLimits;
import io.croft.limits.CallRate;
import io.croft.limits.LoadShedding;
import io.croft.limits.Tier;
import io.croft.search.SearchQuery;
import io.croft.search.Source;
import io.croft.spi.memory.InMemoryChunkIndex;
import io.croft.spi.memory.InMemoryStore;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Limits from the builder to the refusal. */
class LimitsTest {

    private final InMemoryStore store = new InMemoryStore();
    private final Queue<String> told = new ConcurrentLinkedQueue<>();
    private final TenantContext ann = TenantContext.of(OrgId.named("acme"), Actor.user("ann", Role.ADMIN));
    private final TenantContext bob = TenantContext.of(OrgId.named("acme"), Actor.user("bob", Role.ADMIN));
    private final TenantContext zoo = TenantContext.of(OrgId.named("zoo"), Actor.user("ann", Role.ADMIN));

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
    void import_waitsWhereCallsAreLimited() {
        try (Croft croft = start(CallLimits.none().withActors(Tier.STANDARD, new CallRate(6_000, 1)))) {
            ImportReport report = croft.ingest().importAll(ann, IntStream.range(0, 30)
                    .mapToObj(i -> Imported.text(Source.PRIVATE, "d-" + i, "a text")).iterator());

            assertThat(report.written()).isEqualTo(30);
            assertThat(report.isComplete()).isTrue();
            assertThat(told).contains("ingest.imported REFUSED");
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
    void searchesBeyondWhatMayBeUnderWay_areRefusedUntilOneEnds() {
        SearchQuery query = SearchQuery.of("thing").timeout(Duration.ofSeconds(20));
        List<CallRefusedException> refused = new ArrayList<>();
        AtomicReference<Runnable> meanwhile = new AtomicReference<>(() -> {
        });
        Embedder embedder = new LengthEmbedder() {
            @Override
            public float[] embedQuery(String text) {
                meanwhile.getAndSet(() -> {
                }).run();
                return super.embedQuery(text);
            }
        };
        store.orgs().create(ann);
        store.orgs().create(zoo);
        try (Croft croft = Croft.builder().store(store).index(new InMemoryChunkIndex()).embedder(embedder)
                .loadShedding(new LoadShedding(2, 2, 0.5, Duration.ZERO))
                .onCall((operation, outcome, nanos) -> told.add(operation + " " + outcome)).start()) {
            meanwhile.set(() -> {
                refused.add(catchThrowableOfType(CallRefusedException.class,
                        () -> croft.search().search(bob, query)));
                croft.search().search(zoo, query);
                croft.documents().find(bob, "thing"); // does not take what searches take
            });

            croft.search().search(ann, query);

            assertThat(refused).hasSize(1);
            assertThat(refused.getFirst().reason()).isEqualTo(Reason.ORG_SHARE);
            assertThat(told).containsExactly("search REFUSED", "search OK", "documents.find OK", "search OK");
            assertThat(croft.search().search(bob, query).hits()).isEmpty();
        }
    }

    /** By default an organisation may have 80 searches under way at first. */
    @Test
    void load_isShedByDefault() throws InterruptedException {
        assertThat(searchesAtOnce(UnaryOperator.identity(), 120, 20)).isBetween(60, 100);
    }

    @Test
    void load_isNotShedWhereTheHostWantsNone() throws InterruptedException {
        assertThat(searchesAtOnce(Croft.Builder::withoutLoadShedding, 120, 0)).isEqualTo(120);
    }

    /**
     * Lets an organisation search so often at once, for one thing, so that it is embedded once for all.
     *
     * @param refusals how many of them are waited for before any is answered
     * @return how many were answered
     */
    private int searchesAtOnce(UnaryOperator<Croft.Builder> how, int searches, int refusals)
            throws InterruptedException {
        CountDownLatch refused = new CountDownLatch(refusals);
        CountDownLatch begun = new CountDownLatch(searches);
        CountDownLatch release = new CountDownLatch(1);
        AtomicInteger answered = new AtomicInteger();
        Embedder embedder = new LengthEmbedder() {
            @Override
            public float[] embedQuery(String text) {
                try {
                    assertThat(release.await(1, TimeUnit.MINUTES)).isTrue();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                return super.embedQuery(text);
            }
        };
        store.orgs().create(ann);
        try (Croft croft = how.apply(Croft.builder().store(store).index(new InMemoryChunkIndex()).embedder(embedder))
                .start(); ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < searches; i++) {
                threads.execute(() -> {
                    begun.countDown();
                    try {
                        croft.search().search(ann, SearchQuery.of("thing").timeout(Duration.ofMinutes(1)));
                        answered.incrementAndGet();
                    } catch (CallRefusedException e) {
                        refused.countDown();
                    }
                });
            }
            assertThat(begun.await(1, TimeUnit.MINUTES)).isTrue();
            assertThat(refused.await(1, TimeUnit.MINUTES)).isTrue();
            release.countDown();
        }
        return answered.get();
    }

    @Test
    void attempts_thatEndForLoadAreNotCounted() throws InterruptedException {
        assertThat(stateAfterARefusal(Reason.OVERLOAD)).isEqualTo(JobState.COMPLETED);
        assertThat(stateAfterARefusal(Reason.ORG_SHARE)).isEqualTo(JobState.COMPLETED);
        assertThat(stateAfterARefusal(Reason.ORG_RATE)).isEqualTo(JobState.DEAD);
    }

    /** Of a job that may be tried once, and whose handler makes a call that is refused the first time. */
    private JobState stateAfterARefusal(Reason reason) throws InterruptedException {
        JobKind kind = JobKind.of("busy", "busy");
        AtomicInteger tried = new AtomicInteger();
        InMemoryStore own = new InMemoryStore();
        try (Croft croft = Croft.builder().store(own).handler(kind, job -> {
            if (tried.incrementAndGet() == 1) {
                throw new CallRefusedException("busy", reason, Duration.ofMillis(1));
            }
            return JobResult.completed();
        }).start()) {
            croft.orgs().create(ann);
            JobId id = croft.jobs().enqueue(ann, JobRequest.of(kind, "{}").withMaxAttempts(1)).id();
            return croft.jobs().await(ann, id, Duration.ofSeconds(30)).orElseThrow().state();
        }
    }

    /** Whoever makes them, and however many calls are let in otherwise. */
    @Test
    void exports_areOneOfAnOrgAtOnce() {
        TenantContext ops = TenantContext.of(ann.org(), Actor.superAdmin("ops"));
        try (Croft croft = Croft.builder().store(store).index(new InMemoryChunkIndex()).embedder(new LengthEmbedder())
                .withoutLoadShedding().start()) {
            store.orgs().create(ann);
            for (TenantContext first : List.of(ann, ops)) {
                for (TenantContext second : List.of(ann, ops)) {
                    List<Reason> refusals = new ArrayList<>();
                    croft.orgs().export(first, new OutputStream() {
                        @Override
                        public void write(int b) {
                            if (refusals.isEmpty()) {
                                refusals.add(catchThrowableOfType(CallRefusedException.class,
                                        () -> croft.orgs().export(second, OutputStream.nullOutputStream())).reason());
                            }
                        }
                    });

                    assertThat(refusals).containsExactly(Reason.ORG_SHARE);
                }
            }
        }
    }

    @Test
    void rates_areUnlimitedByDefault() {
        try (Croft croft = start(CallLimits.none())) {
            assertThat(found(croft, ann, 1_000)).isEqualTo(1_000);
        }
    }
}
