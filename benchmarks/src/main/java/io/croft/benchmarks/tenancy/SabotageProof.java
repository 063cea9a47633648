package io.croft.benchmarks.tenancy;

import com.zaxxer.hikari.HikariDataSource;
import io.croft.benchmarks.run.Database;
import io.croft.pg.PgStore;
import io.croft.pg.RlsAudit;
import io.croft.pg.RlsAudit.Finding;
import io.croft.pg.TenantTable;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/**
 * Audits schemas as they are made, where nothing may be found, and one schema after each of many changes, where exactly
 * that change must be. A change is made by a superuser in a transaction, audited from within and rolled back.
 */
final class SabotageProof {

    /** Tenant tables as a host may have them, and a host's role that enqueues jobs in its own transactions. */
    private static final String HOST = """
            DO $$ BEGIN CREATE ROLE shop_app NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
            DO $$ BEGIN CREATE ROLE shop_jobs NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
            CREATE SCHEMA shop;
            CREATE TABLE shop.orders (tenant bigint NOT NULL, number text NOT NULL, PRIMARY KEY (tenant, number));
            ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY;
            ALTER TABLE shop.orders FORCE ROW LEVEL SECURITY;
            CREATE POLICY orders_tenant ON shop.orders TO shop_app
              USING (tenant = (SELECT nullif(current_setting('shop.tenant', true), '')::bigint));
            GRANT USAGE ON SCHEMA shop TO shop_app;
            GRANT SELECT, INSERT, UPDATE, DELETE ON shop.orders TO shop_app;
            CREATE TABLE shop.invoices (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), tenant varchar(40) NOT NULL,
              amount numeric, deleted boolean NOT NULL DEFAULT false);
            CREATE INDEX invoices_amount ON shop.invoices (tenant, amount);
            ALTER TABLE shop.invoices ENABLE ROW LEVEL SECURITY;
            ALTER TABLE shop.invoices FORCE ROW LEVEL SECURITY;
            CREATE POLICY invoices_tenant ON shop.invoices TO shop_app
              USING (NOT deleted AND current_setting('shop.tenant', true) = tenant)
              WITH CHECK (tenant = (SELECT current_setting('shop.tenant', true)));
            GRANT SELECT, INSERT, UPDATE, DELETE ON shop.invoices TO shop_app;
            GRANT shop_app TO croft_bench;
            """;
    private static final TenantTable ORDERS = TenantTable.of("shop.orders", "tenant", "shop.tenant", "shop_app")
            .withRow("INSERT INTO shop.orders (tenant, number) VALUES (CAST(? AS bigint), 'seed')");
    private static final TenantTable INVOICES = TenantTable.of("shop.invoices", "tenant", "shop.tenant", "shop_app")
            .withRow("INSERT INTO shop.invoices (tenant, amount) VALUES (?, 7)");

    private final Database database;
    private final String name;
    private final int majorVersion;
    private final List<String> logins = new ArrayList<>();

    private SabotageProof(Database database, Connection admin) throws SQLException {
        this.database = database;
        this.name = admin.getCatalog();
        this.majorVersion = admin.getMetaData().getDatabaseMajorVersion();
        // Roles belong to the whole server: on one that was given, other databases' logins have been granted them too.
        try (Statement statement = admin.createStatement(); ResultSet rows = statement.executeQuery("""
                SELECT DISTINCT l.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid
                  JOIN pg_roles l ON l.oid = m.member
                WHERE r.rolname ~ '^(croft|tenants_[0-9]+)_(owner|app|index|admin|worker)$' AND l.rolcanlogin
                """)) {
            while (rows.next()) {
                logins.add(rows.getString(1));
            }
        }
    }

    /**
     * Tries the changes that are chosen.
     *
     * @param schemas how many clean schemas there are, side by side
     * @param probing whether every change is looked for by the probe too, or only those that it alone can find
     */
    static Report run(int schemas, Predicate<Sabotage> chosen, Predicate<Sabotage> probing) throws SQLException {
        try (Database database = Database.start(); Connection admin = database.connect()) {
            database.store().close();
            try (Statement statement = admin.createStatement()) {
                statement.execute(HOST);
                statement.execute(PgStore.hostGrantsSql("croft", "shop_jobs"));
            }
            SabotageProof proof = new SabotageProof(database, admin);
            List<String> alarms = proof.auditClean(schemas);
            List<String> missed = new ArrayList<>();
            List<Sabotage> all = Sabotage.all(proof.majorVersion).stream().filter(chosen).toList();
            for (Sabotage sabotage : all) {
                proof.tryOut(admin, sabotage, probing.test(sabotage), missed);
            }
            alarms.addAll(proof.audit("croft"));
            return new Report(proof.majorVersion, schemas, all.size(), List.copyOf(alarms), List.copyOf(missed));
        }
    }

    private RlsAudit.Builder of(String schema) {
        RlsAudit.Builder audit = RlsAudit.builder().schema(schema);
        logins.forEach(audit::login);
        return schema.equals("croft")
                ? audit.hostRole("shop_jobs").table(ORDERS).table(INVOICES)
                : audit;
    }

    private List<String> auditClean(int schemas) throws SQLException {
        List<String> alarms = new ArrayList<>(audit("croft"));
        for (int i = 1; i < schemas; i++) {
            database.makeSchema(String.format(Locale.ROOT, "tenants_%02d", i), Database.LOGIN);
        }
        for (int i = 1; i < schemas; i++) {
            alarms.addAll(audit(String.format(Locale.ROOT, "tenants_%02d", i)));
        }
        return alarms;
    }

    /** As the login and as a superuser. */
    private List<String> audit(String schema) {
        RlsAudit audit = of(schema).build();
        List<String> alarms = new ArrayList<>();
        try (HikariDataSource own = database.loginPool(); HikariDataSource superuser = database.hostPool(1)) {
            for (HikariDataSource source : List.of(own, superuser)) {
                audit.run(source).findings().forEach(finding -> alarms.add(schema + ": " + finding));
            }
        }
        return alarms;
    }

    private void tryOut(Connection admin, Sabotage sabotage, boolean probing, List<String> missed)
            throws SQLException {
        RlsAudit.Builder audit = of("croft");
        if (!probing) {
            audit.withoutProbe();
        }
        admin.setAutoCommit(false);
        List<Finding> found;
        try (Statement statement = admin.createStatement()) {
            statement.execute(sabotage.sql(Database.LOGIN, name));
            found = audit.build().within(admin).findings();
        } finally {
            admin.rollback();
            admin.setAutoCommit(true);
        }
        String object = sabotage.object(Database.LOGIN, name);
        if (found.stream().noneMatch(one -> one.code().equals(sabotage.code()) && one.object().contains(object))) {
            missed.add(sabotage + ", found was " + found);
        }
    }

    /**
     * What came of it.
     *
     * @param majorVersion of Postgres
     * @param schemas      clean schemas that were audited
     * @param sabotages    changes that were tried
     * @param alarms       findings in clean schemas
     * @param missed       changes that were not found, or found elsewhere
     */
    record Report(int majorVersion, int schemas, int sabotages, List<String> alarms, List<String> missed) {
    }
}
