package io.croft.pg.shard;

import io.croft.pg.PgStore;
import io.croft.pg.ShardDatabases;
import io.croft.pg.TestDatabase;
import io.croft.spi.Store;
import io.croft.spi.contract.JobTransactionContract;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.BeforeAll;

/** A host's transaction in the right one of several databases is one as any other. */
final class PgShardJobTransactionTest extends JobTransactionContract {

    private static final String HOST = "transacting_shard_host";

    private static ShardDatabases databases;

    @BeforeAll
    static void prepare() {
        databases = ShardDatabases.create();
        TestDatabase two = databases.database("two");
        two.execute("DO $$ BEGIN CREATE ROLE " + HOST + " NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
        two.execute("GRANT " + HOST + " TO " + TestDatabase.LOGIN);
        two.execute(PgStore.hostGrantsSql("croft", HOST));
    }

    @Override
    protected Store openStore() {
        return databases.openOne("two");
    }

    @Override
    protected Connection openConnection() throws SQLException {
        Connection connection = databases.database("two").loginSource().getConnection();
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET ROLE " + HOST);
        }
        connection.setAutoCommit(false);
        return connection;
    }
}
