package io.croft.pg.content;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.Org;
import io.croft.OrgId;
import io.croft.job.JobKind;
import io.croft.pg.TestDatabase;
import io.croft.search.Source;
import io.croft.spi.Blob;
import io.croft.spi.Content;
import io.croft.spi.InputStore.File;
import io.croft.spi.InputStore.Input;
import io.croft.spi.Store;
import io.croft.spi.contract.Await;
import io.croft.spi.contract.InputStoreContract;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class PgInputStoreTest extends InputStoreContract {

    private static TestDatabase database;

    @BeforeAll
    static void prepare() {
        database = TestDatabase.prepared();
    }

    @Override
    protected Store openStore() {
        return database.open();
    }

    @Test
    void unused_forgetsNoInputThatIsReplacedAtTheSameMoment() throws Exception {
        OrgId org = newOrg();
        JobKind kind = JobKind.of("test.embed", queue());
        String key = "a".repeat(64);
        store().inputs().accept(org, new Input(Source.PRIVATE, "0".repeat(64),
                Optional.of(new File(new Blob(key, 7), "care.txt", Optional.empty())),
                new Content("d", "", "", Map.of())), kind, Optional.empty());
        store().content().put(org, Source.PRIVATE, List.of(new Content("d", "", "By other means.", Map.of())), kind);
        Org life = store().orgs().find(org).orElseThrow();
        FutureTask<Set<String>> sweep = new FutureTask<>(() -> store().inputs().unused(life, List.of(key)));

        try (Connection replacing = database.loginSource().getConnection();
                Statement statement = replacing.createStatement()) {
            replacing.setAutoCommit(false);
            statement.execute("SET LOCAL ROLE croft_app");
            statement.execute("SELECT set_config('croft.org_id', '" + org + "', true)");
            for (String table : List.of("document", "input")) {
                assertThat(statement.executeUpdate("UPDATE croft." + table + " SET revision = 3 WHERE org_id = '" + org
                        + "' AND id = 'd'")).isEqualTo(1);
            }
            Thread.ofVirtual().start(sweep);
            Await.until("the sweep waits for it", () -> database.count("SELECT count(*) FROM pg_stat_activity"
                    + " WHERE datname = current_database() AND wait_event_type = 'Lock'") > 0);
            replacing.commit();
        }

        assertThat(sweep.get()).as("the file is used").isEmpty();
        assertThat(database.count("SELECT count(*) FROM croft.input WHERE org_id = '" + org + "'")).isEqualTo(1);
    }
}
