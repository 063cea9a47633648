package io.croft;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.content.Document;
import io.croft.content.Embedder;
import io.croft.content.WriteReceipt;
import io.croft.guard.Operation;
import io.croft.guard.Permission;
import io.croft.job.After;
import io.croft.job.BatchJobHandler;
import io.croft.job.DeadLetterListener;
import io.croft.job.JobContext;
import io.croft.job.JobFlow;
import io.croft.job.JobHandler;
import io.croft.job.JobKey;
import io.croft.job.JobListener;
import io.croft.job.JobQueue;
import io.croft.job.JobRequest;
import io.croft.job.JobResult;
import io.croft.job.JobSchedule;
import io.croft.job.JobWatch;
import io.croft.job.OrgPlace;
import io.croft.job.QueueLimits;
import io.croft.job.RetryPolicy;
import io.croft.search.Boost;
import io.croft.search.CalibratedScorer;
import io.croft.search.Facet;
import io.croft.search.FieldValue;
import io.croft.search.Fields;
import io.croft.search.Filter;
import io.croft.search.RelevanceScorer;
import io.croft.search.Reranker;
import io.croft.search.SearchQuery;
import io.croft.search.SearchResults;
import io.croft.search.Sort;
import io.croft.spi.JobShards;
import io.croft.spi.Store;
import io.croft.spi.memory.InMemoryChunkIndex;
import io.croft.spi.memory.InMemoryStore;
import io.croft.testing.InMemoryJobs;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Every public method of whatever a host gets at from {@link Croft} and {@link ShardedJobQueue} passes the gate, once,
 * or stands here with the reason why it need not. One that does neither, and a public type of which is not known what
 * it is, fail this test.
 */
class EveryCallTest {

    private static final Set<Class<?>> API =
            PublicApi.reachable(Croft.class, ShardedJobQueue.class, InMemoryJobs.class);

    /** Beside records, enums and exceptions: values, and what puts them or a whole Croft together. */
    private static final Set<Class<?>> VALUES = Set.of(Secret.class, SearchQuery.class, Boost.class, Facet.class,
            FieldValue.class, Fields.class, Filter.class, Sort.class, After.class, JobFlow.class, JobKey.class,
            JobKey.Window.class, JobKey.Repeat.class, JobRequest.class, JobResult.class, JobSchedule.class,
            JobSchedule.Timing.class, JobSchedule.Missed.class, RetryPolicy.class, Croft.Builder.class,
            ShardedJobQueue.Builder.class, InMemoryJobs.Builder.class);

    /** What the host or another part implements and the library calls, with what is the caller's anyway. */
    private static final Set<Class<?>> CALLED_BY_THE_LIBRARY = Set.of(CallObserver.class, Embedder.class,
            JobHandler.class, BatchJobHandler.class, DeadLetterListener.class, JobListener.class,
            RetryPolicy.Custom.class,
            RelevanceScorer.class, CalibratedScorer.class, Reranker.class);

    /** What belongs to one job of one organisation, and is given to who has been let in to it. */
    private static final Set<Class<?>> OF_ONE_JOB = Set.of(JobContext.class, JobWatch.class);

    /** Calls that are for no organisation's data, and why. */
    private static final Map<String, String> TENANT_FREE = Map.of(
            "Orgs.find(OrgId)", "whether there is such an organisation, for a host that has no context yet",
            "ShardedJobQueue.placeOf(OrgId)", "in which database it is, likewise",
            "JobAdmin.unhandledKinds()", "of this process, not of an organisation",
            "JobAdmin.workers()", "of this process, not of an organisation",
            "Croft.close()", "ends this process's part",
            "ShardedJobQueue.close()", "ends this process's part");

    private final Queue<String> told = new ConcurrentLinkedQueue<>();
    private final CallObserver observer = (operation, outcome, tookNanos) -> told.add(operation + " " + outcome);
    private final TenantContext acme = context("acme");
    private final TenantContext zoo = context("zoo");
    private final Croft croft = Croft.builder().store(new InMemoryStore()).index(new InMemoryChunkIndex())
            .embedder(new LengthEmbedder()).handlers(new WholeTexts()).onCall(observer).start();
    private final TwoDatabases databases = new TwoDatabases();
    private final ShardedJobQueue sharded = ShardedJobQueue.builder().shards(databases).onCall(observer).start();
    private final SearchResults results = results();

    private static TenantContext context(String name) {
        return TenantContext.of(OrgId.named(name), Actor.superAdmin("ops"));
    }

    private SearchResults results() {
        croft.orgs().create(acme);
        WriteReceipt receipt = croft.documents().put(acme, Document.text("thing", "a thing"));
        return croft.search().search(acme, SearchQuery.of("thing").after(receipt).timeout(Duration.ofSeconds(30)));
    }

    @AfterEach
    void close() {
        sharded.close();
        croft.close();
    }

