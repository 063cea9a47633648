package io.croft.pg;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.spi.Store;
import io.croft.spi.contract.JobTransactionContract;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class PgJobTransactionTest extends JobTransactionContract {

    private static TestDatabase database;

    @BeforeAll
    static void prepare() {
        database = TestDatabase.prepared();
        database.open().close();
    }

    @Override
    protected Store openStore() {
        return database.builder().withoutMigrations().open();
    }

    @Override
    protected Connection openConnection() throws SQLException {
        return QueueDatabase.connection(database, DbRole.APP);
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
