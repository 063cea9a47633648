package io.croft.pg.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.job.JobId;
import io.croft.job.JobRequest;
import io.croft.job.OrgPlace;
import io.croft.pg.PgShards;
import io.croft.pg.ShardDatabases;
import io.croft.pg.shard.FullOrg.Seen;
import io.croft.pg.shard.OrgMove.Step;
import io.croft.spi.JobStore;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A database that is as it was before is put in order with the others. */
class RestoredTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private ShardDatabases databases;
    private PgShards stores;
    private Shards shards;

    @BeforeEach
    void open() {
        databases = ShardDatabases.create();
        stores = databases.open();
        shards = ShardDatabases.shards(stores);
    }

    @AfterEach
    void close() {
        stores.close();
    }

    /** What has moved away is back, in service, and its jobs are in both. The first database has the map. */
    @ParameterizedTest
    @CsvSource({"one, ARRIVED", "two, ARRIVED", "two, SWITCHED"})
    void restored_leavesWhatHasMovedAwayWhereItIs(String database, Step last) {
        FullOrg org = FullOrg.in(stores, database);
        FullOrg stayed = FullOrg.in(stores, database);
        Seen before = org.seen(stores, database);
        JobId given = enqueue(stayed, database);
        assertThatThrownBy(() -> shards.move(org.id(), "three", PATIENCE, step -> {
            if (step == last) {
                throw new IllegalStateException("it is not cleared");
            }
        })).isInstanceOf(IllegalStateException.class);
        backInService(org, database);

        assertThat(stores.restored(database)).isEqualTo(1);
        assertThat(stores.restored(database)).isZero();

        OrgPlace place = stores.find(org.id()).orElseThrow();
        assertThat(place.database()).isEqualTo("three");
        assertThat(databases.rows(database, org.id())).isZero();
        FullOrg.settle(jobs(database));
        assertThat(jobs(database).claim(org.queue(), 100, "early", PATIENCE)).isEmpty();
        assertThat(shards.move(org.id(), "three", PATIENCE).isMoving()).isFalse();
        assertThat(org.seen(stores, "three").jobs()).isEqualTo(before.jobs());
        assertThat(enqueue(stayed, database).value()).isGreaterThan(given.value() + 1_000_000L * 1024);
        assertThat(shards.move(org.id(), database, PATIENCE).database()).isEqualTo(database);
        assertThat(org.work(jobs(database))).isNotEmpty();
        assertThat(stayed.work(jobs(database))).isNotEmpty();
    }

    /** As before it left; and the map, if it is there, too. */
    private void backInService(FullOrg org, String database) {
        String id = "'" + org.id() + "'";
        databases.database(database).execute("UPDATE croft.org SET state = 'ACTIVE', mover = NULL, moved_to = NULL,"
                + " moved_at = NULL WHERE org_id = " + id + "; DELETE FROM croft.paused_org WHERE org_id = " + id
                + "; UPDATE croft.lane SET org_paused = false WHERE org_id = " + id);
        if (database.equals("one")) {
            databases.database("one").execute("UPDATE croft.shard_org SET database = 'one', version = 1, left_from = "
                    + "NULL WHERE org_id = " + id);
        }
    }

    /** It was placed, or has moved, after the map was saved. */
    @Test
    void restoredMap_isPutRightByWhatTheDatabasesSay() {
        FullOrg unknown = FullOrg.in(stores, "two");
        FullOrg elsewhere = FullOrg.in(stores, "two");
        databases.database("one").execute("DELETE FROM croft.shard_org WHERE org_id = '" + unknown.id() + "'");
        databases.database("one").execute("UPDATE croft.shard_org SET database = 'three' WHERE org_id = '"
                + elsewhere.id() + "'");

        assertThat(stores.restored("one")).isZero();

        assertThat(stores.find(unknown.id()))
                .contains(new OrgPlace(unknown.id(), "two", 1, Optional.empty(), Optional.empty()));
        assertThat(stores.find(elsewhere.id()))
                .contains(new OrgPlace(elsewhere.id(), "two", 2, Optional.empty(), Optional.empty()));
        assertThatThrownBy(() -> stores.restored("four")).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("four");
    }

    private JobId enqueue(FullOrg org, String database) {
        return jobs(database).enqueue(org.id(), List.of(JobRequest.of(org.kind(), "{}"))).getFirst().id();
    }

    private JobStore jobs(String database) {
        return FullOrg.jobs(stores, database);
    }
}