    @Test
    void everyType_isKnownForWhatItIs() {
        List<String> unknown = API.stream().filter(type -> !isValue(type) && !isFacade(type))
                .filter(type -> !CALLED_BY_THE_LIBRARY.contains(type) && !OF_ONE_JOB.contains(type))
                .filter(type -> type != Croft.class && type != InMemoryJobs.class).map(Class::getName).toList();

        assertThat(unknown).as("public types of which this test does not know whether they lead to data: name them "
                + "here, or let them be reached from Croft").isEmpty();
        assertThat(API).hasSizeGreaterThan(80);
    }

    @Test
    void values_takeNoContext() {
        assertThat(API).filteredOn(type -> isValue(type) && type != TenantContext.class).allSatisfy(
                type -> assertThat(Stream.of(type.getMethods())).noneMatch(EveryCallTest::isForSomebody));
    }

    @Test
    void everyCall_passesTheGateOnce() {
        Set<String> passed = new TreeSet<>();
        CallArguments arguments = new CallArguments(List.of(acme, zoo), acme.actor(), results);

        calls().forEach(call -> {
            prepare();
            Optional<Throwable> thrown = call.make(arguments);

            assertThat(thrown).as(call.toString()).isEmpty();
            assertThat(told).as(call + " is told of").hasSize(1).allMatch(one -> one.endsWith(" OK"));
            passed.add(told.remove());
        });

        assertThat(passed).containsExactlyInAnyOrderElementsOf(
                Stream.of(Operation.values()).map(operation -> operation.label() + " OK").toList());
    }

    @Test
    void everyCall_forAnOrgThatIsNotThere_isRefusedByTheGate() {
        CallArguments arguments =
                new CallArguments(List.of(context("nobody"), context("nowhere")), acme.actor(), results);

        calls().filter(call -> takes(call.method(), TenantContext.class))
                .filter(call -> !call.toString().equals("Orgs.create(TenantContext)")).forEach(call -> {
                    told.clear();
                    Optional<Throwable> thrown = call.make(arguments);

                    assertThat(thrown).as(call.toString()).get().isInstanceOf(UnknownOrgException.class);
                    assertThat(databases.places).as("places that " + call + " gave").doesNotContainKeys(
                            OrgId.named("nobody"), OrgId.named("nowhere"));
                    assertThat(told).as(call + " is told of").hasSize(1)
                            .allMatch(one -> one.endsWith(" UNKNOWN_ORG"));
                });
    }

    @Test
    void everyCall_forAllOrgs_isForSuperAdmins() {
        for (Actor actor : List.of(Actor.user("u", Role.MEMBER), Actor.user("u", Role.ADMIN), Actor.service("s"))) {
            CallArguments arguments = new CallArguments(List.of(acme, zoo), actor, results);

            calls().filter(call -> takes(call.method(), Actor.class)).forEach(call -> {
                told.clear();
                Optional<Throwable> thrown = call.make(arguments);

                assertThat(thrown).as(call.toString()).get().isInstanceOf(NotPermittedException.class);
                assertThat(told).as(call + " is told of").hasSize(1)
                        .allMatch(one -> one.endsWith(" NOT_PERMITTED"));
            });
        }
    }

    /** What a call needs its actor to be allowed is what its operation says, whichever way it comes to the gate. */
    @Test
    void everyCall_isRefusedToRolesThatAreNotAllowedIt() {
        Map<Role, Set<Permission>> refused = Map.of(
                Role.MEMBER, EnumSet.of(Permission.ADMINISTER, Permission.AUDIT, Permission.CROSS_ORG),
                Role.ADMIN, EnumSet.of(Permission.CROSS_ORG),
                Role.SERVICE, EnumSet.of(Permission.AUDIT, Permission.CROSS_ORG));
        Map<String, Permission> needed = Stream.of(Operation.values())
                .collect(Collectors.toMap(Operation::label, Operation::permission));
        refused.forEach((role, permissions) -> {
            Actor actor = new Actor("somebody", role);
            CallArguments arguments = new CallArguments(
                    List.of(TenantContext.of(acme.org(), actor), TenantContext.of(zoo.org(), actor)), actor, results);

            calls().forEach(call -> {
                prepare();
                databases.asked.set(0);
                Optional<Throwable> thrown = call.make(arguments);

                assertThat(told).as(call + " is told of").hasSize(1);
                if (call.type() == Orgs.class && thrown.filter(NotPermittedException.class::isInstance).isPresent()) {
                    assertThat(databases.asked).as("what " + call + " asked of the map").hasValue(0);
                }
                String[] one = told.remove().split(" ", -1);
                boolean isAllowed = !permissions.contains(Objects.requireNonNull(needed.get(one[0])));
                assertThat(one[1].equals("NOT_PERMITTED")).as(call + " by " + role).isNotEqualTo(isAllowed);
                assertThat(thrown.filter(NotPermittedException.class::isInstance).isPresent())
                        .as(call + " by " + role).isNotEqualTo(isAllowed);
            });
        });
    }

