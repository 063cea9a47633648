package io.croft.pg.content;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.pg.PgStore;
import io.croft.pg.TestContent;
import io.croft.pg.TestDatabase;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.Binder;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Transactions;
import io.croft.search.Source;
import io.croft.spi.ChangeFeed.Batch;
import io.croft.spi.ChangeFeed.Reader;
import io.croft.spi.ChangeFeed.Watch;
import io.croft.spi.Checkpoint;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexScope.MarketIndex;
import io.croft.spi.IndexScope.PrivateIndex;
import io.croft.spi.contract.Race;
import io.croft.spi.contract.Seed;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The change logs while transactions stay open, come late and roll back. */
class ChangeLogTest {

    private static final IndexScope MARKET = new MarketIndex();
    private static final int WRITERS = 16;

    private static TestDatabase database;
    private static PgStore store;
    private static TestContent content;

    @BeforeAll
    static void open() {
        database = TestDatabase.prepared();
        store = database.builder().poolSize(WRITERS + 4).open();
        content = new TestContent(store);
    }

    @AfterAll
    static void close() {
        store.close();
    }

    private static List<ContentKey> read(Reader reader) {
        return next(reader, 1000).dirty();
    }

    private static Batch.Changes next(Reader reader, int limit) {
        Batch batch = reader.next(limit);
        assertThat(batch).isInstanceOf(Batch.Changes.class);
        return (Batch.Changes) batch;
    }

