package io.croft.pg;

import io.croft.pg.shard.Shards;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;

/** Three fresh databases of one server, and sets of stores on them as processes have them. */
public final class ShardDatabases {

    public static final List<String> NAMES = List.of("one", "two", "three");
    /** As long as a test waits for readers that do not know of a move. */
    public static final Duration CLEAR_AFTER = Duration.ofMillis(100);

    private final Map<String, TestDatabase> databases = new LinkedHashMap<>();

    private ShardDatabases() {
        NAMES.forEach(name -> databases.put(name, TestDatabase.prepared()));
    }

    /** They are known to the map, which is in the first one. */
    public static ShardDatabases create() {
        ShardDatabases all = new ShardDatabases();
        all.open(UnaryOperator.identity()).close();
        return all;
    }

    public TestDatabase database(String name) {
        return Objects.requireNonNull(databases.get(name));
    }

    /** All of them, as another process has them; the caller closes them. */
    public PgShards open() {
        return open(PgStore.Builder::withoutMigrations);
    }

    /** One of them alone, as the set opens it; the caller closes it. */
    public PgStore openOne(String name) {
        return database(name).builder().withoutMigrations().open(name);
    }

    private PgShards open(UnaryOperator<PgStore.Builder> settings) {
        PgShards.Builder builder = PgShards.builder(NAMES.getFirst()).clearAfter(CLEAR_AFTER);
        databases.forEach((name, database) -> builder.database(name,
                settings.apply(database.builder().poolSize(6))));
        return builder.open();
    }

    /** What moves the organisations of these. */
    public static Shards shards(PgShards shards) {
        return shards.shards();
    }

    /** The URLs for a process of its own, in the order of the names. */
    public List<String> urls() {
        return databases.values().stream().map(TestDatabase::url).toList();
    }

    /** Opens what {@link #urls} names. */
    public static PgShards open(List<String> urls) {
        PgShards.Builder builder = PgShards.builder(NAMES.getFirst()).clearAfter(CLEAR_AFTER);
        for (int i = 0; i < NAMES.size(); i++) {
            builder.database(NAMES.get(i), TestDatabase.builder(urls.get(i)).withoutMigrations().poolSize(3));
        }
        return builder.open();
    }

    /** How many rows a database has of an organisation, but for its own row, what hangs on that, and the audit log. */
    public long rows(String name, Object org) {
        TestDatabase database = database(name);
        return database.count("""
                SELECT sum((xpath('/row/n/text()', query_to_xml(format(
                  'SELECT count(*) AS n FROM croft.%%I WHERE org_id = %%L', c.table_name, '%s'), false, true, '')))
                    [1]::text::bigint)
                FROM information_schema.columns c
                  JOIN pg_class t ON t.relname = c.table_name AND t.relnamespace = 'croft'::regnamespace
                    AND NOT t.relispartition
                WHERE c.table_schema = 'croft' AND c.column_name = 'org_id'
                  AND c.table_name NOT IN ('audit_entry', 'org', 'change_counter', 'shard_org')
                """.formatted(org));
    }
}
