package io.croft.pg.queue;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.pg.PgStore;
import io.croft.pg.TestDatabase;
import io.croft.spi.Store;
import io.croft.spi.contract.JobTransactionContract;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class PgJobTransactionTest extends JobTransactionContract {

    private static final String HOST = "transacting_host";

    private static TestDatabase database;

    @BeforeAll
    static void prepare() {
        database = TestDatabase.prepared();
        database.open().close();
        database.execute(
                "DO $$ BEGIN CREATE ROLE " + HOST + " NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
        database.execute("GRANT " + HOST + " TO " + TestDatabase.LOGIN);
        database.execute(PgStore.hostGrantsSql("croft", HOST));
    }

    @Override
    protected Store openStore() {
        return database.builder().withoutMigrations().open();
    }

    @Override
    protected Connection openConnection() throws SQLException {
        Connection connection = database.loginSource().getConnection();
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET ROLE " + HOST);
        }
        connection.setAutoCommit(false);
        return connection;
    }

    @Test
    void enqueue_refusesAConnectionWithoutATransaction() throws SQLException {
        OrgId org = newOrg();
        JobRequest request = JobRequest.of(JobKind.of("test.work", queue()), "{}");

        try (Connection connection = openConnection()) {
            connection.setAutoCommit(true);

            assertThatThrownBy(() -> jobs().enqueue(connection, org, List.of(request)))
                    .isInstanceOf(InvalidInputException.class).hasMessageContaining("setAutoCommit(false)");
        }
    }
}