    /** A transaction that has a number, and so is one that others must reckon with. */
    private static Connection openTransaction(OrgId org) throws SQLException {
        Connection connection = database.loginSource().getConnection();
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET LOCAL ROLE croft_app");
            statement.execute("SET LOCAL croft.org_id = '" + org + "'");
            statement.execute("SELECT pg_current_xact_id()");
        }
        return connection;
    }

    private static void publish(Connection connection, OrgId org, String id) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(
                    "INSERT INTO croft.market_change (org_id, listing_id) VALUES ('" + org + "', '" + id + "')");
        }
    }

    @Test
    void market_isFreshWhileATransactionStaysOpen() throws SQLException {
        OrgId org = content.newOrg();
        Reader reader = store.changes().reader(MARKET, store.changes().head(MARKET));
        read(reader);
        try (Connection open = openTransaction(org)) {
            Checkpoint before = next(reader, 100).to();
            List<List<ContentKey>> seen = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                content.ready(org, Source.MARKETPLACE, "d-" + i, "text");
                seen.add(read(reader));
            }

            assertThat(seen).allSatisfy(keys -> assertThat(keys).hasSize(1)).doesNotHaveDuplicates();
            Batch.Changes idle = next(reader, 100);
            assertThat(idle.dirty()).isEmpty();
            assertThat(idle.to()).as("what is open may still come before").isEqualTo(before);

            publish(open, org, "late");
            open.commit();
            assertThat(read(reader)).containsExactly(new ContentKey(org, "late"));
            Checkpoint after = next(reader, 100).to();
            assertThat(after).isNotEqualTo(before);
            assertThat(read(store.changes().reader(MARKET, after))).isEmpty();
            assertThat(read(store.changes().reader(MARKET, before))).contains(new ContentKey(org, "late"),
                    new ContentKey(org, "d-0"), new ContentKey(org, "d-4"));
        }
    }

    @Test
    void market_countsWhatCommitsLateAsUnreadWhateverWasReadMeanwhile() throws SQLException {
        OrgId org = content.newOrg();
        Reader reader = store.changes().reader(MARKET, store.changes().head(MARKET));
        read(reader);
        try (Connection open = openTransaction(org)) {
            publish(open, org, "late");
            for (int i = 0; i < 3; i++) {
                content.ready(org, Source.MARKETPLACE, "d-" + i, "text");
            }
            next(reader, 2);
            assertThat(reader.unread().count().rows()).as("in the midst of a round").isEqualTo(1);
            read(reader);
            assertThat(reader.unread().count().rows()).isZero();
            for (int i = 0; i < 3; i++) {
                content.ready(org, Source.MARKETPLACE, "d-" + i, "text");
            }
            next(reader, 2);

            open.commit();

            assertThat(reader.unread().count().rows()).as("one of the round, and one that came before it")
                    .isEqualTo(2);
            read(reader);
            assertThat(reader.unread().count().rows()).isEqualTo(1);
            read(reader);
            assertThat(reader.unread().count().rows()).isZero();
        }
    }

    @Test
    void market_losesNothingOfWhatCommitsLateWhateverThePages() throws SQLException {
        OrgId org = content.newOrg();
        Checkpoint start = store.changes().head(MARKET);
        Reader reader = store.changes().reader(MARKET, start);
        List<Connection> open = new ArrayList<>();
        Set<ContentKey> committed = new HashSet<>();
        List<ContentKey> seen = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Connection connection = openTransaction(org);
            for (int row = 0; row < 7; row++) {
                publish(connection, org, "late-" + i + "-" + row);
            }
            open.add(connection);
            content.ready(org, Source.MARKETPLACE, "early-" + i, "text");
            committed.add(new ContentKey(org, "early-" + i));
            seen.addAll(next(reader, 3).dirty());
        }
        for (int i : new int[]{5, 2, 7, 0, 1, 6, 3, 4}) {
            try (Connection connection = open.get(i)) {
                if (i == 7) {
                    connection.rollback();
                } else {
                    connection.commit();
                    for (int row = 0; row < 7; row++) {
                        committed.add(new ContentKey(org, "late-" + i + "-" + row));
                    }
                }
            }
            seen.addAll(next(reader, 3).dirty());
        }
        while (true) {
            Batch.Changes batch = next(reader, 3);
            seen.addAll(batch.dirty());
            if (!batch.more() && batch.dirty().isEmpty()) {
                break;
            }
        }

        assertThat(seen).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(committed);
        assertThat(read(store.changes().reader(MARKET, start))).containsAll(committed);
    }

    @Test
    void watch_namesALateCommitOnceAndWhenItComes() throws SQLException {
        OrgId org = content.newOrg();
        OrgId late = content.newOrg();
        PrivateIndex scope = new PrivateIndex(late, store.orgs().find(late).orElseThrow().incarnation());
        Watch watch = store.changes().watch();
        try (Connection open = openTransaction(late)) {
            database.transactions().joined(open,
                    tx -> tx.update(ContentSql.of(Source.PRIVATE).log, p -> p.org(late).text("late")));
            content.ready(org, Source.PRIVATE, "a", "text");
            assertThat(watch.changed()).hasSize(1).doesNotContain(scope);
            assertThat(watch.changed()).isEmpty();

            open.commit();
            assertThat(watch.changed()).containsExactly(scope);
            assertThat(watch.changed()).isEmpty();
        }
    }

    @Test
    void market_losesNothingUnderSixteenWriters() throws SQLException {
        OrgId bystander = content.newOrg();
        List<OrgId> orgs = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            orgs.add(content.newOrg());
        }
        long seed = Seed.random("market_losesNothingUnderSixteenWriters").nextLong();
        Reader reader = store.changes().reader(MARKET, store.changes().head(MARKET));
        Watch watch = store.changes().watch();
        try (Connection open = openTransaction(bystander)) {
            List<ContentKey> seen = follow(seed, watch, MARKET, reader, (random, number, count) -> write(random,
                    orgs.get(number), "INSERT INTO ${schema}.market_change (org_id, listing_id) VALUES (?, ?)", count));
            assertThat(seen).hasSize(WRITERS * PER_WRITER - rolledBack.size()).doesNotHaveDuplicates()
                    .doesNotContainAnyElementsOf(rolledBack);
            open.rollback();
        }
    }

    @Test
    void private_losesNothingUnderSixteenWriters() {
        OrgId org = content.newOrg();
        PrivateIndex scope = new PrivateIndex(org, store.orgs().find(org).orElseThrow().incarnation());
        long seed = Seed.random("private_losesNothingUnderSixteenWriters").nextLong();
        Reader reader = store.changes().reader(scope, Checkpoint.BEGINNING);
        Watch watch = store.changes().watch();

        List<ContentKey> seen = follow(seed, watch, scope, reader,
                (random, number, count) -> write(random, org, ContentSql.of(Source.PRIVATE).log, count));

        assertThat(seen).hasSize(WRITERS * PER_WRITER - rolledBack.size()).doesNotHaveDuplicates()
                .doesNotContainAnyElementsOf(rolledBack);
        assertThat(database.count("SELECT count(*) FROM croft.change WHERE org_id = '" + org + "'"))
                .isEqualTo(seen.size());
        assertThat(database.count("SELECT last_seq FROM croft.change_counter WHERE org_id = '" + org + "'"))
                .as("no gaps").isEqualTo(seen.size());
    }

    private static final int PER_WRITER = 60;

    private final Set<ContentKey> rolledBack = ConcurrentHashMap.newKeySet();

    /** Lets writers write while a reader reads, only when the watch says so. */
    private List<ContentKey> follow(long seed, Watch watch, IndexScope scope, Reader reader, Writer writer) {
        AtomicInteger writing = new AtomicInteger(WRITERS);
        List<ContentKey> seen = new ArrayList<>();
        Race.of(WRITERS + 1, number -> {
            if (number < WRITERS) {
                try {
                    writer.write(new Random(seed + number), number, PER_WRITER);
                } finally {
                    writing.decrementAndGet();
                }
                return number;
            }
            Random random = new Random(seed - 1);
            while (writing.get() > 0) {
                if (watch.changed().contains(scope)) {
                    readAll(reader, 1 + random.nextInt(20), seen);
                }
            }
            if (watch.changed().contains(scope)) {
                readAll(reader, 1000, seen);
            }
            return number;
        });
        return seen;
    }

    private static void readAll(Reader reader, int limit, List<ContentKey> seen) {
        boolean more = true;
        while (more) {
            Batch.Changes batch = next(reader, limit);
            seen.addAll(batch.dirty());
            more = batch.more();
        }
    }

    /** Enters changes, in transactions that take their time and end in either way. */
    private void write(Random random, OrgId org, String sql, int count) {
        Transactions transactions = database.transactions();
        String run = Long.toHexString(random.nextLong());
        for (int i = 0; i < count; i++) {
            String id = run + "-" + i;
            boolean rollBack = random.nextInt(10) == 0;
            int pauseMillis = random.nextInt(8) == 0 ? random.nextInt(40) : 0;
            try {
                transactions.run(Access.tenant(org), tx -> {
                    tx.query("SELECT pg_current_xact_id()", Binder.NONE, Rows.any());
                    if (pauseMillis > 0) {
                        tx.query("SELECT pg_sleep(?)", p -> p.float8(pauseMillis / 1000.0), Rows.any());
                    }
                    tx.update(sql, p -> p.org(org).text(id));
                    if (rollBack) {
                        throw new RolledBack();
                    }
                    return id;
                });
            } catch (RolledBack e) {
                rolledBack.add(new ContentKey(org, id));
            }
        }
    }

    private interface Writer {

        void write(Random random, int number, int count);
    }

    private static final class RolledBack extends RuntimeException {

        private static final long serialVersionUID = 1L;
    }

    @Test
    void checkpoint_fromBeforeTheDatabaseWasSetBackIsLost() {
        TestDatabase rewound = TestDatabase.prepared();
        try (PgStore rewindable = rewound.open()) {
            TestContent steps = new TestContent(rewindable);
            OrgId org = steps.newOrg();
            PrivateIndex scope = new PrivateIndex(org, rewindable.orgs().find(org).orElseThrow().incarnation());
            steps.ready(org, Source.PRIVATE, "a", "text");
            steps.ready(org, Source.MARKETPLACE, "a", "text");
            Checkpoint early = rewindable.changes().head(scope);
            Checkpoint earlyMarket = rewindable.changes().head(MARKET);
            rewound.execute("CREATE TABLE public.c AS SELECT * FROM croft.change_counter");
            steps.ready(org, Source.PRIVATE, "b", "text");
            steps.ready(org, Source.MARKETPLACE, "b", "text");
            Checkpoint late = rewindable.changes().head(scope);
            Checkpoint lateMarket = rewindable.changes().head(MARKET);

            // as after restoring a backup, up to the rows that matter here
            rewound.execute("DELETE FROM croft.change WHERE seq = 2");
            rewound.execute("DELETE FROM croft.market_change WHERE listing_id = 'b'");
            rewound.execute("UPDATE croft.change_counter k SET last_seq = c.last_seq, last_change = c.last_change, "
                    + "previous_change = c.previous_change FROM public.c WHERE c.org_id = k.org_id");

            assertThat(rewindable.changes().reader(scope, late).next(10)).isInstanceOf(Batch.Lost.class);
            assertThat(rewindable.changes().reader(MARKET, lateMarket).next(10)).isInstanceOf(Batch.Lost.class);
            steps.ready(org, Source.PRIVATE, "c", "text");
            assertThat(rewindable.changes().reader(scope, late).next(10)).as("the number is there again")
                    .isInstanceOf(Batch.Lost.class);
            assertThat(read(rewindable.changes().reader(scope, early))).containsExactly(new ContentKey(org, "c"));
            assertThat(rewindable.changes().reader(MARKET, earlyMarket).next(10)).isInstanceOf(Batch.Changes.class);
        }
    }

    @Test
    void logs_ofAnotherClusterAreEmptiedAndTheirCheckpointsLost() {
        for (String sign : List.of("UPDATE croft.installation SET system_identifier = 1",
                "UPDATE croft.change SET xid = xid + 1000000000", "UPDATE croft.market_change SET xid = 4000000000")) {
            TestDatabase restored = TestDatabase.prepared();
            OrgId org;
            Checkpoint market;
            Checkpoint upToDate;
            PrivateIndex scope;
            try (PgStore before = restored.open()) {
                TestContent steps = new TestContent(before);
                org = steps.newOrg();
                scope = new PrivateIndex(org, before.orgs().find(org).orElseThrow().incarnation());
                steps.ready(org, Source.PRIVATE, "a", "text");
                steps.ready(org, Source.MARKETPLACE, "a", "text");
                market = before.changes().head(MARKET);
                upToDate = before.changes().head(scope);
            }
            restored.execute(sign);

            try (PgStore after = restored.open()) {
                assertThat(after.changes().reader(MARKET, market).next(10)).as(sign).isInstanceOf(Batch.Lost.class);
                assertThat(after.changes().reader(MARKET, Checkpoint.BEGINNING).next(10))
                        .isInstanceOf(Batch.Lost.class);
                assertThat(after.changes().reader(scope, Checkpoint.BEGINNING).next(10)).isInstanceOf(Batch.Lost.class);
                assertThat(read(after.changes().reader(scope, upToDate))).isEmpty();
                Reader reader = after.changes().reader(MARKET, after.changes().head(MARKET));
                assertThat(read(reader)).isEmpty();
                TestContent steps = new TestContent(after);
                steps.ready(org, Source.MARKETPLACE, "b", "text");
                steps.ready(org, Source.PRIVATE, "b", "text");
                assertThat(read(reader)).containsExactly(new ContentKey(org, "b"));
                assertThat(read(after.changes().reader(scope, upToDate))).containsExactly(new ContentKey(org, "b"));
            }
            Checkpoint kept;
            try (PgStore again = restored.open()) {
                kept = again.changes().head(MARKET);
                assertThat(read(again.changes().reader(MARKET, kept))).isEmpty();
            }
        }
    }
}
