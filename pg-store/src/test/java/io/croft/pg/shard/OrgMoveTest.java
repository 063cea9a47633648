package io.croft.pg.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.CroftException;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.OrgMovedException;
import io.croft.OrgQuotas;
import io.croft.QuotaExceededException;
import io.croft.StoreUnavailableException;
import io.croft.UnknownOrgException;
import io.croft.flags.FlagSetting;
import io.croft.job.JobFilter;
import io.croft.job.JobId;
import io.croft.job.JobRequest;
import io.croft.job.LaneStatus.Pause;
import io.croft.job.OrgPlace;
import io.croft.pg.PgShards;
import io.croft.pg.ShardDatabases;
import io.croft.pg.shard.FullOrg.Seen;
import io.croft.pg.shard.OrgMove.Step;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.Rows;
import io.croft.spi.Acting;
import io.croft.spi.FlagStore;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Outcome;
import io.croft.spi.JobStore.Pausable;
import io.croft.spi.OrgStore;
import io.croft.spi.Store;
import io.croft.spi.contract.Await;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An organisation goes to another database as it is, whatever happens on the way. */
class OrgMoveTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration NO_PATIENCE = Duration.ofMillis(100);

    private static ShardDatabases databases;
    private static PgShards stores;
    private static Shards shards;

    @BeforeAll
    static void open() {
        databases = ShardDatabases.create();
        stores = databases.open();
        shards = ShardDatabases.shards(stores);
    }

    @AfterAll
    static void close() {
        stores.close();
    }

    /** As a killed process: nothing is put in order afterwards. */
    private static final class Killed extends Error {

        private static final long serialVersionUID = 1L;
    }

    private static Consumer<Step> killedAfter(Step last) {
        return step -> {
            if (step == last) {
                throw new Killed();
            }
        };
    }

    private static JobStore jobs(String database) {
        return FullOrg.jobs(stores, database);
    }

    /** Why its lane starts nothing. */
    private static Set<Pause> pauses(FullOrg org, String database) {
        return Objects.requireNonNull(jobs(database).lanes(org.id()).get(org.queue())).pauses();
    }

    private static OrgPlace place(FullOrg org) {
        return stores.find(org.id()).orElseThrow();
    }

    /** What is told of progress of time alone is left out: the marks at which jobs could first run. */
    private static void assertSame(Seen now, Seen before) {
        assertThat(now.summaries()).isEqualTo(before.summaries());
        assertThat(now.jobs()).isEqualTo(before.jobs());
        assertThat(now.parents()).isEqualTo(before.parents());
        assertThat(now.counts()).isEqualTo(before.counts());
        assertThat(now.lanes()).isEqualTo(before.lanes());
        assertThat(now.schedules()).isEqualTo(before.schedules());
        assertThat(now.counted()).isEqualTo(before.counted());
        assertThat(now.quotas()).isEqualTo(before.quotas()).isNotEqualTo(OrgQuotas.UNLIMITED);
        assertThat(now.flags()).isEqualTo(before.flags()).hasSize(2);
    }

    @Test
    void move_takesEverythingAlongAndLeavesNothing() {
        FullOrg org = FullOrg.in(stores, "one");
        FullOrg twin = FullOrg.in(stores, "one");
        Seen before = org.seen(stores, "one");
        assertThat(before.jobs()).hasSizeGreaterThan(20);
        assertThat(before.counted()).isNotEmpty();

        OrgPlace moved = shards.move(org.id(), "two", PATIENCE);

        assertThat(moved).isEqualTo(new OrgPlace(org.id(), "two", 2, Optional.empty(), Optional.empty()));
        assertSame(org.seen(stores, "two"), before);
        assertThat(databases.rows("one", org.id())).isZero();
        org.assertKeys(jobs("two"));
        assertThat(untimed(org.work(jobs("two")))).isEqualTo(untimed(twin.work(jobs("one")))).hasSizeGreaterThan(10);
        assertThat(jobs("two").counts(org.id())).containsEntry(org.other(),
                Objects.requireNonNull(before.counts().get(org.other())));
    }

    /** Payloads without the time that a schedule writes into them. */
    private static List<String> untimed(List<String> payloads) {
        return payloads.stream().map(payload -> payload.replaceAll("\"at\": \"[^\"]*\"", "at")).toList();
    }

    /** Also of what has arrived: shares are dealt out anew there. */
    @Test
    void move_takesLimitsAlong() {
        FullOrg org = FullOrg.in(stores, "one");
        shards.move(org.id(), "two", PATIENCE);
        OrgStore orgs = Objects.requireNonNull(stores.stores().get("two")).orgs();
        FullOrg.settle(jobs("two"));
        long queued = orgs.summary(org.id()).orElseThrow().queuedJobs();
        List<JobRequest> more = Collections.nCopies((int) (500 - queued), JobRequest.of(org.kind(), "{}"));

        jobs("two").enqueue(org.id(), more);

        assertThatThrownBy(() -> jobs("two").enqueue(org.id(), more.subList(0, 1)))
                .isInstanceOf(QuotaExceededException.class);
        assertThat(Objects.requireNonNull(stores.stores().get("one")).orgs().quotas(org.id())).isEmpty();
    }

    @Test
    void move_comesBackAndKeepsIdsInOrder() {
        FullOrg org = FullOrg.in(stores, "three");
        Seen before = org.seen(stores, "three");

        shards.move(org.id(), "two", PATIENCE);
        JobId there = jobs("two").enqueue(org.id(), List.of(JobRequest.of(org.kind(), "{}"))).getFirst().id();
        shards.move(org.id(), "three", PATIENCE);
        JobId here = jobs("three").enqueue(org.id(), List.of(JobRequest.of(org.kind(), "{}"))).getFirst().id();

        assertThat(place(org).version()).isEqualTo(3);
        Seen after = org.seen(stores, "three");
        assertThat(after.summaries().stream().map(job -> job.id()).limit(2)).containsExactly(here, there);
        assertThat(after.jobs().subList(2, after.jobs().size())).isEqualTo(before.jobs());
        assertThat(databases.rows("two", org.id())).isZero();
    }

    /** Marks of time say nothing of what came from elsewhere. */
    @Test
    void move_keepsListsByTimeWhole() {
        FullOrg org = FullOrg.in(stores, "one");
        int all = org.seen(stores, "one").summaries().size();
        for (String name : List.of("two", "three")) { // whose ids are far ahead, and say so of an hour ago
            databases.database(name).execute(
                    "SELECT setval('croft.job_seq', last_value + 1024 * 1000000) FROM croft.job_seq");
            databases.database(name).execute("""
                    INSERT INTO croft.job_mark (at, id) SELECT now() - interval '2 hours', last_value FROM croft.job_seq
                    ON CONFLICT DO NOTHING""");
        }

        shards.move(org.id(), "two", PATIENCE);

        JobFilter some = JobFilter.ALL.withCreatedFrom(Instant.now().minusSeconds(3000))
                .withCreatedBefore(Instant.now().plusSeconds(3000));
        assertThat(jobs("two").list(org.id(), some, Optional.empty(), 1000).jobs()).hasSize(all);
        databases.database("three").execute("DELETE FROM croft.job_mark");
    }

    @ParameterizedTest
    @EnumSource(value = Step.class, mode = EnumSource.Mode.EXCLUDE, names = "STAYED")
    void move_goesOnFromWhereItWasKilled(Step last) {
        FullOrg org = FullOrg.in(stores, "one");
        Seen before = org.seen(stores, "one");
        assertThatThrownBy(() -> shards.move(org.id(), "two", PATIENCE, killedAfter(last)))
                .isInstanceOf(Killed.class);
        assertThat(stores.moving(Optional.empty(), 1000)).extracting(OrgPlace::org).contains(org.id());
        List<JobId> extra = enqueueAnywhere(org);
        assertNothingStarts(org, last);

        try (PgShards others = databases.open()) {
            assertThat(others.move(org.id(), "two", PATIENCE).database()).isEqualTo("two");
        }

        assertThat(stores.moving(Optional.empty(), 1000)).extracting(OrgPlace::org).doesNotContain(org.id());
        Seen after = org.seen(stores, "two");
        assertThat(after.summaries().stream().map(job -> job.id()).limit(extra.size())).isEqualTo(extra);
        assertThat(after.jobs().subList(extra.size(), after.jobs().size())).isEqualTo(before.jobs());
        assertThat(after.schedules()).isEqualTo(before.schedules());
        assertThat(databases.rows("one", org.id())).isZero();
        org.assertKeys(jobs("two"));
    }

    /** As processes do that believe this or that: no more than one database takes it. */
    private static List<JobId> enqueueAnywhere(FullOrg org) {
        List<JobId> taken = new ArrayList<>();
        for (String database : ShardDatabases.NAMES) {
            try {
                taken.add(jobs(database).enqueue(org.id(), List.of(JobRequest.of(org.kind(), "{}"))).getFirst().id());
            } catch (OrgMovedException | UnknownOrgException e) {
                assertThat(e).hasMessageContaining(org.id().toString());
            }
        }
        assertThat(taken).hasSizeLessThanOrEqualTo(1);
        return taken;
    }

    private static void assertNothingStarts(FullOrg org, Step last) {
        if (last == Step.BEGUN || last == Step.ARRIVED || last == Step.CLEARED) {
            return;
        }
        for (String database : ShardDatabases.NAMES) {
            FullOrg.settle(jobs(database));
            List<ClaimedJob> claimed = jobs(database).claim(org.queue(), 1000, "early", PATIENCE);
            assertThat(claimed).noneMatch(job -> job.lease().org().equals(org.id()));
            jobs(database).release(claimed.stream().map(ClaimedJob::lease).toList());
        }
    }

    @ParameterizedTest
    @EnumSource(value = Step.class, names = {"BEGUN", "HELD", "QUIET", "LEAVING", "ALONE", "ARRIVING", "COPIED"})
    void move_canBeEndedUntilItHasLeft(Step last) {
        FullOrg org = FullOrg.in(stores, "one");
        Seen before = org.seen(stores, "one");
        assertThatThrownBy(() -> shards.move(org.id(), "three", PATIENCE, killedAfter(last)))
                .isInstanceOf(Killed.class);
        assertThatThrownBy(() -> shards.move(org.id(), "two", PATIENCE)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("three");

        OrgPlace place = shards.move(org.id(), "one", PATIENCE);

        assertThat(place).isEqualTo(new OrgPlace(org.id(), "one", 1, Optional.empty(), Optional.empty()));
        assertSame(org.seen(stores, "one"), before);
        assertThat(databases.rows("three", org.id())).isZero();
        assertThat(org.work(jobs("one"))).isNotEmpty();
    }

    /** To where it was before: something of it may have stayed there, as the counts of its searches do. */
    @ParameterizedTest
    @EnumSource(value = Step.class, names = {"ARRIVING", "COPIED"})
    void moveBack_canBeEndedWhereSomethingHangsOnItsName(Step last) {
        FullOrg org = FullOrg.in(stores, "one");
        databases.database("one").execute("INSERT INTO croft.org_usage (org_id, stripe, documents, listings, chunks,"
                + " bytes) VALUES ('" + org.id() + "', 0, 0, 0, 0, 0)");
        shards.move(org.id(), "two", PATIENCE);
        Seen before = org.seen(stores, "two");
        assertThatThrownBy(() -> shards.move(org.id(), "one", PATIENCE, killedAfter(last)))
                .isInstanceOf(Killed.class);

        OrgPlace place = shards.move(org.id(), "two", PATIENCE);

        assertThat(place).isEqualTo(new OrgPlace(org.id(), "two", 2, Optional.empty(), Optional.empty()));
        assertSame(org.seen(stores, "two"), before);
        assertThat(databases.database("one").read("SELECT state || ' to ' || moved_to FROM croft.org WHERE org_id = '"
                + org.id() + "'")).isEqualTo("MOVED to two");
        assertThat(shards.move(org.id(), "one", PATIENCE).database()).isEqualTo("one");
        assertSame(org.seen(stores, "one"), before);
    }

    /** Processes learn by the version of flags that they have come or gone. */
    @Test
    void move_tellsOfFlags() {
        FullOrg org = FullOrg.in(stores, "one");
        FlagStore here = Objects.requireNonNull(stores.stores().get("one")).flags();
        FlagStore there = Objects.requireNonNull(stores.stores().get("two")).flags();
        long hereBefore = here.version();
        long thereBefore = there.version();

        shards.move(org.id(), "two", PATIENCE);

        assertThat(here.version()).isGreaterThan(hereBefore);
        assertThat(there.version()).isGreaterThan(thereBefore);
        assertThat(here.all().orgs()).doesNotContainKey(org.id());
    }

    @Test
    void flags_areNotSetWhereAnOrgLeaves() {
        FullOrg org = FullOrg.in(stores, "one");
        assertThatThrownBy(() -> shards.move(org.id(), "two", PATIENCE, killedAfter(Step.LEAVING)))
                .isInstanceOf(Killed.class);
        Store here = Objects.requireNonNull(stores.stores().get("one"));
        Acting tester = Acting.in(org.context(), here.orgs().find(org.id()).orElseThrow());

        assertThatThrownBy(() -> here.flags().set(tester, Optional.of(org.id()), "late", FlagSetting.ON))
                .isInstanceOf(OrgMovedException.class).hasMessageContaining(org.id().toString());

        shards.move(org.id(), "two", PATIENCE);
        assertThat(org.seen(stores, "two").flags()).hasSize(2).doesNotContainKey("late");
    }

    @Test
    void move_cannotBeEndedOnceItHasLeft() {
        FullOrg org = FullOrg.in(stores, "one");
        assertThatThrownBy(() -> shards.move(org.id(), "three", PATIENCE, killedAfter(Step.LEFT)))
                .isInstanceOf(Killed.class);

        assertThatThrownBy(() -> shards.move(org.id(), "one", PATIENCE)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("has left one already");

        assertThat(shards.move(org.id(), "three", PATIENCE).database()).isEqualTo("three");
    }

    @Test
    void move_waitsForWhatRunsAndGivesUpIfItDoesNotEnd() {
        FullOrg org = FullOrg.in(stores, "one");
        List<JobLease> running = claim(org, "one");
        assertThat(running).isNotEmpty();

        assertThatThrownBy(() -> shards.move(org.id(), "two", NO_PATIENCE))
                .isInstanceOf(StoreUnavailableException.class).hasMessageContaining("still run");

        assertThat(place(org)).isEqualTo(new OrgPlace(org.id(), "one", 1, Optional.empty(), Optional.empty()));
        assertThat(pauses(org, "one")).isEmpty();
        List<ClaimedJob> more = new ArrayList<>();
        shards.move(org.id(), "two", PATIENCE, step -> {
            if (step == Step.HELD) { // what runs ends, and enqueueing goes on, while it waits
                jobs("one").enqueue(org.id(), List.of(JobRequest.of(org.kind(), "{\"late\":true}")));
                FullOrg.settle(jobs("one"));
                more.addAll(jobs("one").claim(org.queue(), 1000, "early", PATIENCE).stream()
                        .filter(job -> job.lease().org().equals(org.id())).toList());
                assertThat(jobs("one").finish(running.stream().map(lease -> new Completion(lease,
                        new Outcome.Completed(Optional.empty()))).toList())).containsOnly(true);
            }
        });
        assertThat(more).isEmpty();
        assertThat(jobs("two").finish(running.stream().map(lease -> new Completion(lease,
                new Outcome.Completed(Optional.empty()))).toList())).as("told again, there").containsOnly(true);
        assertThat(org.work(jobs("two"))).contains("{\"late\": true}");
    }

    /** A lease that ended before the move proves nothing after it. */
    @Test
    void move_keepsLateAttemptsOut() {
        FullOrg org = FullOrg.in(stores, "one");
        List<JobLease> late = claim(org, "one");
        databases.database("one").execute("UPDATE croft.run SET lease_until = now() - interval '1 second'");
        FullOrg.settle(jobs("one"));

        shards.move(org.id(), "two", PATIENCE);
        List<JobLease> anew = new ArrayList<>();
        Await.until("all can be claimed again", () -> {
            anew.addAll(claim(org, "two"));
            return anew.size() >= late.size();
        });

        assertThat(anew).hasSameSizeAs(late);
        assertThat(anew.stream().mapToLong(JobLease::fence).min().orElseThrow())
                .isGreaterThan(late.stream().mapToLong(JobLease::fence).max().orElseThrow());
        assertThat(jobs("two").finish(late.stream().map(lease -> new Completion(lease,
                new Outcome.Completed(Optional.empty()))).toList())).containsOnly(false);
        jobs("two").release(anew);
    }

    private static List<JobLease> claim(FullOrg org, String database) {
        FullOrg.settle(jobs(database));
        List<JobLease> mine = new ArrayList<>();
        for (ClaimedJob job : jobs(database).claim(org.queue(), 1000, "test", PATIENCE)) {
            if (job.lease().org().equals(org.id())) {
                mine.add(job.lease());
            } else {
                jobs(database).release(List.of(job.lease()));
            }
        }
        return mine;
    }

    @Test
    void move_waitsForTransactionsThatMayHaveEnqueued() throws SQLException {
        FullOrg org = FullOrg.in(stores, "one");
        JobRequest request = JobRequest.of(org.kind(), "{\"open\":true}");

        try (Connection connection = transaction("one")) {
            jobs("one").enqueue(connection, org.id(), List.of(request));
            assertThatThrownBy(() -> shards.move(org.id(), "two", NO_PATIENCE))
                    .isInstanceOf(StoreUnavailableException.class).hasMessageContaining("still open");
            assertThat(place(org).movingTo()).isEmpty();
            shards.move(org.id(), "two", PATIENCE, step -> {
                if (step == Step.LEAVING) {
                    commit(connection);
                }
            });
        }

        assertThat(org.work(jobs("two"))).contains("{\"open\": true}");
    }

    /** As of the moment that it reads, the organisation is in service; so its jobs are to go along, or not to be. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void move_takesWhatASnapshotFromBeforeStillEnqueues(boolean committed) throws SQLException {
        FullOrg org = FullOrg.in(stores, "one");
        JobRequest request = JobRequest.of(org.kind(), "{\"late\":true}").withKey("late");

        try (Connection connection = transaction("one"); Statement statement = connection.createStatement()) {
            statement.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
            statement.execute("SELECT 1");
            shards.move(org.id(), "two", PATIENCE, step -> {
                if (step == Step.LEAVING) {
                    assertThat(jobs("one").enqueue(connection, org.id(), List.of(request))).hasSize(1);
                    if (committed) {
                        commit(connection);
                    } else {
                        rollBack(connection);
                    }
                }
            });
        }

        assertThat(databases.rows("one", org.id())).isZero();
        assertThat(jobs("two").enqueue(org.id(), List.of(request)).getFirst().duplicate()).isEqualTo(committed);
        assertThat(org.work(jobs("two"))).containsOnlyOnce("{\"late\": true}");
    }

    /** One that reads anew sees that it leaves, however long ago it began. */
    @Test
    void move_refusesWhatAnOpenTransactionEnqueuesTooLate() throws SQLException {
        FullOrg org = FullOrg.in(stores, "one");
        JobRequest request = JobRequest.of(org.kind(), "{\"late\":true}");

        try (Connection connection = transaction("one"); Statement statement = connection.createStatement()) {
            statement.execute("SELECT 1");
            shards.move(org.id(), "two", PATIENCE, step -> {
                if (step == Step.LEAVING) {
                    assertThatThrownBy(() -> jobs("one").enqueue(connection, org.id(), List.of(request)))
                            .isInstanceOf(OrgMovedException.class);
                    rollBack(connection);
                }
            });
        }

        assertThat(databases.rows("one", org.id())).isZero();
        assertThat(org.work(jobs("two"))).isNotEmpty().doesNotContain("{\"late\": true}");
    }

    private static Connection transaction(String database) throws SQLException {
        Connection connection = databases.database(database).loginSource().getConnection();
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET ROLE croft_worker");
        }
        connection.setAutoCommit(false);
        return connection;
    }

    private static void commit(Connection connection) {
        try {
            connection.commit();
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private static void rollBack(Connection connection) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void hostsTransaction_inAnotherDatabaseIsToldTheRightOne() throws SQLException {
        FullOrg org = FullOrg.in(stores, "two");
        List<JobLease> running = claim(org, "two");

        try (Connection connection = transaction("three")) {
            assertThatThrownBy(
                    () -> jobs("two").enqueue(connection, org.id(), List.of(JobRequest.of(org.kind(), "{}"))))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContainingAll("this connection is to database 'three'", "in database 'two'");
            connection.rollback();
            assertThatThrownBy(() -> jobs("two").completeIn(connection, running.getFirst(), Optional.empty()))
                    .isInstanceOf(InvalidInputException.class).hasMessageContaining("in database 'two'");
            connection.rollback();
        }
        jobs("two").release(running);
    }

    @Test
    void laterCall_takesTheMoveOver() {
        FullOrg org = FullOrg.in(stores, "one");
        Seen before = org.seen(stores, "one");

        assertThatThrownBy(() -> shards.move(org.id(), "two", PATIENCE, step -> {
            if (step == Step.ARRIVING) {
                shards.move(org.id(), "two", PATIENCE);
            }
        })).isInstanceOf(OrgMovedException.class).hasMessageContaining("taken over");

        assertThat(place(org)).isEqualTo(new OrgPlace(org.id(), "two", 2, Optional.empty(), Optional.empty()));
        assertSame(org.seen(stores, "two"), before);
        assertThat(org.work(jobs("two"))).isNotEmpty();
    }

    /** A call that gave up, and gets to the other database late, leaves what another has copied there meanwhile. */
    @Test
    void stalledCallThatGaveUp_leavesAnothersCopy() {
        FullOrg org = FullOrg.in(stores, "one");
        Seen before = org.seen(stores, "one");

        assertThatThrownBy(() -> shards.move(org.id(), "two", PATIENCE, step -> {
            if (step == Step.COPIED) {
                throw new IllegalStateException("as a slow pool would");
            } else if (step == Step.STAYED) {
                assertThatThrownBy(() -> shards.move(org.id(), "two", PATIENCE, killedAfter(Step.LEFT)))
                        .isInstanceOf(Killed.class);
            }
        })).hasMessageContaining("slow pool");

        assertThat(place(org).movingTo()).as("the other's move is not ended").contains("two");
        assertThat(shards.move(org.id(), "two", PATIENCE).database()).isEqualTo("two");
        assertSame(org.seen(stores, "two"), before);
        org.assertKeys(jobs("two"));
    }

    /** The same for one that wanted to go on: whatever step it comes from, the copy of who took over stays. */
    @ParameterizedTest
    @EnumSource(value = Step.class, names = {"BEGUN", "HELD", "QUIET", "LEAVING", "ALONE", "ARRIVING", "COPIED"})
    void stalledCall_leavesTheCopyOfWhoTookOver(Step stalled) {
        FullOrg org = FullOrg.in(stores, "one");
        Seen before = org.seen(stores, "one");

        assertThatThrownBy(() -> shards.move(org.id(), "two", PATIENCE, step -> {
            if (step == stalled) {
                assertThatThrownBy(() -> shards.move(org.id(), "two", PATIENCE, killedAfter(Step.LEFT)))
                        .isInstanceOf(Killed.class);
            }
        })).isInstanceOf(RuntimeException.class);

        assertThat(shards.move(org.id(), "two", PATIENCE).database()).isEqualTo("two");
        assertSame(org.seen(stores, "two"), before);
    }

    /** One that was to end a move, and gets on late, when the organisation has left. */
    @Test
    void stalledEndOfAMove_leavesTheCopyOfWhoTookOver() {
        FullOrg org = FullOrg.in(stores, "one");
        Seen before = org.seen(stores, "one");
        assertThatThrownBy(() -> shards.move(org.id(), "two", PATIENCE, killedAfter(Step.COPIED)))
                .isInstanceOf(Killed.class);

        shards.move(org.id(), "one", PATIENCE, step -> {
            if (step == Step.STAYED) {
                assertThatThrownBy(() -> shards.move(org.id(), "two", PATIENCE, killedAfter(Step.LEFT)))
                        .isInstanceOf(Killed.class);
            }
        });

        assertThat(place(org).movingTo()).contains("two");
        assertThat(shards.move(org.id(), "two", PATIENCE).database()).isEqualTo("two");
        assertSame(org.seen(stores, "two"), before);
    }

    /** Nothing is cleared where the organisation was, unless it is where it is said to have gone. */
    @Test
    void lostCopy_isNotTakenForOneThatHasArrived() {
        FullOrg org = FullOrg.in(stores, "one");
        assertThatThrownBy(() -> shards.move(org.id(), "two", PATIENCE, killedAfter(Step.LEFT)))
                .isInstanceOf(Killed.class);
        databases.database("two").execute("SET session_replication_role = replica; DELETE FROM croft.org WHERE org_id"
                + " = '" + org.id() + "'; SET session_replication_role = origin");

        assertThatThrownBy(() -> shards.move(org.id(), "two", PATIENCE)).isInstanceOf(CroftException.class)
                .hasMessageContaining("nothing is cleared");

        assertThat(databases.rows("one", org.id())).isPositive();
    }

    /** The organisation's row says where it has gone, whatever has become of the map. */
    @Test
    void move_goesNowhereElseThanWhereItHasGone() {
        FullOrg org = FullOrg.in(stores, "one");
        Seen before = org.seen(stores, "one");
        assertThatThrownBy(() -> shards.move(org.id(), "two", PATIENCE, killedAfter(Step.LEFT)))
                .isInstanceOf(Killed.class);
        databases.database("one").execute("UPDATE croft.shard_org SET moving_to = NULL, mover = NULL WHERE org_id = '"
                + org.id() + "'");

        assertThatThrownBy(() -> shards.move(org.id(), "three", PATIENCE)).isInstanceOf(CroftException.class)
                .hasMessageContaining("has left one for two");

        assertThat(shards.move(org.id(), "two", PATIENCE).database()).isEqualTo("two");
        assertSame(org.seen(stores, "two"), before);
    }

    /** It cannot be moved, and is not taken for one that moves either: it can be erased. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void orgThatIsBeingErased_staysAndCanBeErased(boolean killed) {
        FullOrg org = FullOrg.in(stores, "one");
        if (killed) {
            assertThatThrownBy(() -> shards.move(org.id(), "two", PATIENCE, killedAfter(Step.BEGUN)))
                    .isInstanceOf(Killed.class);
        }
        databases.database("one").execute("UPDATE croft.org SET state = 'ERASING' WHERE org_id = '" + org.id() + "'");

        if (killed) {
            shards.move(org.id(), "one", PATIENCE);
        } else {
            assertThatThrownBy(() -> shards.move(org.id(), "two", PATIENCE)).isInstanceOf(UnknownOrgException.class)
                    .hasMessageContaining("being erased");
        }

        assertThat(place(org)).isEqualTo(new OrgPlace(org.id(), "one", 1, Optional.empty(), Optional.empty()));
        Objects.requireNonNull(stores.stores().get("one")).orgs().erase(org.context());
        assertThat(databases.rows("one", org.id())).isZero();
    }

    /** Its creation ended after the map had given it a place. */
    @Test
    void orgThatWasNeverMade_staysWhereItsPlaceIs() {
        OrgId org = OrgId.of(UUID.randomUUID());
        shards.map().adopt("one", List.of(org.value()));

        assertThatThrownBy(() -> shards.move(org, "two", PATIENCE)).isInstanceOf(UnknownOrgException.class)
                .hasMessageContaining("not in one");

        assertThat(stores.find(org)).contains(new OrgPlace(org, "one", 1, Optional.empty(), Optional.empty()));
    }

    @ParameterizedTest
    @EnumSource(value = Step.class, names = {"SWITCHED", "ARRIVED"})
    void move_endsAlsoIfWhatItLeftWasErased(Step last) {
        FullOrg org = FullOrg.in(stores, "one");
        Seen before = org.seen(stores, "one");
        assertThatThrownBy(() -> shards.move(org.id(), "two", PATIENCE, killedAfter(last)))
                .isInstanceOf(Killed.class);
        Objects.requireNonNull(stores.stores().get("one")).orgs().erase(org.context());

        OrgPlace place = shards.move(org.id(), "two", PATIENCE);

        assertThat(place).isEqualTo(new OrgPlace(org.id(), "two", 2, Optional.empty(), Optional.empty()));
        assertThat(org.seen(stores, "two").jobs()).isEqualTo(before.jobs());
        assertThat(org.work(jobs("two"))).isNotEmpty();
    }

    /** A large organisation is cleared in many batches, and its jobs fall due meanwhile. */
    @ParameterizedTest
    @ValueSource(strings = {"MOVED", "ARRIVING"})
    void whatIsStillToBeCleared_isNotClaimed(String state) {
        FullOrg org = FullOrg.in(stores, "one");
        Step last = state.equals("MOVED") ? Step.ARRIVED : Step.COPIED;
        assertThatThrownBy(() -> shards.move(org.id(), "two", PATIENCE, killedAfter(last)))
                .isInstanceOf(Killed.class);
        String database = state.equals("MOVED") ? "one" : "two";
        assertThat(databases.database(database).read("SELECT state FROM croft.org WHERE org_id = '" + org.id() + "'"))
                .isEqualTo(state);

        // as if there were so many of what is for later that they outlive the lanes of what is ready
        databases.database(database).execute("DELETE FROM croft.ready WHERE org_id = '" + org.id() + "'");
        long batches = 0;
        while (removeBatch(org, database) > 0) {
            batches++;
            databases.database(database).execute("UPDATE croft.scheduled SET run_at = now() - interval '1 second'"
                    + " WHERE id IN (SELECT id FROM croft.scheduled WHERE org_id = '" + org.id() + "' LIMIT 1)");
            FullOrg.settle(jobs(database));
            assertThat(jobs(database).claim(org.queue(), 1000, "early", PATIENCE)).isEmpty();
        }

        assertThat(batches).isGreaterThan(3);
        assertThat(shards.move(org.id(), "two", PATIENCE).database()).isEqualTo("two");
        assertThat(databases.rows("one", org.id())).isZero();
        assertThat(org.work(jobs("two"))).isNotEmpty();
    }

    private static long removeBatch(FullOrg org, String database) {
        return databases.database(database).transactions().query(Access.admin(org.id()),
                "SELECT ${schema}.erase_jobs_v1(?, 2)", p -> p.org(org.id()), Rows.one(row -> row.getLong(1)));
    }

    @Test
    void pauseOfTheHost_staysAndThatOfTheMoveDoesNot() {
        FullOrg paused = FullOrg.in(stores, "one");
        jobs("one").pause(new Pausable.Org(paused.id()));

        shards.move(paused.id(), "two", PATIENCE, step -> {
            if (step == Step.HELD) {
                jobs("one").resume(new Pausable.Org(paused.id()));
                assertThat(pauses(paused, "one")).contains(Pause.ORG);
                jobs("one").pause(new Pausable.Org(paused.id()));
            }
        });

        assertThat(pauses(paused, "two")).containsExactly(Pause.ORG);
        assertThat(paused.work(jobs("two"))).isEmpty();
        jobs("two").resume(new Pausable.Org(paused.id()));
        assertThat(paused.work(jobs("two"))).isNotEmpty();
    }

    @Test
    void suspension_endsAMoveAndOutlastsIt() {
        FullOrg org = FullOrg.in(stores, "one");
        OrgStore orgs = Objects.requireNonNull(stores.stores().get("one")).orgs();

        assertThatThrownBy(() -> shards.move(org.id(), "two", PATIENCE, step -> {
            if (step == Step.HELD) {
                orgs.suspend(org.context());
            }
        })).isInstanceOf(CroftException.class);

        assertThat(place(org)).isEqualTo(new OrgPlace(org.id(), "one", 1, Optional.empty(), Optional.empty()));
        assertThat(pauses(org, "one")).containsExactly(Pause.ORG);
        orgs.resume(org.context());
        assertThat(pauses(org, "one")).isEmpty();
        assertThat(shards.move(org.id(), "two", PATIENCE).database()).isEqualTo("two");
    }

    @Test
    void whatMayNotBeMoved_staysAndSaysWhy() {
        FullOrg org = FullOrg.in(stores, "one");
        databases.database("one").execute("INSERT INTO croft.document (org_id, id, revision, title, text, fields)"
                + " VALUES ('" + org.id() + "', 'handbook', 1, '', 'Saddles', '{}')");

        assertThatThrownBy(() -> shards.move(org.id(), "two", PATIENCE)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("documents or listings in one");
        for (String row : List.of("blob (org_id, key, bytes) VALUES ('%s', sha256('1'), 1)",
                "crawl (org_id, name) VALUES ('%s', 'site')",
                "embed_spend (org_id, day, tokens) VALUES ('%s', current_date, 7)")) {
            FullOrg other = FullOrg.in(stores, "one");
            databases.database("one").execute("INSERT INTO croft." + row.formatted(other.id()));
            assertThatThrownBy(() -> shards.move(other.id(), "two", PATIENCE)).as(row)
                    .isInstanceOf(InvalidInputException.class).hasMessageContaining("files or crawls");
        }
        assertThatThrownBy(() -> shards.move(org.id(), "four", PATIENCE)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("four");
        assertThat(place(org).movingTo()).isEmpty();
        assertThat(org.work(jobs("one"))).isNotEmpty();
    }
}
