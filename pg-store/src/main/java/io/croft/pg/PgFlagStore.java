package io.croft.pg;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.OrgMovedException;
import io.croft.flags.FeatureFlags;
import io.croft.flags.FlagSetting;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.AuditSql;
import io.croft.pg.tx.Binder;
import io.croft.pg.tx.Refusals;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Transactions;
import io.croft.pg.tx.Tx;
import io.croft.spi.Acting;
import io.croft.spi.FlagNotes;
import io.croft.spi.FlagStore;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Flags: an administrator's. */
final class PgFlagStore implements FlagStore {

    private final Transactions transactions;

    PgFlagStore(Transactions transactions) {
        this.transactions = transactions;
    }

    @Override
    public long version() {
        return transactions.query(Access.admin(), FlagSql.VERSION, Binder.NONE, Rows.one(row -> row.getLong(1)));
    }

    /** In one statement, which sees one moment. */
    @Override
    public Flags all() {
        return transactions.query(Access.admin(), FlagSql.ALL, Binder.NONE, PgFlagStore::read);
    }

    private static Flags read(ResultSet rows) throws SQLException {
        long version = 0;
        Map<String, FlagSetting> global = new HashMap<>();
        Map<OrgId, Map<String, FlagSetting>> orgs = new HashMap<>();
        while (rows.next()) {
            version = rows.getLong("version");
            String name = rows.getString("name");
            if (name != null) {
                UUID org = rows.getObject("org_id", UUID.class);
                Map<String, FlagSetting> whose =
                        org == null ? global : orgs.computeIfAbsent(OrgId.of(org), key -> new HashMap<>());
                whose.put(name, setting(rows.getBoolean("is_on")));
            }
        }
        return new Flags(version, global, orgs);
    }

    private static FlagSetting setting(boolean on) {
        return on ? FlagSetting.ON : FlagSetting.OFF;
    }

    @Override
    public void set(Acting who, Optional<OrgId> org, String flag, FlagSetting setting) {
        transactions.run(org.map(Access::admin).orElse(Access.admin()), tx -> {
            if (org.isPresent()) {
                requireActive(tx, org.get());
            }
            tx.update(FlagSql.RAISE_VERSION, Binder.NONE);
            Map<String, FlagSetting> set = tx.query(FlagSql.SET_FOR, p -> p.text(text(org)), rows -> {
                Map<String, FlagSetting> found = new HashMap<>();
                while (rows.next()) {
                    found.put(rows.getString("name"), setting(rows.getBoolean("is_on")));
                }
                return found;
            });
            FlagSetting before = set.getOrDefault(flag, FlagSetting.UNSET);
            if (before != setting) {
                requireRoom(set, flag, setting);
                tx.updateAndCommit(change(org, flag, setting),
                        AuditSql.add(FlagNotes.set(who, org, flag, before, setting)));
            }
            return true;
        });
    }

    private static void requireActive(Tx tx, OrgId org) throws SQLException {
        String state = tx.query(FlagSql.HOLD_ORG, p -> p.org(org), Rows.first(row -> row.getString("state")))
                .orElse("");
        if (state.equals("LEAVING")) {
            throw new OrgMovedException("organisation " + org
                    + " moves to another database: set its flags when it has arrived");
        } else if (!state.equals("ACTIVE")) {
            throw Refusals.unknown(org);
        }
    }

    private static void requireRoom(Map<String, FlagSetting> set, String flag, FlagSetting setting) {
        if (setting != FlagSetting.UNSET && !set.containsKey(flag) && set.size() >= FeatureFlags.MAX_FLAGS) {
            throw new InvalidInputException(set.size() + " flags are set already, and " + FeatureFlags.MAX_FLAGS
                    + " are the most: set one to UNSET first");
        }
    }

    private static Tx.Step change(Optional<OrgId> org, String flag, FlagSetting setting) {
        return switch (setting) {
            case ON -> new Tx.Step(FlagSql.SET, p -> p.text(text(org)).text(flag).bool(true));
            case OFF -> new Tx.Step(FlagSql.SET, p -> p.text(text(org)).text(flag).bool(false));
            case UNSET -> new Tx.Step(FlagSql.UNSET, p -> p.text(text(org)).text(flag));
        };
    }

    private static @Nullable String text(Optional<OrgId> org) {
        return org.map(OrgId::toString).orElse(null);
    }
}
