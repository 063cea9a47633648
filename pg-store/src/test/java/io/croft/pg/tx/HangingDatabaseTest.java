package io.croft.pg.tx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.Actor;
import io.croft.Croft;
import io.croft.OrgId;
import io.croft.StoreUnavailableException;
import io.croft.TenantContext;
import io.croft.content.Document;
import io.croft.content.Embedder;
import io.croft.content.EmbeddingModel;
import io.croft.content.WriteReceipt;
import io.croft.job.JobResult;
import io.croft.pg.TestDatabase;
import io.croft.search.SearchQuery;
import io.croft.search.SearchResults;
import io.croft.search.SearchResults.Wait;
import io.croft.spi.Processors;
import io.croft.spi.memory.InMemoryChunkIndex;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Searches while the database answers nothing, because somebody holds its tables. */
class HangingDatabaseTest {

    /** Much shorter than what the database itself gives a statement, so that it shows who gave up. */
    private static final Duration TIMEOUT = Duration.ofMillis(500);
    private static final SearchQuery QUERY = SearchQuery.of("otters").timeout(TIMEOUT);

    private final TenantContext acme = TenantContext.of(OrgId.named("acme"), Actor.service("test"));

    private static final class OneWay implements Embedder {

        @Override
        public EmbeddingModel model() {
            return new EmbeddingModel("one-way", 2, 0);
        }

        @Override
        public List<float[]> embed(List<String> texts) {
            return texts.stream().map(text -> new float[]{1, 0}).toList();
        }
    }

    /** Nothing that is written becomes searchable. */
    private static Croft start(TestDatabase database) {
        return Croft.builder().store(database.open()).index(new InMemoryChunkIndex()).embedder(new OneWay())
                .handlers((content, embedder) -> Map.of(Processors.EMBED, job -> JobResult.snooze(Duration.ofHours(1))))
                .start();
    }

    private static Connection locking(TestDatabase database, String table) throws SQLException {
        Connection connection = database.superuser();
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute("LOCK TABLE " + table + " IN ACCESS EXCLUSIVE MODE");
        }
        return connection;
    }

    /** Whether somebody still waits for the table that this connection has locked. */
    private static boolean isWaitedFor(Connection locked, String table) throws SQLException {
        try (Statement statement = locked.createStatement();
                ResultSet waiting = statement.executeQuery("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted"
                        + " AND relation = '" + table + "'::regclass)")) {
            return waiting.next() && waiting.getBoolean(1);
        }
    }

    @Test
    void search_ofAnOrgThatWasNotSeenBeforeEndsWithItsTimeout() throws SQLException {
        TestDatabase database = TestDatabase.prepared();
        try (Croft croft = start(database)) {
            croft.orgs().create(acme);
            try (Connection locked = locking(database, "croft.org")) {
                assertThatThrownBy(() -> croft.search().search(acme, QUERY))
                        .isInstanceOf(StoreUnavailableException.class).hasMessageContaining("within the call's time");
                locked.rollback();
            }

            assertThat(croft.search().search(acme, QUERY.timeout(Duration.ofSeconds(20))).incomplete()).isEmpty();
        }
    }

    @Test
    void search_afterAWriteEndsWithItsTimeout() throws SQLException {
        TestDatabase database = TestDatabase.prepared();
        try (Croft croft = start(database)) {
            croft.orgs().create(acme);
            croft.search().search(acme, QUERY.timeout(Duration.ofSeconds(20))); // opens its index
            WriteReceipt waiting = croft.documents().put(acme, Document.text("d", "otters swim"));
            try (Connection locked = locking(database, "croft.document")) {
                SearchResults results = croft.search().search(acme, QUERY.after(waiting));
                assertThat(isWaitedFor(locked, "croft.document")).as("what was asked goes on beside it").isTrue();
                locked.rollback();

                assertThat(results.waits()).extracting(Wait::outcome).containsExactly(Wait.Outcome.TIMEOUT);
            }
        }
    }

    @Test
    void search_ofAnIndexThatIsColdEndsWithItsTimeout() throws SQLException {
        TestDatabase database = TestDatabase.prepared();
        try (Croft croft = start(database)) {
            croft.orgs().create(acme);
            croft.documents().find(acme, "d"); // the guard knows it from now on, the index does not
            try (Connection locked = locking(database, "croft.document")) {
                SearchResults results = croft.search().search(acme, QUERY);
                assertThat(isWaitedFor(locked, "croft.document")).as("what was asked goes on beside it").isTrue();
                locked.rollback();

                assertThat(results.incomplete()).isNotEmpty();
            }
        }
    }
}
