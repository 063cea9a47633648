package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.StaleLeaseException;
import io.croft.UnknownOrgException;
import io.croft.job.CancelReceipt;
import io.croft.job.JobId;
import io.croft.job.JobKey;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.job.LaneDepth;
import io.croft.job.LaneLimits;
import io.croft.job.QueueLimits;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore.ClaimedJob;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The contract of those methods of {@link io.croft.spi.JobStore} that work in the caller's own JDBC transaction. */
public abstract class JobTransactionContract extends StoreContract implements JobFixture {

    /**
     * Opens a connection with autocommit off to the store's database, whose role may enqueue and complete. The test
     * closes it.
     */
    protected abstract Connection openConnection() throws SQLException;

    @Test
    void enqueue_becomesVisibleWithTheCommit() throws SQLException {
        OrgId org = newOrg();

        try (Connection connection = openConnection()) {
            JobReceipt receipt = jobs().enqueue(connection, org, List.of(request())).getFirst();

            assertThat(receipt.duplicate()).isFalse();
            assertThat(jobs().find(org, receipt.id())).isEmpty();
            assertNothingToClaim();
            assertThat(connection.getAutoCommit()).isFalse();
            assertThat(connection.isClosed()).isFalse();
            connection.commit();
            assertThat(state(org, receipt.id())).isEqualTo(JobState.READY);
            assertThat(ids(claim(10))).containsExactly(receipt.id());
        }
    }

    /** Whoever enqueues in a transaction does not know when others may be told. */
    @Test
    void enqueue_isFoundByUpkeepAsWhatNobodyToldOf() throws SQLException {
        OrgId org = newOrg();

        try (Connection connection = openConnection()) {
            jobs().enqueue(connection, org, List.of(request(), request()));
            assertThat(jobs().maintain(1000).came()).doesNotContainKey(queue());
            connection.commit();
        }

        assertThat(jobs().maintain(1000).came()).containsEntry(queue(), 2);
    }

