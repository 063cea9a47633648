package io.croft.pg;

import io.croft.CroftException;
import io.croft.ErasureReceipt;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.OrgMovedException;
import io.croft.OrgQuotas;
import io.croft.OrgQuotas.Resource;
import io.croft.OrgSummary;
import io.croft.TenantContext;
import io.croft.pg.notify.Announcer;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.AuditSql;
import io.croft.pg.tx.Binder;
import io.croft.pg.tx.QuotaNumbers;
import io.croft.pg.tx.Refusals;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Transactions;
import io.croft.pg.tx.Tx;
import io.croft.spi.Acting;
import io.croft.spi.AuditNote;
import io.croft.spi.IndexScope.PrivateIndex;
import io.croft.spi.OrgNotes;
import io.croft.spi.OrgStore;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiFunction;

/** Organisations: an administrator's work, since one that does not exist has no rights yet. */
final class PgOrgStore implements OrgStore {

    private static final int MAX_CREATE_ATTEMPTS = 10;
    private static final int GONE_BATCH = 5_000;
    /** No organisation's id, and less than any. */
    private static final UUID BEFORE_ALL = new UUID(0, 0);

    private final Transactions transactions;
    private final Erasure erasure;
    private final Announcer announcer;

    PgOrgStore(Transactions transactions, Announcer announcer) {
        this.announcer = announcer;
        this.transactions = transactions;
        this.erasure = new Erasure(transactions);
    }

    @Override
    public Org create(TenantContext context) {
        OrgId org = context.org();
        for (int i = 0; i < MAX_CREATE_ATTEMPTS; i++) {
            Optional<Org> found = transactions.run(Access.admin(org), tx -> create(tx, context));
            if (found.isPresent()) {
                return found.get();
            }
        }
        throw new CroftException("organisation " + org + " is being created and erased by others all the time");
    }

    private static Optional<Org> create(Tx tx, TenantContext context) throws SQLException {
        OrgId org = context.org();
        Optional<Made> made = tx.query(OrgSql.CREATE, p -> p.org(org).org(org),
                Rows.first(row -> new Made(read(org, row), row.getBoolean("is_new"))));
        if (made.isPresent() && made.get().isNew()) {
            tx.updateAndCommit(AuditSql.add(OrgNotes.created(Acting.in(context, made.get().org()), org)));
        }
        return made.map(Made::org);
    }

    private record Made(Org org, boolean isNew) {
    }

    @Override
    public Optional<Org> find(OrgId org) {
        return transactions.query(Access.admin(org), OrgSql.FIND, p -> p.org(org), Rows.first(row -> read(org, row)));
    }

    @Override
    public Optional<OrgSummary> summary(OrgId org) {
        return transactions.query(Access.admin(org), OrgSql.SUMMARY, p -> p.org(org), Rows.first(PgOrgStore::summary));
    }

    @Override
    public List<OrgSummary> list(Optional<OrgId> after, int limit) {
        return transactions.query(Access.admin(), OrgSql.LIST,
                p -> p.uuid(after.map(OrgId::value).orElse(BEFORE_ALL)).int4(limit), Rows.list(PgOrgStore::summary));
    }

    private static OrgSummary summary(ResultSet row) throws SQLException {
        return new OrgSummary(read(OrgId.of(row.getObject("org_id", UUID.class)), row), row.getLong("documents"),
                row.getLong("listings"), row.getLong("chunks"), row.getLong("bytes"), row.getLong("queued"),
                row.getLong("running"), time(row, "written_at"), time(row, "searched_at"));
    }

    private static Optional<Instant> time(ResultSet row, String column) throws SQLException {
        return Optional.ofNullable(row.getObject(column, OffsetDateTime.class)).map(OffsetDateTime::toInstant);
    }

    @Override
    public Optional<OrgQuotas> quotas(OrgId org) {
        return transactions.query(Access.admin(org), OrgSql.QUOTAS, p -> p.org(org), PgOrgStore::quotas);
    }

    /** No row if there is no such organisation, one without a resource if it has no limits. */
    private static Optional<OrgQuotas> quotas(ResultSet rows) throws SQLException {
        Optional<OrgQuotas> quotas = Optional.empty();
        while (rows.next()) {
            OrgQuotas before = quotas.orElse(OrgQuotas.UNLIMITED);
            int resource = rows.getInt("resource");
            quotas = Optional.of(rows.wasNull()
                    ? before
                    : before.with(QuotaNumbers.resource(resource), rows.getLong("most")));
        }
        return quotas;
    }

