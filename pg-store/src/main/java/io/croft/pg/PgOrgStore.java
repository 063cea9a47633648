package io.croft.pg;

import io.croft.CroftException;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.spi.OrgStore;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.UUID;

/** Organisations: an administrator's work, since one that does not exist has no rights yet. */
final class PgOrgStore implements OrgStore {

    private static final int MAX_CREATE_ATTEMPTS = 10;

    private final Transactions transactions;
    private final Erasure erasure;

    PgOrgStore(Transactions transactions) {
        this.transactions = transactions;
        this.erasure = new Erasure(transactions);
    }

    @Override
    public Org create(TenantContext context) {
        OrgId org = context.org();
        for (int i = 0; i < MAX_CREATE_ATTEMPTS; i++) {
            Optional<Org> found = transactions.query(Access.admin(org), OrgSql.CREATE, p -> p.org(org).org(org),
                    Rows.first(row -> read(org, row)));
            if (found.isPresent()) {
                return found.get();
            }
        }
        throw new CroftException("organisation " + org + " is being created and erased by others all the time");
    }

    @Override
    public Optional<Org> find(OrgId org) {
        return transactions.query(Access.admin(org), OrgSql.FIND, p -> p.org(org), Rows.first(row -> read(org, row)));
    }

    private static Org read(OrgId org, ResultSet row) throws SQLException {
        return new Org(org, row.getObject("incarnation", UUID.class), Org.State.valueOf(row.getString("state")),
                row.getObject("created_at", OffsetDateTime.class).toInstant());
    }

    @Override
    public void erase(TenantContext context) {
        erasure.erase(context.org());
    }
}