    @Test
    void enqueue_vanishesWithTheRollback() throws SQLException {
        OrgId org = newOrg();

        try (Connection connection = openConnection()) {
            JobReceipt receipt = jobs().enqueue(connection, org, List.of(request().withKey("order-1"))).getFirst();
            connection.rollback();

            assertThat(jobs().find(org, receipt.id())).isEmpty();
        }

        assertNothingToClaim();
        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 0));
        assertThat(enqueue(org, request().withKey("order-1")).duplicate()).isFalse();
    }

    @Test
    void enqueue_servesSeveralOrgsInOneTransaction() throws SQLException {
        OrgId org = newOrg();
        OrgId other = newOrg();

        try (Connection connection = openConnection()) {
            JobId mine = jobs().enqueue(connection, org, List.of(request())).getFirst().id();
            JobId theirs = jobs().enqueue(connection, other, List.of(request())).getFirst().id();
            connection.commit();

            assertThat(ids(claimAll())).containsExactlyInAnyOrder(mine, theirs);
            assertThat(jobs().find(other, mine)).isEmpty();
        }
    }

    @Test
    void enqueue_refusesWhatIsNotAccepted() throws SQLException {
        OrgId org = newOrg();
        OrgId unknown = unknownOrg();

        try (Connection connection = openConnection()) {
            assertThatThrownBy(() -> jobs().enqueue(connection, org, List.of(request("no object"))))
                    .isInstanceOf(InvalidInputException.class);
            connection.rollback();
            assertThatThrownBy(() -> jobs().enqueue(connection, unknown, List.of(request())))
                    .isInstanceOf(UnknownOrgException.class);
            connection.rollback();
        }

        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 0));
    }

    @Test
    void cancel_doesNotWaitForACompletionThatIsOpen() throws SQLException {
        OrgId org = newOrg();
        JobId id = enqueue(org);
        ClaimedJob claimed = claimOne();

        try (Connection connection = openConnection()) {
            jobs().completeIn(connection, claimed.lease(), Optional.of("7"));
            assertThat(jobs().cancel(org, List.of(id), "sold")).isEqualTo(
                    new CancelReceipt(List.of(), List.of(), List.of(id)));
            connection.commit();
        }

        assertThat(state(org, id)).isEqualTo(JobState.COMPLETED);
    }

    @Test
    void cancel_endsTheOthersWhileAReplacementIsOpen() throws SQLException {
        OrgId org = newOrg();
        JobRequest keyed = request().withKey(JobKey.of("k").replacing());
        JobId id = jobs().enqueue(org, List.of(keyed)).getFirst().id();
        JobId other = enqueue(org);

        try (Connection connection = openConnection()) {
            assertThat(jobs().enqueue(connection, org, List.of(keyed))).extracting(JobReceipt::replaced)
                    .containsExactly(true);
            assertThat(jobs().cancel(org, List.of(id, other), "sold")).isEqualTo(
                    new CancelReceipt(List.of(other), List.of(), List.of(id)));
            connection.commit();
        }

        assertThat(jobs().cancel(org, List.of(id, other), "sold")).isEqualTo(
                new CancelReceipt(List.of(id), List.of(), List.of()));
        assertThat(state(org, id)).isEqualTo(JobState.CANCELLED);
    }

    @Test
    void completeIn_countsThoughTheJobWasCancelled() throws SQLException {
        OrgId org = newOrg();
        JobId id = enqueue(org);
        ClaimedJob claimed = claimOne();
        assertThat(jobs().cancel(org, List.of(id), "sold").told()).containsExactly(id);

        try (Connection connection = openConnection()) {
            jobs().completeIn(connection, claimed.lease(), Optional.of("7"));
            connection.commit();
        }

        assertThat(state(org, id)).isEqualTo(JobState.COMPLETED);
        assertThat(job(org, id).result()).contains("7");
    }

    @Test
    void completeIn_endsTheJobWithTheCommit() throws SQLException {
        OrgId org = newOrg();
        jobs().setLimits(org, queue(), LaneLimits.maxRunning(1));
        List<JobId> ids = enqueue(org, 2);
        ClaimedJob claimed = claimOne();

        try (Connection connection = openConnection()) {
            jobs().completeIn(connection, claimed.lease(), Optional.of("{\"ok\":true}"));
            assertThat(state(org, ids.getFirst())).isEqualTo(JobState.RUNNING);
            assertNothingToClaim();
            connection.commit();
        }

        assertThat(state(org, ids.getFirst())).isEqualTo(JobState.COMPLETED);
        assertThat(job(org, ids.getFirst()).result().map(JsonText::compact)).contains("{\"ok\":true}");
        assertThat(finish(claimed, COMPLETED)).as("repeated").isTrue();
        assertThat(ids(claim(10))).containsExactly(ids.getLast());
        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 1));
    }

    @Test
    void completeIn_freesTheQueuesLimitWithTheCommit() throws SQLException {
        jobs().setLimits(queue(), QueueLimits.DEFAULT.withMaxRunning(1));
        enqueue(newOrg());
        enqueue(newOrg());
        ClaimedJob claimed = claimOne();

        try (Connection connection = openConnection()) {
            jobs().completeIn(connection, claimed.lease(), Optional.empty());
            assertNothingToClaim();
            connection.rollback();
            assertNothingToClaim();
            jobs().completeIn(connection, claimed.lease(), Optional.empty());
            connection.commit();
        }

        assertThat(claim(10)).hasSize(1);
    }

    @Test
    void completeIn_leavesTheJobAsItWasWithTheRollback() throws SQLException {
        OrgId org = newOrg();
        JobId id = enqueue(org);
        ClaimedJob claimed = claimOne();

        try (Connection connection = openConnection()) {
            jobs().completeIn(connection, claimed.lease(), Optional.empty());
            connection.rollback();
        }

        assertThat(state(org, id)).isEqualTo(JobState.RUNNING);
        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 1));
        assertThat(finish(claimed, COMPLETED)).isTrue();
    }

    @Test
    void completeIn_refusesAStaleLease() throws SQLException {
        OrgId org = newOrg();
        JobId id = enqueue(org);
        ClaimedJob first = claimOne(SHORT_LEASE);
        advance(PAST_SHORT_LEASE);
        ClaimedJob second = awaitJob();

        try (Connection connection = openConnection()) {
            assertThatThrownBy(() -> jobs().completeIn(connection, first.lease(), Optional.empty()))
                    .isInstanceOf(StaleLeaseException.class);
            connection.rollback();
            JobLease unknown = new JobLease(org, new JobId(Long.MAX_VALUE), 1);
            assertThatThrownBy(() -> jobs().completeIn(connection, unknown, Optional.empty()))
                    .isInstanceOf(StaleLeaseException.class);
            connection.rollback();
        }

        assertThat(state(org, id)).isEqualTo(JobState.RUNNING);
        assertThat(finish(second, COMPLETED)).isTrue();
    }

    /** Two attempts of one lane that complete in one transaction each, at the same time and in opposite orders. */
    @Test
    void completeIn_doesNotBlockOthersOfItsLane() {
        OrgId org = newOrg();
        OrgId other = newOrg();
        for (int round = 0; round < 5; round++) {
            enqueue(org, 2);
            enqueue(other, 2);
            List<JobLease> mine = leases(claimAll());
            List<JobLease> first = List.of(of(mine, org, 0), of(mine, other, 0));
            List<JobLease> second = List.of(of(mine, other, 1), of(mine, org, 1));

            Race.of(2, number -> {
                try (Connection connection = openConnection()) {
                    for (JobLease lease : number == 0 ? first : second) {
                        jobs().completeIn(connection, lease, Optional.empty());
                    }
                    connection.commit();
                    return number;
                }
            });
        }

        assertThat(depth(org)).isEqualTo(new LaneDepth(0, 0));
        assertThat(depth(other)).isEqualTo(new LaneDepth(0, 0));
    }

    private static List<JobLease> leases(List<ClaimedJob> claimed) {
        return claimed.stream().map(ClaimedJob::lease).toList();
    }

    private static JobLease of(List<JobLease> leases, OrgId org, int index) {
        return leases.stream().filter(lease -> lease.org().equals(org)).skip(index).findFirst().orElseThrow();
    }
}
