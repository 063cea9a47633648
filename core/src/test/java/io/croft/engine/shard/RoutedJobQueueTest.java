package io.croft.engine.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.Actor;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.StoreUnavailableException;
import io.croft.TenantContext;
import io.croft.UnknownOrgException;
import io.croft.engine.job.JobEngine;
import io.croft.guard.Gate;
import io.croft.guard.OrgLabels;
import io.croft.guard.TenantGuard;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.OrgPlace;
import io.croft.job.QueueLimits;
import io.croft.job.WorkerSettings;
import io.croft.spi.JobShards;
import io.croft.spi.Store;
import io.croft.spi.memory.InMemoryStore;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Where calls go when organisations are spread over stores. */
class RoutedJobQueueTest {

    private static final JobKind KIND = JobKind.of("test.work", "test");
    private static final Duration PATIENCE = Duration.ofMillis(200);

    private final MemoryShards shards = new MemoryShards();
    private final Map<String, JobEngine> engines = new LinkedHashMap<>();
    private final List<String> refused = new ArrayList<>();
    private final JobEngine nowhere = new JobEngine(new TenantGuard(new Nowhere(), new Gate(List.of(),
            (operation, outcome, tookNanos) -> refused.add(operation + " " + outcome), OrgLabels.IDS)),
            new InMemoryStore(Instant::now).jobs(), Map.of(), WorkerSettings.defaults());
    private final RoutedJobQueue queue;

    RoutedJobQueueTest() {
        shards.stores().forEach((name, store) -> engines.put(name, new JobEngine(new TenantGuard(store.orgs()),
                store.jobs(), Map.of(), WorkerSettings.defaults())));
        queue = new RoutedJobQueue(Gate.open(), shards, engines, nowhere.queue(), PATIENCE);
    }

    @AfterEach
    void close() {
        engines.values().forEach(JobEngine::close);
        nowhere.close();
    }

    /** Two stores in memory, and a map of which a test says what is in it. */
    private static final class MemoryShards implements JobShards {

        private final Map<String, Store> stores = new LinkedHashMap<>();
        private final Map<OrgId, OrgPlace> places = new ConcurrentHashMap<>();
        private final AtomicInteger looks = new AtomicInteger();
        /** What happens right before the map is looked at for the second time. */
        private Runnable beforeSecondLook = () -> {
        };

        MemoryShards() {
            List.of("one", "two").forEach(name -> stores.put(name, new InMemoryStore(Instant::now)));
        }

        void put(OrgId org, String database, long version, boolean moving) {
            places.put(org, new OrgPlace(org, database, version, moving ? Optional.of("two") : Optional.empty(),
                    Optional.empty()));
        }

        @Override
        public Map<String, Store> stores() {
            return stores;
        }

        @Override
        public Optional<OrgPlace> find(OrgId org) {
            if (looks.incrementAndGet() == 2) {
                beforeSecondLook.run();
            }
            return Optional.ofNullable(places.get(org));
        }

        @Override
        public OrgPlace place(OrgId org) {
            return places.computeIfAbsent(org,
                    id -> new OrgPlace(id, "one", 1, Optional.empty(), Optional.empty()));
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
            throw new UnsupportedOperationException("a test says where an organisation is");
        }

        @Override
        public void close() {
            stores.values().forEach(Store::close);
        }
    }

    /** Is in this store; the map has it at first. */
    private TenantContext newOrg(String database) {
        TenantContext context = TenantContext.of(OrgId.of(UUID.randomUUID()), Actor.service("test"));
        Objects.requireNonNull(shards.stores().get(database)).orgs().create(context);
        shards.put(context.org(), database, 1, false);
        return context;
    }

    private JobId enqueue(TenantContext org) {
        return queue.enqueue(org, JobRequest.of(KIND, "{}")).id();
    }

    private boolean isIn(String database, TenantContext org, JobId id) {
        return Objects.requireNonNull(shards.stores().get(database)).jobs().find(org.org(), id).isPresent();
    }

    @Test
    void calls_goWhereTheMapSaysAndAskItOnce() {
        Map<String, TenantContext> orgs = new HashMap<>();
        List.of("one", "two").forEach(name -> orgs.put(name, newOrg(name)));

        orgs.forEach((name, org) -> {
            for (int i = 0; i < 10; i++) {
                assertThat(isIn(name, org, enqueue(org))).isTrue();
            }
        });

        assertThat(shards.looks).hasValue(2);
    }