    @Override
    public OrgQuotas setQuotas(TenantContext context, OrgQuotas quotas) {
        OrgId org = context.org();
        return transactions.run(Access.admin(org), tx -> {
            UUID life = tx.query(OrgSql.HOLD, p -> p.org(org), Rows.first(row -> lifeThatStays(org, row)))
                    .orElseThrow(() -> Refusals.unknown(org));
            OrgQuotas before = tx.query(OrgSql.QUOTAS, p -> p.org(org), PgOrgStore::quotas)
                    .orElse(OrgQuotas.UNLIMITED);
            if (!before.equals(quotas)) {
                tx.query(OrgSql.WAIT_2_SECONDS, Binder.NONE, Rows.any());
                List<Map.Entry<Resource, Long>> limits = List.copyOf(quotas.limits().entrySet());
                Binder resources =
                        p -> p.org(org).array("int2", limits, limit -> QuotaNumbers.of(limit.getKey()));
                tx.updateAndCommit(new Tx.Step(OrgSql.LIFT_QUOTAS, resources),
                        new Tx.Step(OrgSql.SET_QUOTAS, p -> {
                            resources.bind(p);
                            p.array("int8", limits, Map.Entry::getValue);
                        }),
                        new Tx.Step(OrgSql.REMOVE_SHARES, resources), new Tx.Step(OrgSql.EMPTY_SHARES, resources),
                        new Tx.Step(OrgSql.DEAL_SHARES, resources),
                        AuditSql.add(OrgNotes.limited(Acting.in(context, life), org, before, quotas)));
            }
            return before;
        });
    }

    private static UUID lifeThatStays(OrgId org, ResultSet row) throws SQLException {
        if (row.getString("state").equals("LEAVING")) {
            throw new OrgMovedException("organisation " + org
                    + " moves to another database: set its quotas when it has arrived");
        }
        return row.getObject("incarnation", UUID.class);
    }

    @Override
    public Org suspend(TenantContext context) {
        Org suspended = set(context, OrgSql.SUSPEND, OrgNotes::suspended);
        if (suspended.state() != Org.State.SUSPENDED) {
            throw new OrgMovedException("organisation " + suspended.id()
                    + " moves to another database: suspend it when it has arrived");
        }
        return suspended;
    }

    @Override
    public Org resume(TenantContext context) {
        return set(context, OrgSql.RESUME, OrgNotes::resumed);
    }

    /**
     * Changes the state if it can be changed, writes that down, and says what it is then. The lanes are told last, with
     * the commit: that takes a gate which upkeep of all organisations passes.
     */
    private Org set(TenantContext context, String sql, BiFunction<Acting, OrgId, AuditNote> note) {
        OrgId id = context.org();
        return transactions.run(Access.admin(id), tx -> {
            boolean isChanged = tx.update(sql, p -> p.org(id)) == 1;
            Org org = tx.query(OrgSql.FIND, p -> p.org(id), Rows.first(row -> read(id, row)))
                    .filter(one -> one.state() != Org.State.ERASING).orElseThrow(() -> Refusals.unknown(id));
            if (isChanged) {
                tx.updateAndCommit(AuditSql.add(note.apply(Acting.in(context, org), id)),
                        new Tx.Step(OrgSql.TELL_LANES, p -> p.org(id)));
            }
            return org;
        });
    }

    private static Org read(OrgId org, ResultSet row) throws SQLException {
        return new Org(org, row.getObject("incarnation", UUID.class), state(org, row.getString("state")),
                row.getObject("created_at", OffsetDateTime.class).toInstant());
    }

    /** One that leaves can still be read here; what may not be done to it any more, the database refuses. */
    private static Org.State state(OrgId org, String state) {
        return switch (state) {
            case "ACTIVE", "LEAVING" -> Org.State.ACTIVE;
            case "SUSPENDED" -> Org.State.SUSPENDED;
            case "ERASING" -> Org.State.ERASING;
            case "MOVED", "ARRIVING" -> throw new OrgMovedException("organisation " + org
                    + " is in another database, or on its way here: see ShardedJobQueue");
            default -> throw new IllegalStateException("the database gave state " + state + " of an organisation");
        };
    }

    @Override
    public Set<PrivateIndex> gone(Collection<PrivateIndex> indexes) {
        Set<PrivateIndex> gone = new HashSet<>();
        List<PrivateIndex> left = List.copyOf(indexes);
        while (!left.isEmpty()) {
            List<PrivateIndex> some = left.subList(0, Math.min(GONE_BATCH, left.size()));
            left = left.subList(some.size(), left.size());
            List<UUID> orgs = some.stream().map(index -> index.org().value()).toList();
            List<UUID> lives = some.stream().map(PrivateIndex::incarnation).toList();
            gone.addAll(transactions.query(Access.admin(), OrgSql.GONE, p -> p.uuids(orgs).uuids(lives),
                    Rows.list(row -> new PrivateIndex(OrgId.of(row.getObject("org_id", UUID.class)),
                            row.getObject("incarnation", UUID.class)))));
        }
        return gone;
    }

    @Override
    public ErasureReceipt.Rows erase(TenantContext context) {
        try {
            return erasure.erase(context);
        } finally {
            announcer.changed(); // it takes several transactions
        }
    }
}
