package io.croft.pg;

import io.croft.Actor;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.Role;
import io.croft.audit.AuditEntry;
import io.croft.audit.AuditFilter;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.AuditSql;
import io.croft.pg.tx.Parameters;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Transactions;
import io.croft.spi.AuditNote;
import io.croft.spi.AuditStore;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** What administration did: read by each organisation under row-level security, by an administrator wholly. */
final class PgAuditStore implements AuditStore {

    /** The longest year, and a month. */
    static final Duration DEFAULT_RETENTION = Duration.ofDays(400);

    private static final Instant LATEST = Instant.parse("9999-12-31T00:00:00Z");
    private static final Instant EARLIEST = Instant.EPOCH;
    private static final Place NEWEST = new Place(LATEST, new UUID(-1, -1));
    private static final int BATCH = 10_000;
    private static final int MAX_BATCHES = 100;

    private final Transactions transactions;
    private final Duration retention;

    PgAuditStore(Transactions transactions, Duration retention) {
        this.transactions = transactions;
        this.retention = retention;
    }

    @Override
    public void append(AuditNote note) {
        Access access = note.org().map(Access::tenant).orElse(Access.admin());
        transactions.run(access, tx -> tx.updateAndCommit(AuditSql.add(note)));
    }

    @Override
    public List<AuditEntry> list(OrgId org, UUID incarnation, AuditFilter filter, Optional<Place> after, int limit) {
        checkLimit(limit);
        return transactions.query(Access.tenant(org), AuditReadSql.OF_ORG,
                p -> bind(p.org(org).uuid(incarnation), filter, after, limit), Rows.list(PgAuditStore::read));
    }

    @Override
    public List<AuditEntry> list(AuditFilter filter, Optional<Place> after, int limit) {
        checkLimit(limit);
        return transactions.query(Access.admin(), AuditReadSql.ALL, p -> bind(p, filter, after, limit),
                Rows.list(PgAuditStore::read));
    }

    private static void checkLimit(int limit) {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new InvalidInputException("limit " + limit + " of audit entries is outside 1 to " + MAX_LIMIT);
        }
    }

    private static void bind(Parameters parameters, AuditFilter filter, Optional<Place> after, int limit)
            throws SQLException {
        Place place = after.orElse(NEWEST);
        String org = filter.org().map(OrgId::toString).orElse(null);
        String actor = filter.actor().orElse(null);
        String action = filter.action().orElse(null);
        parameters.time(within(place.at())).uuid(place.id())
                .time(within(filter.from().orElse(EARLIEST))).time(within(filter.before().orElse(LATEST)))
                .text(org).text(org).text(actor).text(actor).text(action).text(action).int4(limit);
    }

    /** Times that the database can tell; no entry is from before or after them. */
    private static Instant within(Instant time) {
        return time.isBefore(EARLIEST) ? EARLIEST : time.isAfter(LATEST) ? LATEST : time;
    }

    private static AuditEntry read(ResultSet row) throws SQLException {
        return new AuditEntry(row.getObject("id", UUID.class), row.getObject("at", OffsetDateTime.class).toInstant(),
                Optional.ofNullable(row.getObject("org_id", UUID.class)).map(OrgId::of),
                new Actor(row.getString("actor_id"), Role.valueOf(row.getString("actor_role"))),
                Optional.ofNullable(row.getString("request_id")), row.getString("action"), row.getString("subject"),
                values(row.getArray("before")), values(row.getArray("after")));
    }

    /** Names and values in turn. */
    private static Map<String, String> values(Array array) throws SQLException {
        String[] texts = (String[]) array.getArray();
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i + 1 < texts.length; i += 2) {
            values.put(texts[i], texts[i + 1]);
        }
        return values;
    }

    /** Removes what has outlived its retention. Several processes may do so at once. */
    void expire() {
        int gone = BATCH;
        for (int i = 0; i < MAX_BATCHES && gone >= BATCH; i++) {
            gone = transactions.query(Access.worker(), AuditReadSql.PURGE,
                    p -> p.int4((int) retention.toDays()).int4(BATCH), Rows.one(row -> row.getInt(1)));
        }
    }
}