    @Test
    void call_looksAgainWhereTheOrgIsNot() {
        TenantContext org = newOrg("one");
        enqueue(org);
        Objects.requireNonNull(shards.stores().get("two")).orgs().create(org);
        shards.put(org.org(), "two", 2, false);
        assertThat(isIn("one", org, enqueue(org))).as("nothing has told").isTrue();

        Objects.requireNonNull(shards.stores().get("one")).orgs().erase(org);

        assertThat(isIn("two", org, enqueue(org))).isTrue();
    }

    @Test
    void call_waitsForAMoveAndNoLonger() {
        TenantContext org = newOrg("one");
        Objects.requireNonNull(shards.stores().get("one")).orgs().erase(org);
        shards.put(org.org(), "one", 1, true);

        assertThatThrownBy(() -> enqueue(org)).isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("on its way to another database");

        assertThat(shards.looks.get()).isGreaterThan(2);
    }

    @Test
    void call_isMadeAgainIfAMoveEndedWhileItWasRefused() {
        TenantContext org = newOrg("one");
        shards.put(org.org(), "two", 2, true);
        shards.beforeSecondLook = () -> {
            Objects.requireNonNull(shards.stores().get("two")).orgs().create(org);
            shards.put(org.org(), "two", 2, false);
        };

        assertThat(isIn("two", org, enqueue(org))).isTrue();
    }

    /** Jobs may come into the others later, and have to stand still there too. */
    @Test
    void pauseOfAQueue_isOfAllDatabasesIfOneKnowsIt() {
        Actor operator = Actor.superAdmin("operator");
        String name = KIND.queue();
        assertThatThrownBy(() -> queue.queues().pause(operator, name)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(name);
        assertThat(queue.queues().list(operator)).isEmpty();
        enqueue(newOrg("two"));

        assertThat(queue.queues().limits(operator, name)).isEqualTo(QueueLimits.DEFAULT);
        queue.queues().pause(operator, name);

        assertThat(shards.stores().values()).allSatisfy(store -> assertThat(store.jobs().queues())
                .hasEntrySatisfying(name, status -> assertThat(status.paused()).isTrue()));
    }

    private List<JobReceipt> enqueueInTransaction(TenantContext org) {
        Connection transaction = (Connection) Proxy.newProxyInstance(RoutedJobQueueTest.class.getClassLoader(),
                new Class<?>[]{Connection.class}, (proxy, method, arguments) -> null);
        return queue.in(transaction).enqueueAll(org, List.of(JobRequest.of(KIND, "{}")));
    }

    @Test
    void callInATransaction_isMadeAgainIfAMoveEndedWhileItWasRefused() {
        TenantContext org = newOrg("one");
        shards.put(org.org(), "two", 2, true);
        shards.beforeSecondLook = () -> {
            Objects.requireNonNull(shards.stores().get("two")).orgs().create(org);
            shards.put(org.org(), "two", 2, false);
        };

        assertThat(isIn("two", org, enqueueInTransaction(org).getFirst().id())).isTrue();
    }

    @Test
    void callInATransaction_doesNotWaitForAMove() {
        TenantContext org = newOrg("one");
        Objects.requireNonNull(shards.stores().get("one")).orgs().erase(org);
        shards.put(org.org(), "one", 1, true);

        assertThatThrownBy(() -> enqueueInTransaction(org)).isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("on its way to another database").hasMessageContaining("do all of it again");
        assertThat(shards.looks.get()).isEqualTo(2);

        shards.put(org.org(), "one", 1, false);
        assertThatThrownBy(() -> enqueueInTransaction(org)).isInstanceOf(UnknownOrgException.class);
    }

    @Test
    void unknownOrg_isRefused() {
        TenantContext nobody = TenantContext.of(OrgId.of(UUID.randomUUID()), Actor.service("test"));
        assertThatThrownBy(() -> enqueue(nobody)).isInstanceOf(UnknownOrgException.class);
        assertThatThrownBy(() -> enqueueInTransaction(nobody)).isInstanceOf(UnknownOrgException.class);
        assertThat(refused).as("by a gate, which tells of it")
                .containsExactly("jobs.enqueue UNKNOWN_ORG", "jobs.enqueue UNKNOWN_ORG");
        assertThat(shards.places).doesNotContainKey(nobody.org());

        TenantContext erased = newOrg("one");
        Objects.requireNonNull(shards.stores().get("one")).orgs().erase(erased);
        assertThatThrownBy(() -> enqueue(erased)).isInstanceOf(UnknownOrgException.class);
    }

    @Test
    void unknownDatabase_isNamed() {
        TenantContext org = newOrg("one");
        shards.put(org.org(), "nine", 1, false);

        assertThatThrownBy(() -> enqueue(org)).isInstanceOf(InvalidInputException.class).hasMessageContaining("nine");
    }
}