    private void prepare() {
        for (TenantContext one : List.of(acme, zoo)) {
            for (Orgs orgs : List.of(croft.orgs(), sharded.orgs())) {
                orgs.create(one);
                orgs.resume(one);
            }
            croft.documents().put(one, Document.text("thing", "a thing"));
        }
        for (JobQueue queue : List.of(croft.jobs(), sharded)) {
            queue.queues().setLimits(acme.actor(), "thing", QueueLimits.DEFAULT); // which makes it known
        }
        told.clear();
    }

    /** A call that has to pass the gate. */
    private record Call(Object part, Class<?> type, Method method) {

        /** Makes it; returns what it threw. */
        Optional<Throwable> make(CallArguments arguments) {
            try {
                Object result = method.invoke(part, arguments.of(method));
                if (result instanceof JobWatch watch) {
                    watch.close();
                }
                return Optional.empty();
            } catch (InvocationTargetException e) {
                return Optional.ofNullable(e.getCause());
            } catch (IllegalAccessException e) {
                throw new AssertionError(this + " cannot be called", e);
            }
        }

        @Override
        public String toString() {
            return type.getSimpleName() + "." + PublicApi.name(method);
        }
    }

    /** All calls of all parts that are found from the entries on. */
    private Stream<Call> calls() {
        CallArguments arguments = new CallArguments(List.of(acme, zoo), acme.actor(), results);
        List<Call> calls = new ArrayList<>();
        Set<String> parts = new TreeSet<>();
        Deque<Object> open = new ArrayDeque<>(List.of(croft, sharded));
        while (!open.isEmpty()) {
            Object part = open.pop();
            for (Class<?> type : PublicApi.publicTypes(part, API)) {
                if (parts.add(System.identityHashCode(part) + " as " + type)) {
                    for (Method method : PublicApi.methods(type)) {
                        Call call = new Call(part, type, method);
                        if (givesPart(method)) {
                            open.add(part(call, arguments));
                        } else if (!TENANT_FREE.containsKey(call.toString())) {
                            calls.add(call);
                        }
                    }
                }
            }
        }
        assertThat(calls.stream().map(call -> call.type.getName()).toList()).as("doors that were found")
                .containsAll(API.stream().filter(EveryCallTest::isFacade).map(Class::getName).toList());
        return calls.stream();
    }

    private static Object part(Call call, CallArguments arguments) {
        try {
            return call.method.invoke(call.part, arguments.of(call.method));
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(call + " gives no part", e);
        }
    }

    private static boolean givesPart(Method method) {
        return isFacade(method.getReturnType()) && !isForSomebody(method);
    }

    private static boolean isValue(Class<?> type) {
        return type.isRecord() || type.isEnum() || Throwable.class.isAssignableFrom(type) || VALUES.contains(type);
    }

    /** A door to what organisations have. */
    private static boolean isFacade(Class<?> type) {
        return API.contains(type) && !isValue(type) && type != InMemoryJobs.class
                && PublicApi.methods(type).stream().anyMatch(EveryCallTest::isForSomebody);
    }

    private static boolean isForSomebody(Method method) {
        return takes(method, TenantContext.class) || takes(method, Actor.class);
    }

    private static boolean takes(Method method, Class<?> type) {
        return Arrays.asList(method.getParameterTypes()).contains(type);
    }

    /** Two databases, and a map of those organisations that were given a place: all in the second one. */
    private static final class TwoDatabases implements JobShards {

        private final Map<String, Store> stores = new LinkedHashMap<>();
        private final Map<OrgId, OrgPlace> places = new ConcurrentHashMap<>();
        private final AtomicInteger asked = new AtomicInteger();

        TwoDatabases() {
            List.of("one", "two").forEach(name -> stores.put(name, new InMemoryStore()));
        }

        @Override
        public Map<String, Store> stores() {
            return stores;
        }

        @Override
        public Optional<OrgPlace> find(OrgId org) {
            asked.incrementAndGet();
            return Optional.ofNullable(places.get(org));
        }

        @Override
        public OrgPlace place(OrgId org) {
            asked.incrementAndGet();
            return places.computeIfAbsent(org,
                    one -> new OrgPlace(one, "two", 1, Optional.empty(), Optional.empty()));
        }

        @Override
        public void forget(OrgPlace place) {
            places.remove(place.org(), place);
        }

        @Override
        public List<OrgPlace> moving(Optional<OrgId> after, int limit) {
            return List.of();
        }

        @Override
        public OrgPlace move(OrgId org, String database, Duration patience) {
            return place(org);
        }

        @Override
        public void close() {
            stores.values().forEach(Store::close);
        }
    }
}
