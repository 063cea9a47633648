package io.croft.pg;

import io.croft.spi.Store;
import io.croft.spi.contract.JobStoreContract;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

final class PgJobStoreTest extends JobStoreContract {

    private static QueueDatabase database;

    @BeforeAll
    static void create() throws SQLException {
        database = QueueDatabase.create();
    }

    @AfterAll
    static void drop() {
        database.close();
    }

    @Override
    protected Store openStore() {
        return database.store();
    }
}
