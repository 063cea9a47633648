package io.croft.pg.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.Actor;
import io.croft.OrgId;
import io.croft.OrgSuspendedException;
import io.croft.TenantContext;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.pg.tx.DbRole;
import io.croft.spi.JobStore.ClaimedJob;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Suspended organisations, met past the store. */
final class SuspensionTest {

    private static final String QUEUE = "suspended";
    private static final JobRequest REQUEST = JobRequest.of(JobKind.of("test.work", QUEUE), "{}");

    private static QueueDatabase database;

    @BeforeAll
    static void create() {
        database = QueueDatabase.create();
        database.jobs().registerQueue(QUEUE);
    }

    @AfterAll
    static void drop() {
        database.close();
    }

    private static TenantContext operator(OrgId org) {
        return TenantContext.of(org, Actor.superAdmin("test"));
    }

    private static List<ClaimedJob> claim() {
        database.jobs().maintain(1000);
        return database.jobs().claim(QUEUE, 10, "w", Duration.ofMinutes(5));
    }

    @Test
    void enqueue_inAHostsTransactionIsRefusedByTheDatabase() throws SQLException {
        OrgId org = database.newOrg();
        database.store().orgs().suspend(operator(org));

        try (Connection connection = database.connection(DbRole.WORKER)) {
            assertThatThrownBy(() -> database.jobs().enqueue(connection, org, List.of(REQUEST)))
                    .isInstanceOfSatisfying(OrgSuspendedException.class,
                            refusal -> assertThat(refusal.org()).isEqualTo(org));
        }
    }

    /** As a move does that finds out that the organisation is suspended. */
    @Test
    void suspension_outlastsTheHoldOfAMove() {
        OrgId org = database.newOrg();
        database.jobs().enqueue(org, List.of(REQUEST));
        database.jobs().maintain(1000);
        database.store().orgs().suspend(operator(org));

        database.execute("SET ROLE croft_admin; SELECT set_config('croft.org_id', '" + org + "', false);"
                + " SELECT croft.hold_org_v1('" + org + "', true); SELECT croft.hold_org_v1('" + org + "', false)");

        assertThat(claim()).isEmpty();
        database.store().orgs().resume(operator(org));
        assertThat(claim()).hasSize(1);
    }
}
